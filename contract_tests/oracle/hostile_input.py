"""Recognise hostile requests: those that no client sends by mistake.

The bounds are those of NO-SERVER-ERROR in the catalogue. HOSTILE-INPUT covers everything beyond them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

LARGEST_BODY: Final = 100_000  # bytes
LONGEST_TEXT: Final = 10_300  # characters: 10 kB, and a little more
LONGEST_PATH: Final = 1000
LONGEST_HEADER: Final = 1000
DEEPEST: Final = 32
LARGEST_INTEGER: Final = 2**53 - 1  # RFC 7493 section 2.2
MOST_DIGITS: Final = 17  # significant digits of a double

_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_CONSTANT: Final = re.compile(r"\b(?:NaN|Infinity)\b")
_UNICODE_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_LONE_SURROGATE: Final = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

_TOKEN: Final = r"[\w!#$%&'*+.^`|~-]+"
_QUALITY: Final = r"(?:\s*;\s*[\w-]+=[\w.\"-]+)*"
_TAGS: Final = r'\*|(?:W/)?"[^"]*"(?:\s*,\s*(?:W/)?"[^"]*")*'
_DATE: Final = r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"
# Well-formed values of the headers that a server may parse (RFC 9110). Any printable value of another header passes.
_WELL_FORMED: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "content-type": rf'|{_TOKEN}/{_TOKEN}(?:\s*;\s*{_TOKEN}=(?:"[^"]*"|{_TOKEN}))*',
        "content-encoding": "identity",
        "accept": rf"|{_TOKEN}/{_TOKEN}{_QUALITY}(?:\s*,\s*{_TOKEN}/{_TOKEN}{_QUALITY})*",
        "accept-language": rf"|[\w*-]+{_QUALITY}(?:\s*,\s*[\w*-]+{_QUALITY})*",
        "if-match": _TAGS,
        "if-none-match": _TAGS,
        "if-modified-since": _DATE,
        "if-unmodified-since": _DATE,
        "range": r"bytes=0-\d*",
        "cookie": r"[^\s=;,\"]+=[^\s;]*(?:; [^\s=;,\"]+=[^\s;]*)*",
        "prefer": r"[\w-]+(?:=[a-z]+|=\d+)?",
        "traceparent": r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
        "x-forwarded-for": r"[\w.:, ]*",
        "referer": r"https?://\S*",
    }.items()
}
_CHARSET: Final = re.compile(r'charset="?(?!utf-8\b)', re.IGNORECASE)


def is_hostile(url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return True if a request is outside the bounds of what clients send by mistake."""
    odd_header = any(is_hostile_header(name, value) for name, value in headers.items())
    return odd_header or is_hostile_url(url) or is_hostile_body(body)


def rank_request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[bool, int]:
    """Return a key that orders requests as evidence: those that are hostile themselves first, then shorter ones."""
    size = len(method) + len(url) + len(body) + sum(len(name) + len(value) for name, value in headers.items())
    return not is_hostile(url, headers, body), size


def is_hostile_url(url: str) -> bool:
    """Return True for invalid percent-encoding or UTF-8, control characters, and long paths."""
    target = url.partition("://")[2].partition("/")[2] if "://" in url else url
    if _BAD_ESCAPE.search(target) or len(target) > LONGEST_PATH:
        return True
    try:
        return _CONTROL.search(unquote_to_bytes(target).decode()) is not None
    except UnicodeDecodeError:
        return True


def is_hostile_header(name: str, value: str) -> bool:
    """Return True for a header that is long, not printable ASCII, or malformed."""
    if len(value) > LONGEST_HEADER or not value.isascii() or _CONTROL.search(value):
        return True
    if name.lower() == "content-type" and _CHARSET.search(value):
        return True
    pattern = _WELL_FORMED.get(name.lower())
    return pattern is not None and pattern.fullmatch(value.strip()) is None


def is_hostile_body(body: bytes) -> bool:
    """Return True for a large body, invalid UTF-8, and JSON texts outside the bounds, whether valid or not."""
    if len(body) > LARGEST_BODY:
        return True
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    strings = _STRING.findall(text)
    rest = _STRING.sub('""', text)
    return (
        "\0" in text
        or any(map(_is_hostile_string, strings))
        or _CONSTANT.search(rest) is not None
        or any(_is_outside_double(number) for number in _NUMBER.findall(rest))
        or _depth(rest) > DEEPEST
    )


def _is_hostile_string(literal: str) -> bool:
    units = _UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "x", literal)
    return len(units) > LONGEST_TEXT or "\0" in units or _LONE_SURROGATE.search(units) is not None


def _is_outside_double(literal: str) -> bool:
    mantissa = re.split("[eE]", literal)[0]
    digits = mantissa.replace("-", "").replace(".", "").strip("0")
    if len(digits) > MOST_DIGITS:
        return True
    value = float(literal)
    if literal.lstrip("-").isdigit():
        return abs(value) > LARGEST_INTEGER
    return not math.isfinite(value) or (value == 0.0 and bool(digits))


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
