"""Faults of responses and errors."""

import re
from collections.abc import Callable
from dataclasses import replace

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CASES,
    GET,
    NOT_FOUND,
    WRITES,
    Call,
    Memory,
    Operations,
    json_response,
    on,
    on_every,
    on_refusal,
    on_success,
    refusal,
    with_record,
)
from mock_server.faults.named_fault import fault

When = Callable[[Call], bool]
PYTHON = (
    'Traceback (most recent call last):\n  File "/srv/app/cases.py", line 81, in get\n    raise KeyError(id)'
)


def respond_to_unknown_id(response: Response) -> Fault:
    """Return a fault with this response to a GET of an unknown id."""
    return on(
        GET,
        lambda call: (
            response if call.is_authenticated and call.proceed().status == NOT_FOUND else call.proceed()
        ),
    )


def fail_if(when: When, operations: Operations = WRITES) -> Fault:
    """Return a fault that responds with 500 to authenticated requests if `when` returns True."""
    return on(
        operations,
        lambda call: (
            refusal(500, "Internal error.") if when(call) and call.is_authenticated else call.proceed()
        ),
    )


def body_has(pattern: bytes) -> When:
    found = re.compile(pattern, re.DOTALL)
    return lambda call: found.search(call.request.body) is not None


def change_media_type(operations: Operations, kind: str | None, *, success: bool = True) -> Fault:
    """Return a fault that changes or removes the media type of success responses, or else of refusals."""

    def change(_: Call, response: Response) -> Response:
        headers = {name: value for name, value in response.headers.items() if name != "content-type"}
        return replace(response, headers=headers if kind is None else headers | {"content-type": kind})

    return on_success(operations, change) if success else on_refusal(change, operations)


def to_html(_: Call, response: Response) -> Response:
    body = f"<html><body><h1>{response.status}</h1></body></html>".encode()
    return replace(response, headers={**response.headers, "content-type": "text/html"}, body=body)


def change_refusals(change: Callable[[Call, Response], Response], *statuses: int) -> Fault:
    """Return a fault that changes all refusals with one of these statuses, at any path."""

    def step(call: Call, _: Memory) -> Response:
        response = call.proceed()
        return change(call, response) if response.status in statuses else response

    return on_every(step)


def show_trace(trace: str, *statuses: int) -> Fault:
    return change_refusals(
        lambda _, response: with_record(response, lambda body: body | {"trace": trace}), *statuses
    )


def delete_case(status: int) -> Fault:
    def step(call: Call, memory: Memory) -> Response:
        if call.case_id in memory.kept and call.is_authenticated:
            return refusal(NOT_FOUND)
        if (call.request.method, call.place) != ("DELETE", "case") or not call.record():
            return call.proceed()
        memory.kept[call.case_id] = True
        return Response(status) if status < FIRST_REFUSAL else call.proceed()

    return on_every(step)


FAULTS = (
    fault("unknown-id-returns-null", "GET-UNKNOWN SCHEMA", "responds with 200 and null to a GET of an unknown id",
        respond_to_unknown_id(json_response(200, None))),
    fault("unknown-id-returns-empty-object", "GET-UNKNOWN SCHEMA", "responds with 200 and {} to a GET of an unknown id",
        respond_to_unknown_id(json_response(200, {}))),
    fault("json-as-text", "JSON-ONLY", "declares JSON as text/plain", change_media_type(CASES, "text/plain")),
    fault("errors-in-html", "JSON-ONLY-ERRORS", "responds to errors in HTML", on_refusal(to_html)),
    fault("trace-of-python", "ERRORS-QUIET", "shows a Python stack trace in a 404", show_trace(PYTHON, 404)),
    fault("fails-on-emoji", "NO-SERVER-ERROR", "responds with 500 to characters beyond U+FFFF",
        fail_if(body_has(rb"[\xf0-\xf4]|\\ud83d"))),
    fault("every-60th-request-fails", "NO-SERVER-ERROR", "responds with 503 to every 60th request",
        on_every(lambda call, memory: refusal(503) if memory.count() % 60 == 0 else call.proceed())),
    fault("delete-works", "METHOD-UNKNOWN", "deletes a case on DELETE", delete_case(204)),
)  # fmt: skip
