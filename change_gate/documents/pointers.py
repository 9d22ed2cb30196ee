"""RFC 6901 pointers as text and as tokens."""

from __future__ import annotations

from collections.abc import Iterable


def escape(token: str) -> str:
    """Return a token as it stands in a pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """Return the pointer to a member below `pointer`."""
    return pointer + "".join(f"/{escape(str(token))}" for token in tokens)


def split(pointer: str) -> list[str]:
    """Return the unescaped tokens of a pointer. Raises ValueError if it does not start with a slash."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"the pointer {pointer!r} does not start with a slash")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def from_tokens(tokens: Iterable[str | int]) -> str:
    """Return the pointer with these tokens."""
    return join("", *tokens)
