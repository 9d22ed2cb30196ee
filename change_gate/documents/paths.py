"""Path templates: which of them name the same addresses, and which match another's."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE: Final = "!$&'()*+,;=:@/{}?#[]%-._~"


def variables(template: str) -> list[str]:
    """Return the names of a template's variables, in order."""
    return _VARIABLE.findall(template)


def canonical(template: str) -> str:
    """Return a template without the names of its variables and with one spelling of percent-encoding."""
    return _VARIABLE.sub("{}", _ENCODED.sub(_decode_unreserved, quote(template, safe=_SAFE)))


def _decode_unreserved(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def is_concrete(template: str) -> bool:
    """Return True if a template has no variables."""
    return "{" not in template


def overlap(first: str, second: str) -> tuple[list[str], list[str]] | None:
    """Return the texts of each template's variables in a path that both canonical templates match.

    A text is `{}` where the other template has a variable, too. Return None if no path matches both, or if one template
    is more concrete than the other.
    """
    segments = first.split("/"), second.split("/")
    if len(segments[0]) != len(segments[1]) or captured(first, second) or captured(second, first):
        return None
    texts: tuple[list[str], list[str]] = ([], [])
    for one, other in zip(*segments, strict=True):
        if one != other and "{}" not in (one, other):
            return None
        for found, own, opposite in ((texts[0], one, other), (texts[1], other, one)):
            found.extend(["{}" if "{}" in opposite else opposite] * own.count("{}"))
    return texts


def captured(template: str, path: str) -> list[str] | None:
    """Return the text that a canonical template's variables take in a path, or None if it does not match.

    The path may be a canonical template itself; its variables are taken as text.
    """
    pattern = "".join(
        "([^/]+)" if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", template) if part
    )
    match = re.fullmatch(pattern, path)
    return list(match.groups()) if match else None
