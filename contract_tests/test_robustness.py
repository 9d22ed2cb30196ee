"""Requests that a server may refuse but must survive; collected late, since one may be a server's last.

Every answer of the run is watched for 5xx (checks.py), so it is enough to send what might provoke one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from contract_tests.api import JSON, CaseApi, case_path, encode, transition_path
from contract_tests.exchange import Exchange
from contract_tests.payloads import EDGE_BODIES, HOSTILE
from contract_tests.scale import Scale
from contract_tests.steps import Case
from contract_tests.verdicts import TargetError, Violation

requirement = pytest.mark.requirement

ATTEMPTS: Final = 6
LARGE: Final = 16_000  # bytes of body that a server may stop reading by closing the connection

ODD_VALUES: Final[tuple[Any, ...]] = (
    None, 0, 1.5, True, "", "x" * 10_000, [], {}, [[]], {"a": {}}, "\x00", "\ud800", 10**30, "\U0001f600",
)  # fmt: skip

ODD_PATHS: Final = (
    "/case/%00", "/case/%20", "/case/%7B%7D", "/case/%27%22%3B--", "/case/%F0%9F%99%82", "/case/a%2Fb", "/case/.",
    "/case/..%2f..%2fetc", "/case/1/2/3", "/case/x/transition/y", "/case/" + "x" * 2000, "/case?x=%00&x[]=1",
    "/case/%0d%0a", "/nothing-here", "/case/%", "/case/%zz", "/case/%ff%fe",
)  # fmt: skip

ODD_HEADERS: Final[tuple[Mapping[str, str], ...]] = (
    {"Content-Type": "application/json; charset=no-such-charset"},
    {"Content-Type": ";;;"},
    {"Content-Type": ""},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": JSON, "Accept": "image/png"},
    {"Content-Type": JSON, "Accept": ";q=x"},
    {"Content-Type": JSON, "Accept-Language": "x" * 2000},
    {"Content-Type": JSON, "Content-Encoding": "gzip"},
    {"Content-Type": JSON, "If-Match": '"nothing"'},
    {"Content-Type": JSON, "If-Modified-Since": "yesterday"},
    {"Content-Type": JSON, "Range": "bytes=9-1"},
    {"Content-Type": JSON, "X-Forwarded-For": "'\"<>"},
)


def answered(
    case: Case, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Exchange | None:
    """The answer to a request that might end its handler; None where a large body was cut off.

    A connection may break for many reasons. Only where the same request goes unanswered each time, while an
    ordinary one in between is answered, has the server failed at it.
    """
    case.api.session.new_story()
    for _ in range(ATTEMPTS):
        try:
            return case.api.raw(method, path, body, headers)
        except TargetError as error:
            dropped = error
            _must_read(case)
    if body is not None and len(body) > LARGE:
        return None
    if any(__name__.rpartition(".")[2] not in test for test in case.api.session.dropped_in):
        raise dropped  # this connection breaks for other requests, too
    raise Violation(
        "an answer", f"none in {ATTEMPTS} attempts, with other requests answered between them: {dropped}"
    )


def _must_read(case: Case) -> None:
    for _ in range(ATTEMPTS):
        try:
            case.read()
            return
        except TargetError as error:
            last = error
    raise last


def _sent(case: Case, method: str, path: str, payload: Any) -> Exchange | None:
    return answered(case, method, path, encode(payload), {"Content-Type": JSON})


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_hostile_payloads_meet_no_server_error(api: CaseApi, case: Case, scale: Scale, method: str) -> None:
    path = "/case" if method == "POST" else case_path(case.id)
    # Where cases are dear, a create gets every fourth payload; PUT and PATCH get all, on one case.
    for payload in HOSTILE[::4] if scale.bounded and method == "POST" else HOSTILE:
        answer = _sent(case, method, path, payload if method == "PATCH" else api.complete(payload))
        case_id = answer.object.get("id") if answer and method == "POST" else case.id
        if answer and answer.ok and isinstance(case_id, str):
            api.get(case_id)


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("operation", ["POST", "PUT", "PATCH", "transition"])
def test_bodies_at_the_edge_of_json_meet_no_server_error(case: Case, operation: str) -> None:
    method = "POST" if operation == "transition" else operation
    path = {"POST": "/case", "transition": transition_path(case.id)}.get(operation, case_path(case.id))
    for body in EDGE_BODIES:
        answered(case, method, path, body, {"Content-Type": JSON})
    case.api.get(case.id)


@requirement("NO-SERVER-ERROR")
def test_wrong_types_in_a_transition_meet_no_server_error(case: Case) -> None:
    proper = {"caseStatus": "Close", "workflowId": case.workflow_id(), "reason": "x"}
    for value in ODD_VALUES:
        for field in proper:
            _sent(case, "POST", transition_path(case.id), {**proper, field: value})
    case.read()


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_odd_paths_meet_no_server_error(case: Case, method: str) -> None:
    body = None if method == "GET" else b'{"testSummary": "x"}'
    for path in ODD_PATHS:
        answered(case, method, path, body, {"Content-Type": JSON} if body else {})


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_odd_headers_meet_no_server_error(case: Case, method: str) -> None:
    for headers in ODD_HEADERS:
        answered(
            case, method, case_path(case.id), None if method == "GET" else b'{"testSummary": "x"}', headers
        )
