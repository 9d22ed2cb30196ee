"""Lossless JSON: a client gets back exactly the values that it sent.

Rules: RFC 8259 in UTF-8, without a byte order mark. If a name is repeated, the last value wins (section 4 leaves it
open). Numbers that fit no double or integer, lone surrogates and deep nesting are refused, never altered.

orjson does most of the work: it is several times as fast as the standard library. The standard library reads the
texts that orjson rejects or would alter, such as integers beyond 64 bits.
"""

import codecs
import json
import math
from typing import Any, NoReturn

import orjson

from mock_server.core.errors import Problem, Refused

Json = Any
"""A JSON value as `json` builds it."""


class _UnsupportedNumber(ValueError):
    """A number that Python reads but cannot write back unchanged."""


def _constant(name: str) -> NoReturn:
    raise _UnsupportedNumber(f"{name} is not a JSON number (RFC 8259 section 6)")


def _finite(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise _UnsupportedNumber(f"the number {literal[:40]} is out of range")
    return value


_strict = json.JSONDecoder(parse_constant=_constant, parse_float=_finite).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode

_ANY_DIGIT = bytes.maketrans(b"123456789", b"0" * 9)
_LONG = b"0" * 19
"""The shortest integer beyond 64 bits, after all digits have been replaced by zeros."""


def parse(body: bytes, nesting: int) -> Json:
    """Return the value of a JSON text with at most `nesting` levels. Raises Refused (NOT_JSON)."""
    if body.startswith(codecs.BOM_UTF8):
        raise Refused(Problem.NOT_JSON, reason="it begins with a byte order mark (RFC 8259 section 8.1)")
    try:
        value = load(body)
        # Each object or array has a bracket, so a text with few brackets cannot be deep.
        if body.count(b"{") + body.count(b"[") > nesting and _depth(value) > nesting:
            raise RecursionError
    except RecursionError:
        reason = f"it is nested more than {nesting} levels deep"
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except UnicodeEncodeError:
        reason = "a string contains a lone surrogate (RFC 8259 section 8.2)"
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, line {error.lineno} column {error.colno}"
    except _UnsupportedNumber as error:
        reason = str(error)
    except ValueError:
        # Python refuses integers of more than 4,300 digits, because parsing them takes quadratic time.
        reason = "an integer has too many digits"
    else:
        return value
    raise Refused(Problem.NOT_JSON, reason=reason)


def encode(value: Json) -> bytes:
    """Return the compact JSON text of a value that `parse` returned, or that consists of such values."""
    try:
        # Copied, because orjson's result keeps a buffer of several kilobytes alive.
        return bytes(memoryview(orjson.dumps(value)))
    except orjson.JSONEncodeError:
        return _encode(value).encode("utf-8")


def load(text: bytes) -> Json:
    """Return the value of a text that `encode` wrote. Raises ValueError or RecursionError for other texts."""
    if _LONG not in text.translate(_ANY_DIGIT):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            # The standard library has better error messages.
            pass
    value = _strict(text.decode("utf-8"))
    # UTF-8 cannot contain surrogates, but an escape can stand for one.
    if b"\\u" in text:
        _encode(value).encode("utf-8")
    return value


def _depth(value: Json) -> int:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return depth
