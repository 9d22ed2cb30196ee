"""Values that a request derives from an id, such as an id without its last character, as shell expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from contract_tests.text import common_start

SHORTEST: Final = 8  # characters of an id that are recognised in another value


class Derived(NamedTuple):
    """A value as a parameter expansion of a shell, for double quotes, and the text after it."""

    expression: str
    after: str


def derive(text: str, variables: Mapping[str, str]) -> Derived | None:
    """Return the text as derived from one of the values, which shell variables contain; None if it is not."""
    if text in variables:
        return Derived(f"${{{variables[text]}}}", "")
    found = (_from(text, value, name) for value, name in variables.items())
    # The one with the least text after it shares most with its value.
    return min((one for one in found if one), key=lambda one: len(one.after), default=None)


def is_derived(text: str, value: str) -> bool:
    """Return True if the text is the value, or derived from it."""
    return derive(text, {value: "value"}) is not None


def is_similar(text: str, value: str) -> bool:
    """Return True if the text is derived from the value, and contains all but two characters of it, or more."""
    return is_derived(text, value) and common_start(text, value) >= len(value) - 2


def _from(text: str, value: str, name: str) -> Derived | None:
    if not value.isascii() or min(len(value), len(text)) < SHORTEST:
        return None
    if text.startswith(value):
        return Derived(f"${{{name}}}", text[len(value) :])
    commands = (
        (value.upper(), "tr a-z A-Z"),
        (value.lower(), "tr A-Z a-z"),
        (value.replace("-", ""), "tr -d -"),
    )
    for changed, command in commands:
        if text == changed:
            return Derived(f'$(printf %s "${{{name}}}" | {command})', "")
    start = common_start(text, value)
    if start >= max(SHORTEST, len(value) // 2):
        return Derived(f"${{{name}%{'?' * (len(value) - start)}}}", text[start:])
    if value.endswith(text) and len(text) > len(value) // 2:
        return Derived(f"${{{name}#{'?' * (len(value) - len(text))}}}", "")
    return None
