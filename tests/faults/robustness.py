"""Faults that respond with a server error to unusual values, bodies, paths and headers."""

from collections.abc import Callable
from typing import Any

from mock_server.faults.call import (
    CREATE,
    GET,
    PATCH,
    PUT,
    TRANSITION,
    UPDATES,
    WRITES,
    Call,
    on,
    on_every,
    refusal,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.unusual_responses import body_has, fail_if
from mock_server.faults.value_changes import depth, is_number

When = Callable[[Call], bool]


def _value_is(kind: Callable[[Any], bool]) -> When:
    """Return a condition: some value of the payload, at any depth, satisfies `kind`."""

    def search(value: Any) -> bool:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return kind(value) or any(search(child) for child in children)

    return lambda call: search(call.payload or {})


def _names(kind: Callable[[str], bool]) -> When:
    return _value_is(lambda value: isinstance(value, dict) and any(map(kind, value)))


FAULTS = (
    fault("fails-on-nul", "HOSTILE-INPUT", "responds with 500 to NUL in a string", fail_if(body_has(rb"\\u0000"), UPDATES)),
    fault("fails-on-controls", "NO-SERVER-ERROR", "responds with 500 to control characters in a PATCH", fail_if(body_has(rb"\\u0001"), PATCH)),
    fault("fails-on-deep-nesting", "HOSTILE-INPUT", "responds with 500 to more than 500 nested levels",
        fail_if(body_has(rb"\[{500}|(?:\{\"a\":){500}"))),
    fault("fails-on-nesting-in-put", "NO-SERVER-ERROR", "responds with 500 to a PUT with more than eight nested levels",
        fail_if(lambda call: depth(call.payload) > 8, PUT)),
    fault("fails-on-long-numbers", "HOSTILE-INPUT", "responds with 500 to numbers with thousands of digits",
        fail_if(body_has(rb"\d{4000}"))),
    fault("fails-on-infinity", "HOSTILE-INPUT", "responds with 500 to 1e999 in a PATCH", fail_if(body_has(rb"1e999|1e4000"), PATCH)),
    fault("fails-on-nan", "HOSTILE-INPUT", "responds with 500 to NaN and Infinity", fail_if(body_has(rb":\s*-?(NaN|Infinity)"))),
    fault("fails-on-empty-body", "NO-SERVER-ERROR", "responds with 500 to an empty body",
        fail_if(lambda call: not call.request.body.strip(), WRITES | TRANSITION)),
    fault("fails-on-invalid-utf-8", "HOSTILE-INPUT", "responds with 500 to a create with invalid UTF-8",
        fail_if(body_has(rb"\xff"), CREATE)),
    fault("fails-on-byte-order-mark", "NO-SERVER-ERROR", "responds with 500 to a byte order mark", fail_if(body_has(rb"^\xef\xbb\xbf"))),
    fault("fails-on-dollar-names", "NO-SERVER-ERROR", "responds with 500 to a name that begins with $ in a PUT",
        fail_if(_names(lambda n: n.startswith("$")), PUT)),
    fault("fails-on-prototype", "NO-SERVER-ERROR", "responds with 500 to the name __proto__", fail_if(_names(lambda n: n == "__proto__"))),
    fault("fails-on-100-kb", "HOSTILE-INPUT", "responds with 500 to strings of more than 65,535 characters",
        fail_if(_value_is(lambda v: isinstance(v, str) and len(v) > 65535))),
    fault("fails-on-300-characters-in-put", "NO-SERVER-ERROR", "responds with 500 to strings of 300 characters in a PUT",
        fail_if(_value_is(lambda v: isinstance(v, str) and len(v) > 299), PUT)),
    fault("fails-on-1000-members", "NO-SERVER-ERROR", "responds with 500 to an object with 1,000 members",
        fail_if(_value_is(lambda v: isinstance(v, dict) and len(v) > 999))),
    fault("fails-on-quotes", "NO-SERVER-ERROR", "responds with 500 to a create with an apostrophe and a backslash in a string",
        fail_if(_value_is(lambda v: isinstance(v, str) and "'" in v and "\\" in v), CREATE)),
    fault("fails-on-null-fields", "NO-SERVER-ERROR", "responds with 500 to null in a PATCH",
        fail_if(_value_is(lambda v: v is None), PATCH)),
    fault("fails-on-invalid-date", "NO-SERVER-ERROR", "responds with 500 to a createdDate that is not a date",
        fail_if(lambda call: (call.payload or {}).get("createdDate", "2026") == "yesterday")),
    fault("fails-on-id-object", "NO-SERVER-ERROR", "responds with 500 to an object as id",
        fail_if(lambda call: isinstance((call.payload or {}).get("id"), dict))),
    fault("fails-on-status-object", "NO-SERVER-ERROR", "responds with 500 to an object as caseStatus",
        fail_if(lambda call: isinstance((call.payload or {}).get("caseStatus"), dict), TRANSITION)),
    fault("fails-on-workflow-number", "NO-SERVER-ERROR", "responds with 500 to a number as workflowId",
        fail_if(lambda call: is_number((call.payload or {}).get("workflowId")), TRANSITION)),
    fault("fails-on-nul-in-path", "HOSTILE-INPUT", "responds with 500 to %00 in a path",
        fail_if(lambda call: "%00" in call.request.path, GET)),
    fault("fails-on-long-ids", "HOSTILE-INPUT", "responds with 500 to an id of 1,000 characters",
        fail_if(lambda call: len(call.case_id) > 999, GET | UPDATES)),
    fault("fails-on-range", "HOSTILE-INPUT", "responds with 500 to a Range header that ends before it begins",
        on(GET, lambda call: refusal(500) if call.request.headers.get("range") == "bytes=9-1" else call.proceed())),
    fault("fails-on-unknown-paths", "NO-SERVER-ERROR", "responds with 500 to unknown paths",
        on_every(lambda call, _: refusal(500) if not call.place else call.proceed())),
)  # fmt: skip
