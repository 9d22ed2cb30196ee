"""Suggestions for misspelt names."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean NAME?` with the closest known name, or "" if none is close."""
    # Only the beginning of a long name, because the comparison is slow.
    return "".join(f"; did you mean {close}?" for close in get_close_matches(name[:60], list(known), n=1))
