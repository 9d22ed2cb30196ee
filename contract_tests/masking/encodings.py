"""Encodings in which a server may repeat a secret, undone in a text or applied to the secret.

`views` undoes what changes single characters: letter case, quoting, escapes of JSON, URLs, HTML and quoted-printable.
`encoded` applies what changes all characters: base64, also wrapped, doubled or over another quoting, and hexadecimal.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import quopri
import re
import shlex
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote, quote_plus, unquote_to_bytes

ROUNDS: Final = 3  # escapes inside escapes: JSON in JSON, a URL in a URL
SHORTEST_BASE64: Final = 6
SHORTEST_HEX: Final = 8
DOTTED_I: Final = "\u0130"

# A run of escapes of one kind: JSON, percent-encoding, an HTML character reference. A backslash that escapes no
# number is dropped, because the number of backslashes depends on how often a text was quoted.
_ESCAPES: Final = re.compile(
    r"""(?:\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}))+ | \\+ | (?:%[0-9a-f]{2})+
    | &(?:\#\d{1,7}|\#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos);""",
    re.VERBOSE,
)
_UNIT: Final = re.compile("[ux]([0-9a-f]+)")
# Shells, CSV and SQL double or nest quotes; UTF-16 read as UTF-8 contains NUL; base64 is wrapped into lines.
_DROPPED: Final = re.compile("[\"'\\r\\n\\0]+")
_LINE_ENDS: Final = re.compile(r"(?:(?<!\\)\\+[rn])+")  # from the first backslash only: in linear time
_QUOTED_PRINTABLE: Final = re.compile(r"(?:=[0-9a-f]{2})+")
_SOFT_BREAK: Final = re.compile(r"=(?:[\r\n]+|(?:\\+[rn])+)")


class Step(NamedTuple):
    """A pattern, and what its matches stand for."""

    pattern: re.Pattern[str]
    meaning: Callable[[str], str]


View: TypeAlias = Sequence[Step]


def _unescaped(escapes: str) -> str:
    if escapes[0] == "&":
        return lower(html.unescape(escapes))
    if escapes[0] == "%":
        return lower(unquote_to_bytes(escapes).decode("utf-8", "replace"))
    units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in _UNIT.findall(escapes))
    return lower(units.decode("utf-16-be", "replace"))


def _nothing(_: str) -> str:
    return ""


def _printable(quoted: str) -> str:
    return lower(bytes.fromhex(quoted.replace("=", "")).decode("utf-8", "replace"))


_PLAIN: Final[View] = (Step(_ESCAPES, _unescaped), Step(_DROPPED, _nothing)) * ROUNDS


def plain(text: str) -> str:
    """Return the text in lower case, without quotes and with its escapes undone."""
    return seen(text, _PLAIN)


def views(text: str) -> Iterator[View]:
    """Yield the ways to read a text; those for wrapped lines and quoted-printable only if it may contain them."""
    yield _PLAIN
    if _LINE_ENDS.search(text):
        yield (Step(_LINE_ENDS, _nothing), *_PLAIN)
    if "=" in text and (_QUOTED_PRINTABLE.search(lower(text)) or _SOFT_BREAK.search(lower(text))):
        yield (Step(_SOFT_BREAK, _nothing), Step(_QUOTED_PRINTABLE, _printable), *_PLAIN)


def seen(text: str, view: View) -> str:
    """Return the text as a view shows it."""
    text = lower(text)
    for pattern, meaning in view:
        if meaning is _nothing:
            text = pattern.sub("", text)
        else:
            text = pattern.sub(lambda found, meaning=meaning: meaning(found.group()), text)  # type: ignore[misc]
    return text


def lower(text: str) -> str:
    """Return the text in lower case and of the same length."""
    if text.isascii():
        return text.lower()
    # In lower case, a capital I with a dot has two characters, and a sigma depends on its place in the word.
    return DOTTED_I.join(part.lower() for part in text.replace("\u03a3", "\u03c3").split(DOTTED_I))


class Origin:
    """The way back from a view of a text to the places in the text itself."""

    def __init__(self, text: str, view: View) -> None:
        text = lower(text)
        self._steps: list[tuple[list[int], list[tuple[int, int, int]]]] = []
        for pattern, meaning in view:
            starts: list[int] = []
            changes: list[tuple[int, int, int]] = []
            pieces: list[str] = []
            read = written = 0
            for found in pattern.finditer(text):
                replacement = meaning(found.group())
                pieces += (text[read : found.start()], replacement)
                written += found.start() - read
                starts.append(written)
                changes.append((written + len(replacement), *found.span()))
                written += len(replacement)
                read = found.end()
            text = "".join([*pieces, text[read:]])
            if starts:
                self._steps.append((starts, changes))
        self._steps.reverse()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters from `start` to `end` of the view stand in the text."""
        first, last = start, end - 1
        for starts, changes in self._steps:
            first = _place(starts, changes, first)[0]
            last = _place(starts, changes, last)[1] - 1
        return first, last + 1


def _place(starts: list[int], changes: list[tuple[int, int, int]], at: int) -> tuple[int, int]:
    """Return start and end, before a step, of the character that stands at `at` after it."""
    index = bisect_right(starts, at) - 1
    if index < 0:
        return at, at + 1
    end, source_start, source_end = changes[index]
    if at < end:
        return source_start, source_end
    place = source_end + at - end
    return place, place + 1


def quoted(value: str) -> Iterator[bytes]:
    """Yield the bytes of a value as they are, in UTF-16, and as software quotes them."""
    data = value.encode("utf-8", "replace")
    yield data
    yield value.encode("utf-16-le", "replace")
    yield value.encode("utf-16-be", "replace")
    if re.fullmatch(r"[\w.~-]*", value, re.ASCII):
        return  # quoted by nothing
    for text in (
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
        quote(value, safe="", errors="replace"),
        quote(value, errors="replace"),
        quote_plus(value, errors="replace"),
        html.escape(value),
        html.escape(value, quote=False),
        shlex.quote(value)[1:-1],
        value.replace("'", "'\\''"),
        value.replace('"', '""'),
        value.replace("'", "''"),
        value.replace("\\", "\\\\"),
    ):
        yield text.encode("utf-8", "replace")
    yield quopri.encodestring(data)


def encoded(value: str, *, thorough: bool = True) -> Iterator[str]:
    """Yield the texts by which the value, encoded as a whole, is found; `thorough`: also encodings of encodings."""
    forms = {*quoted(value)} if thorough else {value.encode("utf-8", "replace")}
    for data in forms:
        if len(data) * 2 >= SHORTEST_HEX:
            yield data.hex()
        for text in in_base64(data):
            yield text
            if thorough:
                yield from in_base64(text.encode())


def in_base64(data: bytes) -> Iterator[str]:
    """Yield what every base64 text that contains the data has in common, for each place in a group of three bytes."""
    for before in range(3):
        bits = len(data) * 8
        first = -(-before * 8 // 6)
        whole = (before * 8 + bits) // 6
        text = base64.b64encode(b"\0" * before + data).decode()[first:whole]
        if len(text) >= SHORTEST_BASE64:
            yield text
            yield text.translate(str.maketrans("+/", "-_"))


def of_basic(value: str) -> Iterator[str]:
    """Yield the pair and the password of `Basic` credentials (RFC 7617 section 2)."""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "basic":
        return
    yield token
    try:
        pair = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    yield from filter(None, (pair, pair.partition(":")[2]))
