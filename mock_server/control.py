# ruff: noqa: N802 - each function bears the operationId of control.yaml that it carries out
"""The control API: one function for each operationId of control.yaml, and who may call them.

Rules: a token of its own; no page of another site gets through, by its own address (Origin) or by a name that
leads here (Host); no CORS headers, ever. It steers a mock through what `Controlled` names, and knows no server.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from mock_server import contract, json_text, listing, state, static
from mock_server.behaviour import Behaviour, Failure, Failures
from mock_server.credentials import bearer
from mock_server.errors import Finding, Problem, Refused
from mock_server.hosts import guarded
from mock_server.journal import Journal
from mock_server.json_text import Json
from mock_server.messages import Handle, Request, Response
from mock_server.operations import JSON, Call
from mock_server.pipeline import Pipeline, Rules, owned, refused
from mock_server.settings import CONTROL, Settings
from mock_server.snapshots import Snapshots
from mock_server.store import Store, Stored
from mock_server.tokens import same

DOCUMENT = Path(__file__).with_name("control.yaml")
DISTRIBUTION = "caseiq-contract-suite"
MILLISECONDS = 1000


class Controlled(Protocol):
    """What the control API sees of a mock."""

    settings: Settings
    store: Store
    store_name: str
    journal: Journal
    snapshots: Snapshots
    failures: Failures

    @property
    def behaviour(self) -> Behaviour: ...
    def behave(self, **changes: Any) -> None: ...
    def fail_next(
        self, status: int = 503, *, times: int = 1, operation: str | None = None, delay: float = 0.0
    ) -> None: ...
    def reset(self) -> None: ...
    def seed(self, cases: Json) -> int: ...
    def export(self) -> bytes: ...
    def restore(self, cases: Json) -> None: ...


Function = Callable[[Controlled, Call], Response]

FUNCTIONS: dict[str, Function] = {}
"""By operationId."""


def _operation(function: Function) -> Function:
    FUNCTIONS[function.__name__] = function
    return function


def control(mock: Controlled, token: str, hosts: Sequence[str]) -> Handle:
    """The handle of the control API; `hosts` are names it may be called by, besides those of this machine."""
    secret = token.encode()

    def admit(request: Request) -> None:
        how = "send Authorization: Bearer TOKEN with the control token, which the mock printed at its start"
        given = bearer(request)
        if not given or not same(given, secret):
            row = Problem.BAD_CREDENTIALS if given else Problem.NO_CREDENTIALS
            raise Refused(row, how=how, headers={"www-authenticate": 'Bearer realm="control"'})

    limits = mock.settings.limits
    rules = Rules(admit, limits.control_body, state.NESTING, cors=False, strict=True)
    return guarded(Pipeline(contract.read(DOCUMENT), FUNCTIONS, mock, rules), hosts)


# The mock


@_operation
def getHealth(mock: Controlled, _call: Call) -> Response:
    return _json({"status": "ok", "store": mock.store_name, "version": _version()})


@_operation
def getSettings(mock: Controlled, _call: Call) -> Response:
    settings = mock.settings
    auth, case, workflow = settings.auth, settings.case, settings.workflow
    return _json(
        {
            "prefix": settings.prefix,
            "auth": {
                "scheme": auth.scheme,
                "token": auth.token,
                "cookie": auth.cookie,
                "header": auth.header,
                "client_id": auth.client_id,
                "client_secret": auth.client_secrets[0],
                "token_path": settings.token_path,
            },
            "workflow": {
                "initial": workflow.initial,
                "moves": {name: list(moves) for name, moves in workflow.moves.items()},
                "shown": dict(workflow.shown),
                "status_field": workflow.status_field,
            },
            "required": sorted(case.required),
            "owned": sorted(owned(settings)),
            "operations": sorted(_operation_ids()),
            "id_format": case.id_format,
            "update_response": case.update_response,
            "store": mock.store_name,
            "version": _version(),
        }
    )


def _operation_ids() -> set[str]:
    return {operation.id for operation in contract.load().operations()}


# Cases and state


@_operation
def listCases(mock: Controlled, call: Call) -> Response:
    total, page = listing.page(mock.store.items(), **call.parameters)
    cases = b",".join(_in_state(mock, case) for _, case in page)
    return Response(200, _FRESH, b'{"total":%d,"cases":[%s]}' % (total, cases))


@_operation
def readCase(mock: Controlled, call: Call) -> Response:
    case = mock.store.get(call.parameters["id"])
    if case is None:
        raise Refused(Problem.UNKNOWN_CASE)
    return Response(200, _FRESH, _in_state(mock, case))


def _in_state(mock: Controlled, case: Stored) -> bytes:
    moves = json_text.encode(list(mock.settings.workflow.moves.get(case.state, ())))
    return b'{"state":%s,"moves":%s,"case":%s}' % (json_text.encode(case.state), moves, case.text)


@_operation
def reset(mock: Controlled, _call: Call) -> Response:
    mock.reset()
    return Response(204)


@_operation
def seed(mock: Controlled, call: Call) -> Response:
    added = 0
    if "cases" in call.payload:
        added += mock.seed({"cases": call.payload["cases"]})
    if "data" in call.payload:
        added += mock.seed(call.payload["data"])
    return _json({"added": added}, 201)


@_operation
def getState(mock: Controlled, _call: Call) -> Response:
    return Response(200, _FRESH, mock.export())


@_operation
def putState(mock: Controlled, call: Call) -> Response:
    mock.restore(call.payload)
    return Response(204)


@_operation
def listSnapshots(mock: Controlled, _call: Call) -> Response:
    names = _kept(mock.snapshots.names)
    return _json({"snapshots": [{"name": name, "cases": _count(mock, name)} for name in names]})


def _count(mock: Controlled, name: str) -> int | None:
    try:
        value = state.parse(_snapshot(mock, name))
    except (ValueError, Refused):
        return None
    cases = value.get("cases") if isinstance(value, dict) else value
    return len(cases) if isinstance(cases, list) else None


@_operation
def getSnapshot(mock: Controlled, call: Call) -> Response:
    return Response(200, _FRESH, _snapshot(mock, call.parameters["name"]))


@_operation
def saveSnapshot(mock: Controlled, call: Call) -> Response:
    _kept(lambda: mock.snapshots.save(call.parameters["name"], mock.export()))
    return Response(204)


@_operation
def restoreSnapshot(mock: Controlled, call: Call) -> Response:
    text = _snapshot(mock, call.parameters["name"])
    try:
        cases = state.parse(text)
    except (ValueError, Refused) as error:
        raise refused(Problem.INVALID_STATE, [Finding("", f"is not readable: {error}")], "it") from None
    mock.restore(cases)
    return Response(204)


@_operation
def deleteSnapshot(mock: Controlled, call: Call) -> Response:
    name = call.parameters["name"]
    if not _kept(lambda: mock.snapshots.delete(name)):
        raise Refused(Problem.UNKNOWN_SNAPSHOT, name=name)
    return Response(204)


def _snapshot(mock: Controlled, name: str) -> bytes:
    text: bytes | None = _kept(lambda: mock.snapshots.get(name))
    if text is None:
        raise Refused(Problem.UNKNOWN_SNAPSHOT, name=name)
    return text


def _kept(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except OSError as error:
        raise Refused(Problem.UNWRITABLE, reason=error.strerror or error) from None


# Journal


@_operation
def getJournal(mock: Controlled, call: Call) -> Response:
    wanted = {"limit": 50, **call.parameters}
    return _json({"last": mock.journal.last, "exchanges": mock.journal.read(**wanted)})


@_operation
def clearJournal(mock: Controlled, _call: Call) -> Response:
    mock.journal.clear()
    return Response(204)


# Behaviour


@_operation
def getBehaviour(mock: Controlled, _call: Call) -> Response:
    now = mock.behaviour
    latency = now.latency and {
        name: round(seconds * MILLISECONDS, 3)
        for name, seconds in zip(("min", "max"), now.latency, strict=True)
    }
    return _json(asdict(now) | {"latency": latency})


@_operation
def changeBehaviour(mock: Controlled, call: Call) -> Response:
    changes: dict[str, Any] = {
        name: _OFF.get(name) if value is None else value for name, value in call.payload.items()
    }
    for index, name in enumerate(changes.get("faults", ())):
        if name not in _faults():
            finding = Finding(f"/faults/{index}", "is not among GET /_mock/faults")
            raise Refused(Problem.UNKNOWN_FAULT, name=repr(name[:60]), findings=[finding])
    latency = changes.get("latency")
    if latency is not None:
        if latency["min"] > latency["max"]:
            raise refused(Problem.INVALID, [Finding("/latency/min", "must be at most max")], "the body")
        changes["latency"] = latency["min"] / MILLISECONDS, latency["max"] / MILLISECONDS
    if "faults" in changes:
        changes["faults"] = tuple(changes["faults"])
    mock.behave(**changes)
    return getBehaviour(mock, call)


_OFF: Mapping[str, Any] = {"faults": (), "outage": False}
"""What null means, where that is not None."""


@_operation
def listFailures(mock: Controlled, _call: Call) -> Response:
    return _failures(mock, 200)


@_operation
def addFailure(mock: Controlled, call: Call) -> Response:
    wanted = asdict(Failure()) | call.payload
    known = sorted(_operation_ids())
    if wanted["operation"] not in (None, *known):
        finding = Finding("/operation", f"must be one of {known}")
        name = repr(wanted["operation"][:60])
        raise Refused(Problem.UNKNOWN_OPERATION, name=name, operations=", ".join(known), findings=[finding])
    mock.fail_next(
        # To JSON Schema, 503.0 is an integer.
        int(wanted["status"]),
        times=int(wanted["times"]),
        operation=wanted["operation"],
        delay=wanted["delay"] / MILLISECONDS,
    )
    return _failures(mock, 201)


@_operation
def clearFailures(mock: Controlled, _call: Call) -> Response:
    mock.failures.clear()
    return Response(204)


def _failures(mock: Controlled, status: int) -> Response:
    queue = mock.failures.list()
    rows = [asdict(one) | {"delay": round(one.delay * MILLISECONDS, 3)} for one in queue]
    return _json({"failures": rows}, status)


@_operation
def listFaults(_mock: Controlled, _call: Call) -> Response:
    rows = [
        {"name": row.name, "summary": row.summary, "requirements": list(row.requirements)}
        for row in _faults().values()
    ]
    return _json({"faults": rows})


def _faults() -> Mapping[str, Any]:
    from mock_server.faults import FAULTS  # noqa: PLC0415 - most runs need none

    return FAULTS


# Pages


@_operation
def getOpenApi(mock: Controlled, _call: Call) -> Response:
    text = contract.specification(contract.DOCUMENT).read_text(encoding="utf-8")
    here = "servers:\n  - url: "
    return _yaml(text.replace(f"{here}/\n", f"{here}{mock.settings.prefix or '/'}\n"))


@_operation
def getControlDocument(_mock: Controlled, _call: Call) -> Response:
    return _yaml(DOCUMENT.read_text(encoding="utf-8"))


@_operation
def goToConsole(_mock: Controlled, _call: Call) -> Response:
    return Response(308, {"location": f"{CONTROL}/"})


@_operation
def getConsole(_mock: Controlled, _call: Call) -> Response:
    return static.console("index.html")


@_operation
def getConsoleFile(_mock: Controlled, call: Call) -> Response:
    return static.console(call.parameters["name"])


@_operation
def getDocs(_mock: Controlled, _call: Call) -> Response:
    return static.console("docs.html")


@_operation
def getDocsFile(_mock: Controlled, call: Call) -> Response:
    return static.swagger_ui(call.parameters["name"])


_FRESH = JSON | {"cache-control": "no-store"}


def _json(value: Json, status: int = 200) -> Response:
    return Response(status, _FRESH, json_text.encode(value))


def _yaml(text: str) -> Response:
    return Response(200, {"content-type": "application/yaml", "cache-control": "no-cache"}, text.encode())


@cache
def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"
