"""Faults that change text."""

import html
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

from mock_server.core.messages import Fault
from mock_server.faults.call import WRITES, Operations, change_stored
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import everywhere, texts

LAST_OF_BMP = "\uffff"
TextChange = Callable[[str], Any]
TEXTS = "ROUND-TRIP-TEXT"
MARKUP = "ROUND-TRIP-MARKUP"


def change_texts(change: TextChange, operations: Operations = WRITES) -> Fault:
    return change_stored(everywhere(texts(change)), operations)


def replacing(pattern: str, by: str | Callable[[re.Match[str]], str], flags: int = 0) -> TextChange:
    return partial(re.compile(pattern, flags).sub, by)


def cast_text(pattern: str, to: Callable[[str], Any]) -> TextChange:
    """Return a change that converts strings that match a pattern."""
    looks_like = re.compile(pattern)
    return lambda text: to(text) if looks_like.fullmatch(text) else text


FAULTS = (
    fault("text-trimmed", TEXTS, "trims white space around strings", change_texts(str.strip)),
    fault("text-cut-at-255", TEXTS, "cuts strings to 255 characters", change_texts(lambda t: t[:255])),
    fault("text-crlf-to-lf", TEXTS, "converts CR LF to LF", change_texts(lambda t: t.replace("\r\n", "\n"))),
    fault("text-emoji-replaced", TEXTS, "replaces characters beyond U+FFFF by U+FFFD",
        change_texts(lambda t: "".join(c if c <= LAST_OF_BMP else "\ufffd" for c in t))),
    fault("text-latin-1", TEXTS, "replaces characters outside Latin-1 by ?",
        change_texts(lambda t: t.encode("latin-1", "replace").decode("latin-1"))),
    fault("text-composed", TEXTS, "converts strings to Unicode normal form C", change_texts(partial(unicodedata.normalize, "NFC"))),
    fault("text-to-integer", TEXTS, "stores strings of digits as integers", change_texts(cast_text("0|[1-9][0-9]{0,14}", int))),
    fault("markup-escaped", MARKUP, "escapes HTML in strings", change_texts(html.escape)),
    fault("markup-tags-stripped", MARKUP, "drops HTML tags", change_texts(replacing("<[^>]*>", ""))),
)  # fmt: skip
