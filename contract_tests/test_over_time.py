"""Behaviour over time. Some checks write data first, the others look at it again at the end of the run."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.assertions.case import WRITES, Case
from contract_tests.assertions.identity import assert_identity_kept
from contract_tests.assertions.responses import assert_accepted
from contract_tests.assertions.retrieval import assert_created_date
from contract_tests.assertions.tokens import (
    TimedToken,
    TokenInUse,
    TokenState,
    medium,
    probed_case_id,
    shortest,
    works,
)
from contract_tests.assertions.tracked_case import AgedCase
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.credentials import TokenEndpoint, bearer
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.oracle import comparison
from contract_tests.results.collector import Run
from contract_tests.testdata.corpus import ORDINARY, letters

requirement = pytest.mark.requirement
first = pytest.mark.stage("first")
pytestmark = pytest.mark.stage("over time")

# What a GET tells of a record's version, and the header that asks whether it is still that one.
CONDITIONS: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
NOT_MODIFIED: Final = 304
SECOND: Final = 1.1
AGE: Final = 2.2  # seconds after which dates must differ, whole seconds being legal


def _let_it_age(since: float) -> None:
    time.sleep(max(0.0, since + AGE - time.time()))


@first
@requirement("UPDATE-VISIBLE", "TRANSITION-MOVES")
def test_a_case_shows_what_it_was_left_with(aged: AgedCase) -> None:
    aged.tracked.assert_agrees()


@first
@requirement("TOKEN-EXPIRY")
def test_a_token_works_while_it_is_young(
    api: CaseApi, short_lived: TokenInUse, medium_lived: TokenInUse, short_by_form: TimedToken
) -> None:
    for lived in (short_lived.lived, medium_lived.lived, short_by_form):
        if not works(api, lived.token) and lived.is_surely_valid:
            raise Violation("a new token to work", "401 or 403")


@requirement("CREATE-DATE-NOW")
def test_a_later_case_has_a_later_date(api: CaseApi, run: Run) -> None:
    _let_it_age(run.first.started)
    answer = api.create(ORDINARY)
    first, moment = (comparison.instant(one.object.get("createdDate")) for one in (run.first, answer))
    if first is None or moment is None:
        raise Violation("createdDate to be a date-time", answer.summary(), "CREATE-DATE")
    whole_minutes = moment.second == 0 and moment.microsecond == 0
    if moment <= first and not whole_minutes:
        later = answer.started - run.first.started
        raise Violation(
            f"a later date than {run.first.object['createdDate']} for a case made {later:.1f} s later",
            answer.object["createdDate"],
        )


@requirement("GET-SAFE")
def test_reading_later_shows_the_same_date(run: Run) -> None:
    case = run.first_case()
    _let_it_age(run.first.started)
    assert_created_date(case, case.read())


@requirement("UPDATE-IDENTITY")
@pytest.mark.parametrize("method", WRITES)
def test_an_update_is_no_new_creation(run: Run, method: str) -> None:
    # A date that an update resets shows only once a whole second has passed.
    case = run.first_case()
    _let_it_age(run.first.started)
    created = case.read().get("createdDate")
    case.api.update(case.id, {})
    answer = assert_accepted(WRITES[method](case, ORDINARY), method)
    assert_identity_kept(case, created, case.read(), answer)


@requirement("UPDATE-VISIBLE")
def test_updates_are_still_there_later(aged: AgedCase) -> None:
    _let_it_age(aged.since)
    aged.tracked.case.assert_shows(gone=aged.tracked.gone)


@requirement("TRANSITION-MOVES")
def test_a_move_is_still_there_later(aged: AgedCase) -> None:
    _let_it_age(aged.since)
    workflow_id = aged.tracked.assert_agrees().get("lastWorkflowId")
    if workflow_id != aged.workflow_id:
        raise Violation(
            f"lastWorkflowId to stay {comparison.show(aged.workflow_id)}", comparison.show(workflow_id)
        )


@requirement("UPDATE-VISIBLE")
def test_a_conditional_get_after_an_update_shows_it(case: Case) -> None:
    case.update({"testSummary": "version 1"})  # as long as the next one: a tag may be made of the length
    told = case.api.get(case.id).headers
    conditions = {CONDITIONS[name]: told[name] for name in CONDITIONS if told.get(name)}
    answer = case.api.raw("GET", case_path(case.id), None, {"If-None-Match": '"no-such-version"'})
    if answer.object.get("testSummary") != "version 1":
        raise Violation("GET with an If-None-Match that fits no version to show the case", answer.summary())
    if not conditions:
        raise Unsupported("GET answers without ETag and Last-Modified")
    if told.get("Last-Modified") or _is_weak(told.get("ETag")):
        time.sleep(
            SECOND
        )  # neither need tell two versions of one second apart (RFC 9110 sections 8.8.1 and 8.8.2)
    case.update({"testSummary": "version 2"})
    for name, value in conditions.items():
        answer = case.api.raw("GET", case_path(case.id), None, {name: value})
        if answer.object.get("testSummary") != "version 2":
            raise Violation(f"GET with {name} from before an update to show the update", answer.summary())


def _is_weak(tag: str | None) -> bool:
    return (tag or "").startswith("W/")


@requirement("UPDATE-VISIBLE", "TRANSITION-MOVES")
def test_a_tag_changes_with_whatever_the_record_shows(case: Case) -> None:
    def late() -> None:  # a field that stands far behind, where some tags do not look
        case.replace({**ORDINARY, **{f"test{letters(i)}": i for i in range(20)}, "testZ": "put"})

    changes: list[tuple[str, str, Callable[[], Any]]] = [
        ("UPDATE-VISIBLE", "PUT", late),
        ("UPDATE-VISIBLE", "PATCH", lambda: case.update({"testZ": "patched"})),
    ]
    for _, status in case.api.deployment.workflow.walk(1):
        changes.append(("TRANSITION-MOVES", f"transition {status}", partial(case.transition, status)))
    for broken, what, change in changes:
        case.api.trace.restart()
        tag = case.api.get(case.id).headers.get("etag")
        if not tag:
            raise Unsupported("GET answers without ETag")
        if _is_weak(tag):
            time.sleep(SECOND)
        change()
        if case.api.raw("GET", case_path(case.id), None, {"If-None-Match": tag}).status == NOT_MODIFIED:
            expected = f"GET with the ETag from before a {what} to show what it changed"
            raise Violation(expected, "304", broken)


@requirement("TRANSITION-ONLY-STATUS")
def test_a_move_is_no_new_creation(aged: AgedCase) -> None:
    case = aged.tracked.case
    _let_it_age(aged.since)
    created = case.read().get("createdDate")
    for status in aged.tracked.workflow.legal(aged.tracked.state)[:1]:
        answer = case.transition(status)
        assert_identity_kept(case, created, case.read(), answer)


@requirement("TOKEN-EXPIRY")
def test_a_token_works_as_long_as_it_was_granted_for(
    api: CaseApi, endpoint: TokenEndpoint, medium_lived: TokenInUse
) -> None:
    medium_lived.use_while_valid()
    if medium_lived.fate is not TokenState.DIED_EARLY:
        return
    # One more, alone: the first may have had to make room, since many were granted after it.
    alone = TokenInUse(api, medium(endpoint))
    alone.use_while_valid()
    if alone.fate is TokenState.DIED_EARLY:
        raise Violation("a token to work until its expires_in has passed", "401 or 403 before")


@requirement("TOKEN-EXPIRY")
def test_a_token_is_refused_once_it_has_expired(
    api: CaseApi, endpoint: TokenEndpoint, case: Case, short_lived: TokenInUse
) -> None:
    used = short_lived
    used.use_until_decided()
    if used.fate is not TokenState.EXPIRED:  # or else another is needed, if only to tell the story
        used = TokenInUse(api, shortest(endpoint))
        used.use_until_decided()
    path = case_path(case.id)
    move = api.deployment.workflow.first_move()
    requests: list[tuple[str, str, Any]] = [
        ("GET", case_path(probed_case_id(api)), None),
        ("GET", path, None),
        ("HEAD", path, None),
        ("PUT", path, api.complete(ORDINARY)),
        ("PATCH", path, {"testSummary": "too late"}),
        ("POST", "/case", api.complete(ORDINARY)),
        (
            "POST",
            f"{path}/transition",
            {"caseStatus": move, "workflowId": case.workflow_id(), "reason": "too late"},
        ),
    ]
    for method, where, payload in requests:
        api.trace.restart()
        send = partial(api.unauthenticated, method, where, payload, bearer(used.lived.token))
        answer = used.lived.send_expired(send)
        if not answer.unauthorized:
            raise Violation(f"{method} to refuse a token once its expires_in has passed", answer.summary())


@requirement("TOKEN-EXPIRY")
def test_a_token_asked_for_by_a_form_expires_as_well(
    api: CaseApi, case: Case, short_by_form: TimedToken
) -> None:
    send = partial(api.unauthenticated, "GET", case_path(case.id), None, bearer(short_by_form.token))
    answer = short_by_form.send_expired(send)
    if not answer.unauthorized:
        raise Violation("a token asked for by a form to be refused once it has expired", answer.summary())


@requirement("UPDATE-ISOLATED")
def test_the_runs_first_case_is_as_it_was_left(run: Run) -> None:
    # Everything that ran before this check is "another case's operation".
    case = run.first_case()
    record = case.read()
    found = comparison.find_field_difference(case.fields, record)
    if found:
        raise Violation("the run's first case to show what was stored", found)


@requirement("CREATE-ID-UNIQUE")
def test_no_id_was_given_twice_in_the_whole_run(run: Run) -> None:
    repeated = run.api.session.ledger.repeated()
    if repeated:
        raise Violation(
            "an id of its own for each create of the run", f"{repeated[0]} was given more than once"
        )
