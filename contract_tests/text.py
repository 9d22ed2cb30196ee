"""Long texts, shortened when they are shown; suggestions for misspelt names.

Part of a secret cannot be recognised. So `shorten` and `beginning` only mark a text, secrets are masked in all of it,
and `render` cuts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import takewhile
from typing import Final

SHOWN_CHARACTERS: Final = 400
MARGIN: Final = 4_000  # characters kept for masking beyond those that are shown
EDGE: Final = 1_000  # characters of the margin that are never shown, since a secret may be incomplete there

# Noncharacters of Unicode: reserved for internal use, so no text that is exchanged contains them.
_OPEN, _TEXT, _GAP, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_MARKED: Final = re.compile(
    f"{_OPEN}(?P<end>[01])(?P<limit>[0-9]+),(?P<omitted>[0-9]+){_TEXT}"
    f"(?P<head>[^{_OPEN}{_GAP}{_CLOSE}]*)(?P<gap>{_GAP}?)(?P<tail>[^{_OPEN}{_CLOSE}]*){_CLOSE}"
)
_RESERVED: Final = {ord(one): f"\\u{ord(one):x}" for one in (_OPEN, _TEXT, _GAP, _CLOSE)}
_ONE_LINE: Final = {**_RESERVED, ord("\r"): "\\r", ord("\n"): "\\n"}


def shorten(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Return `text` on one line, to be cut in its middle beyond `limit` characters."""
    line = _unmarked(text).translate(_ONE_LINE)
    if len(line) <= limit:
        return line
    kept = limit // 2 + MARGIN
    omitted = max(0, len(line) - 2 * kept)
    if omitted:
        line = line[:kept] + _GAP + line[-kept:]
    return f"{_OPEN}1{limit},{omitted}{_TEXT}{line}{_CLOSE}"


def beginning(text: str, limit: int) -> str:
    """Return `text`, to be cut after `limit` characters."""
    text = _unmarked(text).translate(_RESERVED)
    if len(text) <= limit:
        return text
    kept = limit + MARGIN
    omitted = max(0, len(text) - kept)
    return f"{_OPEN}0{limit},{omitted}{_TEXT}{text[:kept]}{_GAP if omitted else ''}{_CLOSE}"


def render(text: str) -> str:
    """Cut the parts that are marked; a cut in the middle states how much is left out."""
    return _MARKED.sub(_cut, text) if _OPEN in text else text


def _unmarked(text: str) -> str:
    return _MARKED.sub(lambda marked: marked["head"] + marked["tail"], text) if _OPEN in text else text


def _cut(marked: re.Match[str]) -> str:
    limit, head, gap, tail = int(marked["limit"]), marked["head"], marked["gap"], marked["tail"]
    if marked["end"] == "0":
        return head[: min(limit, max(0, len(head) - EDGE)) if gap else limit]
    if not gap and len(head) <= limit:
        return head
    half = limit // 2
    total = len(head) + len(tail) + int(marked["omitted"])
    if gap:
        head, tail = head[: max(0, len(head) - EDGE)], tail[EDGE:]
    else:
        tail = head
    start, end = head[:half], tail[max(0, len(tail) - half) :]
    return f"{start}…({total - len(start) - len(end)} characters)…{end}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean NAME?` with the known name closest to `name`, or nothing if none is close."""
    spelt = {one.casefold(): one for one in known}
    return "".join(
        f"; did you mean {spelt[close]}?" for close in get_close_matches(name.casefold(), spelt, n=1)
    )


def common_start(one: str, other: str) -> int:
    """Return the number of characters with which both texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
