"""Section 1 of the document: POST /case. Which requirement a check verifies stands in its mark."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from contract_tests.assertions.case import Case, NewCase, case_from_response, create_case
from contract_tests.assertions.identity import assert_no_case, client_dates, obscured_identity
from contract_tests.assertions.responses import CREATED, assert_refused
from contract_tests.client.api import JSON, JSON_TYPES, CaseApi, encode
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Scale
from contract_tests.testdata.corpus import NOT_OBJECTS, ORDINARY, REPLACEMENT, STATIC
from contract_tests.testdata.ids import is_uuid

requirement = pytest.mark.requirement


@requirement("CREATE-STATUS")
def test_create_answers_201_and_the_case(api: CaseApi, scale: Scale) -> None:
    payloads: list[Mapping[str, Any]] = [ORDINARY, {}, ORDINARY, REPLACEMENT]
    for payload in scale.some(payloads):
        answer = api.create(payload)
        if answer.status != CREATED or not isinstance(answer.json, dict):
            raise Violation("201 with the case as a JSON object", answer.summary())


@requirement("CREATE-STATUS")
def test_a_long_create_answers_201_or_is_refused(api: CaseApi) -> None:
    answer = api.create({**ORDINARY, "testLong": "long " * 1300})
    if not answer.refused and answer.status != CREATED:
        raise Violation("201 for a create with a long text", answer.summary())


@requirement("CREATE-STATUS")
def test_create_takes_json_however_it_is_declared(api: CaseApi) -> None:
    for kind in JSON_TYPES:
        api.trace.restart()
        answer = api.raw("POST", "/case", encode(api.complete(ORDINARY)), {"Content-Type": kind})
        if answer.status != CREATED:
            raise Violation(f"201 for a create declared as {kind}", answer.summary())


@requirement("CREATE-ID")
def test_id_is_a_uuid(api: CaseApi, scale: Scale) -> None:
    for _ in scale.some(range(3)):
        answer = api.create(ORDINARY)
        case_id = answer.object.get("id")
        if not isinstance(case_id, str) or not case_id:
            raise Violation(
                "an id that is a non-empty string", f"{answer.status} with id {comparison.show(case_id)}"
            )
        if api.deployment.case.id_format is IdFormat.UUID and not is_uuid(case_id):
            raise Violation("an id that is a UUID", comparison.show(case_id))


@requirement("CREATE-ID-UNIQUE")
def test_every_create_has_an_id_of_its_own(api: CaseApi, scale: Scale) -> None:
    seen: dict[str, int] = {}
    for turn in scale.some(range(scale.repeats)):
        _distinct(seen, create_case(api).id, f"create {turn + 1}")
    with ThreadPoolExecutor(12) as pool:
        for case in pool.map(lambda _: create_case(api), scale.some(range(scale.repeats))):
            _distinct(seen, case.id, "a parallel create")


def _distinct(seen: dict[str, int], case_id: str, what: str) -> None:
    if case_id.casefold() in seen:
        raise Violation("an id of its own for each create", f"{what} was given {case_id} again")
    seen[case_id.casefold()] = len(seen)


@requirement("CREATE-DATE")
def test_created_date_is_an_rfc_3339_date_time_in_utc(api: CaseApi, scale: Scale) -> None:
    for payload in scale.some((ORDINARY, {})):
        answer = api.create(payload)
        if comparison.instant(answer.object.get("createdDate")) is None:
            raise Violation(
                "createdDate to be an RFC 3339 date-time in UTC",
                comparison.show(answer.object.get("createdDate")),
            )


@requirement("CREATE-DATE-NOW")
def test_created_date_is_the_time_of_creation(api: CaseApi) -> None:
    answer = api.create(ORDINARY)
    moment = comparison.instant(answer.object.get("createdDate"))
    if moment is None:
        raise Violation("createdDate to be a date-time", answer.summary(), "CREATE-DATE")
    off = (moment - datetime.fromtimestamp(answer.started, UTC)).total_seconds()
    skew = api.deployment.case.clock_skew
    if not -skew - comparison.NOTICEABLE < off <= skew + answer.elapsed:  # a date may be cut to its second
        raise Violation(
            f"createdDate within {skew:g} s of now", f"{answer.object['createdDate']}, {off:+.0f} s"
        )


@requirement("CREATE-WORKFLOW")
def test_new_case_names_its_workflow(api: CaseApi) -> None:
    for payload in (ORDINARY, {}, {"testSummary": "One field"}, REPLACEMENT):
        answer = api.create(payload)
        workflow_id = answer.object.get("lastWorkflowId")
        if not isinstance(workflow_id, str) or not workflow_id:
            raise Violation("lastWorkflowId to be a non-empty string", comparison.show(workflow_id))


@requirement("CREATE-STORES")
@pytest.mark.parametrize("payload", [ORDINARY, REPLACEMENT, STATIC], ids=["ordinary", "other", "static"])
def test_submitted_fields_come_back(api: CaseApi, payload: Mapping[str, Any]) -> None:
    api.trace.restart()
    whole = api.create(payload)
    if not whole.refused:
        _stores(api, payload, whole)
        return
    # A deployment may refuse one of the fields; then each of the others has to be kept.
    kept = 0
    for name, value in payload.items():
        api.trace.restart()
        alone = api.create({name: value})
        if not alone.refused:
            _stores(api, {name: value}, alone)
            kept += 1
    if not kept and payload is ORDINARY:
        raise Violation("at least one ordinary field to be accepted", whole.summary())


def _stores(api: CaseApi, payload: Mapping[str, Any], answer: Exchange) -> None:
    _as_submitted(case_from_response(api, answer, payload))


def _as_submitted(case: Case) -> None:
    found = comparison.find_field_difference(case.fields, case.created_record)
    if found:
        raise Violation("the 201 body to show each field as submitted", found)
    case.assert_shows()


@requirement("CREATE-STORES")
def test_a_field_may_have_another_type_in_another_case(api: CaseApi) -> None:
    # A store that learns a field's type from the first value turns, or loses, the others.
    for text, number in (("a", 7), (7, "8"), (True, 2.5), (["x"], "a"), ("2026-01-02", "9"), ("a", "2026")):
        payload = {"testFirstText": text, "testFirstNumber": number}
        answer = api.create(payload)
        if not answer.refused:  # a type may be refused
            _as_submitted(case_from_response(api, answer, payload))


@requirement("CREATE-VALIDATES")
def test_a_body_that_is_no_json_object_is_refused(api: CaseApi) -> None:
    for body in NOT_OBJECTS:
        api.trace.restart()
        assert_refused(api.raw("POST", "/case", body, {"Content-Type": JSON}), f"the body {body!r}")


@requirement("CREATE-OWNS")
def test_client_cannot_choose_id_or_date(api: CaseApi, scale: Scale) -> None:
    rest: Mapping[str, Any] = ORDINARY
    wanted = str(uuid.uuid4())
    chosen_ids: list[Any] = [wanted, wanted.upper()]
    if api.deployment.case.id_format is IdFormat.UUID:
        chosen_ids += ["12345", 12345]  # elsewhere such a case may well exist
    identity_payloads = [{"id": chosen} for chosen in chosen_ids] + [
        {name: wanted} for name in ("ID", "Id", "_id")
    ]
    for wish in scale.some(identity_payloads):
        api.trace.restart()
        rest = {} if rest else ORDINARY  # alone, and among other fields
        chosen = next(iter(wish.values()))
        answer = api.create({**rest, **wish})
        if not answer.refused and str(answer.object.get("id")).casefold() == str(chosen).casefold():
            raise Violation(f"the server to choose the id, not {chosen!r}", answer.summary())
        assert_no_case(api, str(chosen), "which a client asked for")
    for wish, moment in scale.some(client_dates()):
        api.trace.restart()
        rest = {} if rest else ORDINARY
        answer = api.create({**rest, **wish})
        if answer.refused:
            continue
        case_id = answer.object.get("id")
        shown = [answer.object, api.get(case_id).object if isinstance(case_id, str) and case_id else {}]
        if any(comparison.instant(one.get("createdDate")) == moment for one in shown):
            raise Violation(f"the server to choose createdDate, whatever {wish} says", answer.summary())


@requirement("CREATE-OWNS")
def test_client_cannot_choose_to_have_no_id_or_date(api: CaseApi, scale: Scale) -> None:
    for wish in scale.some([{name: nothing} for name in ("id", "createdDate") for nothing in (None, "")]):
        api.trace.restart()
        payload = {**ORDINARY, **wish}
        answer = api.create(payload)
        if answer.refused:
            continue
        date = case_from_response(api, answer, payload).read().get("createdDate")
        if comparison.instant(date) is None:
            raise Violation(f"the server to choose createdDate, whatever {wish} says", comparison.show(date))


@requirement("CREATE-OWNS")
def test_no_way_of_writing_it_chooses_id_or_date(api: CaseApi, scale: Scale) -> None:
    wanted = str(uuid.uuid4())
    start = encode(api.complete(ORDINARY))[:-1].decode()
    bodies = [("/case", f"{start}, {owned}}}") for owned in obscured_identity(wanted)]
    for path, body in scale.some([*bodies, (f"/case?id={wanted}&createdDate=2001-02-03", f"{start}}}")]):
        api.trace.restart()
        answer = api.raw("POST", path, body.encode(), {"Content-Type": JSON})
        if answer.object.get("id") == wanted:
            raise Violation(f"the server to choose the id, not {wanted}", answer.summary())
        assert_no_case(api, wanted, "which a client asked for")
        if str(answer.object.get("createdDate")).startswith("2001-02-0"):
            raise Violation("the server to choose createdDate", answer.summary())


@requirement("CREATE-OWNS")
def test_create_cannot_take_over_another_case(api: CaseApi, case: Case) -> None:
    before = case.snapshot()
    answer = api.create({"testSummary": "taken over", "id": case.id})
    if not answer.refused and answer.object.get("id") == case.id:
        raise Violation("a new id for a new case", answer.summary())
    case.assert_unchanged(before)


@requirement("CREATE-READ-YOUR-WRITE")
def test_a_case_can_be_fetched_at_once(new_case: NewCase, scale: Scale) -> None:
    for _ in scale.some(range(min(10, scale.repeats))):
        case = new_case()
        case.read()
