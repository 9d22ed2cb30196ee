# ruff: noqa: N802 - each function is named like its operationId in control.yaml
"""Operations of the control API on cases, the whole state, and snapshots."""

from collections.abc import Callable
from typing import Any

from mock_server.control import paging
from mock_server.control.interface import UNCACHED_JSON, Controlled, json_response
from mock_server.core import json_codec
from mock_server.core.errors import Finding, Problem, Refused, refused_with
from mock_server.core.messages import Response
from mock_server.core.operations import Call
from mock_server.core.store import Stored
from mock_server.storage import seed_files


def listCases(mock: Controlled, call: Call) -> Response:
    total, page = paging.page_of(mock.store, **call.parameters)
    cases = b",".join(_with_state(mock, case) for _, case in page)
    return Response(200, UNCACHED_JSON, b'{"total":%d,"cases":[%s]}' % (total, cases))


def readCase(mock: Controlled, call: Call) -> Response:
    case = mock.store.get(call.parameters["id"])
    if case is None:
        raise Refused(Problem.UNKNOWN_CASE)
    return Response(200, UNCACHED_JSON, _with_state(mock, case))


def _with_state(mock: Controlled, case: Stored) -> bytes:
    transitions = json_codec.encode(list(mock.settings.workflow.moves.get(case.state, ())))
    return b'{"state":%s,"moves":%s,"case":%s}' % (json_codec.encode(case.state), transitions, case.text)


def reset(mock: Controlled, _call: Call) -> Response:
    mock.reset()
    return Response(204)


def seed(mock: Controlled, call: Call) -> Response:
    added = 0
    if "cases" in call.payload:
        added += mock.seed({"cases": call.payload["cases"]})
    if "data" in call.payload:
        added += mock.seed(call.payload["data"])
    return json_response({"added": added}, 201)


def getState(mock: Controlled, _call: Call) -> Response:
    return Response(200, UNCACHED_JSON, mock.export())


def putState(mock: Controlled, call: Call) -> Response:
    mock.restore(call.payload)
    return Response(204)


def listSnapshots(mock: Controlled, _call: Call) -> Response:
    names = _checked(mock.snapshots.names)
    return json_response({"snapshots": [{"name": name, "cases": _count(mock, name)} for name in names]})


def _count(mock: Controlled, name: str) -> int | None:
    try:
        value = seed_files.parse(_snapshot(mock, name))
    except ValueError:
        return None
    cases = value.get("cases") if isinstance(value, dict) else value
    return len(cases) if isinstance(cases, list) else None


def getSnapshot(mock: Controlled, call: Call) -> Response:
    return Response(200, UNCACHED_JSON, _snapshot(mock, call.parameters["name"]))


def saveSnapshot(mock: Controlled, call: Call) -> Response:
    _checked(lambda: mock.snapshots.save(call.parameters["name"], mock.export()))
    return Response(204)


def restoreSnapshot(mock: Controlled, call: Call) -> Response:
    text = _snapshot(mock, call.parameters["name"])
    try:
        cases = seed_files.parse(text)
    except ValueError as error:
        raise refused_with(Problem.INVALID_STATE, [Finding("", f"is not readable: {error}")], "it") from None
    mock.restore(cases)
    return Response(204)


def deleteSnapshot(mock: Controlled, call: Call) -> Response:
    name = call.parameters["name"]
    if not _checked(lambda: mock.snapshots.delete(name)):
        raise Refused(Problem.UNKNOWN_SNAPSHOT, name=name)
    return Response(204)


def _snapshot(mock: Controlled, name: str) -> bytes:
    text: bytes | None = _checked(lambda: mock.snapshots.get(name))
    if text is None:
        raise Refused(Problem.UNKNOWN_SNAPSHOT, name=name)
    return text


def _checked(access: Callable[[], Any]) -> Any:
    """Access the snapshots, and turn an OSError into a refusal."""
    try:
        return access()
    except OSError as error:
        raise Refused(Problem.UNWRITABLE, reason=error.strerror or error) from None


FUNCTIONS = (
    listCases,
    readCase,
    reset,
    seed,
    getState,
    putState,
    listSnapshots,
    getSnapshot,
    saveSnapshot,
    restoreSnapshot,
    deleteSnapshot,
)
