"""The Prefer header field (RFC 7240), as far as the mock knows it: `code`, a status, and `delay`, milliseconds.

An unknown preference and a value that cannot be met are ignored, as section 2 demands.
"""

import re

LONGEST_FIELD = 1024
"""Characters beyond which the field is ignored: it is read by backtracking."""
LONGEST_DELAY = 60_000
"""Milliseconds."""
CODES = range(200, 600)

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PREFERENCE = re.compile(
    r"""\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*"""
    r"""(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s;"]*)))?\s*(?:;.*)?"""
)


def wishes(field: str) -> tuple[int | None, int | None]:
    """The status that a request prefers and the delay in milliseconds; None where it does not say."""
    found = preferences(field)
    code, delay = _number(found.get("code", "")), _number(found.get("delay", ""))
    return (
        code if code in CODES else None,
        delay if delay is not None and delay <= LONGEST_DELAY else None,
    )


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
