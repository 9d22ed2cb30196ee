"""Parallel clients: threads, each with its own connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION, VALUES, needs_operation, unusable_response
from contract_tests.assertions.case import Case, case_from_response, create_case
from contract_tests.assertions.parallel import together
from contract_tests.assertions.responses import assert_accepted, assert_ok, assert_returned_record
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Disabled, Unsupported, Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.profiles import Profile
from contract_tests.testdata.corpus import letters

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION, "CREATE-ID", "UPDATE-VISIBLE", *VALUES)

THREADS: Final = 8
# Status codes with which a server may refuse a parallel write. The session retries after 429.
REFUSED_WRITE: Final = (409, 412, 423, 429)
LONGEST_ROUND: Final = 0.5  # seconds over which the reads during parallel PUTs are spread at most


@requirement("PARALLEL-CREATE")
def test_parallel_creates_have_distinct_ids(api: CaseApi, profile: Profile) -> None:
    for _ in range(max(1, profile.rounds // 2)):
        api.trace.next_attempt()
        payloads = [
            {"testSummary": f"parallel {i}", "testLabel": f"{i}"} for i in profile.some(range(THREADS), few=2)
        ]
        responses = together([partial(api.create, payload) for payload in payloads])
        try:
            cases = [case_from_response(api, *one) for one in zip(responses, payloads, strict=True)]
        except Violation as violation:
            if violation.requirement == "CREATE-ID-UNIQUE":
                violation.requirement = None
            raise
        ids = [case.id for case in cases]
        if len(set(ids)) != len(ids):
            repeated = next(one for one in ids if ids.count(one) > 1)
            expected = f"{len(ids)} distinct ids for {len(ids)} parallel creates"
            raise Violation(expected, f"{comparison.show(repeated)} {ids.count(repeated)} times")
        for case in cases:
            try:
                case.assert_shows()
            except Violation as violation:
                if violation.requirement == "UPDATE-ISOLATED":
                    raise
                with api.trace.second_look():
                    _assert_create_changes_no_other(api)
                raise Violation(violation.expected, violation.actual, "PARALLEL-CREATE") from None


def _assert_create_changes_no_other(api: CaseApi) -> None:
    """Assert that a create changes no other case, without a parallel request."""
    first = create_case(api, {"testSummary": "first", "testLabel": "1"})
    create_case(api, {"testSummary": "second", "testLabel": "2"})
    with attributed_to("UPDATE-ISOLATED"):
        first.assert_shows()


def _is_refused_write(response: Exchange) -> bool:
    return response.status in REFUSED_WRITE


def _fields_of_each_kind(api: CaseApi, text: str) -> dict[str, Any]:
    """Return fields with a text, an array or an object each: some stores write these differently."""
    if api.fixed_fields:
        return dict(api.accepted({"testSummary": text, "testCategory": text, "testTags": [text]}))
    kinds: tuple[Any, ...] = (text, [text], {"text": text})
    return {f"testOwn{letters(i)}": kinds[i % len(kinds)] for i in range(THREADS)}


@requirement("PARALLEL-PATCH")
@needs("PATCH-STATUS", "PATCH-PARTIAL", "PATCH-REPEATED")
def test_parallel_patches_are_all_kept(api: CaseApi, profile: Profile) -> None:
    for number in range(profile.rounds):
        api.trace.next_attempt()
        old, new = (_fields_of_each_kind(api, text) for text in ("old", f"new {number}"))
        case = create_case(api, {name: old[name] for name in list(old)[1::2]})  # the other fields are new
        patches = [{name: value} for name, value in new.items()]
        responses = together([partial(api.update, case.id, patch) for patch in patches])
        for patch, response in zip(patches, responses, strict=True):
            if response.ok:
                case.fields.update(api.accepted(patch))
            elif not _is_refused_write(response):
                raise Violation("200, 409, 412, 423 or 429 for a parallel PATCH", response.summary())
        case.assert_shows()


@requirement("PARALLEL-PUT")
@needs("PUT-STATUS", "PUT-REPLACES")
def test_parallel_puts_do_not_mix(api: CaseApi, profile: Profile) -> None:
    fixed = api.fixed_fields.names_of(str)
    names = fixed or [f"testPart{letters(i)}" for i in range(6)]
    if len(names) == 1:
        raise Unsupported("the deployment has only one text field")
    duration = 0.0
    for number in range(profile.rounds):
        api.trace.next_attempt()
        case = create_case(api, {**dict.fromkeys(names, "first"), "testOnlyfirst": "first"})
        writers = [f"{number}w{i}" for i in range(THREADS - 3)]
        # All payloads share some fields, and each has one field of its own.
        payloads = [{**dict.fromkeys(names, writer), f"testOnly{writer}": writer} for writer in writers]
        owners = [] if fixed else [f"testOnly{writer}" for writer in ("first", *writers)]
        actions: list[Callable[[], Exchange | None]] = [
            *(partial(api.replace, case.id, payload) for payload in payloads),
            *(
                partial(_read_repeatedly, case, names, owners, duration)
                for _ in range(2 if api.trace.is_limited else 3)
            ),
        ]
        responses = [response for response in together(actions) if response is not None]
        for response in responses:
            if not response.ok and not _is_refused_write(response):
                raise Violation("200, 409, 412, 423 or 429 for a parallel PUT", response.summary())
        _assert_single_payload(case.read(), names, owners)
        duration = min(LONGEST_ROUND, max(response.elapsed for response in responses))


def _read_repeatedly(case: Case, names: Sequence[str], owners: Sequence[str], duration: float) -> None:
    """Read four times over `duration` seconds, since reads without a pause may all end before the first write."""
    for number in range(4):
        if number:
            time.sleep(duration / 4)
        _assert_single_payload(case.read(), names, owners)


def _assert_single_payload(record: Any, names: Sequence[str], owners: Sequence[str]) -> None:
    own = {name: record[name] for name in owners if record.get(name) is not None}
    values = {str(record.get(name)) for name in names} | {str(value) for value in own.values()}
    if len(values) != 1 or (owners and len(own) != 1):
        mixture = f"values {comparison.show(sorted(values))} and fields {comparison.show(own)}"
        raise Violation("GET to show the payload of a single PUT", mixture)


@requirement("PARALLEL-TRANSITION")
@needs("CREATE-WORKFLOW", "TRANSITION-STATUS", "TRANSITION-CYCLE", "TRANSITION-MOVES")
def test_parallel_equal_transitions_move_once(api: CaseApi, profile: Profile) -> None:
    walk = list(api.deployment.workflow.walk(2))
    status = walk[0][1]
    for _ in range(profile.rounds):
        api.trace.next_attempt()
        case = create_case(api)
        before = case.snapshot()
        responses = together([partial(api.transition, case.id, status, before.workflow_id)] * THREADS)
        record = case.read()
        if not all(response.ok or response.refused for response in responses):
            failed = next(one for one in responses if not one.ok and not one.refused)
            expected = "each parallel transition to be accepted or refused"
            raise unusable_response(expected, failed, "TRANSITION-ILLEGAL")
        if not any(response.ok for response in responses):
            raise Violation(f"one of {THREADS} parallel transitions to be accepted", "all were refused")
        if case.status(record) in (None, before.status) or api.deployment.workflow.contradicts(
            status, case.status(record)
        ):
            raise Violation(f"the case to have moved to {status}", comparison.show(case.status(record)))
        accepted = [response for response in responses if response.ok and response.carries_record]
        for response in accepted:
            returned = case.returned_status(response, record)
            if api.deployment.workflow.contradicts(status, returned):
                raise Violation(f"each accepted response to show {status}", comparison.show(returned))
        moved_to = {one.object["lastWorkflowId"] for one in accepted if "lastWorkflowId" in one.object}
        if len(moved_to - {before.workflow_id, record.get("lastWorkflowId")}) > 0:
            raise Violation(
                "one transition, so one new lastWorkflowId in all accepted responses",
                f"the ids {comparison.show(sorted(map(str, moved_to)))}",
            )
        if len(walk) > 1:
            case.transition(walk[1][1])


@requirement("UPDATE-ISOLATED")
@needs(
    "PUT-REPLACES", "PATCH-PARTIAL", "PATCH-REPEATED", "TRANSITION-STATUS", "TRANSITION-ONLY-STATUS", *VALUES
)
def test_parallel_work_on_different_cases_does_not_mix(api: CaseApi, profile: Profile) -> None:
    for _ in range(max(1, profile.rounds // 3)):
        api.trace.next_attempt()
        several = profile.some(range(THREADS), few=3)
        cases = [create_case(api, {"testSummary": f"{i}", f"testOnly{letters(i)}": "mine"}) for i in several]
        together([partial(_work_on_case, case, i) for i, case in enumerate(cases)])


def _work_on_case(case: Case, number: int) -> None:
    """Read, update and transition one case, which must show only its own values all the time."""
    others = [f"testOnly{letters(i)}" for i in range(THREADS) if i != number]
    for step, (_, status) in enumerate(case.api.deployment.workflow.walk(2)):
        patch = {"testSummary": f"{number} in step {step}"}
        responses = [case.api.update(case.id, patch)]
        if not responses[0].refused:  # a parallel or closed case may refuse it
            assert_accepted(responses[0], "PATCH")
            case.fields |= case.api.accepted(patch)
        responses.append(case.try_transition(status))
        if not responses[1].refused:  # a server may refuse parallel writes
            assert_ok(responses[1], f"the transition to {status}")
        for response in responses:
            assert_returned_record(response, case.fields, gone=others)
        for _ in range(2):
            record = case.assert_shows(gone=others)
            if record.get("id") != case.id:
                raise Violation(
                    f"GET to return the record of {comparison.show(case.id)}",
                    comparison.show(record.get("id")),
                )
    whole = {"testSummary": "replaced", f"testOnly{letters(number)}": "mine"}
    if case.api.replace(case.id, whole).ok:
        case.fields |= case.api.accepted(whole)
    case.assert_shows(gone=others)


@requirement("AUTH-REQUIRED")
def test_unauthenticated_client_is_refused_in_parallel(case: Case) -> None:
    api = case.api
    if api.has_no_credentials:
        raise Disabled("the deployment uses no credentials")

    def unauthenticated() -> list[Exchange]:
        responses = []
        for payload in (None, {"testSummary": "by an unauthenticated client"}) * 4:
            method = "GET" if payload is None else "PATCH"
            responses.append(api.unauthenticated(method, case_path(case.id), payload, {}))
        return responses

    def client() -> list[Exchange]:
        return [api.get(case.id) for _ in range(8)]

    for response in chain.from_iterable(together([unauthenticated, client] * (THREADS // 2))[::2]):
        if not response.unauthorized:
            expected = "401 or 403 without credentials, in parallel with a client"
            raise needs_operation(Violation(expected, response.summary()), response)
