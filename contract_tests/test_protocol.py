"""HTTP and JSON, for every operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION, RESPONSES
from contract_tests.assertions.case import Case
from contract_tests.assertions.invalid_credentials import made_up
from contract_tests.assertions.no_effect import snapshot_after_update
from contract_tests.assertions.responses import assert_refused
from contract_tests.client.api import JSON, CaseApi, case_path, encode, transition_path
from contract_tests.client.credentials import bearer
from contract_tests.client.exchange import Exchange
from contract_tests.contract.openapi import operation_of
from contract_tests.exceptions import Unsupported, Violation, attributed_to
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT
from contract_tests.testdata.ids import unknown_id

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION)

METHOD_NOT_ALLOWED: Final = 405
OVERRIDES: Final = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
NOT_IMPLEMENTED: Final = 501
BODILESS: Final = ("DELETE", "GET")


# -- universal checks


@requirement("SCHEMA", "JSON-ONLY", "JSON-ONLY-ERRORS", "ERRORS-QUIET")
def test_responses_and_refusals_are_well_formed(api: CaseApi, case: Case) -> None:
    api.trace.assert_allowance()
    case.read()
    api.trace.assert_allowance()
    case.replace(REPLACEMENT)
    case.try_update({"testSummary": "Zażółć"})  # not in ASCII, so its length differs in bytes
    for _, status in api.deployment.workflow.walk(3):
        api.trace.assert_allowance()
        case.transition(status)
        case.read()
    for accept in ("*/*", "application/json, text/plain, */*"):  # values of common clients
        for path in (case_path(case.id), case_path(unknown_id())):
            api.raw("GET", path, None, {"Accept": accept})
    for refused in _refusals(api, case):
        api.trace.next_attempt()
        refused()


def _refusals(api: CaseApi, case: Case) -> Iterator[Callable[[], Exchange]]:
    """Yield one request for each reason to refuse."""
    for case_id in (unknown_id(), "not-an-id", "%"):
        yield partial(api.get, case_id)
        yield partial(api.replace, case_id, ORDINARY)
        yield partial(api.update, case_id, {"testSummary": "x"})
        yield partial(api.transition, case_id, "Close", "x")
    path, move = case_path(case.id), transition_path(case.id)
    for body in (b"{", b"[]", b"null", b'{"a": ', b"\xff", b"[" * 5000):
        for method, target in (("POST", "/case"), ("PUT", path), ("PATCH", path), ("POST", move)):
            yield partial(api.raw, method, target, body, {"Content-Type": JSON})
    yield partial(api.transition, case.id, "NoSuchStatus", case.workflow_id())
    yield partial(api.transition, case.id, "Close", "no-such-workflow")
    yield partial(api.call, "POST", move, {})
    yield partial(api.raw, "POST", "/case", b"{}", {"Content-Type": "text/plain"})
    yield partial(api.raw, "DELETE", path, None, {})
    yield partial(api.unauthenticated, "GET", path, None, {})
    yield partial(api.unauthenticated, "POST", "/case", {}, made_up(api, bearer("made-up")))
    yield partial(api.call, "GET", "/no-such-path")


# -- methods and media types


def _undocumented(case: Case) -> Iterator[tuple[str, str]]:
    path = case_path(case.id)
    yield from (("DELETE", path), ("POST", path), ("COPY", path))
    yield from (
        ("PUT", transition_path(case.id)),
        ("PATCH", transition_path(case.id)),
        ("DELETE", transition_path(case.id)),
        ("GET", transition_path(case.id)),
    )
    yield from (("PUT", "/case"), ("PATCH", "/case"), ("DELETE", "/case"), ("PURGE", path))


@requirement("METHOD-UNKNOWN")
def test_undocumented_methods_have_no_effect(case: Case) -> None:
    before = snapshot_after_update(case)
    removed = {"canceled", "cancelDate", "deleted", "deletedDate"} - set(case.read())
    prepared = list(case.api.trace)
    for method, path in (*_undocumented(case), ("DELETE", case_path(case.id))):  # DELETE twice
        case.api.trace.assert_allowance()
        case.api.trace.restart(*prepared)
        move = case.api.deployment.workflow.first_transition()
        body = {"testSummary": "by another method", "caseStatus": move, "workflowId": before.workflow_id}
        response = case.api.call(method, path, None if method in BODILESS else body)
        if not response.refused and response.status != NOT_IMPLEMENTED:
            raise Violation(
                f"{method} {path.replace(case.id, '{id}')} to be refused with 404, 405 or 501",
                response.summary(),
            )
        case.assert_unchanged(before, gone=removed)


@requirement("METHOD-UNKNOWN")
def test_delete_has_no_effect_after_a_transition(case: Case) -> None:
    before = case.advance(1).snapshot()
    response = case.api.raw("DELETE", case_path(case.id), None, {})
    case.assert_unchanged(before)
    if not response.refused and response.status != NOT_IMPLEMENTED:
        raise Violation("DELETE to be refused with 404, 405 or 501", response.summary())


@requirement("METHOD-UNKNOWN")
def test_method_overrides_have_no_effect(case: Case) -> None:
    before = case.snapshot()
    path = case_path(case.id)
    overrides = [(path, {name: "DELETE"}) for name in OVERRIDES]
    for target, headers in [*overrides, (f"{path}?_method=DELETE", {})]:
        case.api.trace.next_attempt()
        response = case.api.raw("POST", target, b"{}", {"Content-Type": JSON, **headers})
        if not response.refused and response.status != NOT_IMPLEMENTED:
            _assert_post_refused(case)
            raise Violation("a POST with a DELETE override to be refused, as DELETE is", response.summary())
        case.assert_unchanged(before)


def _assert_post_refused(case: Case) -> None:
    """Assert that a POST is refused without an override, too: otherwise the override has no effect."""
    with case.api.trace.second_look():
        response = case.api.raw("POST", case_path(case.id), b"{}", {"Content-Type": JSON})
        if response.ok:
            raise Violation("POST /case/{id} to be refused with 404, 405 or 501", response.summary())


@requirement("METHOD-ALLOW")
def test_405_has_the_allowed_methods(case: Case) -> None:
    documented = {
        case_path(case.id): {"GET", "PUT", "PATCH"},
        transition_path(case.id): {"POST"},
        "/case": {"POST"},
    }
    refused = False
    for method, path in _undocumented(case):
        if refused:
            case.api.trace.assert_allowance()
        response = case.api.call(method, path)
        if response.status == METHOD_NOT_ALLOWED:
            refused = True
            allow = response.headers.get("allow", "")
            missing = documented[path] - {name.strip().upper() for name in allow.split(",")}
            if missing:
                actual = f"Allow: {allow}" if allow else "405 without Allow, or with an empty one"
                violation = Violation(f"Allow to contain {', '.join(sorted(missing))}", actual)
                # A server without one of the operations is right to leave its method out.
                found = (operation_of(name, path) for name in sorted(missing))
                violation.needs = tuple(RESPONSES[one] for one in found if one)
                raise violation
    if not refused:
        raise Unsupported("no response has status 405")


@requirement("MEDIA-TYPE-CASE")
@needs("CREATE-ID-UNIQUE", "CREATE-WORKFLOW", "TRANSITION-STATUS", "TRANSITION-CYCLE", "UPDATE-WORKFLOW-KEPT")
@needs("PUT-STATUS", "PATCH-STATUS")
def test_media_type_is_case_insensitive(api: CaseApi, case: Case) -> None:
    def send(method: str, path: str, payload: Any) -> None:
        api.trace.next_attempt()
        response = api.raw(method, path, encode(payload), {"Content-Type": "Application/JSON"})
        if not response.ok:
            what = f"{method} {path.replace(case.id, '{id}')}"
            raise Violation(f"{what} with the media type Application/JSON to be accepted", response.summary())

    send("POST", "/case", api.complete(ORDINARY))
    send("PUT", case_path(case.id), api.complete(REPLACEMENT))
    send("PATCH", case_path(case.id), api.accepted({"testSummary": "Patched"}))
    status = api.deployment.workflow.first_transition()
    transition = {"caseStatus": status, "workflowId": case.workflow_id(), "reason": "Contract test"}
    send("POST", transition_path(case.id), transition)


@requirement("MEDIA-TYPE")
def test_json_declared_as_text_is_refused(case: Case) -> None:
    api, before = case.api, case.snapshot()
    move = api.deployment.workflow.first_transition()
    transition = {"caseStatus": move, "workflowId": before.workflow_id, "reason": "as text"}
    requests = (
        ("POST", "/case", api.complete(ORDINARY)),
        ("PUT", case_path(case.id), api.complete(REPLACEMENT)),
        ("PATCH", case_path(case.id), {"testSummary": "as text"}),
        ("POST", transition_path(case.id), transition),
    )
    for (method, path, payload), kind in product(requests, ("text/plain", "text/plain; charset=utf-8")):
        api.trace.assert_allowance()
        response = api.raw(method, path, encode(payload), {"Content-Type": kind})
        assert_refused(response, f"{method} {path.replace(case.id, '{id}')} with JSON declared as {kind}")
        if method == "PATCH":
            with attributed_to("UPDATE-REFUSED-INERT"):
                case.assert_unchanged(before, gone=["testClosing"])
    with attributed_to("TRANSITION-REFUSED-INERT"):
        case.assert_unchanged(before, gone=["testClosing"])
    case.transition(move)
    response = api.raw(
        "PATCH", case_path(case.id), encode({"testSummary": "as text"}), {"Content-Type": "text/plain"}
    )
    assert_refused(response, "PATCH with JSON declared as text/plain, after a transition,")
