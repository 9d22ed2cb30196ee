# ruff: noqa: N802 - each function is named like its operationId in control.yaml
"""Operations of the control API on behaviour, failures and the journal."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from mock_server.behaviour.failures import Failure
from mock_server.control.interface import Controlled, json_response
from mock_server.core.errors import Finding, Problem, Refused, refused_with
from mock_server.core.messages import Response
from mock_server.core.operations import Call
from mock_server.core.spelling import did_you_mean

MILLISECONDS = 1000


def getBehaviour(mock: Controlled, _call: Call) -> Response:
    now = mock.behaviour
    latency = now.latency and {
        name: round(seconds * MILLISECONDS, 3)
        for name, seconds in zip(("min", "max"), now.latency, strict=True)
    }
    shown = {field.name: getattr(now, field.name) for field in fields(now)}
    return json_response(shown | {"faults": now.fault_names, "latency": latency})


def changeBehaviour(mock: Controlled, call: Call) -> Response:
    changes: dict[str, Any] = {
        name: _OFF.get(name) if value is None else value for name, value in call.payload.items()
    }
    known = [fault.name for group in mock.catalogue.groups() for fault in group.faults]
    for index, name in enumerate(changes.get("faults", ())):
        if name not in known:
            message = f"is not among GET /_mock/faults{did_you_mean(name, known)}"
            finding = Finding(f"/faults/{index}", message)
            raise Refused(Problem.UNKNOWN_FAULT, name=repr(name[:60]), findings=[finding])
    latency = changes.get("latency")
    if latency is not None:
        if latency["min"] > latency["max"]:
            raise refused_with(Problem.INVALID, [Finding("/latency/min", "must be at most max")], "the body")
        changes["latency"] = latency["min"] / MILLISECONDS, latency["max"] / MILLISECONDS
    mock.behave(**changes)
    return getBehaviour(mock, call)


_OFF: Mapping[str, Any] = {"faults": (), "outage": False}
"""The value for null, if it is not None."""


def listFailures(mock: Controlled, _call: Call) -> Response:
    return _failures(mock, 200)


def addFailure(mock: Controlled, call: Call) -> Response:
    wanted = asdict(Failure()) | call.payload
    mock.fail_next(
        # JSON Schema accepts 503.0 as an integer.
        int(wanted["status"]),
        times=int(wanted["times"]),
        operation=wanted["operation"],
        delay=wanted["delay"] / MILLISECONDS,
        kind=wanted["kind"],
        case=wanted["case"],
    )
    return _failures(mock, 201)


def clearFailures(mock: Controlled, _call: Call) -> Response:
    mock.failures.clear()
    return Response(204)


def _failures(mock: Controlled, status: int) -> Response:
    queue = mock.failures.list()
    rows = [asdict(one) | {"delay": round(one.delay * MILLISECONDS, 3)} for one in queue]
    return json_response({"failures": rows}, status)


def listFaults(mock: Controlled, _call: Call) -> Response:
    rows = [
        {
            "name": fault.name,
            "group": group.title,
            "summary": fault.summary,
            "requirements": list(fault.requirements),
        }
        for group in mock.catalogue.groups()
        for fault in group.faults
    ]
    return json_response({"faults": rows})


def getJournal(mock: Controlled, call: Call) -> Response:
    wanted = {"limit": 50, **call.parameters}
    return json_response({"last": mock.journal.last, "exchanges": mock.journal.read(**wanted)})


def clearJournal(mock: Controlled, _call: Call) -> Response:
    mock.journal.clear()
    return Response(204)


FUNCTIONS = (
    getBehaviour,
    changeBehaviour,
    listFailures,
    addFailure,
    clearFailures,
    listFaults,
    getJournal,
    clearJournal,
)
