"""Case APIs section 1: POST /case. The mark of each check contains its requirement."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case, NewCase, case_from_response, create_case
from contract_tests.assertions.identity import assert_no_case, client_dates, obscured_identity
from contract_tests.assertions.lost_values import lost_field_requirement
from contract_tests.assertions.responses import CREATED, assert_accepted, assert_refused
from contract_tests.assertions.retrieval import assert_shows_as_created
from contract_tests.client.api import JSON, JSON_TYPES, CaseApi, encode
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.profiles import Profile
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT, STATIC, letters
from contract_tests.testdata.ids import is_uuid
from contract_tests.testdata.invalid_input import NOT_OBJECTS

requirement = pytest.mark.requirement


@requirement("CREATE-STATUS")
def test_create_returns_201_and_the_case(api: CaseApi, profile: Profile) -> None:
    payloads: list[Mapping[str, Any]] = [ORDINARY, {}, ORDINARY, REPLACEMENT]
    for payload in profile.some(payloads):
        response = api.create(payload)
        if response.status != CREATED or not isinstance(response.json, dict):
            raise Violation("201 with the case as a JSON object", response.summary())


@requirement("CREATE-STATUS")
def test_long_create_returns_201_or_is_refused(api: CaseApi) -> None:
    response = api.create({**ORDINARY, "testLong": "long " * 1300})
    if not response.refused and response.status != CREATED:
        raise Violation("201 for a create with a long text", response.summary())


@requirement("CREATE-STATUS")
def test_create_accepts_json_media_types(api: CaseApi) -> None:
    for kind in JSON_TYPES:
        api.trace.next_attempt()
        response = api.raw("POST", "/case", encode(api.complete(ORDINARY)), {"Content-Type": kind})
        if response.status != CREATED:
            raise Violation(f"201 for a create declared as {kind}", response.summary())


@requirement("CREATE-ID")
def test_id_is_a_uuid(api: CaseApi, profile: Profile) -> None:
    for _ in profile.some(range(3)):
        response = assert_accepted(api.create(ORDINARY), "a create")
        case_id = response.object.get("id")
        if not isinstance(case_id, str) or not case_id:
            raise Violation(
                "an id that is a non-empty string", f"{response.status} with id {comparison.show(case_id)}"
            )
        if api.deployment.case.id_format is IdFormat.UUID and not is_uuid(case_id):
            raise Violation("an id that is a UUID", comparison.show(case_id))


@requirement("CREATE-ID-UNIQUE")
def test_creates_have_distinct_ids(api: CaseApi, profile: Profile) -> None:
    seen: dict[str, int] = {}
    for number in profile.some(range(profile.repeats)):
        _assert_distinct(seen, create_case(api).id, f"create {number + 1}")
    with ThreadPoolExecutor(12) as pool:
        for case in pool.map(lambda _: create_case(api), profile.some(range(profile.repeats))):
            _assert_distinct(seen, case.id, "a parallel create")


def _assert_distinct(seen: dict[str, int], case_id: str, what: str) -> None:
    if case_id.casefold() in seen:
        raise Violation("a distinct id for each create", f"{what} got {case_id} again")
    seen[case_id.casefold()] = len(seen)


@requirement("CREATE-DATE")
def test_created_date_is_rfc_3339_in_utc(api: CaseApi, profile: Profile) -> None:
    for payload in profile.some((ORDINARY, {})):
        response = assert_accepted(api.create(payload), "a create")
        if comparison.instant(response.object.get("createdDate")) is None:
            raise Violation(
                "createdDate to be an RFC 3339 date-time in UTC",
                comparison.show(response.object.get("createdDate")),
            )


@requirement("CREATE-DATE-NOW")
def test_created_date_is_the_time_of_creation(api: CaseApi) -> None:
    response = assert_accepted(api.create(ORDINARY), "a create")
    moment = comparison.instant(response.object.get("createdDate"))
    if moment is None:
        raise Violation("createdDate to be a date-time", response.summary(), "CREATE-DATE")
    off = (moment - datetime.fromtimestamp(response.started, UTC)).total_seconds()
    skew = api.deployment.case.clock_skew
    if (
        not -skew - comparison.NOTICEABLE < off <= skew + response.elapsed
    ):  # a server may round down to seconds
        raise Violation(
            f"createdDate within {skew:g} s of now", f"{response.object['createdDate']}, {off:+.0f} s"
        )


@requirement("CREATE-WORKFLOW")
def test_new_case_has_a_workflow_id(api: CaseApi) -> None:
    for payload in (ORDINARY, {}, {"testSummary": "One field"}, REPLACEMENT):
        response = assert_accepted(api.create(payload), "a create")
        workflow_id = response.object.get("lastWorkflowId")
        if not isinstance(workflow_id, str) or not workflow_id:
            raise Violation("lastWorkflowId to be a non-empty string", comparison.show(workflow_id))


@requirement("CREATE-STORES")
@pytest.mark.parametrize("payload", [ORDINARY, REPLACEMENT, STATIC], ids=["ordinary", "other", "static"])
def test_submitted_fields_are_returned(api: CaseApi, payload: Mapping[str, Any]) -> None:
    api.trace.next_attempt()
    whole = api.create(payload)
    if not whole.refused:
        _assert_stored(api, payload, whole)
        return
    # A deployment may refuse one of the fields. Each accepted field must still be stored.
    kept = 0
    for name, value in payload.items():
        api.trace.next_attempt()
        alone = api.create({name: value})
        if not alone.refused:
            _assert_stored(api, {name: value}, alone)
            kept += 1
    if not kept and payload is ORDINARY:
        raise Violation("at least one ordinary field to be accepted", whole.summary(), "CREATE-STATUS")


def _assert_stored(api: CaseApi, payload: Mapping[str, Any], response: Exchange) -> None:
    _assert_as_submitted(case_from_response(api, response, payload))


def _assert_as_submitted(case: Case) -> None:
    assert_shows_as_created(case)
    found = comparison.find_field_difference(case.fields, case.created_record)
    if found:
        raise Violation("the 201 body to contain each field as submitted", found)


@requirement("CREATE-STORES")
def test_chunked_create_is_stored_or_refused(api: CaseApi) -> None:
    headers = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}
    response = api.raw("POST", "/case", encode(api.complete(ORDINARY)), headers)
    if not response.refused:  # a server may demand a length (RFC 9110 section 15.5.12)
        _assert_stored(api, ORDINARY, response)


@requirement("CREATE-STORES")
def test_field_type_may_differ_between_cases(api: CaseApi) -> None:
    # A store that derives a field's type from its first value converts or loses later ones.
    for text, number in (("a", 7), (7, "8"), (True, 2.5), (["x"], "a"), ("2026-01-02", "9"), ("a", "2026")):
        payload = {"testFirstText": text, "testFirstNumber": number}
        response = api.create(payload)
        if response.refused:  # a type may be refused
            continue
        try:
            _assert_as_submitted(case_from_response(api, response, payload))
        except Violation as violation:
            _attribute_to_value(violation, api, payload)
            raise


def _attribute_to_value(violation: Violation, api: CaseApi, payload: Mapping[str, Any]) -> None:
    """Attribute the violation to a ROUND-TRIP requirement if fields with new names lose the values as well."""
    for value in payload.values():
        name = f"testAlone{letters(api.session.requests_sent)}"
        shown = api.create({name: value}).object
        if comparison.find_field_difference({name: value}, shown):
            violation.belongs_to(lost_field_requirement(name, value, shown))


@requirement("CREATE-VALIDATES")
def test_create_refuses_bodies_other_than_objects(api: CaseApi) -> None:
    for body in NOT_OBJECTS:
        api.trace.next_attempt()
        assert_refused(
            api.raw("POST", "/case", body, {"Content-Type": JSON}), f"the body {comparison.show_body(body)}"
        )


@requirement("CREATE-OWNS")
def test_client_cannot_choose_id_or_date(api: CaseApi, profile: Profile) -> None:
    rest: Mapping[str, Any] = ORDINARY
    wanted = str(uuid.uuid4())
    chosen_ids: list[Any] = [wanted, wanted.upper()]
    if api.deployment.case.id_format is IdFormat.UUID:
        chosen_ids += ["12345", 12345]  # with other ids, such a case may exist
    identity_payloads = [{"id": chosen} for chosen in chosen_ids] + [
        {name: wanted} for name in ("ID", "Id", "_id")
    ]
    for wish in profile.some(identity_payloads):
        api.trace.next_attempt()
        rest = {} if rest else ORDINARY  # alone, and among other fields
        chosen = next(iter(wish.values()))
        response = api.create({**rest, **wish})
        if not response.refused and str(response.object.get("id")).casefold() == str(chosen).casefold():
            raise Violation(f"the server to choose the id, not {comparison.show(chosen)}", response.summary())
        assert_no_case(api, str(chosen), "which was only in a payload")
    for wish, moment in profile.some(client_dates()):
        api.trace.next_attempt()
        rest = {} if rest else ORDINARY
        response = api.create({**rest, **wish})
        if response.refused:
            continue
        case_id = response.object.get("id")
        shown = [response.object, api.get(case_id).object if isinstance(case_id, str) and case_id else {}]
        if any(comparison.instant(one.get("createdDate")) == moment for one in shown):
            raise Violation(
                f"the server to choose createdDate, despite {comparison.show(wish)}", response.summary()
            )


@requirement("CREATE-OWNS")
def test_client_cannot_remove_id_or_date(api: CaseApi, profile: Profile) -> None:
    for wish in profile.some([{name: nothing} for name in ("id", "createdDate") for nothing in (None, "")]):
        api.trace.next_attempt()
        payload = {**ORDINARY, **wish}
        response = api.create(payload)
        if response.refused:
            continue
        date = case_from_response(api, response, payload).read().get("createdDate")
        if not date:
            usual = create_case(api)
            covered = None if usual.created_record.get("createdDate") else "CREATE-DATE"
            if covered is None and not usual.read().get("createdDate"):
                covered = "GET-SAME"
            expected = f"the server to choose createdDate, despite {comparison.show(wish)}"
            raise Violation(expected, comparison.show(date), covered)


@requirement("CREATE-OWNS")
def test_obscured_members_do_not_choose_id_or_date(api: CaseApi, profile: Profile) -> None:
    wanted = str(uuid.uuid4())
    start = encode(api.complete(ORDINARY))[:-1].decode()
    bodies = [("/case", f"{start}, {owned}}}") for owned in obscured_identity(wanted)]
    for path, body in profile.some([*bodies, (f"/case?id={wanted}&createdDate=2001-02-03", f"{start}}}")]):
        api.trace.next_attempt()
        response = api.raw("POST", path, body.encode(), {"Content-Type": JSON})
        if response.object.get("id") == wanted:
            raise Violation(f"the server to choose the id, not {wanted}", response.summary())
        assert_no_case(api, wanted, "which was only in a payload")
        if str(response.object.get("createdDate")).startswith("2001-02-0"):
            raise Violation("the server to choose createdDate", response.summary())


@requirement("CREATE-OWNS")
@pytest.mark.needs(*FOUNDATION)
def test_create_does_not_overwrite_another_case(api: CaseApi, case: Case) -> None:
    before = case.snapshot()
    response = api.create({"testSummary": "taken over", "id": case.id})
    if not response.refused and response.object.get("id") == case.id:
        raise Violation("a new id for a new case", response.summary())
    case.assert_unchanged(before)


@requirement("CREATE-READ-YOUR-WRITE")
def test_case_is_readable_immediately(new_case: NewCase, profile: Profile) -> None:
    for _ in profile.some(range(min(10, profile.repeats))):
        case = new_case()
        case.read()
