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
    at,
    refusal,
    remember,
    stores,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import PayloadChange, everywhere, in_arrays, inside, texts

LAST_OF_BMP = "\uffff"
UNTIRED = 6
TextChange = Callable[[str], Any]


def _text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return stores(everywhere(texts(change)), operations)


def _inner_text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return stores(inside(texts(change)), operations)


def _listed_text(change: TextChange, operations: Operations = WRITES) -> Fault:
    return stores(in_arrays(texts(change)), operations)


def _replacing(pattern: str, by: str | Callable[[re.Match[str]], str], flags: int = 0) -> TextChange:
    return partial(re.compile(pattern, flags).sub, by)


def _body(pattern: bytes, by: bytes) -> Fault:
    """JSON text is read after a replacement in its bytes."""
    return at(WRITES, lambda one: one.on(body=re.sub(pattern, by, one.request.body)))


def _sniffed(one: Call) -> Response:
    body = one.request.body
    return refusal(400) if one.welcome and body != body.lstrip() else one.on()


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

    def step(one: Any, memory: Memory) -> Any:
        tired = memory.count() > limit and one.payload is not None
        return one.storing(change(one.payload)) if tired else one.on()

    return remember(WRITES, step)


def _interned() -> Fault:
    """One dictionary entry for all texts that differ only in case, as in a column with such a collation."""

    def step(one: Any, memory: Memory) -> Any:
        if one.payload is None:
            return one.on()
        with memory.lock:
            known = everywhere(texts(lambda text: memory.kept.setdefault(text.casefold(), text)))
            payload = known(one.payload)
        return one.storing(payload)

    return remember(WRITES, step)


TEXTS = "ROUND-TRIP-TEXT"
MARKUP = "ROUND-TRIP-MARKUP"

ROWS = (
    row("text-escaped-pairs-lost", "ROUND-TRIP-TEXT", "reads a character that is written as two escapes as two question marks",
        _body(rb"(?i)\\ud[89ab]\w\w\\ud[c-f]\w\w", b"??")),
    row("text-escaped-slashes-kept", "ROUND-TRIP-TEXT", "keeps the backslash of an escaped slash",
        _body(rb"\\/", rb"\\\\/")),
    row("text-after-white-space-refused", "ROUND-TRIP-TEXT", "refuses JSON that does not begin with its first byte",
        at(WRITES, _sniffed)),
    # length
    row("text-cut-at-255", TEXTS, "keeps 255 characters of a text", _text(lambda t: t[:255])),
    row("text-cut-at-50-in-objects", TEXTS, "keeps 50 characters of a text inside an object or array",
        _inner_text(lambda t: t[:50])),
    row("text-cut-at-4000-in-patch", TEXTS, "keeps 4000 characters of a text in a PATCH",
        _text(lambda t: t[:4000], PATCH)),
    row("text-cut-at-1024-bytes", TEXTS, "keeps 1024 bytes of a text", _text(_bytes(1024))),
    row("text-cut-at-8192-in-arrays", TEXTS, "keeps 8192 characters of a text in an array",
        _listed_text(lambda t: t[:8192])),
    row("text-cut-after-many-writes", TEXTS, f"keeps 100 characters of a text after {UNTIRED} writes",
        _tiring(everywhere(texts(lambda t: t[:100])), UNTIRED)),
    # white space and what cannot be seen
    row("text-trimmed", TEXTS, "drops white space around a text", _text(str.strip)),
    row("text-trimmed-in-patch-arrays", TEXTS, "drops white space around texts in arrays, in a PATCH",
        _listed_text(str.strip, PATCH)),
    row("text-last-line-end-lost", TEXTS, "drops the line end after the last line, in a PUT",
        _text(lambda t: t.removesuffix("\n"), PUT)),
    row("text-crlf-to-lf", TEXTS, "turns CR LF into LF", _text(lambda t: t.replace("\r\n", "\n"))),
    row("text-spaces-collapsed", TEXTS, "turns several spaces into one", _text(_replacing(" {2,}", " "))),
    row("text-tabs-to-spaces", TEXTS, "turns a tab into spaces", _text(lambda t: t.replace("\t", "    "))),
    row("text-hard-spaces-softened", TEXTS, "turns a no-break space into a space",
        _text(lambda t: t.replace("\xa0", " "))),
    row("text-line-separators-to-line-feeds", TEXTS, "turns U+2028 into a line feed",
        _inner_text(lambda t: t.replace("\u2028", "\n"))),
    row("text-invisible-dropped", TEXTS, "drops joiners, marks of direction and soft hyphens", _text(_without("Cf"))),
    row("text-bom-dropped", TEXTS, "drops U+FEFF in front of a text", _text(lambda t: t.removeprefix("\ufeff"))),
    # Unicode
    row("text-composed", TEXTS, "stores text in normal form C", _text(partial(unicodedata.normalize, "NFC"))),
    row("text-compatible-in-put", TEXTS, "stores text in normal form KC, in a PUT",
        _text(partial(unicodedata.normalize, "NFKC"), PUT)),
    row("text-astral-replaced", TEXTS, "stores U+FFFD for characters beyond U+FFFF",
        _text(lambda t: "".join(c if c <= LAST_OF_BMP else "\ufffd" for c in t))),
    row("text-ends-at-astral", TEXTS, "drops a text from the first character beyond U+FFFF",
        _text(_replacing("[\U00010000-\U0010ffff].*", "", re.DOTALL))),
    row("text-latin-1", TEXTS, "stores ? for characters outside Latin-1",
        _text(lambda t: t.encode("latin-1", "replace").decode("latin-1"))),
    row("text-mojibake-in-objects", TEXTS, "reads UTF-8 as Latin-1 inside objects",
        _inner_text(lambda t: t.encode().decode("latin-1"))),
    row("text-marks-dropped", TEXTS, "drops combining marks", _text(_without("Mn"))),
    row("text-lower-case-in-put", TEXTS, "stores lower case inside objects, in a PUT", _inner_text(str.lower, PUT)),
    row("text-capitalised", TEXTS, "starts a text with a capital letter", _text(lambda t: t[:1].upper() + t[1:])),
    row("text-interned-ignoring-case", TEXTS, "stores an earlier text that differs only in case", _interned()),
    # quotes and escapes
    row("text-quotes-straightened", TEXTS, "turns typographic quotes into plain ones",
        _text(lambda t: t.translate(str.maketrans("“”‘’", "\"\"''")))),
    row("text-quotes-doubled-in-patch", TEXTS, "doubles an apostrophe, in a PATCH",
        _text(lambda t: t.replace("'", "''"), PATCH)),
    row("text-backslash-eaten", TEXTS, "takes a backslash as an escape, in a create",
        _text(_replacing(r"\\(.)", r"\1", re.DOTALL), CREATE)),
    row("text-percent-decoded", TEXTS, "decodes percent-encoding", _text(unquote)),
    row("text-plus-to-space", TEXTS, "turns + into a space", _inner_text(lambda t: t.replace("+", " "))),
    row("text-unquoted", TEXTS, "drops quotes around a text", _text(_replacing(r'"(.*)"', r"\1", re.DOTALL))),
    # looks like something else
    row("text-to-integer", TEXTS, "stores digits as a number", _text(_cast("0|[1-9][0-9]{0,14}", int))),
    row("text-to-decimal-in-arrays", TEXTS, "stores decimals as numbers in arrays",
        _listed_text(_cast(r"[0-9]+\.[0-9]+", float))),
    row("text-leading-zeros-lost", TEXTS, "drops zeros in front of digits", _text(_replacing(r"^0+(?=[0-9]+$)", ""))),
    row("text-to-boolean", TEXTS, 'stores "true" and "false" as booleans',
        _text(_cast("true|false", lambda t: t == "true"))),
    row("text-to-null", TEXTS, 'stores "null" as null', _inner_text(_cast("null", lambda _: None))),
    row("text-not-available-to-null", TEXTS, 'stores "N/A" as null', _text(_cast("N/A", lambda _: None))),
    row("text-date-gets-a-time", TEXTS, "adds midnight to a date",
        _text(_cast(r"\d{4}-\d\d-\d\d", lambda t: f"{t}T00:00:00Z"))),
    row("text-time-to-utc", TEXTS, "rewrites a date-time without its offset",
        _text(_cast(r"\d{4}.*\+\d\d:00", lambda t: f"{t[:-6]}Z"))),
    row("text-address-lower-case", TEXTS, "stores mail addresses in lower case", _text(_cast(r"\S+@\S+", str.lower))),
    row("text-url-normalised", TEXTS, "stores web addresses in a normal form",
        _text(_cast(r"(?i)https?://\S+", _lower_host))),
    row("text-uuid-lower-case", TEXTS, "stores UUIDs in lower case",
        _text(_cast(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str.lower))),
    row("text-card-number-masked", TEXTS, "masks what looks like a card number",
        _text(_replacing(r"(?:\d{4} ){3}(?=\d{4})", "**** **** **** "))),
    row("text-json-parsed", TEXTS, "stores a JSON text as what it says", _text(_cast(r'\[.*\]|"[^"]*"', _as_json))),
    row("text-password-masked", TEXTS, "masks what a log scrubber would mask",
        _text(_cast("password|secret", lambda _: "***"))),
    # markup, templates, SQL
    row("markup-escaped", MARKUP, "escapes HTML", _text(html.escape)),
    row("markup-tags-stripped", MARKUP, "drops HTML tags", _text(_replacing("<[^>]*>", ""))),
    row("markup-entities-decoded-in-put", MARKUP, "decodes HTML entities, in a PUT", _text(html.unescape, PUT)),
    row("markup-ampersand-escaped-in-patch", MARKUP, "escapes & alone, in a PATCH",
        _text(lambda t: t.replace("&", "&amp;"), PATCH)),
    row("markup-template-rendered", MARKUP, "renders {{7*7}}", _text(_replacing(r"\{\{7\*7\}\}", "49"))),
    row("markup-placeholders-filled", MARKUP, "fills in %s", _inner_text(lambda t: t.replace("%s", ""))),
    row("markup-variables-expanded", MARKUP, "expands ${...}", _text(_replacing(r"\$\{[^}]*\}", ""))),
    row("markup-formulas-guarded", MARKUP, "puts an apostrophe before a formula", _text(_replacing("^(?=[=@])", "'"))),
    row("markup-sql-words-dropped", MARKUP, "drops words that look like SQL",
        _text(_replacing(r"\b(?:DROP TABLE|UNION|SELECT)\b", "", re.IGNORECASE))),
    row("markup-script-links-dropped", MARKUP, "drops javascript: in arrays",
        _listed_text(lambda t: t.replace("javascript:", ""))),
    row("markup-comments-dropped", MARKUP, "drops comments", _text(_replacing(r"<!--.*?-->|/\*.*?\*/", "", re.DOTALL))),
    row("markup-emphasis-rendered", MARKUP, "renders Markdown", _text(_replacing(r"\*\*(.+?)\*\*", r"<b>\1</b>"))),
)  # fmt: skip
