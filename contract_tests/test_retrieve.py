"""Case APIs section 2: GET /case/{id}, and HEAD, which HTTP adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case, NewCase
from contract_tests.assertions.identity import assert_date_kept
from contract_tests.assertions.no_effect import LAST_UPDATE, Attempt, assert_no_effect
from contract_tests.assertions.responses import assert_refused
from contract_tests.assertions.retrieval import (
    assert_created_date,
    assert_head_matches_get,
    assert_shows_as_created,
    assert_unknown_ids_refused,
)
from contract_tests.client.api import JSON, CaseApi, case_path, encode, transition_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import Unsupported, Unverified, Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Profile
from contract_tests.results.collector import Run
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT
from contract_tests.testdata.ids import odd_ids, unknown_id

requirement = pytest.mark.requirement
needs = pytest.mark.needs


@requirement("GET-SAME")
@needs("CREATE-ID-UNIQUE", "CREATE-READ-YOUR-WRITE", "CREATE-WORKFLOW")
def test_get_returns_the_created_record(new_case: NewCase, profile: Profile) -> None:
    payloads: list[Mapping[str, Any]] = [ORDINARY, REPLACEMENT, ORDINARY, {"testSummary": "The last one"}]
    cases = [new_case(payload) for payload in profile.some(payloads)]
    for case in (*cases, *reversed(cases), *cases[:1] * 6):
        case.api.trace.assert_allowance()
        record = assert_shows_as_created(case)
        for field in ("id", "lastWorkflowId"):
            if record.get(field) != case.created_record.get(field):
                expected, actual = case.created_record.get(field), record.get(field)
                raise Violation(
                    f"GET to show the created {field} {comparison.show(expected)}", comparison.show(actual)
                )
        assert_created_date(case, record)


@requirement("GET-SAFE")
@needs("CREATE-READ-YOUR-WRITE")
def test_get_changes_nothing(api: CaseApi, new_case: NewCase) -> None:
    case, other = new_case(), new_case(REPLACEMENT)
    first = case.read()  # some servers record the first view of a case
    case.adopt(first)
    case.try_update(LAST_UPDATE)  # a GET of an unknown id may roll it back
    case.assert_shows()
    status = case.status(first)
    for _ in range(6):
        other.read()
        api.get(unknown_id())
        record = case.assert_shows()
        if case.status(record) != status:
            raise Violation(
                f"the status to stay {comparison.show(status)}", comparison.show(case.status(record))
            )
        assert_date_kept(case, first.get("createdDate"), record)


def _safe_requests(case: Case) -> Iterable[tuple[str, str, bytes | None, Mapping[str, str]]]:
    """Yield requests with safe methods (RFC 9110 section 9.2.1) that a careless server handles as writes."""
    path, move = case_path(case.id), transition_path(case.id)
    status = case.api.deployment.workflow.first_transition()
    transition = {"caseStatus": status, "workflowId": case.workflow_id(), "reason": "by GET"}
    yield from (("HEAD", path, None, {}), ("OPTIONS", path, None, {}), ("TRACE", path, None, {}))
    yield from ((method, move, None, {}) for method in ("GET", "HEAD", "OPTIONS"))
    yield "GET", f"{move}?{urlencode(transition, errors='surrogatepass')}", None, {}
    yield "GET", move, encode(transition), {"Content-Type": JSON}
    yield "GET", f"{path}?testSummary=by+GET&_method=DELETE", None, {}
    yield "GET", path, encode({"testSummary": "by GET"}), {"Content-Type": JSON}
    for method in ("DELETE", "PUT"):
        yield "GET", path, None, {"X-HTTP-Method-Override": method}


@requirement("GET-SAFE")
@pytest.mark.parametrize(
    "moves", [0, 1], ids=["fresh", "moved"]
)  # after a transition, a server may use other code
def test_safe_methods_change_nothing(new_case: NewCase, moves: int) -> None:
    def another() -> Case:
        return new_case().adopt_shown().advance(moves)

    def attempts(case: Case) -> Iterator[Attempt]:
        for method, path, body, headers in _safe_requests(case):
            what = f"{method} {path.replace(case.id, '{id}')}"
            yield Attempt(what, partial(_send, case, method, path, body, headers))

    assert_no_effect(another(), attempts, another)


def _send(case: Case, *request: Any) -> bool:
    case.api.raw(*request)
    return True  # it must have no effect, whether refused or not


@requirement("GET-UNKNOWN")
def test_unknown_id_is_not_found(case: Case) -> None:
    assert_unknown_ids_refused(case)


def _assert_not_created_by_write(run: Run, shown: Exchange, case_id: str) -> None:
    """Assert that GET does not show a case with an id that was only in writes; GET is not the cause then."""
    found = run.unknown_id_writes.find_creating(shown, case_id)
    if len(found) > 1:
        raise Unverified(f"several requests had the id {comparison.show(case_id)}, and now it is a case")
    for broken, writes in found.items():
        run.api.trace.restart(*writes, shown)
        kinds = " and ".join(dict.fromkeys(write.method for write in writes))
        requests = f"{'refused ' if all(write.refused for write in writes) else ''}{kinds} requests"
        expected = f"no case with the id {comparison.show(case_id)}, which was only in {requests}"
        raise Violation(expected, shown.summary(), broken)


@requirement("GET-UNKNOWN")
def test_malformed_ids_match_no_case(run: Run, case: Case) -> None:
    api = run.api
    malformed = [case.id[:-1] + wildcard for wildcard in "%*_.?["]
    if case.id_format is IdFormat.UUID:
        malformed += [case.id[:-1], case.id[:8], case.id + "0", case.id * 2, "0" + case.id, "0", "-1", "1e9"]
    malformed += ["x" * 300, "%", "*", "_", "_" * len(case.id), "null", "undefined", "None", "true"]
    malformed += [*odd_ids(case.id_format), f"{case.id},{case.id}"]
    malformed += ["[object Object]", "' OR '1'='1", f"{case.id}' OR '1'='1", f"{case.id}'--"]
    malformed += ["{id}", ":id", "$ne"]
    for case_id in malformed:
        if case_id == case.id:  # an id of any text may end with one of these
            continue
        api.trace.next_attempt()
        shown = api.get(case_id)
        _assert_not_created_by_write(run, shown, case_id)
        assert_refused(shown, f"the malformed id {comparison.show(case_id)}")
    for case_id in (f"{case.id}\x00", f"{case.id}\x00x"):  # HOSTILE-INPUT covers a server error
        api.trace.next_attempt()
        response = api.get(case_id)
        if response.ok:
            raise Violation(
                f"the malformed id {comparison.show(case_id)} to be refused with 4xx", response.summary()
            )


@requirement("HEAD-SAME")
@needs(
    *FOUNDATION,
    "GET-UNKNOWN",
    "CREATE-ID",
    "CREATE-DATE",
    "CREATE-WORKFLOW",
    "CREATE-STORES",
    "UPDATE-VISIBLE",
    "TRANSITION-MOVES",
    "TRANSITION-ONLY-STATUS",
    "JSON-ONLY",
    "SCHEMA",
    "AUTH-REQUIRED",
)
def test_head_is_consistent_with_get(case: Case) -> None:
    case.api.trace.assert_allowance()
    assert_head_matches_get(case)
    for _, status in case.api.deployment.workflow.walk(1):
        case.api.trace.assert_allowance()
        case.transition(status)
        try:
            assert_head_matches_get(case)
        except Unsupported as refused:
            raise Violation("HEAD to work after a transition, as before", str(refused)) from None
