"""Case APIs section 3: requirements for both PUT and PATCH /case/{id}."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import WRITES, Case, NewCase
from contract_tests.assertions.identity import assert_no_case, identity_payloads
from contract_tests.assertions.no_effect import (
    Attempt,
    assert_no_effect,
    refused_attempt,
)
from contract_tests.assertions.outdated_reads import explain_kept_status
from contract_tests.assertions.responses import (
    assert_accepted,
    assert_ok,
    assert_pinned_response,
    assert_refused,
    assert_returned_record,
    is_record,
)
from contract_tests.client.api import JSON, JSON_TYPES, CaseApi, case_path, encode
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Share
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT
from contract_tests.testdata.ids import near_ids, odd_ids, pattern_ids, unknown_id
from contract_tests.testdata.invalid_input import NOT_OBJECTS, ODD_PAYLOADS

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION)


METHODS: Final = tuple(WRITES)
both = pytest.mark.parametrize("method", WRITES)


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("PUT", marks=requirement("PUT-STATUS")),
        pytest.param("PATCH", marks=requirement("PATCH-STATUS")),
    ],
)
def test_update_returns_200_with_json(api: CaseApi, case: Case, method: str) -> None:
    pinned = api.deployment.case.update_response
    for payload in (REPLACEMENT, {"testSummary": "Second"}, {"testSummary": "Second"}, ORDINARY):
        response = assert_ok(WRITES[method](case, payload), method)
        assert_pinned_response(response, method, pinned)
    _assert_ok_or_refused(case, method, {**ORDINARY, "testLong": "long " * 1300})
    workflow = case.api.deployment.workflow
    for _, status in workflow.walk(2):
        case.transition(status)
        payload = {**ORDINARY, "testSummary": f"After {status}"}
        if set(workflow.legal(status)) == set(workflow.legal(workflow.initial)):  # as open as a new case
            assert_ok(WRITES[method](case, payload), f"{method} after {status}")
        else:
            _assert_ok_or_refused(case, method, payload)


def _assert_ok_or_refused(case: Case, method: str, payload: Mapping[str, Any]) -> None:
    response = WRITES[method](case, payload)
    if not response.refused:
        assert_ok(response, method)


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("PUT", marks=requirement("PUT-STATUS")),
        pytest.param("PATCH", marks=requirement("PATCH-STATUS")),
    ],
)
def test_update_accepts_json_media_types(case: Case, method: str) -> None:
    for kind in JSON_TYPES:
        body = encode(case.api.complete(REPLACEMENT))
        response = case.api.raw(method, case_path(case.id), body, {"Content-Type": kind})
        assert_ok(response, f"{method} declared as {kind}")


@requirement("UPDATE-VISIBLE")
def test_update_is_visible_by_get_and_in_its_response(case: Case) -> None:
    for number in range(3):
        case.api.trace.assert_allowance()
        case.assert_shows()
        old = set(case.fields)
        response = case.replace(
            {
                "testSummary": f"put {number}",
                "testNumber": number,
                "testTags": [f"t{number}"],
                "testUrgent": number == 1,
            }
        )
        _assert_visible(case, response, case.fields, gone=old - set(case.fields))
        patch = {
            "testSummary": f"patch {number}",
            "testFlag": False,
            "testParts": [f"p{number}", "x"],
            "testNumber": 0,
        }
        response = case.update(patch)
        _assert_visible(case, response, case.api.accepted(patch))
        case.assert_shows(patch)
        response = case.replace(ORDINARY)
        _assert_visible(case, response, case.fields, gone=["testNumber", "testFlag", "testParts"])


def _assert_visible(
    case: Case, response: Exchange, expected: Mapping[str, Any], *, gone: Iterable[str] = ()
) -> None:
    """Assert that GET and a returned record show an update. If neither does, it was not carried out."""
    gone = list(gone)
    try:
        case.assert_shows(expected, gone=gone)
    except Violation as violation:
        if violation.requirement is None and not _is_shown_by(response, expected, gone):
            violation.belongs_to("PUT-REPLACES" if response.method == "PUT" else "PATCH-PARTIAL")
        raise
    assert_returned_record(response, expected, gone=gone)


def _is_shown_by(response: Exchange, expected: Mapping[str, Any], gone: Iterable[str]) -> bool:
    """Return True if the response is the record, and shows the update."""
    try:
        assert_returned_record(response, expected, gone=gone)
    except Violation:
        return False
    return is_record(response, expected)


@requirement("UPDATE-VISIBLE")
@needs("PUT-REPLACES", "PATCH-PARTIAL", "CREATE-STORES")
def test_chunked_update_is_visible_or_refused(case: Case) -> None:
    headers = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}
    for method, payload in (("PATCH", {"testSummary": "in chunks"}), ("PUT", REPLACEMENT)):
        sent = case.api.complete(payload) if method == "PUT" else case.api.accepted(payload)
        response = case.api.raw(method, case_path(case.id), encode(sent), headers)
        if not response.refused:  # a server may demand a length (RFC 9110 section 15.5.12)
            assert_accepted(response, f"{method} in chunks")
            case.assert_shows(comparison.stored_fields(sent))


@requirement("UPDATE-VISIBLE")
@needs("PUT-REPLACES", "PATCH-PARTIAL")
def test_write_is_visible_on_another_connection(case: Case) -> None:
    # A worker of the server may keep its own copy of a case that it has read.
    with case.api.session.other_connection(), ThreadPoolExecutor(1) as first_connection:
        case.assert_shows()
        for write in (partial(case.replace, REPLACEMENT), partial(case.update, {"testSummary": "patched"})):
            first_connection.submit(write).result()
            case.assert_shows()


# Headers of other clients. A cache may keep a response for each value of a header.
READERS: Final[tuple[Mapping[str, str], ...]] = (
    {"Accept": "*/*"},
    {"Accept": "application/json, text/plain, */*", "User-Agent": "another/1.0", "Accept-Encoding": "gzip"},
)


@requirement("UPDATE-VISIBLE")
@needs("PUT-REPLACES")
def test_update_is_visible_to_other_clients(case: Case) -> None:
    path = case_path(case.id)
    for headers in READERS:
        case.api.raw("GET", path, None, headers)
    case.replace(REPLACEMENT)
    case.adopt_shown()  # other requirements cover which fields a PUT stores
    for headers in READERS:
        case.api.trace.assert_allowance()
        shown = case.api.raw("GET", path, None, headers)
        # A response in another media type does not show an old state of the case.
        found = comparison.find_field_difference(case.fields, shown.object) if shown.object else None
        if shown.ok and found:
            what = ", ".join(f"{name}: {value}" for name, value in headers.items())
            raise Violation(f"GET with {what} to show what another GET shows", found)


@requirement("UPDATE-VISIBLE")
@needs("PUT-REPLACES", "PATCH-PARTIAL", "PATCH-REPEATED", "AUTH-INERT", "AUTH-REQUIRED")
@needs("UPDATE-REFUSED-INERT", "TRANSITION-REFUSED-INERT")
def test_update_is_visible_after_a_refusal(case: Case) -> None:
    # A refusal may leave a transaction or a cache in a state that affects the next update.
    api, path = case.api, case_path(case.id)
    refusals: list[Callable[[], Exchange]] = [
        partial(api.raw, "PATCH", path, b"{", {"Content-Type": JSON}),
        partial(api.get, unknown_id()),
        partial(
            api.unauthenticated, "PATCH", path, {"testSummary": "without credentials", "testTheirs": 1}, {}
        ),
        partial(api.transition, case.id, "NoSuchStatus", case.workflow_id()),
    ]
    for number, refused in enumerate(refusals):
        refused()
        case.update({"testSummary": f"patch {number}"})
        case.assert_shows(gone=["testTheirs"])
        refused()
        case.replace({**REPLACEMENT, "testSummary": f"put {number}"})
        case.assert_shows(gone=["testTheirs"])


@requirement("UPDATE-VISIBLE")
def test_response_contains_the_updated_case(case: Case) -> None:
    for response in (case.replace(REPLACEMENT), case.update({"testSummary": "x"})):
        if response.carries_record and response.object["id"] != case.id:
            expected = f"the returned record to be that of {comparison.show(case.id)}"
            raise Violation(expected, comparison.show(response.object["id"]))


@requirement("UPDATE-WORKFLOW-KEPT")
@needs("TRANSITION-STATUS", "TRANSITION-CYCLE", "TRANSITION-MOVES", "CREATE-WORKFLOW", "UPDATE-VISIBLE")
@both
@pytest.mark.parametrize("moves", [0, 1, 2], ids=["fresh", "moved", "moved twice"])
def test_update_keeps_status_and_workflow(case: Case, method: str, moves: int) -> None:
    walk = list(case.api.deployment.workflow.walk(moves + 1))
    if len(walk) <= moves:
        return
    for _, status in walk[:moves]:
        case.transition(status)
    before = case.snapshot()
    inside = {"testDetail": {"caseStatus": walk[moves][1], "lastWorkflowId": "inside"}}
    plain = {"testSummary": "An update", "testAmount": 2}
    payloads: tuple[Mapping[str, Any], ...] = (plain, {}, inside, REPLACEMENT)
    nothing = partial(case.api.raw, method, case_path(case.id), b"{}", {"Content-Type": JSON})
    for write in (*(partial(WRITES[method], case, payload) for payload in payloads), nothing):
        response = write()
        empty = method == "PATCH" and not response.sent
        if response.refused and moves:
            break  # a closed case may refuse updates
        record = case.read()
        if case.status(record) != before.status:
            expected = f"the status to stay {comparison.show(before.status)}"
            shown = comparison.show(case.status(record))
            raise Violation(expected, shown, "PATCH-EMPTY" if empty else None)
    response = case.try_transition(walk[moves][1])
    if not response.ok:
        expected = f"lastWorkflowId to stay usable for the transition to {walk[moves][1]}"
        raise Violation(expected, response.summary())
    if case.status() == before.status:
        expected = f"lastWorkflowId to stay usable: the transition to {walk[moves][1]} to change the status"
        violation = Violation(expected, "the same status")
        raise explain_kept_status(case.api, case.id, before.status, violation)


@requirement("UPDATE-UNKNOWN")
@needs("GET-UNKNOWN")
@both
def test_update_of_unknown_id_is_refused(api: CaseApi, case: Case, method: str) -> None:
    payload = api.complete(ORDINARY) if method == "PUT" else {"testSummary": "to an unknown id"}
    _assert_unknown_refused(api, method, unknown_id(), payload)
    for more in ({"id": case.id, "testSummary": "to another"}, {}):
        api.trace.next_attempt()
        whole = api.complete(more) if method == "PUT" else more
        assert_refused(api.call(method, case_path(unknown_id()), whole), f"{method} on an unknown id")
    for case_id in pattern_ids(case.id):
        api.trace.next_attempt()
        what = f"{method} on the id {comparison.show(case_id)}"
        assert_refused(api.call(method, case_path(case_id), payload), what)
    for case_id in (*near_ids(case.id, case.id_format), *odd_ids(case.id_format), "null", unknown_id()):
        api.trace.next_attempt()
        _assert_unknown_refused(api, method, case_id, payload)
    case.assert_shows()


def _assert_unknown_refused(api: CaseApi, method: str, case_id: str, payload: Mapping[str, Any]) -> None:
    """Assert that an update is refused twice, and creates no case."""
    for _ in range(2):
        assert_refused(api.call(method, case_path(case_id), payload), f"{method} on an unknown id")
    assert_no_case(api, case_id, f"which was only in a refused {method}")


@requirement("UPDATE-VALIDATES")
@needs("UPDATE-VISIBLE")
@both
def test_update_refuses_bodies_other_than_objects(case: Case, share: Share, method: str) -> None:
    bodies = share(NOT_OBJECTS, METHODS.index(method), len(METHODS))

    def attempts(case: Case) -> Iterator[Attempt]:
        for body in bodies:
            send = partial(_assert_body_refused, case, method, body)
            yield Attempt(f"the body {comparison.show_body(body)}", send)

    assert_no_effect(case, attempts)
    for _, status in case.api.deployment.workflow.walk(1):  # after a transition, a server may use other code
        case.transition(status)
        for body in NOT_OBJECTS[::5]:
            response = case.api.raw(method, case_path(case.id), body, {"Content-Type": JSON})
            assert_refused(response, f"the body {comparison.show_body(body)}, after a transition,")


def _assert_body_refused(case: Case, method: str, body: bytes) -> bool:
    case.api.trace.assert_allowance()
    response = case.api.raw(method, case_path(case.id), body, {"Content-Type": JSON})
    return assert_refused(response, f"the body {comparison.show_body(body)}").refused


@requirement("UPDATE-REFUSED-INERT")
@needs("UPDATE-VISIBLE")
@both
def test_refused_update_changes_nothing(case: Case, new_case: NewCase, share: Share, method: str) -> None:
    payloads = share(
        (*identity_payloads(case, new_case()), *ODD_PAYLOADS), METHODS.index(method), len(METHODS)
    )

    def attempts(case: Case) -> Iterator[Attempt]:
        body, as_text = encode(case.api.complete(REPLACEMENT)), {"Content-Type": "text/plain"}
        send = partial(case.api.raw, method, case_path(case.id), body, as_text)
        yield refused_attempt(f"a refused {method} as text/plain", send)
        for text in (b'{"testSummary": "half done", ', b'[{"testSummary": "half done"}]'):
            malformed = partial(case.api.raw, method, case_path(case.id), text, {"Content-Type": JSON})
            yield refused_attempt(f"a refused {method} of {text.decode()}", malformed)
        for payload in payloads:
            around = {"testSummary": "half done", **payload, "testHalf": "done"}
            what = f"a refused {method} of {comparison.show(payload)}"
            yield refused_attempt(what, partial(WRITES[method], case, around))

    if not assert_no_effect(case, attempts, gone={"testHalf", "testClosing"}):
        raise Unsupported("the target refuses no payload")
