"""What somebody may have meant who misspelt a name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?`, the known name that comes closest in any letter case; nothing where none is close."""
    spelt = {one.casefold(): one for one in known}
    return "".join(
        f"; did you mean {spelt[close]}?" for close in get_close_matches(name.casefold(), spelt, n=1)
    )
