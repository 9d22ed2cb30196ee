"""The field or the form of a response in which a failure consists, and which a replay must show."""

from __future__ import annotations

import re
from typing import Final

from contract_tests.results.verdicts import Finding

FORM: Final = ("JSON-ONLY", "JSON-ONLY-ERRORS")
_POINTER: Final = re.compile(r"/([^/ ]+)")
_STATUS: Final = re.compile(r"[1-5]\d\d(?= |$)")
_EXPECTED_STATUS: Final = re.compile(r"(?<!below )\b[1-5]\d\d\b")
_REFUSAL: Final = re.compile(r"\brefused?\b")
_FIRST_ERROR: Final = "400"


def failed_field(actual: str) -> str:
    """Return the field that a finding names by its JSON pointer (RFC 6901); empty if it names none."""
    found = _POINTER.match(actual)
    return found[1].replace("~1", "/").replace("~0", "~") if found else ""


def is_about_form(finding: Finding) -> bool:
    """Return True if a finding says that a response has a wrong status code or media type, whatever it shows."""
    found = _STATUS.match(finding.actual)
    if finding.requirement in FORM or found is None:
        return finding.requirement in FORM
    expected = _EXPECTED_STATUS.findall(finding.expected)
    is_accepted = found[0] < _FIRST_ERROR and _REFUSAL.search(finding.expected)
    is_about_status = bool(expected or is_accepted or "below 500" in finding.expected)
    return is_about_status and found[0] not in expected
