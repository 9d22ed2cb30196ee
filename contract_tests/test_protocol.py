"""HTTP, JSON and fidelity, for every operation: what holds whatever the case is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.api import JSON, CaseApi, case_path, encode, transition_path, unknown_id
from contract_tests.exchange import Exchange
from contract_tests.payloads import (
    EDGE_BODIES,
    HOSTILE,
    ORDINARY,
    REPLACEMENT,
)
from contract_tests.scale import Scale
from contract_tests.steps import Case, must_be_refused
from contract_tests.verdicts import Unsupported, Violation

requirement = pytest.mark.requirement

NewCase = Callable[..., Case]
METHOD_NOT_ALLOWED: Final = 405
NOT_IMPLEMENTED: Final = 501


# -- robustness


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_hostile_payloads_meet_no_server_error(api: CaseApi, case: Case, scale: Scale, method: str) -> None:
    # Every answer of the run is watched for 5xx; here it is enough to send what might provoke one.
    path = "/case" if method == "POST" else case_path(case.id)
    # Where cases are dear, a create gets every fourth payload; PUT and PATCH get all, on one case.
    hostile = HOSTILE[::4] if scale.bounded and method == "POST" else HOSTILE
    for payload in hostile:
        api.session.new_story()
        answer = api.call(method, path, payload if method == "PATCH" else api.complete(payload))
        case_id = answer.object.get("id") if method == "POST" else case.id
        if answer.ok and isinstance(case_id, str):
            api.get(case_id)


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("operation", ["POST", "PUT", "PATCH", "transition"])
def test_bodies_at_the_edge_of_json_meet_no_server_error(api: CaseApi, case: Case, operation: str) -> None:
    method = "POST" if operation in ("POST", "transition") else operation
    path = {"POST": "/case", "transition": transition_path(case.id)}.get(operation, case_path(case.id))
    for body in EDGE_BODIES:
        api.session.new_story()
        api.raw(method, path, body, {"Content-Type": JSON})
    api.get(case.id)


@requirement("NO-SERVER-ERROR")
def test_wrong_types_in_a_transition_meet_no_server_error(api: CaseApi, case: Case) -> None:
    workflow_id = case.workflow_id()
    values: list[Any] = [
        None,
        0,
        1.5,
        True,
        "",
        "x" * 10_000,
        [],
        {},
        [[]],
        {"a": {}},
        "\x00",
        "\ud800",
        10**30,
        "\U0001f600",
    ]
    for value in values:
        for field in ("caseStatus", "workflowId", "reason"):
            api.session.new_story()
            body = {"caseStatus": "Close", "workflowId": workflow_id, "reason": "x", field: value}
            api.call("POST", transition_path(case.id), body)
    case.read()


PATHS: Final = (
    "/case/%00", "/case/%ff%fe", "/case/%", "/case/%zz", "/case/..%2f..%2fetc", "/case/" + "x" * 2000,
    "/case/%F0%9F%99%82", "/case/%20", "/case/%27%22%3B--", "/case/%7B%7D", "/case/1/2/3", "/case/x/transition/y",
    "/case/%0d%0a", "/nothing-here", "/case?x=%00&x[]=1", "/case/a%2Fb", "/case/.",
)  # fmt: skip


@requirement("NO-SERVER-ERROR")
def test_odd_paths_and_headers_meet_no_server_error(api: CaseApi, case: Case) -> None:
    for path in PATHS:
        api.session.new_story()
        for method in ("GET", "PUT", "PATCH"):
            api.call(method, path, None if method == "GET" else {"testSummary": "x"})
    body = b'{"testSummary": "x"}'
    odd: Iterator[Mapping[str, str]] = iter(
        [
            {"Content-Type": "application/json; charset=no-such-charset"},
            {"Content-Type": ";;;"},
            {"Content-Type": ""},
            {"Content-Type": JSON, "Accept": "image/png"},
            {"Content-Type": JSON, "Accept": ";q=x"},
            {"Content-Type": JSON, "Content-Encoding": "gzip"},
            {"Content-Type": JSON, "If-Match": '"nothing"'},
            {"Content-Type": JSON, "If-Modified-Since": "yesterday"},
            {"Content-Type": JSON, "Range": "bytes=9-1"},
            {"Content-Type": JSON, "Accept-Language": "x" * 2000},
            {"Content-Type": JSON, "X-Forwarded-For": "'\"<>"},
            {"Content-Type": JSON, "Cookie": "=;=;a"},
            {"Content-Type": "multipart/form-data"},
        ]
    )
    for headers in odd:
        api.session.new_story()
        api.raw("PATCH", case_path(case.id), body, headers)
        api.raw("GET", case_path(case.id), None, headers)


# -- what every exchange is watched for


@requirement("SCHEMA", "JSON-ONLY", "JSON-ONLY-ERRORS", "ERRORS-QUIET")
def test_a_tour_of_answers_and_refusals(api: CaseApi, case: Case) -> None:
    case.read()
    case.replace(REPLACEMENT)
    case.update({"testSummary": "toured"})
    for _, status in api.deployment.workflow.walk(3):
        case.move(status)
        case.read()
    for refused in _refusals(api, case):
        api.session.new_story()
        refused()


def _refusals(api: CaseApi, case: Case) -> Iterator[Callable[[], Exchange]]:
    """One request for each way in which an operation can refuse."""
    for case_id in (unknown_id(), "not-an-id", "%"):
        yield partial(api.get, case_id)
        yield partial(api.replace, case_id, ORDINARY)
        yield partial(api.update, case_id, {"testSummary": "x"})
        yield partial(api.transition, case_id, "Close", "x")
    path, move = case_path(case.id), transition_path(case.id)
    for body in (b"{", b"[]", b"null", b'{"a": ', b"\xff", b"[" * 5000):
        for method, where in (("POST", "/case"), ("PUT", path), ("PATCH", path), ("POST", move)):
            yield partial(api.raw, method, where, body, {"Content-Type": JSON})
    yield partial(api.transition, case.id, "NoSuchStatus", case.workflow_id())
    yield partial(api.transition, case.id, "Close", "no-such-workflow")
    yield partial(api.call, "POST", move, {})
    yield partial(api.raw, "POST", "/case", b"{}", {"Content-Type": "text/plain"})
    yield partial(api.raw, "DELETE", path, None, {})
    yield partial(api.unauthenticated, "GET", path, None, {})
    yield partial(api.unauthenticated, "POST", "/case", {}, {"Authorization": "Bearer made-up"})
    yield partial(api.call, "GET", "/no-such-path")


# -- methods and media types


def _undocumented(case: Case) -> Iterator[tuple[str, str]]:
    path = case_path(case.id)
    yield from (("DELETE", path), ("POST", path), ("COPY", path))
    yield from (
        ("PUT", transition_path(case.id)),
        ("PATCH", transition_path(case.id)),
        ("DELETE", transition_path(case.id)),
    )
    yield from (("PUT", "/case"), ("PATCH", "/case"), ("DELETE", "/case"))


@requirement("METHOD-UNKNOWN")
def test_a_method_that_the_document_does_not_have_does_nothing(case: Case) -> None:
    before = case.snapshot()
    for method, path in _undocumented(case):
        case.api.session.new_story()
        move = next(iter(case.api.deployment.workflow.walk(1)))[1]
        body = {"testSummary": "by another method", "caseStatus": move, "workflowId": before.workflow_id}
        answer = case.api.call(method, path, None if method == "DELETE" else body)
        if not answer.refused and answer.status != NOT_IMPLEMENTED:
            raise Violation(
                f"{method} {path.replace(case.id, '{id}')} to be refused with 404, 405 or 501",
                answer.summary(),
            )
        case.unchanged_since(before)


@requirement("METHOD-ALLOW")
def test_a_405_names_the_allowed_methods(case: Case) -> None:
    answers = [case.api.call(method, path) for method, path in _undocumented(case)]
    if not any(answer.status == METHOD_NOT_ALLOWED for answer in answers):
        raise Unsupported("no method is answered 405")


@requirement("MEDIA-TYPE")
def test_json_that_is_declared_as_text_is_refused(case: Case) -> None:
    api, before = case.api, case.snapshot()
    move = next(iter(api.deployment.workflow.walk(1)))[1]
    transition = {"caseStatus": move, "workflowId": before.workflow_id, "reason": "as text"}
    for method, path, payload in (
        ("POST", "/case", api.complete(ORDINARY)),
        ("PUT", case_path(case.id), api.complete(REPLACEMENT)),
        ("PATCH", case_path(case.id), {"testSummary": "as text"}),
        ("POST", transition_path(case.id), transition),
    ):
        answer = api.raw(method, path, encode(payload), {"Content-Type": "text/plain"})
        must_be_refused(answer, f"{method} {path.replace(case.id, '{id}')} with JSON declared as text/plain")
    case.unchanged_since(before, gone=["testClosing"])
