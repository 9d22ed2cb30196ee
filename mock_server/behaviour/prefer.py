"""The Prefer header field (RFC 7240), as far as the mock knows it: `code`, a status, and `delay`, milliseconds.

An unknown preference and a value that cannot be met are ignored, as section 2 demands; of the two that are known,
`unmet` says so.
"""

import re

LONGEST_FIELD = 1024
"""Characters beyond which the field is ignored: it is read by backtracking."""
LONGEST_DELAY = 60_000
"""Milliseconds."""
CODES = range(200, 600)

# Preference, its values, what they are in words.
_KNOWN = (
    ("code", CODES, f"a status from {CODES[0]} to {CODES[-1]}"),
    ("delay", range(LONGEST_DELAY + 1), f"milliseconds from 0 to {LONGEST_DELAY}"),
)

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PREFERENCE = re.compile(
    r"""\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*"""
    r"""(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s;"]*)))?\s*(?:;.*)?"""
)


def wishes(field: str) -> tuple[int | None, int | None]:
    """The status that a request prefers and the delay in milliseconds; None where it does not say."""
    found = preferences(field)
    numbers = [(_number(found.get(name, "")), values) for name, values, _ in _KNOWN]
    code, delay = (number if number in values else None for number, values in numbers)
    return code, delay


def unmet(field: str) -> list[str]:
    """Why preferences for a status or a delay were ignored, in words that repeat nothing of the field."""
    if len(field) > LONGEST_FIELD:
        return [f"it takes more than {LONGEST_FIELD} characters"]
    found = preferences(field)
    wrong = [
        f"{name} takes {words}"
        for name, values, words in _KNOWN
        if name in found and _number(found[name]) not in values
    ]
    readable = all(_PREFERENCE.fullmatch(one) for one in _ELEMENT.findall(field) if one.strip())
    return wrong if readable else [*wrong, "a part of it is no preference (RFC 7240)"]


def preferences(field: str) -> dict[str, str]:
    """Preferences by name in lower case; of one that comes twice the first counts."""
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
