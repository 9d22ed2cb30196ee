"""What somebody may have meant who misspelt a name. Pure; the judge has such words of its own."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean NAME?`, the known name that comes closest; nothing where none is close."""
    # Of a long name the beginning will do: what a client sends is compared character by character.
    return "".join(f"; did you mean {close}?" for close in get_close_matches(name[:60], list(known), n=1))
