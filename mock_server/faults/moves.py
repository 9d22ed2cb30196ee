"""Faults of the transition: moves that do not happen, or that should not.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import json

from mock_server.faults.calls import JSON, MOVE, NOT_FOUND, OK, Call, at
from mock_server.faults.row import row
from mock_server.faults.steps import restatus
from mock_server.messages import Response

DONE = Response(OK, {"content-type": JSON}, b'{"status": "ok"}')
KNOWN = ("Close", "Reopen")


def _with(one: Call, **fields: object) -> Response:
    return one.on(body=json.dumps({**(one.payload or {}), **fields}).encode())


def _any_workflow(one: Call) -> Response:
    record = one.record()
    return _with(one, workflowId=record["lastWorkflowId"]) if record else one.on()


def _any_status(one: Call) -> Response:
    known = (one.payload or {}).get("caseStatus") in KNOWN
    return one.on() if known else DONE


def _found(one: Call) -> Response:
    answer = one.on()
    return DONE if answer.status == NOT_FOUND else answer


ROWS = (
    row("move-answers-201", "TRANSITION-STATUS SCHEMA", "answers a move with 201", restatus(MOVE, 201)),
    row(
        "move-does-nothing",
        "TRANSITION-MOVES",
        "answers a move and does not make it",
        at(MOVE, lambda _: DONE),
    ),
    row("move-any-workflow", "TRANSITION-WORKFLOW", "takes any workflowId", at(MOVE, _any_workflow)),
    row(
        "move-any-status",
        "TRANSITION-STATUS-KNOWN",
        "answers 200 to an unknown status",
        at(MOVE, _any_status),
    ),
    row("move-of-nobody", "TRANSITION-UNKNOWN", "answers 200 for an unknown id", at(MOVE, _found)),
)
