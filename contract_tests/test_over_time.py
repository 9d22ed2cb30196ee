"""Behaviour over time: the first checks write data, and the last ones read it at the end of the run."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION, VALUES, needs_operation
from contract_tests.assertions.case import WRITES, Case
from contract_tests.assertions.identity import assert_identity_kept
from contract_tests.assertions.responses import assert_accepted
from contract_tests.assertions.retrieval import NO_HEAD, assert_created_date
from contract_tests.assertions.tokens import (
    ROUNDING,
    TimedToken,
    TokenInUse,
    TokenState,
    is_token_accepted,
    probed_case_id,
    request_medium,
    request_shortest,
)
from contract_tests.assertions.tracked_case import AgedCase
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.credentials import TokenEndpoint, bearer
from contract_tests.exceptions import Unsupported, Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.results.collector import Run
from contract_tests.testdata.corpus import ORDINARY, letters

requirement = pytest.mark.requirement
first = pytest.mark.stage("first")
needs = pytest.mark.needs
pytestmark = [pytest.mark.stage("over time"), needs(*FOUNDATION, "UPDATE-ISOLATED")]

# Response headers with a record's version, and the request header of each that makes a GET conditional.
CONDITIONS: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
NOT_MODIFIED: Final = 304
SECOND: Final = 1.1
AGE: Final = 2.2  # seconds after which dates must differ, even in whole seconds


def _wait_until_old(since: float) -> None:
    time.sleep(max(0.0, since + AGE - time.time()))


@first
@requirement("UPDATE-VISIBLE", "TRANSITION-MOVES")
def test_prepared_case_agrees_with_the_model(aged: AgedCase) -> None:
    aged.tracked.assert_agrees()


@first
@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT")
def test_new_token_works(api: CaseApi, short_lived: TokenInUse) -> None:
    _assert_works(api, short_lived.timed)


@first
@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT")
def test_new_tokens_of_other_requests_work(
    api: CaseApi, short_lived: TokenInUse, medium_lived: TokenInUse, short_by_form: TimedToken
) -> None:
    _assert_consistent(short_lived.timed, medium_lived.timed)
    for timed in (medium_lived.timed, short_by_form):
        _assert_works(api, timed)


def _assert_works(api: CaseApi, timed: TimedToken) -> None:
    if not is_token_accepted(api, timed.token) and timed.is_surely_valid:
        raise Violation("a new token to work", api.trace[-1].summary())


def _assert_consistent(one: TimedToken, other: TimedToken) -> None:
    """Fail if two grants returned the same token with different times of expiry."""
    apart = abs(one.requested + one.lifetime - other.requested - other.lifetime)
    if one.token == other.token and apart > ROUNDING:
        raise Violation(
            "another token, or the expires_in of the first grant",
            f"the same token with expires_in {one.lifetime:g} and {other.lifetime:g}",
        )


@requirement("CREATE-DATE-NOW")
def test_later_case_has_a_later_date(api: CaseApi, run: Run) -> None:
    _wait_until_old(run.first.started)
    response = assert_accepted(api.create(ORDINARY), "a create")
    first, moment = (comparison.instant(one.object.get("createdDate")) for one in (run.first, response))
    if first is None or moment is None:
        raise Violation("createdDate to be a date-time", response.summary(), "CREATE-DATE")
    whole_minutes = moment.second == 0 and moment.microsecond == 0
    if moment <= first and not whole_minutes:
        later = response.started - run.first.started
        earlier, shown = (comparison.show(one.object["createdDate"]) for one in (run.first, response))
        raise Violation(f"a later date than {earlier} for a case created {later:.1f} s later", shown)


@requirement("GET-SAFE")
@needs("CREATE-DATE")
def test_created_date_is_the_same_later(run: Run) -> None:
    case = run.first_case()
    _wait_until_old(run.first.started)
    # The requests since its creation were about other cases.
    with attributed_to("UPDATE-ISOLATED"):
        record = case.read()
    assert_created_date(case, record)


@requirement("UPDATE-IDENTITY")
@pytest.mark.parametrize("method", WRITES)
def test_update_does_not_reset_the_created_date(run: Run, method: str) -> None:
    # A reset date can only be seen after a whole second.
    case = run.first_case()
    _wait_until_old(run.first.started)
    created = case.read().get("createdDate")
    case.api.update(case.id, {})
    response = assert_accepted(WRITES[method](case, ORDINARY), method)
    assert_identity_kept(case, created, case.read(), response)


@requirement("UPDATE-VISIBLE")
def test_updates_persist(aged: AgedCase) -> None:
    _wait_until_old(aged.since)
    aged.tracked.case.assert_shows(gone=aged.tracked.gone)


@requirement("TRANSITION-MOVES")
def test_transition_persists(aged: AgedCase) -> None:
    _wait_until_old(aged.since)
    workflow_id = aged.tracked.assert_agrees().get("lastWorkflowId")
    if workflow_id != aged.workflow_id:
        raise Violation(
            f"lastWorkflowId to stay {comparison.show(aged.workflow_id)}", comparison.show(workflow_id)
        )


@requirement("UPDATE-VISIBLE")
@needs("CREATE-READ-YOUR-WRITE", "GET-SAME", "PATCH-PARTIAL", *VALUES)
def test_conditional_get_shows_an_update(case: Case) -> None:
    field = case.api.field("testSummary")
    case.update(
        {"testSummary": "version 1"}
    )  # as long as the next one, since an ETag may be derived from the length
    headers = case.api.get(case.id).headers
    conditions = {CONDITIONS[name]: headers[name] for name in CONDITIONS if headers.get(name)}
    response = case.api.raw("GET", case_path(case.id), None, {"If-None-Match": '"no-such-version"'})
    # A server without versions gets no conditions from its clients, so it may refuse them.
    is_refused = response.refused and not conditions
    if response.object.get(field) != "version 1" and not is_refused:
        raise Violation(
            "GET with an If-None-Match that matches no version to return the case", response.summary()
        )
    if not conditions:
        raise Unsupported("GET returns no ETag and no Last-Modified")
    if headers.get("Last-Modified") or _is_weak(headers.get("ETag")):
        # Neither has to distinguish two versions of one second (RFC 9110 sections 8.8.1 and 8.8.2).
        time.sleep(SECOND)
    case.update({"testSummary": "version 2"})
    for name, value in conditions.items():
        response = case.api.raw("GET", case_path(case.id), None, {name: value})
        if response.object.get(field) != "version 2":
            raise Violation(f"GET with {name} from before an update to show the update", response.summary())


def _is_weak(tag: str | None) -> bool:
    return (tag or "").startswith("W/")


@requirement("UPDATE-VISIBLE", "TRANSITION-MOVES")
def test_etag_changes_with_the_record(case: Case) -> None:
    def late() -> None:  # some ETags only cover the first bytes, so the changed field comes last
        case.replace({**ORDINARY, **{f"test{letters(i)}": i for i in range(20)}, "testZ": "put"})

    changes: list[tuple[str, str, Callable[[], Any]]] = [
        ("UPDATE-VISIBLE", "PUT", late),
        ("UPDATE-VISIBLE", "PATCH", lambda: case.update({"testZ": "patched"})),
    ]
    for _, status in case.api.deployment.workflow.walk(1):
        changes.append(("TRANSITION-MOVES", f"transition {status}", partial(case.transition, status)))
    for broken, what, change in changes:
        case.api.trace.next_attempt()
        tag = case.api.get(case.id).headers.get("etag")
        if not tag:
            raise Unsupported("GET returns no ETag")
        if _is_weak(tag):
            time.sleep(SECOND)
        change()
        if case.api.raw("GET", case_path(case.id), None, {"If-None-Match": tag}).status == NOT_MODIFIED:
            expected = f"GET with the ETag from before a {what} to return the changed record"
            raise Violation(expected, "304", broken)


@requirement("TRANSITION-ONLY-STATUS")
def test_transition_does_not_reset_the_created_date(aged: AgedCase) -> None:
    case = aged.tracked.case
    _wait_until_old(aged.since)
    created = case.read().get("createdDate")
    for status in aged.tracked.workflow.legal(aged.tracked.state)[:1]:
        response = case.transition(status)
        assert_identity_kept(case, created, case.read(), response)


@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT")
def test_token_works_for_its_lifetime(
    api: CaseApi, endpoint: TokenEndpoint, medium_lived: TokenInUse
) -> None:
    medium_lived.use_while_valid()
    if medium_lived.state is not TokenState.DIED_EARLY:
        return
    # Repeat with one token alone: a server may revoke the oldest one after many grants.
    alone = TokenInUse(api, request_medium(endpoint))
    alone.use_while_valid()
    if alone.state is TokenState.DIED_EARLY:
        raise Violation("a token to work for its expires_in", "401 or 403 earlier")


@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT")
def test_repeated_token_works_for_its_lifetime(api: CaseApi, endpoint: TokenEndpoint) -> None:
    # A server may return a token again. It then has to extend its life, or to return the rest of its lifetime.
    first = TokenInUse(api, request_medium(endpoint))
    if request_medium(endpoint).token != first.timed.token:
        return
    first.use_while_valid()
    again = first
    if first.state is TokenState.WORKS:
        again = TokenInUse(api, request_medium(endpoint))
        again.use_while_valid()
    if again.state is TokenState.DIED_EARLY:
        what = f"a token that is granted again with expires_in {again.timed.lifetime:g} to work as long"
        raise Violation(what, "401 or 403 earlier")


@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT", "AUTH-REQUIRED", "AUTH-INVALID")
def test_used_token_is_refused_after_its_lifetime(api: CaseApi, short_lived: TokenInUse) -> None:
    timed = short_lived.timed
    send = partial(api.unauthenticated, "GET", case_path(probed_case_id(api)), None, bearer(timed.token))
    response = timed.send_expired(send)
    if not response.unauthorized:
        raise Violation("GET to refuse a token after its expires_in", response.summary())


@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT", "AUTH-REQUIRED", "AUTH-INVALID")
def test_expired_token_is_refused(
    api: CaseApi, endpoint: TokenEndpoint, case: Case, short_lived: TokenInUse
) -> None:
    used = short_lived
    used.use_until_decided()
    if used.state is not TokenState.EXPIRED:  # the reproduction needs a token that expires
        used = TokenInUse(api, request_shortest(endpoint))
        used.use_until_decided()
    path = case_path(case.id)
    move = api.deployment.workflow.first_transition()
    transition = {"caseStatus": move, "workflowId": case.workflow_id(), "reason": "too late"}
    requests: list[tuple[str, str, Any]] = [
        ("GET", case_path(probed_case_id(api)), None),
        ("GET", path, None),
        ("HEAD", path, None),
        ("PUT", path, api.complete(ORDINARY)),
        ("PATCH", path, {"testSummary": "too late"}),
        ("POST", "/case", api.complete(ORDINARY)),
        ("POST", f"{path}/transition", transition),
    ]
    for method, target, payload in requests:
        if method == "HEAD" and api.call(method, target).status in NO_HEAD:
            continue  # a server may route before it authenticates
        api.trace.next_attempt()
        send = partial(api.unauthenticated, method, target, payload, bearer(used.timed.token))
        response = used.timed.send_expired(send)
        if not response.unauthorized:
            expected = f"{method} to refuse a token after its expires_in"
            raise needs_operation(Violation(expected, response.summary()), response)


@requirement("TOKEN-EXPIRY")
@needs("TOKEN-GRANT", "AUTH-REQUIRED", "AUTH-INVALID")
def test_token_granted_to_a_form_expires(api: CaseApi, case: Case, short_by_form: TimedToken) -> None:
    send = partial(api.unauthenticated, "GET", case_path(case.id), None, bearer(short_by_form.token))
    response = short_by_form.send_expired(send)
    if not response.unauthorized:
        raise Violation("a token granted to a form to be refused after its lifetime", response.summary())


@requirement("UPDATE-ISOLATED")
@needs("GET-SAME", "PUT-REPLACES", "PATCH-EMPTY", "PATCH-PARTIAL", "PATCH-ARRAYS")
@needs("UPDATE-VISIBLE", "UPDATE-WORKFLOW-KEPT", *VALUES)
def test_first_case_is_unchanged(run: Run) -> None:
    # All earlier checks of the run worked on other cases.
    case = run.first_case()
    record = case.read()
    found = comparison.find_field_difference(case.fields, record)
    if found:
        raise Violation("the run's first case to show its stored fields", found)
    created, status = case.status(case.created_record), case.status(record)
    if created is not None and status != created:
        what = f"the run's first case to keep the status {comparison.show(created)}"
        raise Violation(what, comparison.show(status))


@requirement("CREATE-ID-UNIQUE")
def test_ids_are_distinct_in_the_whole_run(run: Run) -> None:
    repeated = run.api.session.ledger.repeated()
    if repeated:
        raise Violation("a distinct id for each create of the run", f"{repeated[0]} more than once")
