"""Checks of the formats that the validator for Python leaves to further packages, or checks too loosely."""

from __future__ import annotations

import re
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOSTNAME: Final = re.compile(rf"{LABEL}(?:\.{LABEL})*")
LONGEST_HOSTNAME: Final = 253

ESCAPED: Final = "%[0-9A-Fa-f]{2}"
ASCII: Final = r"A-Za-z0-9\-._~!$&'()*+,;="
UCS: Final = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"


def _reference(letters: str) -> re.Pattern[str]:
    """Return RFC 3986's URI-reference (RFC 3987's with more letters); the group `scheme` is set for a URI."""
    char = f"(?:[{letters}:@]|{ESCAPED})"
    userinfo = f"(?:(?:[{letters}:]|{ESCAPED})*@)?"
    host = rf"(?:\[[0-9A-Fa-f:.]+\]|(?:[{letters}]|{ESCAPED})*)"
    authority = rf"//{userinfo}{host}(?::[0-9]*)?(?:/{char}*)*"
    first = f"(?:[{letters}@]|{ESCAPED})+"  # without a colon, where there is no scheme
    rooted = f"/(?:{char}+(?:/{char}*)*)?"
    with_scheme = f"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?:{authority}|{rooted}|{char}+(?:/{char}*)*|)"
    without = f"(?:{authority}|{rooted}|{first}(?:/{char}*)*|)"
    tail = rf"(?:\?(?:{char}|[/?])*)?(?:#(?:{char}|[/?])*)?"
    return re.compile(f"(?:{with_scheme}|{without}){tail}")


URI: Final = _reference(ASCII)
IRI: Final = _reference(ASCII + UCS)
TIME: Final = r"T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)"
DATE: Final = r"(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)"
DURATION: Final = re.compile(rf"P(?:{DATE}(?:{TIME})?|{TIME}|\d+W)", re.ASCII)
POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*", re.DOTALL)
RELATIVE_POINTER: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)", re.DOTALL)
VARIABLE: Final = r"(?:\w|%[0-9A-Fa-f]{2})(?:\.?(?:\w|%[0-9A-Fa-f]{2}))*(?::[1-9][0-9]{0,3}|\*)?"
URI_TEMPLATE: Final = re.compile(
    rf"(?:[^\x00-\x20\"'<>\\^`{{|}}%]|%[0-9A-Fa-f]{{2}}|\{{[+#./;?&]?{VARIABLE}(?:,{VARIABLE})*\}})*"
)


# The validator for Python only asks for an `@`.
EMAIL: Final = re.compile(r".+@.+", re.DOTALL)
REPLACED: Final = ("email", "idn-email")


def _hostname(text: str) -> bool:
    return len(text) <= LONGEST_HOSTNAME and bool(HOSTNAME.fullmatch(text))


CHECKS: Final = {
    "email": lambda text: bool(EMAIL.fullmatch(text)),
    "idn-email": lambda text: bool(EMAIL.fullmatch(text)),
    "hostname": _hostname,
    "uri": lambda text: bool((match := URI.fullmatch(text)) and match["scheme"]),
    "uri-reference": lambda text: bool(URI.fullmatch(text)),
    "iri": lambda text: bool((match := IRI.fullmatch(text)) and match["scheme"]),
    "iri-reference": lambda text: bool(IRI.fullmatch(text)),
    "duration": lambda text: bool(DURATION.fullmatch(text)),
    "json-pointer": lambda text: bool(POINTER.fullmatch(text)),
    "relative-json-pointer": lambda text: bool(RELATIVE_POINTER.fullmatch(text)),
    "uri-template": lambda text: bool(URI_TEMPLATE.fullmatch(text)),
}


def format_checker() -> FormatChecker:
    """Return a checker of all known formats."""
    checker = FormatChecker(formats=())
    checker.checkers = dict(Draft202012Validator.FORMAT_CHECKER.checkers)
    for name, check in CHECKS.items():

        def checks(value: Any, check: Any = check) -> bool:
            return not isinstance(value, str) or check(value)

        if name in REPLACED or name not in checker.checkers:
            checker.checkers[name] = (checks, ())
    return checker
