"""A long text on one line, cut in its middle, and how such a cut is found again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

SHOWN_CHARACTERS: Final = 400
CUT: Final = re.compile(r"…\(\d+ characters\)…")


def shorten(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """`text` on one line, cut in the middle past `limit` characters, with the count of what is left out."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}…({len(text) - 2 * half} characters)…{text[-half:]}"


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?`, the known name that comes closest in any letter case; nothing where none is close."""
    spelt = {one.casefold(): one for one in known}
    return "".join(
        f"; did you mean {spelt[close]}?" for close in get_close_matches(name.casefold(), spelt, n=1)
    )
