"""What somebody may have meant who misspelt a name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?`, the known name that comes closest; nothing where none is close."""
    return "".join(f"; did you mean {close}?" for close in get_close_matches(name, list(known), n=1))
