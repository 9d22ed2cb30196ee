"""Faults of strings, as caused by columns, collations, sanitisers, casts and templates."""

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
from mock_server.faults.changed_text import cast_text, change_texts, replacing
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import PayloadChange, everywhere, in_arrays, inside, texts

UNTIRED = 6
TextChange = Callable[[str], Any]


def _inner_text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return change_stored(inside(texts(change)), operations)


def _listed_text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return change_stored(in_arrays(texts(change)), operations)


def _body(pattern: bytes, by: bytes) -> Fault:
    """Return a fault that replaces a pattern in the bytes of a body."""
    return on(WRITES, lambda call: call.proceed(body=re.sub(pattern, by, call.request.body)))


def _sniffed(call: Call) -> Response:
    body = call.request.body
    return refusal(400) if call.is_authenticated and body != body.lstrip() else call.proceed()


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
    """Return a fault that begins after `limit` writes."""

    def step(call: Any, memory: Memory) -> Any:
        tired = memory.count() > limit and call.payload is not None
        return call.proceed_with(change(call.payload)) if tired else call.proceed()

    return on_with_memory(WRITES, step)


def _interned() -> Fault:
    """Return a fault that stores only one of several strings that differ in letter case, as some collations do."""

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
    fault("text-escaped-pairs-lost", "ROUND-TRIP-TEXT", "replaces escaped surrogate pairs by two question marks",
        _body(rb"(?i)\\ud[89ab]\w\w\\ud[c-f]\w\w", b"??")),
    fault("text-escaped-slashes-kept", "ROUND-TRIP-TEXT", "keeps the backslash of an escaped slash",
        _body(rb"\\/", rb"\\\\/")),
    fault("text-after-white-space-refused", "ROUND-TRIP-TEXT", "refuses JSON with white space at its beginning",
        on(WRITES, _sniffed)),
    # length
    fault("text-cut-at-50-in-objects", TEXTS, "cuts strings inside objects and arrays to 50 characters",
        _inner_text(lambda t: t[:50])),
    fault("text-cut-at-4000-in-patch", TEXTS, "cuts strings to 4,000 characters in a PATCH",
        change_texts(lambda t: t[:4000], PATCH)),
    fault("text-cut-at-1024-bytes", TEXTS, "cuts strings to 1,024 bytes", change_texts(_bytes(1024))),
    fault("text-cut-at-8192-in-arrays", TEXTS, "cuts strings in arrays to 8,192 characters",
        _listed_text(lambda t: t[:8192])),
    fault("text-cut-after-many-writes", TEXTS, f"cuts strings to 100 characters after {UNTIRED} writes",
        _tiring(everywhere(texts(lambda t: t[:100])), UNTIRED)),
    # white space and invisible characters
    fault("text-trimmed-in-patch-arrays", TEXTS, "trims white space around strings in arrays in a PATCH",
        _listed_text(str.strip, PATCH)),
    fault("text-last-line-end-lost", TEXTS, "drops a line end at the end of a string in a PUT",
        change_texts(lambda t: t.removesuffix("\n"), PUT)),
    fault("text-line-separators-to-line-feeds", TEXTS, "converts U+2028 to a line feed inside objects and arrays",
        _inner_text(lambda t: t.replace("\u2028", "\n"))),
    fault("text-invisible-dropped", TEXTS, "drops invisible format characters, such as joiners and soft hyphens", change_texts(_without("Cf"))),
    fault("text-bom-dropped", TEXTS, "drops U+FEFF at the beginning of a string", change_texts(lambda t: t.removeprefix("\ufeff"))),
    # Unicode
    fault("text-compatible-in-put", TEXTS, "converts strings to Unicode normal form KC in a PUT",
        change_texts(partial(unicodedata.normalize, "NFKC"), PUT)),
    fault("text-cut-at-emoji", TEXTS, "cuts a string at the first character beyond U+FFFF",
        change_texts(replacing("[\U00010000-\U0010ffff].*", "", re.DOTALL))),
    fault("text-mojibake-in-objects", TEXTS, "decodes UTF-8 as Latin-1 inside objects and arrays",
        _inner_text(lambda t: t.encode().decode("latin-1"))),
    fault("text-marks-dropped", TEXTS, "drops combining marks", change_texts(_without("Mn"))),
    fault("text-lower-case-in-put", TEXTS, "converts strings inside objects and arrays to lower case in a PUT", _inner_text(str.lower, PUT)),
    fault("text-capitalised", TEXTS, "capitalises the first letter of a string", change_texts(lambda t: t[:1].upper() + t[1:])),
    fault("text-interned-ignoring-case", TEXTS, "stores an earlier string if a new one differs only in letter case", _interned()),
    # quotes and escapes
    fault("text-quotes-doubled-in-patch", TEXTS, "doubles apostrophes in a PATCH",
        change_texts(lambda t: t.replace("'", "''"), PATCH)),
    fault("text-backslashes-unescaped", TEXTS, "interprets backslashes in strings as escapes in a create",
        change_texts(replacing(r"\\(.)", r"\1", re.DOTALL), CREATE)),
    fault("text-percent-decoded", TEXTS, "decodes percent-encoding in strings", change_texts(unquote)),
    fault("text-plus-to-space", TEXTS, "converts + to a space inside objects and arrays", _inner_text(lambda t: t.replace("+", " "))),
    fault("text-unquoted", TEXTS, "drops quotes around a string", change_texts(replacing(r'"(.*)"', r"\1", re.DOTALL))),
    # conversion to other types
    fault("text-to-decimal-in-arrays", TEXTS, "stores decimal numbers in strings in arrays as numbers",
        _listed_text(cast_text(r"[0-9]+\.[0-9]+", float))),
    fault("text-leading-zeros-lost", TEXTS, "drops leading zeros of strings of digits", change_texts(replacing(r"^0+(?=[0-9]+$)", ""))),
    fault("text-to-boolean", TEXTS, 'stores the strings "true" and "false" as booleans',
        change_texts(cast_text("true|false", lambda t: t == "true"))),
    fault("text-to-null", TEXTS, 'stores the string "null" as null inside objects and arrays', _inner_text(cast_text("null", lambda _: None))),
    fault("text-not-available-to-null", TEXTS, 'stores the string "N/A" as null', change_texts(cast_text("N/A", lambda _: None))),
    fault("text-time-to-utc", TEXTS, "replaces the offset of a time in a string by Z",
        change_texts(cast_text(r"\d{4}.*\+\d\d:00", lambda t: f"{t[:-6]}Z"))),
    fault("text-url-normalised", TEXTS, "normalises URLs",
        change_texts(cast_text(r"(?i)https?://\S+", _lower_host))),
    fault("text-uuid-lower-case", TEXTS, "converts UUIDs to lower case",
        change_texts(cast_text(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str.lower))),
    fault("text-card-number-masked", TEXTS, "masks digits that look like a card number",
        change_texts(replacing(r"(?:\d{4} ){3}(?=\d{4})", "**** **** **** "))),
    fault("text-json-parsed", TEXTS, "stores a string with JSON text as the JSON value", change_texts(cast_text(r'\[.*\]|"[^"]*"', _as_json))),
    fault("text-password-masked", TEXTS, 'masks the strings "password" and "secret"',
        change_texts(cast_text("password|secret", lambda _: "***"))),
    # markup, templates, SQL
    fault("markup-entities-decoded-in-put", MARKUP, "decodes HTML entities in a PUT", change_texts(html.unescape, PUT)),
    fault("markup-ampersand-escaped-in-patch", MARKUP, "escapes only & in a PATCH",
        change_texts(lambda t: t.replace("&", "&amp;"), PATCH)),
    fault("markup-placeholders-filled", MARKUP, "removes the placeholder %s inside objects and arrays", _inner_text(lambda t: t.replace("%s", ""))),
    fault("markup-variables-expanded", MARKUP, "expands variables such as ${HOME}", change_texts(replacing(r"\$\{[^}]*\}", ""))),
    fault("markup-formulas-escaped", MARKUP, "writes an apostrophe before a spreadsheet formula", change_texts(replacing("^(?=[=@])", "'"))),
    fault("markup-sql-words-dropped", MARKUP, "drops SQL keywords such as SELECT and UNION",
        change_texts(replacing(r"\b(?:DROP TABLE|UNION|SELECT)\b", "", re.IGNORECASE))),
    fault("markup-script-links-dropped", MARKUP, "drops javascript: in arrays",
        _listed_text(lambda t: t.replace("javascript:", ""))),
    fault("markup-comments-dropped", MARKUP, "drops HTML and SQL comments", change_texts(replacing(r"<!--.*?-->|/\*.*?\*/", "", re.DOTALL))),
    fault("markup-emphasis-rendered", MARKUP, "converts bold Markdown to HTML", change_texts(replacing(r"\*\*(.+?)\*\*", r"<b>\1</b>"))),
)  # fmt: skip
