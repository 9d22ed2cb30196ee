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
    PATCH,
    PUT,
    TRANSITION,
    UPDATES,
    WRITES,
    Call,
    Operations,
    on,
    on_every,
    refusal,
)
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import depth, is_number

When = Callable[[Call], bool]


def _fails(when: When, operations: Operations = WRITES) -> Fault:
    """500, where `when` says so and the client is known."""
    return on(
        operations,
        lambda call: (
            refusal(500, "Internal error.") if when(call) and call.is_authenticated else call.proceed()
        ),
    )


def _body_has(pattern: bytes) -> When:
    found = re.compile(pattern, re.DOTALL)
    return lambda call: found.search(call.request.body) is not None


def _value_is(kind: Callable[[Any], bool]) -> When:
    """Some value of the payload, at any depth, is of a kind."""

    def search(value: Any) -> bool:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return kind(value) or any(search(child) for child in children)

    return lambda call: search(call.payload or {})


def _names(kind: Callable[[str], bool]) -> When:
    return _value_is(lambda value: isinstance(value, dict) and any(map(kind, value)))


FAULTS = (
    fault("fails-on-astral", "NO-SERVER-ERROR", "answers 500 to characters beyond U+FFFF",
        _fails(_body_has(rb"[\xf0-\xf4]|\\ud83d"))),
    fault("fails-on-nul", "HOSTILE-INPUT", "answers 500 to NUL in a text", _fails(_body_has(rb"\\u0000"), UPDATES)),
    fault("fails-on-controls", "NO-SERVER-ERROR", "answers 500 to control characters", _fails(_body_has(rb"\\u0001"), PATCH)),
    fault("fails-on-deep-nesting", "HOSTILE-INPUT", "answers 500 to nesting beyond 500 levels",
        _fails(_body_has(rb"\[{500}|(?:\{\"a\":){500}"))),
    fault("fails-on-nesting-in-put", "NO-SERVER-ERROR", "answers 500 to a PUT with more than eight levels",
        _fails(lambda call: depth(call.payload) > 8, PUT)),
    fault("fails-on-huge-integers", "HOSTILE-INPUT", "answers 500 to integers beyond 64 bits",
        _fails(_value_is(lambda v: isinstance(v, int) and abs(v) >= 2**63))),
    fault("fails-on-endless-numbers", "HOSTILE-INPUT", "answers 500 to numbers of thousands of digits",
        _fails(_body_has(rb"\d{4000}"))),
    fault("fails-on-infinity", "HOSTILE-INPUT", "answers 500 to 1e999", _fails(_body_has(rb"1e999|1e4000"), PATCH)),
    fault("fails-on-nan", "HOSTILE-INPUT", "answers 500 to NaN", _fails(_body_has(rb"NaN|Infinity"))),
    fault("fails-on-an-empty-body", "NO-SERVER-ERROR", "answers 500 to an empty body",
        _fails(lambda call: not call.request.body.strip(), WRITES | TRANSITION)),
    fault("fails-on-bad-utf-8", "HOSTILE-INPUT", "answers 500 to bytes that are no UTF-8",
        _fails(_body_has(rb"\xff"), CREATE)),
    fault("fails-on-a-mark", "NO-SERVER-ERROR", "answers 500 to a byte order mark", _fails(_body_has(rb"^\xef\xbb\xbf"))),
    fault("fails-on-cut-json-in-a-transition", "NO-SERVER-ERROR", "answers 500 to a transition that is no JSON",
        _fails(lambda call: call.payload is None, TRANSITION)),
    fault("fails-on-repeated-names", "NO-SERVER-ERROR", "answers 500 to a name that comes twice",
        _fails(_body_has(rb'"a": 1, "a"'))),
    fault("fails-on-an-empty-name", "NO-SERVER-ERROR", "answers 500 to an empty name", _fails(_names(lambda n: n == ""))),
    fault("fails-on-dollar-names", "NO-SERVER-ERROR", "answers 500 to a name that begins with $",
        _fails(_names(lambda n: n.startswith("$")), PUT)),
    fault("fails-on-long-names", "NO-SERVER-ERROR", "answers 500 to a name of 256 characters",
        _fails(_names(lambda n: len(n) > 255))),
    fault("fails-on-prototype", "NO-SERVER-ERROR", "answers 500 to __proto__", _fails(_names(lambda n: n == "__proto__"))),
    fault("fails-on-100-kb", "HOSTILE-INPUT", "answers 500 to texts of more than 64 kB",
        _fails(_value_is(lambda v: isinstance(v, str) and len(v) > 65535))),
    fault("fails-on-300-characters-in-put", "NO-SERVER-ERROR", "answers 500 to texts of 300 characters in a PUT",
        _fails(_value_is(lambda v: isinstance(v, str) and len(v) > 299), PUT)),
    fault("fails-on-a-thousand-members", "NO-SERVER-ERROR", "answers 500 to an object of 1000 members",
        _fails(_value_is(lambda v: isinstance(v, dict) and len(v) > 999))),
    fault("fails-on-quotes", "NO-SERVER-ERROR", "answers 500 to an apostrophe beside a backslash",
        _fails(_value_is(lambda v: isinstance(v, str) and "'" in v and "\\" in v), CREATE)),
    fault("fails-on-lone-surrogates", "HOSTILE-INPUT", "answers 500 to a lone surrogate",
        _fails(_body_has(rb"\xed[\xa0-\xbf]|\\ud800"))),
    fault("fails-on-null-fields", "NO-SERVER-ERROR", "answers 500 to null in a PATCH",
        _fails(_value_is(lambda v: v is None), PATCH)),
    fault("fails-on-a-bad-date", "NO-SERVER-ERROR", "answers 500 to a createdDate that is no date",
        _fails(lambda call: (call.payload or {}).get("createdDate", "2026") == "yesterday")),
    fault("fails-on-an-id-object", "NO-SERVER-ERROR", "answers 500 to an object as id",
        _fails(lambda call: isinstance((call.payload or {}).get("id"), dict))),
    fault("fails-on-a-status-object", "NO-SERVER-ERROR", "answers 500 to an object as caseStatus",
        _fails(lambda call: isinstance((call.payload or {}).get("caseStatus"), dict), TRANSITION)),
    fault("fails-on-a-workflow-number", "NO-SERVER-ERROR", "answers 500 to a number as workflowId",
        _fails(lambda call: is_number((call.payload or {}).get("workflowId")), TRANSITION)),
    fault("fails-on-a-reason-array", "NO-SERVER-ERROR", "answers 500 to an array as reason",
        _fails(lambda call: isinstance((call.payload or {}).get("reason"), list), TRANSITION)),
    fault("fails-on-nul-in-a-path", "HOSTILE-INPUT", "answers 500 to %00 in a path",
        _fails(lambda call: "%00" in call.request.path, GET)),
    fault("fails-on-long-ids", "HOSTILE-INPUT", "answers 500 to an id of 1000 characters",
        _fails(lambda call: len(call.case_id) > 999, GET | UPDATES)),
    fault("fails-on-odd-charsets", "HOSTILE-INPUT", "answers 500 to a charset that it does not know",
        on(CASES, lambda call: refusal(500) if "no-such" in call.request.headers.get("content-type", "") else call.proceed())),
    fault("fails-on-backward-ranges", "HOSTILE-INPUT", "answers 500 to a Range that it cannot read",
        on(GET, lambda call: refusal(500) if "range" in call.request.headers else call.proceed())),
    fault("fails-on-unknown-paths", "NO-SERVER-ERROR", "answers 500 to paths that it does not have",
        on_every(lambda call, _: refusal(500) if not call.place else call.proceed())),
    fault("fails-after-60-requests", "NO-SERVER-ERROR", "answers 503 to every 60th request",
        on_every(lambda call, memory: refusal(503) if memory.count() % 60 == 0 else call.proceed())),
)  # fmt: skip
