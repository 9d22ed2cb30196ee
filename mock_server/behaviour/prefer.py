"""The Prefer header field (RFC 7240) with two preferences: `code`, a status, and `delay`, in milliseconds.

The mock ignores unknown preferences and values that it cannot meet, as section 2 demands. `unmet_preferences`
explains why it ignored one of the two known preferences.
"""

import re

LONGEST_FIELD = 1024
"""Longest field in characters. A longer one is ignored, because parsing backtracks."""
LONGEST_DELAY = 60_000
"""Milliseconds."""
CODES = range(200, 600)

# Name, allowed values, and a description of these values.
_KNOWN = (
    ("code", CODES, f"a status from {CODES[0]} to {CODES[-1]}"),
    ("delay", range(LONGEST_DELAY + 1), f"milliseconds from 0 to {LONGEST_DELAY}"),
)

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PREFERENCE = re.compile(
    r"""\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*"""
    r"""(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s;"]*)))?\s*(?:;.*)?"""
)


def parse_preferences(field: str) -> tuple[int | None, int | None]:
    """Return the preferred status and delay in milliseconds; None for a missing or invalid one."""
    found = read_field(field)
    numbers = [(_number(found.get(name, "")), values) for name, values, _ in _KNOWN]
    code, delay = (number if number in values else None for number, values in numbers)
    return code, delay


def unmet_preferences(field: str) -> list[str]:
    """Return why preferences for a status or a delay were ignored. The reasons repeat no part of the field."""
    if len(field) > LONGEST_FIELD:
        return [f"the field is longer than {LONGEST_FIELD} characters"]
    found = read_field(field)
    reasons = [
        f"{name} takes {description}"
        for name, values, description in _KNOWN
        if name in found and _number(found[name]) not in values
    ]
    is_valid = all(_PREFERENCE.fullmatch(one) for one in _ELEMENT.findall(field) if one.strip())
    return reasons if is_valid else [*reasons, "a part of the field is not a preference (RFC 7240)"]


def read_field(field: str) -> dict[str, str]:
    """Return the preferences by lower-case name. If a name is repeated, the first value counts."""
    found: dict[str, str] = {}
    if len(field) > LONGEST_FIELD:
        return found
    for element in _ELEMENT.findall(field):
        preference = _PREFERENCE.fullmatch(element)
        if preference is not None:
            quoted = re.sub(r"\\(.)", r"\1", preference["quoted"] or "")
            found.setdefault(preference["name"].lower(), quoted or preference["token"] or "")
    return found


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None
