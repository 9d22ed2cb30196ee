"""How a text can disguise a secret: letter case, escapes of JSON, URLs, forms and HTML, base64.

Pure functions over texts; what is secret, they do not know.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

ROUNDS: Final = 3  # escapes inside escapes: JSON in JSON, a URL in a URL
SHORTEST_BASE64: Final = 6
# A run of escapes of one kind: JSON, percent-encoding, an HTML character reference. A backslash that escapes no
# number counts for nothing, since how many there are depends on how often a text was quoted.
_ESCAPES: Final = re.compile(
    r"""(?:\\+(?:u[0-9a-f]{4}|x[0-9a-f]{2}))+ | \\+ | (?:%[0-9a-f]{2})+
    | &(?:\#\d+|\#x[0-9a-f]+|amp|lt|gt|quot|apos);""",
    re.VERBOSE,
)
_UNIT: Final = re.compile("[ux]([0-9a-f]+)")


def plain(text: str) -> str:
    """The text in lower case, its escapes undone."""
    text = _in_lower_case(text)
    for _ in range(ROUNDS):
        text, count = _ESCAPES.subn(lambda found: _undone(found.group()), text)
        if not count:
            break
    return text


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _undone(escapes: str) -> str:
    """What a run of escapes stands for."""
    if escapes[0] == "&":
        return _in_lower_case(html.unescape(escapes))
    if escapes[0] == "%":
        return _in_lower_case(unquote_to_bytes(escapes).decode("utf-8", "replace"))
    units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in _UNIT.findall(escapes))
    return _in_lower_case(units.decode("utf-16-be", "replace"))


def _in_lower_case(text: str) -> str:
    """The text in lower case, which never changes its length here."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


def places(text: str) -> list[tuple[int, int]]:
    """For each character of `plain(text)`, from where to where it stands in `text`."""
    plain = _in_lower_case(text)
    placed = [(at, at + 1) for at in range(len(text))]
    for _ in range(ROUNDS):
        pieces: list[str] = []
        moved: list[tuple[int, int]] = []
        end = 0
        for found in _ESCAPES.finditer(plain):
            undone = _undone(found.group())
            pieces += (plain[end : found.start()], undone)
            moved += placed[end : found.start()]
            moved += [(placed[found.start()][0], placed[found.end() - 1][1])] * len(undone)
            end = found.end()
        if not end:
            break
        plain, placed = "".join([*pieces, plain[end:]]), [*moved, *placed[end:]]
    return placed


def in_base64(value: str) -> Iterator[str]:
    """What every base64 text that holds the value has in common, at each of the three places in a group of bytes."""
    data = value.encode("utf-8", "replace")
    for before in range(3):
        bits = len(data) * 8
        first = -(-before * 8 // 6)
        whole = (before * 8 + bits) // 6
        text = base64.b64encode(b"\0" * before + data).decode()[first:whole]
        if len(text) >= SHORTEST_BASE64:
            yield text
            yield text.translate(str.maketrans("+/", "-_"))


def of_basic(value: str) -> Iterator[str]:
    """The pair and the password of `Basic` credentials (RFC 7617 section 2)."""
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        return
    yield encoded
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    yield from filter(None, (pair, pair.partition(":")[2]))
