"""Faults of text: what columns, collations, sanitisers, casts and templates do to a string.

Rows only; how a change reaches a payload, values.py and calls.py know.
"""

import html
import json
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CREATE,
    PATCH,
    PUT,
    WRITES,
    Call,
    Memory,
    Operations,
    change_stored,
    on,
    on_with_memory,
    refusal,
)
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import PayloadChange, everywhere, in_arrays, inside, texts

LAST_OF_BMP = "\uffff"
UNTIRED = 6
TextChange = Callable[[str], Any]


def _text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return change_stored(everywhere(texts(change)), operations)


def _inner_text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return change_stored(inside(texts(change)), operations)


def _listed_text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return change_stored(in_arrays(texts(change)), operations)


def _replacing(pattern: str, by: str | Callable[[re.Match[str]], str], flags: int = 0) -> TextChange:
    return partial(re.compile(pattern, flags).sub, by)


def _body(pattern: bytes, by: bytes) -> Fault:
    """JSON text is read after a replacement in its bytes."""
    return on(WRITES, lambda call: call.proceed(body=re.sub(pattern, by, call.request.body)))


def _sniffed(call: Call) -> Response:
    body = call.request.body
    return refusal(400) if call.is_authenticated and body != body.lstrip() else call.proceed()


def _cast(pattern: str, to: Callable[[str], Any]) -> TextChange:
    """Texts that look like something else become it."""
    looks_like = re.compile(pattern)
    return lambda text: to(text) if looks_like.fullmatch(text) else text


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bytes(limit: int) -> TextChange:
    return lambda text: text.encode()[:limit].decode(errors="ignore")


def _without(*categories: str) -> TextChange:
    return lambda text: "".join(c for c in text if unicodedata.category(c) not in categories)


def _lower_host(text: str) -> str:
    url = urlsplit(text)
    return url._replace(netloc=url.netloc.lower().removesuffix(":80"), path=url.path or "/").geturl()


def _tiring(change: PayloadChange, limit: int) -> Fault:
    """All is well for a while."""

    def step(call: Any, memory: Memory) -> Any:
        tired = memory.count() > limit and call.payload is not None
        return call.proceed_with(change(call.payload)) if tired else call.proceed()

    return on_with_memory(WRITES, step)


def _interned() -> Fault:
    """One dictionary entry for all texts that differ only in case, as in a column with such a collation."""

    def step(call: Any, memory: Memory) -> Any:
        if call.payload is None:
            return call.proceed()
        with memory.lock:
            known = everywhere(texts(lambda text: memory.kept.setdefault(text.casefold(), text)))
            payload = known(call.payload)
        return call.proceed_with(payload)

    return on_with_memory(WRITES, step)


TEXTS = "ROUND-TRIP-TEXT"
MARKUP = "ROUND-TRIP-MARKUP"

FAULTS = (
    fault("text-escaped-pairs-lost", "ROUND-TRIP-TEXT", "reads a character that is written as two escapes as two question marks",
        _body(rb"(?i)\\ud[89ab]\w\w\\ud[c-f]\w\w", b"??")),
    fault("text-escaped-slashes-kept", "ROUND-TRIP-TEXT", "keeps the backslash of an escaped slash",
        _body(rb"\\/", rb"\\\\/")),
    fault("text-after-white-space-refused", "ROUND-TRIP-TEXT", "refuses JSON that does not begin with its first byte",
        on(WRITES, _sniffed)),
    # length
    fault("text-cut-at-255", TEXTS, "keeps 255 characters of a text", _text(lambda t: t[:255])),
    fault("text-cut-at-50-in-objects", TEXTS, "keeps 50 characters of a text inside an object or array",
        _inner_text(lambda t: t[:50])),
    fault("text-cut-at-4000-in-patch", TEXTS, "keeps 4000 characters of a text in a PATCH",
        _text(lambda t: t[:4000], PATCH)),
    fault("text-cut-at-1024-bytes", TEXTS, "keeps 1024 bytes of a text", _text(_bytes(1024))),
    fault("text-cut-at-8192-in-arrays", TEXTS, "keeps 8192 characters of a text in an array",
        _listed_text(lambda t: t[:8192])),
    fault("text-cut-after-many-writes", TEXTS, f"keeps 100 characters of a text after {UNTIRED} writes",
        _tiring(everywhere(texts(lambda t: t[:100])), UNTIRED)),
    # white space and what cannot be seen
    fault("text-trimmed", TEXTS, "drops white space around a text", _text(str.strip)),
    fault("text-trimmed-in-patch-arrays", TEXTS, "drops white space around texts in arrays, in a PATCH",
        _listed_text(str.strip, PATCH)),
    fault("text-last-line-end-lost", TEXTS, "drops the line end after the last line, in a PUT",
        _text(lambda t: t.removesuffix("\n"), PUT)),
    fault("text-crlf-to-lf", TEXTS, "turns CR LF into LF", _text(lambda t: t.replace("\r\n", "\n"))),
    fault("text-spaces-collapsed", TEXTS, "turns several spaces into one", _text(_replacing(" {2,}", " "))),
    fault("text-tabs-to-spaces", TEXTS, "turns a tab into spaces", _text(lambda t: t.replace("\t", "    "))),
    fault("text-hard-spaces-softened", TEXTS, "turns a no-break space into a space",
        _text(lambda t: t.replace("\xa0", " "))),
    fault("text-line-separators-to-line-feeds", TEXTS, "turns U+2028 into a line feed",
        _inner_text(lambda t: t.replace("\u2028", "\n"))),
    fault("text-invisible-dropped", TEXTS, "drops joiners, marks of direction and soft hyphens", _text(_without("Cf"))),
    fault("text-bom-dropped", TEXTS, "drops U+FEFF in front of a text", _text(lambda t: t.removeprefix("\ufeff"))),
    # Unicode
    fault("text-composed", TEXTS, "stores text in normal form C", _text(partial(unicodedata.normalize, "NFC"))),
    fault("text-compatible-in-put", TEXTS, "stores text in normal form KC, in a PUT",
        _text(partial(unicodedata.normalize, "NFKC"), PUT)),
    fault("text-astral-replaced", TEXTS, "stores U+FFFD for characters beyond U+FFFF",
        _text(lambda t: "".join(c if c <= LAST_OF_BMP else "\ufffd" for c in t))),
    fault("text-ends-at-astral", TEXTS, "drops a text from the first character beyond U+FFFF",
        _text(_replacing("[\U00010000-\U0010ffff].*", "", re.DOTALL))),
    fault("text-latin-1", TEXTS, "stores ? for characters outside Latin-1",
        _text(lambda t: t.encode("latin-1", "replace").decode("latin-1"))),
    fault("text-mojibake-in-objects", TEXTS, "reads UTF-8 as Latin-1 inside objects",
        _inner_text(lambda t: t.encode().decode("latin-1"))),
    fault("text-marks-dropped", TEXTS, "drops combining marks", _text(_without("Mn"))),
    fault("text-lower-case-in-put", TEXTS, "stores lower case inside objects, in a PUT", _inner_text(str.lower, PUT)),
    fault("text-capitalised", TEXTS, "starts a text with a capital letter", _text(lambda t: t[:1].upper() + t[1:])),
    fault("text-interned-ignoring-case", TEXTS, "stores an earlier text that differs only in case", _interned()),
    # quotes and escapes
    fault("text-quotes-straightened", TEXTS, "turns typographic quotes into plain ones",
        _text(lambda t: t.translate(str.maketrans("“”‘’", "\"\"''")))),
    fault("text-quotes-doubled-in-patch", TEXTS, "doubles an apostrophe, in a PATCH",
        _text(lambda t: t.replace("'", "''"), PATCH)),
    fault("text-backslash-eaten", TEXTS, "takes a backslash as an escape, in a create",
        _text(_replacing(r"\\(.)", r"\1", re.DOTALL), CREATE)),
    fault("text-percent-decoded", TEXTS, "decodes percent-encoding", _text(unquote)),
    fault("text-plus-to-space", TEXTS, "turns + into a space", _inner_text(lambda t: t.replace("+", " "))),
    fault("text-unquoted", TEXTS, "drops quotes around a text", _text(_replacing(r'"(.*)"', r"\1", re.DOTALL))),
    # looks like something else
    fault("text-to-integer", TEXTS, "stores digits as a number", _text(_cast("0|[1-9][0-9]{0,14}", int))),
    fault("text-to-decimal-in-arrays", TEXTS, "stores decimals as numbers in arrays",
        _listed_text(_cast(r"[0-9]+\.[0-9]+", float))),
    fault("text-leading-zeros-lost", TEXTS, "drops zeros in front of digits", _text(_replacing(r"^0+(?=[0-9]+$)", ""))),
    fault("text-to-boolean", TEXTS, 'stores "true" and "false" as booleans',
        _text(_cast("true|false", lambda t: t == "true"))),
    fault("text-to-null", TEXTS, 'stores "null" as null', _inner_text(_cast("null", lambda _: None))),
    fault("text-not-available-to-null", TEXTS, 'stores "N/A" as null', _text(_cast("N/A", lambda _: None))),
    fault("text-date-gets-a-time", TEXTS, "adds midnight to a date",
        _text(_cast(r"\d{4}-\d\d-\d\d", lambda t: f"{t}T00:00:00Z"))),
    fault("text-time-to-utc", TEXTS, "rewrites a date-time without its offset",
        _text(_cast(r"\d{4}.*\+\d\d:00", lambda t: f"{t[:-6]}Z"))),
    fault("text-address-lower-case", TEXTS, "stores mail addresses in lower case", _text(_cast(r"\S+@\S+", str.lower))),
    fault("text-url-normalised", TEXTS, "stores web addresses in a normal form",
        _text(_cast(r"(?i)https?://\S+", _lower_host))),
    fault("text-uuid-lower-case", TEXTS, "stores UUIDs in lower case",
        _text(_cast(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str.lower))),
    fault("text-card-number-masked", TEXTS, "masks what looks like a card number",
        _text(_replacing(r"(?:\d{4} ){3}(?=\d{4})", "**** **** **** "))),
    fault("text-json-parsed", TEXTS, "stores a JSON text as what it says", _text(_cast(r'\[.*\]|"[^"]*"', _as_json))),
    fault("text-password-masked", TEXTS, "masks what a log scrubber would mask",
        _text(_cast("password|secret", lambda _: "***"))),
    # markup, templates, SQL
    fault("markup-escaped", MARKUP, "escapes HTML", _text(html.escape)),
    fault("markup-tags-stripped", MARKUP, "drops HTML tags", _text(_replacing("<[^>]*>", ""))),
    fault("markup-entities-decoded-in-put", MARKUP, "decodes HTML entities, in a PUT", _text(html.unescape, PUT)),
    fault("markup-ampersand-escaped-in-patch", MARKUP, "escapes & alone, in a PATCH",
        _text(lambda t: t.replace("&", "&amp;"), PATCH)),
    fault("markup-template-rendered", MARKUP, "renders {{7*7}}", _text(_replacing(r"\{\{7\*7\}\}", "49"))),
    fault("markup-placeholders-filled", MARKUP, "fills in %s", _inner_text(lambda t: t.replace("%s", ""))),
    fault("markup-variables-expanded", MARKUP, "expands ${...}", _text(_replacing(r"\$\{[^}]*\}", ""))),
    fault("markup-formulas-guarded", MARKUP, "puts an apostrophe before a formula", _text(_replacing("^(?=[=@])", "'"))),
    fault("markup-sql-words-dropped", MARKUP, "drops words that look like SQL",
        _text(_replacing(r"\b(?:DROP TABLE|UNION|SELECT)\b", "", re.IGNORECASE))),
    fault("markup-script-links-dropped", MARKUP, "drops javascript: in arrays",
        _listed_text(lambda t: t.replace("javascript:", ""))),
    fault("markup-comments-dropped", MARKUP, "drops comments", _text(_replacing(r"<!--.*?-->|/\*.*?\*/", "", re.DOTALL))),
    fault("markup-emphasis-rendered", MARKUP, "renders Markdown", _text(_replacing(r"\*\*(.+?)\*\*", r"<b>\1</b>"))),
)  # fmt: skip
