"""Faults that end in a server error: values, bodies, paths and headers that a handler did not expect.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import re
from collections.abc import Callable
from typing import Any

from mock_server.core.messages import Fault
from mock_server.faults.call import (
    CASES,
    CREATE,
    GET,
    MOVE,
    PATCH,
    PUT,
    UPDATES,
    WRITES,
    Call,
    Operations,
    at,
    every,
    refusal,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import depth, is_number

When = Callable[[Call], bool]


def _fails(when: When, operations: Operations = WRITES) -> Fault:
    """500, where `when` says so and the client is known."""
    return at(
        operations, lambda one: refusal(500, "Internal error.") if when(one) and one.welcome else one.on()
    )


def _body_has(pattern: bytes) -> When:
    found = re.compile(pattern, re.DOTALL)
    return lambda one: found.search(one.request.body) is not None


def _value_is(kind: Callable[[Any], bool]) -> When:
    """Some value of the payload, at any depth, is of a kind."""

    def search(value: Any) -> bool:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return kind(value) or any(search(child) for child in children)

    return lambda one: search(one.payload or {})


def _names(kind: Callable[[str], bool]) -> When:
    return _value_is(lambda value: isinstance(value, dict) and any(map(kind, value)))


ROWS = (
    row("fails-on-astral", "NO-SERVER-ERROR", "answers 500 to characters beyond U+FFFF",
        _fails(_body_has(rb"[\xf0-\xf4]|\\ud83d"))),
    row("fails-on-nul", "HOSTILE-INPUT", "answers 500 to NUL in a text", _fails(_body_has(rb"\\u0000"), UPDATES)),
    row("fails-on-controls", "NO-SERVER-ERROR", "answers 500 to control characters", _fails(_body_has(rb"\\u0001"), PATCH)),
    row("fails-on-deep-nesting", "HOSTILE-INPUT", "answers 500 to nesting beyond 500 levels",
        _fails(_body_has(rb"\[{500}|(?:\{\"a\":){500}"))),
    row("fails-on-nesting-in-put", "NO-SERVER-ERROR", "answers 500 to a PUT with more than eight levels",
        _fails(lambda one: depth(one.payload) > 8, PUT)),
    row("fails-on-huge-integers", "HOSTILE-INPUT", "answers 500 to integers beyond 64 bits",
        _fails(_value_is(lambda v: isinstance(v, int) and abs(v) >= 2**63))),
    row("fails-on-endless-numbers", "HOSTILE-INPUT", "answers 500 to numbers of thousands of digits",
        _fails(_body_has(rb"\d{4000}"))),
    row("fails-on-infinity", "HOSTILE-INPUT", "answers 500 to 1e999", _fails(_body_has(rb"1e999|1e4000"), PATCH)),
    row("fails-on-nan", "HOSTILE-INPUT", "answers 500 to NaN", _fails(_body_has(rb"NaN|Infinity"))),
    row("fails-on-an-empty-body", "NO-SERVER-ERROR", "answers 500 to an empty body",
        _fails(lambda one: not one.request.body.strip(), WRITES | MOVE)),
    row("fails-on-bad-utf-8", "HOSTILE-INPUT", "answers 500 to bytes that are no UTF-8",
        _fails(_body_has(rb"\xff"), CREATE)),
    row("fails-on-a-mark", "NO-SERVER-ERROR", "answers 500 to a byte order mark", _fails(_body_has(rb"^\xef\xbb\xbf"))),
    row("fails-on-cut-json-in-a-transition", "NO-SERVER-ERROR", "answers 500 to a transition that is no JSON",
        _fails(lambda one: one.payload is None, MOVE)),
    row("fails-on-repeated-names", "NO-SERVER-ERROR", "answers 500 to a name that comes twice",
        _fails(_body_has(rb'"a": 1, "a"'))),
    row("fails-on-an-empty-name", "NO-SERVER-ERROR", "answers 500 to an empty name", _fails(_names(lambda n: n == ""))),
    row("fails-on-dollar-names", "NO-SERVER-ERROR", "answers 500 to a name that begins with $",
        _fails(_names(lambda n: n.startswith("$")), PUT)),
    row("fails-on-long-names", "NO-SERVER-ERROR", "answers 500 to a name of 256 characters",
        _fails(_names(lambda n: len(n) > 255))),
    row("fails-on-prototype", "NO-SERVER-ERROR", "answers 500 to __proto__", _fails(_names(lambda n: n == "__proto__"))),
    row("fails-on-100-kb", "HOSTILE-INPUT", "answers 500 to texts of more than 64 kB",
        _fails(_value_is(lambda v: isinstance(v, str) and len(v) > 65535))),
    row("fails-on-300-characters-in-put", "NO-SERVER-ERROR", "answers 500 to texts of 300 characters in a PUT",
        _fails(_value_is(lambda v: isinstance(v, str) and len(v) > 299), PUT)),
    row("fails-on-a-thousand-members", "NO-SERVER-ERROR", "answers 500 to an object of 1000 members",
        _fails(_value_is(lambda v: isinstance(v, dict) and len(v) > 999))),
    row("fails-on-quotes", "NO-SERVER-ERROR", "answers 500 to an apostrophe beside a backslash",
        _fails(_value_is(lambda v: isinstance(v, str) and "'" in v and "\\" in v), CREATE)),
    row("fails-on-lone-surrogates", "HOSTILE-INPUT", "answers 500 to a lone surrogate",
        _fails(_body_has(rb"\xed[\xa0-\xbf]|\\ud800"))),
    row("fails-on-null-fields", "NO-SERVER-ERROR", "answers 500 to null in a PATCH",
        _fails(_value_is(lambda v: v is None), PATCH)),
    row("fails-on-a-bad-date", "NO-SERVER-ERROR", "answers 500 to a createdDate that is no date",
        _fails(lambda one: (one.payload or {}).get("createdDate", "2026") == "yesterday")),
    row("fails-on-an-id-object", "NO-SERVER-ERROR", "answers 500 to an object as id",
        _fails(lambda one: isinstance((one.payload or {}).get("id"), dict))),
    row("fails-on-a-status-object", "NO-SERVER-ERROR", "answers 500 to an object as caseStatus",
        _fails(lambda one: isinstance((one.payload or {}).get("caseStatus"), dict), MOVE)),
    row("fails-on-a-workflow-number", "NO-SERVER-ERROR", "answers 500 to a number as workflowId",
        _fails(lambda one: is_number((one.payload or {}).get("workflowId")), MOVE)),
    row("fails-on-a-reason-array", "NO-SERVER-ERROR", "answers 500 to an array as reason",
        _fails(lambda one: isinstance((one.payload or {}).get("reason"), list), MOVE)),
    row("fails-on-nul-in-a-path", "HOSTILE-INPUT", "answers 500 to %00 in a path",
        _fails(lambda one: "%00" in one.request.path, GET)),
    row("fails-on-long-ids", "HOSTILE-INPUT", "answers 500 to an id of 1000 characters",
        _fails(lambda one: len(one.case_id) > 999, GET | UPDATES)),
    row("fails-on-odd-charsets", "HOSTILE-INPUT", "answers 500 to a charset that it does not know",
        at(CASES, lambda one: refusal(500) if "no-such" in one.request.headers.get("content-type", "") else one.on())),
    row("fails-on-backward-ranges", "HOSTILE-INPUT", "answers 500 to a Range that it cannot read",
        at(GET, lambda one: refusal(500) if "range" in one.request.headers else one.on())),
    row("fails-on-unknown-paths", "NO-SERVER-ERROR", "answers 500 to paths that it does not have",
        every(lambda one, _: refusal(500) if not one.place else one.on())),
    row("fails-after-60-requests", "NO-SERVER-ERROR", "answers 503 to every 60th request",
        every(lambda one, memory: refusal(503) if memory.count() % 60 == 0 else one.on())),
)  # fmt: skip
