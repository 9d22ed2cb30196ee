"""JSON in and out, without loss: what was sent is what comes back.

Rules: RFC 8259, in UTF-8 without a byte order mark; of repeated names the last wins (section 4 leaves it
open); numbers that no double or integer can hold, lone surrogates and deep nesting are refused, never
altered. It reads and writes with orjson, which is several times as fast as the standard library, and with that one
what orjson would alter, an integer past 64 bits, or finds fault with. It knows nothing of HTTP.
"""

import codecs
import json
import math
from typing import Any, NoReturn

import orjson

from mock_server.core.errors import Problem, Refused

Json = Any
"""A JSON value as `json` builds it."""


class _NotKept(ValueError):
    """A number that Python would read, but not give back as it was."""


def _constant(name: str) -> NoReturn:
    raise _NotKept(f"{name} is not a JSON number (RFC 8259 section 6)")


def _finite(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise _NotKept(f"the number {literal[:40]} is out of range")
    return value


_strict = json.JSONDecoder(parse_constant=_constant, parse_float=_finite).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
).encode

_ANY_DIGIT = bytes.maketrans(b"123456789", b"0" * 9)
_LONG = b"0" * 19
"""An integer past 64 bits has at least as many digits; looked for in a text whose digits are all zeros."""


def parse(body: bytes, nesting: int) -> Json:
    """The value of a JSON text nested at most `nesting` levels deep. Raises Refused (NOT_JSON) for others."""
    if body.startswith(codecs.BOM_UTF8):
        raise Refused(Problem.NOT_JSON, reason="it begins with a byte order mark (RFC 8259 section 8.1)")
    try:
        value = load(body)
        # An object or array takes a bracket each, so few brackets cannot nest deeply.
        if body.count(b"{") + body.count(b"[") > nesting and _depth(value) > nesting:
            raise RecursionError
    except RecursionError:
        reason = f"it is nested more than {nesting} levels deep"
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except UnicodeEncodeError:
        reason = "a string holds a lone surrogate (RFC 8259 section 8.2)"
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, line {error.lineno} column {error.colno}"
    except _NotKept as error:
        reason = str(error)
    except ValueError:
        # Python reads no integer of more than 4,300 digits, since that takes quadratic time.
        reason = "an integer has too many digits"
    else:
        return value
    raise Refused(Problem.NOT_JSON, reason=reason)


def encode(value: Json) -> bytes:
    """The compact JSON text of a value that `parse` gave, or that was built of such values."""
    try:
        # A copy, since orjson leaves the text at the head of a buffer of some kilobytes, for as long as it is kept.
        return bytes(memoryview(orjson.dumps(value)))
    except orjson.JSONEncodeError:
        return _encode(value).encode("utf-8")


def load(text: bytes) -> Json:
    """The value of a text that `encode` wrote. Raises ValueError or RecursionError for any that is not JSON."""
    if _LONG not in text.translate(_ANY_DIGIT):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            # What is wrong, the standard library says.
            pass
    value = _strict(text.decode("utf-8"))
    # Decoded UTF-8 holds no surrogates; an escape is the one way in.
    if b"\\u" in text:
        _encode(value).encode("utf-8")
    return value


def _depth(value: Json) -> int:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return depth
