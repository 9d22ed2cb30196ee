"""The check that each regular expression of a document can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from change_gate.documents.bundle import Bundle
from change_gate.documents.walk import Site

# Letters, digits, common classes and plain anchors need no compiler.
_PLAIN: Final = re.compile(r"\^?[A-Za-z0-9 _:/.@-]*\$?")
MAX_LENGTH: Final = 20_000
MAX_SHOWN: Final = 60


def check_patterns(bundle: Bundle) -> None:
    """Raise DocumentError for the first `pattern` or `patternProperties` that is not a regular expression."""
    checked: set[str] = set()
    for index, site in bundle.sites:
        for pattern, tokens in _patterns(site):
            if pattern in checked:
                continue
            checked.add(pattern)
            if not is_pattern(pattern):
                shown = pattern if len(pattern) <= MAX_SHOWN else f"{pattern[:MAX_SHOWN]}…"
                raise bundle.files[index].error(f"{shown!r} is not a valid regular expression", tokens)


def _patterns(site: Site) -> Iterator[tuple[str, list[str]]]:
    if site.key == "pattern" and isinstance(site.value, str):
        yield site.value, site.tokens()
    elif site.key == "patternProperties" and isinstance(site.value, dict):
        for pattern in site.value:
            yield pattern, [*site.tokens(), pattern]


def is_pattern(pattern: str) -> bool:
    """Return True if the text is a regular expression for Python or for JSON Schema validators."""
    if _PLAIN.fullmatch(pattern):
        return True
    if len(pattern) > MAX_LENGTH:
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return _is_accepted_by_validator(pattern)
    return True


def _is_accepted_by_validator(pattern: str) -> bool:
    import jsonschema_rs  # noqa: PLC0415 - loaded only for patterns that Python cannot read

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True
