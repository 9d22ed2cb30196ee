"""The field or the form of a response in which a failure consists, and which a replay must show."""

from __future__ import annotations

import re
from typing import Final

from contract_tests.results.verdicts import Finding

FORM: Final = ("JSON-ONLY", "JSON-ONLY-ERRORS")
_POINTER: Final = re.compile(r"/([^/ ]+)")
_STATUS: Final = re.compile(r"[1-5]\d\d(?: |$)")
_ABOUT_STATUS: Final = re.compile(r"\bto return [1-5]\d\d|\brefused?\b|\bbelow 500\b")


def failed_field(actual: str) -> str:
    """Return the field that a finding names by its JSON pointer (RFC 6901); empty if it names none."""
    found = _POINTER.match(actual)
    return found[1].replace("~1", "/").replace("~0", "~") if found else ""


def is_about_form(finding: Finding) -> bool:
    """Return True if a finding says that a response has a wrong status code or media type, whatever it shows."""
    return finding.requirement in FORM or bool(
        _STATUS.match(finding.actual) and _ABOUT_STATUS.search(finding.expected)
    )
