"""HTTP, JSON and fidelity, for every operation: what holds whatever the case is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.api import JSON, CaseApi, case_path, encode, transition_path, unknown_id
from contract_tests.exchange import Exchange
from contract_tests.payloads import (
    EDGE_BODIES,
    HOSTILE,
    MARKUP,
    NAMES,
    NUMBERS,
    ORDINARY,
    PLACEMENTS,
    REPLACEMENT,
    SHAPES,
    TEXTS,
    as_fields,
    as_items,
    batches,
    letters,
    named_fields,
    named_members,
    numbers,
    placed,
    texts,
)
from contract_tests.scale import Scale
from contract_tests.steps import Case, created, must_be_refused, must_show_if_record
from contract_tests.verdicts import Unsupported, Violation

requirement = pytest.mark.requirement

NewCase = Callable[..., Case]
METHOD_NOT_ALLOWED: Final = 405
NOT_IMPLEMENTED: Final = 501


# -- fidelity: each operation that writes, each value, each placement


def _by_create(api: CaseApi, payload: Mapping[str, Any]) -> Exchange:
    return api.create(payload)


def _by_put(api: CaseApi, payload: Mapping[str, Any]) -> Exchange:
    return api.replace(created(api, {"testSummary": "before"}).id, payload)


def _by_patch(api: CaseApi, payload: Mapping[str, Any]) -> Exchange:
    return api.update(created(api, {"testSummary": "before"}).id, payload)


WRITERS: Final = {"POST": _by_create, "PUT": _by_put, "PATCH": _by_patch}
writers = pytest.mark.parametrize("method", WRITERS)

Make = Callable[[Sequence[Any]], dict[str, Any]]
HARMLESS: Final = "plain"


def _store(api: CaseApi, method: str, payload: Mapping[str, Any]) -> tuple[bool, str | None]:
    """Write the payload into a fresh case and read it: (was it accepted, what is different)."""
    api.session.new_story()
    answer = WRITERS[method](api, payload)
    if answer.refused:
        return False, None
    case_id = answer.object.get("id") if method == "POST" else unquote(answer.url.rpartition("/")[2])
    if not answer.ok or not isinstance(case_id, str):
        raise Violation(f"{method} to store the values or to refuse them", answer.summary())
    try:
        must_show_if_record(answer, payload)
        Case(api, case_id).shows(payload)
    except Violation as violation:
        return True, violation.actual
    return True, None


def round_trip(
    api: CaseApi, method: str, values: Sequence[Any], makes: Sequence[Make], harmless: Any = HARMLESS
) -> None:
    """Each value comes back, or is refused, in every payload that `makes` makes of it.

    All at once first; only where that is refused or differs, one by one, for the shortest story.
    """
    for batch in batches(values):
        together = {name: value for make in makes for name, value in make(batch).items()}
        accepted, found = _store(api, method, together)
        if accepted and found is None:
            continue
        for value in batch:
            for make in makes:
                _kept(api, method, make([value]), make([harmless]))
        if found:
            control = {
                name: value for make in makes for name, value in make(_harmless(harmless, batch)).items()
            }
            _kept(api, method, together, control)


def _harmless(one: Any, batch: Sequence[Any]) -> list[Any]:
    return [f"{one}{letters(index)}" for index in range(len(batch))]


def _kept(api: CaseApi, method: str, payload: Mapping[str, Any], control: Mapping[str, Any]) -> None:
    """The payload comes back or is refused. Where harmless content in its shape is lost too, the shape is at fault."""
    found = _store(api, method, payload)[1]
    if found is None:
        return
    trace = list(api.session.trace)
    shape = _store(api, method, control)[1] is not None
    api.session.trace[:] = trace
    raise Violation(
        f"what {method} stored to come back as sent", found, "ROUND-TRIP-SHAPE" if shape else None
    )


@requirement("ROUND-TRIP-TEXT")
@writers
def test_text_comes_back_as_sent(api: CaseApi, method: str) -> None:
    round_trip(api, method, TEXTS, PLACEMENTS)


@requirement("ROUND-TRIP-MARKUP")
@writers
def test_markup_comes_back_as_sent(api: CaseApi, method: str) -> None:
    round_trip(api, method, MARKUP, PLACEMENTS)


@requirement("ROUND-TRIP-NUMBER")
@writers
def test_numbers_come_back_as_sent(api: CaseApi, method: str) -> None:
    round_trip(api, method, NUMBERS, PLACEMENTS)


@requirement("ROUND-TRIP-SHAPE")
@writers
def test_shapes_come_back_as_sent(api: CaseApi, method: str) -> None:
    round_trip(api, method, SHAPES, PLACEMENTS)


@requirement("ROUND-TRIP-SHAPE")
@writers
def test_thirty_fields_come_back(api: CaseApi, method: str) -> None:
    round_trip(api, method, [f"text {index}" for index in range(24)], (as_fields, _numbered, as_items))


def _numbered(values: Sequence[Any]) -> dict[str, Any]:
    return {f"number{letters(index)}": index for index in range(len(values))}


@requirement("ROUND-TRIP-NAMES")
@writers
def test_field_names_come_back_as_sent(api: CaseApi, method: str) -> None:
    round_trip(api, method, NAMES, (named_fields, named_members), harmless="harmless")


@requirement("ROUND-TRIP-TEXT")
@writers
def test_random_text_comes_back(api: CaseApi, scale: Scale, method: str) -> None:
    _random(api, scale, method, texts)


@requirement("ROUND-TRIP-NUMBER")
@writers
def test_random_numbers_come_back(api: CaseApi, scale: Scale, method: str) -> None:
    _random(api, scale, method, numbers)


def _random(api: CaseApi, scale: Scale, method: str, values: st.SearchStrategy[Any]) -> None:
    @scale.settings()
    @given(st.lists(values, min_size=1, max_size=8))
    def comes_back(batch: list[Any]) -> None:
        _kept(api, method, placed(batch), placed(_harmless(HARMLESS, batch)))

    comes_back()


# -- robustness


@requirement("NO-SERVER-ERROR")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_hostile_payloads_meet_no_server_error(api: CaseApi, case: Case, method: str) -> None:
    # Every answer of the run is watched for 5xx; here it is enough to send what might provoke one.
    path = "/case" if method == "POST" else case_path(case.id)
    for payload in HOSTILE:
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
