"""Credentials that the suite derives from valid ones, as shell expressions that contain no part of these.

An expression refers to an environment variable with the valid credential, such as `CASEIQ_TOKEN`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from contract_tests.text import common_start

# An expression that `derive` returns, without the text around it.
EXPRESSION: Final = re.compile(
    r"\$CASEIQ_[A-Z_]+|\$\{CASEIQ_[A-Z_]+(?:[#%]\?*)?\}|\$\(printf (?:[^()]|\$\([^()]*\))*\)"
)
SHORTEST: Final = 8  # characters of a credential that is recognised in a changed one
LONGEST_ADDED: Final = 3  # characters that a change adds; more may be a part of another credential
MOST_CUT: Final = 8  # characters that a pattern cuts; `cut` cuts more
_PLAIN: Final = re.compile(r"[\w%.]*", re.ASCII)  # has no meaning for the shell or for sed
# A shell splits and expands these in a variable without quotes, as `$(...)` contains it.
_CHANGED_BY_SHELLS: Final = re.compile(r"[\s*?\[\\]")

_CHANGES: Final[tuple[tuple[Callable[[str], str], str], ...]] = (
    (lambda valid: valid * 2, "${name}${name}"),
    (str.swapcase, "$(printf %s $name|tr A-Za-z a-zA-Z)"),
    (
        lambda valid: "".join(f"%{byte:02X}" for byte in valid.encode()),
        "$(printf %%%s $(printf %s $name|od -An -v -tx1|tr a-f A-F))",
    ),
)


def derive(value: str, valid: str, name: str) -> str | None:
    """Return the value as a text for double quotes, with an expression for the part of it that is the valid one's.

    `name` is the variable with the valid credential. Return None if the value is not derived from it in a way that an
    expression can repeat.
    """
    if not valid.isascii() or len(valid) < SHORTEST:
        return None
    expression = _expression(value, valid, name)
    return None if expression and "$(" in expression and _CHANGED_BY_SHELLS.search(valid) else expression


def _expression(value: str, valid: str, name: str) -> str | None:
    for change, expression in _CHANGES:
        if value == change(valid):
            return expression.replace("name", name)
    start = common_start(value, valid)
    end = common_start(value[start:][::-1], valid[start:][::-1])
    added = value[start : len(value) - end]
    if start + end < len(valid) // 2 or len(added) > LONGEST_ADDED or not _PLAIN.fullmatch(added):
        return None
    return _replaced(name, start, len(valid) - start - end, added, is_end=not end)


def _replaced(name: str, start: int, cut: int, added: str, *, is_end: bool) -> str | None:
    """Return the expression for a credential with `cut` characters at `start` replaced by the added ones."""
    if is_end and cut <= MOST_CUT:
        return f"${{{name}%{'?' * cut}}}{added}" if cut else f"${{{name}}}{added}"
    if is_end:
        return f"$(printf %s ${name}|cut -c1-{start}){added}"
    if not start:
        return f"{added}${{{name}#{'?' * cut}}}" if cut else f"{added}${{{name}}}"
    return f"$(printf %s ${name}|sed s/./{added}/{start + 1})" if len(added) == cut == 1 else None
