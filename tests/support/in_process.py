"""A client of the suite and a mock in one process, without sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from contract_tests.assertions.case import Case, create_case
from contract_tests.client.api import CaseApi
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import Violation
from contract_tests.testdata.corpus import ORDINARY
from mock_server import MockAdapter, Request, Response, Settings, build
from mock_server.faults.catalogue import Catalogue

Change = Callable[[Request, Response], Response]
Handle = Callable[[Request], Response]
Fault = Callable[[Handle], Handle]
TOKEN = {"CASEIQ_TOKEN": "dev-token"}
BEARER = {"authorization": "Bearer dev-token"}
CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}


def connected(
    *faults: str | Fault,
    change: Change | None = None,
    settings: Settings | None = None,
    deployment: Deployment | None = None,
    environment: Mapping[str, str] = TOKEN,
    **run: Any,
) -> CaseApi:
    """Return a client of a mock with these faults, named or given, whose responses `change` may alter."""
    handle = build(settings or Settings())
    for fault in faults:
        handle = (Catalogue().find(fault) if isinstance(fault, str) else fault)(handle)
    mock = handle

    def changed(request: Request) -> Response:
        response = mock(request)
        return response if change is None else change(request, response)

    target = Target("http://mock.invalid", environment, adapter=MockAdapter(changed))
    return connect(target, RunSettings(deployment=deployment or Deployment(), **run))


def new_case(*faults: str | Fault, change: Change | None = None, **options: Any) -> Case:
    """Return an ordinary case on such a mock."""
    return create_case(connected(*faults, change=change, **options), ORDINARY)


def edited(edit: Callable[[dict[str, Any]], Any], *methods: str) -> Change:
    """Return a change of each record in the responses to these methods, by default to each one."""

    def change(request: Request, response: Response) -> Response:
        if response.status >= 300 or (methods and request.method not in methods) or not response.body:
            return response
        record = json.loads(response.body)
        edit(record)
        return Response(response.status, response.headers, json.dumps(record).encode())

    return change


def send(
    handle: Any, method: str, path: str, payload: Any = None, query: str = "", **headers: str
) -> Response:
    """Send a request with the development token and return the response."""
    body = b"" if payload is None else json.dumps(payload).encode()
    kind = {} if payload is None else {"content-type": "application/json"}
    response: Response = handle(Request(method, path, {**BEARER, **kind, **headers}, body, query))
    return response


def violated(check: Callable[[], Any]) -> str | None:
    """Return the requirement that a check calls violated, "own" for the check's own one, None if it passes."""
    try:
        check()
    except Violation as violation:
        return violation.requirement or "own"
    return None


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
