"""Credentials that the suite derives from the valid one, as shell expressions that contain no part of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

TOKEN_VARIABLE: Final = "$CASEIQ_TOKEN"
# An expression that `derive` returns, without the text around it.
EXPRESSION: Final = re.compile(
    r"\$CASEIQ_TOKEN|\$\{CASEIQ_TOKEN(?:[#%]\?*)?\}|\$\(printf (?:[^()]|\$\([^()]*\))*\)"
)
SHORTEST: Final = 8  # characters of a token that is recognised in a changed one
LONGEST_ADDED: Final = 3  # characters that a change adds; more may be a part of another credential
MOST_CUT: Final = 8  # characters that a pattern cuts; `cut` cuts more
_PLAIN: Final = re.compile(r"[\w%.]*", re.ASCII)  # has no meaning for the shell or for sed

_CHANGES: Final[tuple[tuple[Callable[[str], str], str], ...]] = (
    (str.swapcase, f"$(printf %s {TOKEN_VARIABLE}|tr A-Za-z a-zA-Z)"),
    (
        lambda token: "".join(f"%{byte:02X}" for byte in token.encode()),
        f"$(printf %%%s $(printf %s {TOKEN_VARIABLE}|od -An -v -tx1|tr a-f A-F))",
    ),
)


def derive(value: str, token: str) -> str | None:
    """Return the value as a text for double quotes, with an expression for the part of it that is the token's.

    Return None if the value is not derived from the token in a way that the expression can repeat.
    """
    if not token.isascii() or len(token) < SHORTEST:
        return None
    for change, expression in _CHANGES:
        if value == change(token):
            return expression
    start = _common(value, token)
    end = _common(value[start:][::-1], token[start:][::-1])
    added = value[start : len(value) - end]
    if start + end < len(token) // 2 or len(added) > LONGEST_ADDED or not _PLAIN.fullmatch(added):
        return None
    return _replaced(start, len(token) - start - end, added, is_end=not end)


def _replaced(start: int, cut: int, added: str, *, is_end: bool) -> str | None:
    """Return the expression for the token with `cut` characters at `start` replaced by the added ones."""
    if is_end and cut <= MOST_CUT:
        return f"${{CASEIQ_TOKEN%{'?' * cut}}}{added}" if cut else f"${{CASEIQ_TOKEN}}{added}"
    if is_end:
        return f"$(printf %s {TOKEN_VARIABLE}|cut -c1-{start}){added}"
    if not start:
        return f"{added}${{CASEIQ_TOKEN#{'?' * cut}}}" if cut else f"{added}{TOKEN_VARIABLE}"
    return f"$(printf %s {TOKEN_VARIABLE}|sed s/./{added}/{start + 1})" if len(added) == cut == 1 else None


def _common(one: str, other: str) -> int:
    """Return the number of characters with which both texts begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(other)))
