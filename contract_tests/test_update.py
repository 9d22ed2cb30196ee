"""Section 3 of the document: PUT and PATCH /case/{id}."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import pytest

from contract_tests import model
from contract_tests.api import JSON, JSON_TYPES, CaseApi, case_path, encode, unknown_id
from contract_tests.changes import ARRAYS, OBJECTS, OTHER_ARRAYS, OTHER_TYPES, PAIRS, PATCHES, WAYS_IN
from contract_tests.deployment import UpdateResponse
from contract_tests.exchange import Exchange
from contract_tests.payloads import HOSTILE, NOT_OBJECTS, ORDINARY, REPLACEMENT, UNUSUAL, letters
from contract_tests.reuse import as_new
from contract_tests.scale import Scale
from contract_tests.steps import (
    OK,
    Case,
    case_of,
    chosen_dates,
    keep_unusual,
    must_be_ok,
    must_be_refused,
    must_keep_identity,
    must_not_exist,
    must_show_if_record,
    odd_strangers,
    strangers,
)
from contract_tests.tracked import Aged
from contract_tests.verdicts import Unsupported, Violation

requirement = pytest.mark.requirement

T = TypeVar("T")
NewCase = Callable[..., Case]
Write = Callable[[Case, Mapping[str, Any]], Exchange]

WRITES: Final[Mapping[str, Write]] = {
    "PUT": lambda case, payload: case.api.replace(case.id, payload),
    "PATCH": lambda case, payload: case.api.update(case.id, payload),
}
both = pytest.mark.parametrize("method", WRITES)


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("PUT", marks=requirement("PUT-STATUS")),
        pytest.param("PATCH", marks=requirement("PATCH-STATUS")),
    ],
)
def test_update_answers_200_with_json(api: CaseApi, case: Case, method: str) -> None:
    pinned = api.deployment.case.update_response
    for payload in (REPLACEMENT, {"testSummary": "Second"}, {"testSummary": "Second"}, ORDINARY):
        answer = must_be_ok(WRITES[method](case, payload), method)
        if pinned is UpdateResponse.RECORD and not answer.carries_record:
            raise Violation(f"{method} to answer with the record", answer.summary())
        if pinned is UpdateResponse.STATUS and answer.carries_record:
            raise Violation(f"{method} to answer with a status object", answer.summary())


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("PUT", marks=requirement("PUT-STATUS")),
        pytest.param("PATCH", marks=requirement("PATCH-STATUS")),
    ],
)
def test_update_takes_json_however_it_is_declared(case: Case, method: str) -> None:
    for kind in JSON_TYPES:
        body = encode(case.api.complete(REPLACEMENT))
        answer = case.api.raw(method, case_path(case.id), body, {"Content-Type": kind})
        must_be_ok(answer, f"{method} declared as {kind}")


@requirement("PUT-REPLACES")
def test_put_replaces_the_whole_record(case: Case) -> None:
    payloads: list[Mapping[str, Any]] = [
        REPLACEMENT,
        ORDINARY,
        {"testSummary": "One field is left"},
        {},
        ORDINARY,
        {
            "testLocation": {"site": "Graz"},
            "testTags": [],
            "testWitnesses": [{"name": "Ana"}],
            "testSummary": None,
        },
    ]
    shown = set(case.fields)
    for payload in payloads:
        case.replace(payload)
        case.shows(gone=shown - set(case.fields))
        shown |= set(case.fields)


@requirement("PUT-REPLACES")
def test_put_takes_values_of_another_type_as_they_are(new_case: NewCase) -> None:
    def takes(case: Case, change: Mapping[str, Any]) -> None:
        if not case.api.replace(case.id, {**ORDINARY, **change}).refused:
            case.fields |= change
            case.shows()

    on_one_case(new_case, OTHER_TYPES, takes)


@requirement("PUT-REPLACES")
def test_a_put_of_nothing_leaves_nothing(case: Case) -> None:
    # Without the run's tag, so that the payload is empty indeed; the next PUT brings the tag back.
    had = set(case.fields)
    answer = case.api.raw("PUT", case_path(case.id), b"{}", {"Content-Type": JSON})
    if not answer.refused:  # a deployment may demand fields
        must_be_ok(answer, "PUT")
        case.shows({}, gone=had)
    case.replace(ORDINARY)


@requirement("PUT-REPLACES")
def test_put_drops_each_field_that_it_does_not_name(new_case: NewCase) -> None:
    def drops(case: Case, field: str) -> None:
        case.replace({name: value for name, value in ORDINARY.items() if name != field})
        case.shows(gone=[field])

    on_one_case(new_case, ORDINARY, drops)


def on_one_case(new_case: NewCase, items: Iterable[T], check: Callable[[Case, T], None]) -> None:
    """The check for each item, one after the other on one case; where it fails, again on a case of its own.

    One case costs little on a target where nothing can be deleted; the second try tells the shorter story.
    """
    shared = new_case()
    for item in items:
        try:
            check(shared, item)
        except Violation:
            trace = list(shared.api.session.trace)
            shared.api.session.new_story()
            check(new_case(), item)
            shared.api.session.trace[:] = trace
            raise
        shared = as_new(shared) or new_case()


@requirement("PUT-IDEMPOTENT")
def test_the_same_put_twice_is_as_once(case: Case) -> None:
    for payload in (REPLACEMENT, {**ORDINARY, "testTags": ["b", "a", "b"]}, {}):
        case.replace(payload)
        once = case.snapshot()
        shown = _sent_nothing_else(case)
        for _ in range(2):
            case.replace(payload)
            case.unchanged_since(once, gone=shown, accepted=True)


def _sent_nothing_else(case: Case) -> set[str]:
    """Fields of the suite's payloads that the case does not show, so that they must stay away."""
    record = case.read()
    return {name for name in (*ORDINARY, *REPLACEMENT) if record.get(name) is None}


@requirement("PATCH-PARTIAL")
def test_patch_changes_what_it_names_and_nothing_else(new_case: NewCase) -> None:
    def changes(case: Case, patch: Mapping[str, Any]) -> None:
        before = case.snapshot()
        if patch in OTHER_TYPES:
            case.may_update(patch)
        else:
            case.update(patch)
        record = case.shows()
        if model.instant(record.get("createdDate")) != model.instant(before.created):
            raise Violation(f"createdDate to stay {before.created}", model.show(record.get("createdDate")))

    on_one_case(new_case, (*PATCHES, *OTHER_TYPES), changes)


@requirement("PATCH-PARTIAL")
def test_patch_leaves_unusual_values_in_other_fields(case: Case) -> None:
    kept = False
    for unusual in UNUSUAL:
        if keep_unusual(case, unusual):
            kept = True
            for patch in ({"testOther": "first"}, {"testOther": "second"}, {"testOthers": [1]}):
                case.update(patch)
                case.shows()
    if not kept:
        raise Unsupported("no unusual value is accepted")


@requirement("PUT-REPLACES")
def test_put_drops_unusual_fields(case: Case) -> None:
    for unusual in UNUSUAL:
        if keep_unusual(case, unusual):
            had = set(case.fields)
            case.replace({"testSummary": "One field is left"})
            case.shows(gone=had - set(case.fields))


@requirement("PATCH-PARTIAL")
def test_patch_puts_each_value_in_place_of_any_other(case: Case) -> None:
    # All in one patch; only where that is refused or differs one by one, for the shortest story.
    together = _turned(case, PAIRS)
    if together == "":
        return
    for pair in PAIRS:
        case.api.session.new_story()
        found = _turned(case, [pair])
        if found:
            raise Violation(f"{model.show(pair[0])} to become {model.show(pair[1])}", found)
    if together is not None:
        raise Violation("each field in a patch of many to have its new value", together)


def _turned(case: Case, pairs: Sequence[tuple[Any, Any]]) -> str | None:
    """Patch the pairs' old values, and then the new ones: what is different; None where a value is refused."""
    # Beside it the new value as a field of its own: what a server does to it, the ROUND-TRIP rows judge.
    old = {f"testPair{letters(i)}": pair[0] for i, pair in enumerate(pairs)}
    new = {f"testPair{letters(i)}": pair[1] for i, pair in enumerate(pairs)}
    control = {f"testControl{letters(i)}": pair[1] for i, pair in enumerate(pairs)}
    if case.api.update(case.id, {**old, **control}).refused or case.api.update(case.id, new).refused:
        return None
    record = case.read()
    expected = {name: record.get(f"testControl{name.removeprefix('testPair')}") for name in new}
    return model.fields_difference(expected, record) or ""


@requirement("PATCH-PARTIAL")
def test_patch_takes_a_name_for_no_other(case: Case) -> None:
    names = ("testName", "testNam", "testNames", "testname", "TestName", "testName2", "xtestName")
    for name in names:
        case.api.update(case.id, {name: name})
    record = case.read()
    case.fields |= {name: name for name in names if record.get(name) == name}  # a name may be refused
    for name in [name for name in names if name in case.fields]:
        case.update({name: "patched"})
        case.shows()


@requirement("PATCH-PARTIAL")
def test_patch_takes_a_name_for_no_way_into_another_field(case: Case) -> None:
    before = case.shows()
    for name, value in WAYS_IN:
        case.api.session.new_story()
        case.api.update(
            case.id, {name: value}
        )  # a name may be refused, and the ROUND-TRIP rows judge its return
        found = model.fields_difference({field: before[field] for field in ORDINARY}, case.read())
        if found:
            raise Violation(f"a patch of the field {name} to leave every other field as it is", found)


@requirement("PATCH-PARTIAL")
def test_patch_with_null_empties_the_field(case: Case) -> None:
    for field in ("testSummary", "testHeadcount", "testTags", "testLocation", "testConfirmed"):
        case.update({field: None})
        case.shows(gone=[field])
    case.update({"testSummary": "Back"})
    case.shows()


@requirement("PATCH-ARRAYS")
def test_a_patched_array_replaces_the_old_one(case: Case) -> None:
    for array in ARRAYS:
        case.update({"testTags": array})
        case.shows()
    for array in ([{"name": "Ana"}], [{"heard": True}, {"heard": False}, {"heard": True}], []):
        case.update({"testWitnesses": array})
        case.shows()
    for array in OTHER_ARRAYS:
        if case.may_update({"testTags": array}):  # a deployment may refuse a change of type
            case.shows()


@requirement("PATCH-OBJECTS")
def test_a_patched_object_replaces_or_merges_always_alike(api: CaseApi, scale: Scale) -> None:
    readings = {"replace", "deep merge", "shallow merge"}
    for old, new in scale.some(OBJECTS, few=2):
        payload = {"testDetail": old, "testSummary": "kept"}
        answer = api.create(payload)
        if answer.refused:
            continue  # so deep an object may be refused
        case = case_of(api, answer, payload)
        if api.update(case.id, {"testDetail": new}).refused:
            continue
        shown = case.read().get("testDetail")
        explained = model.replaced_or_merged(old, new, shown)
        if not explained:
            raise Violation(f"{old} patched with {new} to be replaced or merged", model.show(shown))
        if not readings & explained:
            raise Violation(f"every patched object to {' or '.join(readings)}, as before", model.show(shown))
        readings &= explained


@requirement("PATCH-EMPTY")
@pytest.mark.parametrize("moves", [0, 1], ids=["fresh", "moved"])
def test_an_empty_patch_changes_nothing(case: Case, moves: int) -> None:
    for _, status in case.api.deployment.workflow.walk(moves):
        case.move(status)
    before = case.snapshot()
    for _ in range(2):
        answer = case.api.update(case.id, {})
        if answer.status != OK and not answer.refused:
            raise Violation("200 or 4xx for an empty patch", answer.summary())
        case.shows()
        case.unchanged_since(before, accepted=answer.ok)


@requirement("PATCH-REPEATED")
def test_each_of_several_patches_is_applied(case: Case) -> None:
    patches: list[Mapping[str, Any]] = [
        {"testSummary": text} for text in ("one", "two", "one", "three", "three", "two")
    ]
    patches += [
        {"testAmount": 1},
        {"testAmount": 1.5},
        {"testCategory": "x"},
        {"testNote": "n"},
        {"testNote": "m"},
        {"testConfirmed": False},
    ]
    patches += [{"testConfirmed": True}, {"testConfirmed": False}, {"testHeadcount": 5}, {"testHeadcount": 6}]
    for patch in patches:
        case.update(patch)
        case.shows()


@requirement("PATCH-REPEATED")
def test_patches_without_a_read_between_them_are_all_applied(case: Case) -> None:
    for turn in range(8):
        case.update({"testHeadcount": turn, f"testTurn{'abcdefgh'[turn]}": turn})
    case.shows()


@requirement("UPDATE-VISIBLE")
def test_an_update_is_seen_by_the_next_get_and_in_its_answer(case: Case) -> None:
    for turn in range(3):
        case.shows()
        old = set(case.fields)
        answer = case.replace(
            {
                "testSummary": f"put {turn}",
                "testTurn": turn,
                "testTags": [f"t{turn}"],
                "testUrgent": turn == 1,
            }
        )
        must_show_if_record(answer, case.fields, gone=old - set(case.fields))
        case.shows(gone=old - set(case.fields))
        answer = case.update(
            {"testSummary": f"patch {turn}", "testFlag": False, "testParts": [f"p{turn}", "x"], "testTurn": 0}
        )
        must_show_if_record(answer, case.fields)
        case.shows()
        case.shows()
        answer = case.replace(ORDINARY)
        must_show_if_record(answer, case.fields, gone=["testTurn", "testFlag", "testParts"])


@requirement("UPDATE-VISIBLE")
def test_a_case_shows_what_it_was_left_with(aged: Aged) -> None:
    aged.tracked.agrees()  # and again at the end of the run


@requirement("UPDATE-VISIBLE")
def test_an_answer_shows_what_get_shows(case: Case) -> None:
    for answer in (case.replace(REPLACEMENT), case.update({"testSummary": "x"})):
        if answer.carries_record and answer.object["id"] != case.id:
            raise Violation(f"the returned record to be {case.id}", model.show(answer.object["id"]))


def _identities(case: Case, other: Case) -> Iterable[Mapping[str, Any]]:
    strange = str(uuid.uuid4())
    yield from ({"id": strange}, {"id": other.id}, {"id": None}, {"id": ""}, {"id": 7}, {"id": case.id})
    yield from ({"ID": strange}, {"Id": strange}, {"_id": strange})
    yield from ({"createdDate": None}, {"createdDate": ""}, {"createdDate": 0})
    yield from (wish for wish, _ in chosen_dates())
    yield {"id": strange, "createdDate": "2001-02-03T04:05:06.000Z", "testSummary": "both"}
    yield {"id": strange, "testSummary": "one"}
    yield {"createdDate": "2099-12-31T23:59:59Z", "testSummary": "other"}


@requirement("UPDATE-IDENTITY")
@both
def test_no_payload_changes_the_identity(case: Case, new_case: NewCase, method: str) -> None:
    other = new_case(REPLACEMENT)
    theirs = other.snapshot()
    created = case.read().get("createdDate")
    for payload in _identities(case, other):
        case.api.session.new_story()
        answer = WRITES[method](case, payload)
        must_keep_identity(case, created, case.read(), answer)
        other.unchanged_since(theirs)
        if isinstance(payload.get("id"), str) and payload["id"] not in ("", case.id, other.id):
            must_not_exist(case.api, payload["id"], "which only an update's payload named")


@requirement("UPDATE-WORKFLOW-KEPT")
@both
@pytest.mark.parametrize("moves", [0, 1, 2], ids=["fresh", "moved", "moved twice"])
def test_an_update_leaves_the_workflow(case: Case, method: str, moves: int) -> None:
    walk = list(case.api.deployment.workflow.walk(moves + 1))
    if len(walk) <= moves:
        return
    for _, status in walk[:moves]:
        case.move(status)
    before = case.snapshot()
    for payload in ({"testSummary": "An update", "testAmount": 2}, {}, REPLACEMENT):
        answer = WRITES[method](case, payload)
        if answer.refused and moves:
            break  # a closed case may refuse updates
        record = case.read()
        if case.status(record) != before.status:
            raise Violation(
                f"the status to stay {model.show(before.status)}", model.show(case.status(record))
            )
    case.move(walk[moves][1])
    if case.status() == before.status:
        raise Violation(
            f"lastWorkflowId to stay usable: {walk[moves][1]} to move the case", "no change of status"
        )


@requirement("UPDATE-UNKNOWN")
@both
def test_an_update_of_an_unknown_id_is_refused_and_creates_nothing(
    api: CaseApi, case: Case, method: str
) -> None:
    for case_id in (unknown_id(), *strangers(case), *odd_strangers(case), "null", unknown_id()):
        api.session.new_story()
        payload = api.complete(ORDINARY) if method == "PUT" else {"testSummary": "to nobody"}
        for _ in range(2):
            must_be_refused(api.call(method, case_path(case_id), payload), f"{method} on an unknown id")
        must_not_exist(api, case_id, f"which only a refused {method} named")
    case.shows()


@requirement("UPDATE-VALIDATES")
@both
def test_a_body_that_is_no_json_object_is_refused_and_changes_nothing(case: Case, method: str) -> None:
    before = case.snapshot()
    for body in NOT_OBJECTS:
        case.api.session.new_story()
        answer = case.api.raw(method, case_path(case.id), body, {"Content-Type": JSON})
        must_be_refused(answer, f"the body {body!r}")
        case.unchanged_since(before)
    for _, status in case.api.deployment.workflow.walk(1):  # once moved, another path through a server
        case.move(status)
        for body in NOT_OBJECTS[::5]:
            answer = case.api.raw(method, case_path(case.id), body, {"Content-Type": JSON})
            must_be_refused(answer, f"the body {body!r}, once the case has moved,")


@requirement("UPDATE-REFUSED-INERT")
@both
def test_a_refused_update_changes_nothing(case: Case, new_case: NewCase, method: str) -> None:
    before = case.snapshot()
    refused = 0
    for payload in (*_identities(case, new_case()), *HOSTILE):
        case.api.session.new_story()
        around = {"testSummary": "half done", **payload, "testHalf": "done"}
        if WRITES[method](case, around).refused:
            refused += 1
            case.unchanged_since(before, gone={"testHalf"})
        else:
            case.replace(ORDINARY)
            before = case.snapshot()
    if not refused:
        raise Unsupported("no payload is refused")


@requirement("UPDATE-VISIBLE")
def test_a_conditional_get_after_an_update_shows_it(case: Case) -> None:
    tag = case.api.get(case.id).headers.get("etag")
    if not tag:
        raise Unsupported("GET answers without an ETag")
    for write in (case.update, case.replace):
        write({"testSummary": f"since {tag}"})
        answer = case.api.raw("GET", case_path(case.id), None, {"If-None-Match": tag})
        found = model.fields_difference(case.fields, answer.object)
        if found:
            raise Violation("GET with the ETag from before an update to show the update", answer.summary())
        tag = answer.headers.get("etag", tag)


@requirement("UPDATE-ISOLATED")
def test_no_case_shows_what_only_another_was_sent(new_case: NewCase) -> None:
    full, bare = new_case(ORDINARY), new_case({"testSummary": "bare"})
    theirs = {*ORDINARY, *REPLACEMENT} - {"testSummary"}
    found = model.still_there(theirs, bare.answered)
    if found:
        raise Violation("a new case to show nothing that only another was sent", found)
    writes: list[Callable[[], Any]] = [
        full.read,
        lambda: full.replace(REPLACEMENT),
        lambda: bare.replace({"testSummary": "bare still"}),
        lambda: full.update({"testHeadcount": 9}),
        lambda: bare.update({"testSummary": "bare again"}),
    ]
    for write in writes:
        write()
        full.shows()
        bare.shows(gone=theirs)


@requirement("UPDATE-ISOLATED")
def test_no_operation_on_one_case_changes_another(new_case: NewCase) -> None:
    older, twin = new_case(REPLACEMENT), new_case(ORDINARY)
    case = new_case(ORDINARY)
    younger = new_case(ORDINARY)
    others = {
        name: (other, other.snapshot())
        for name, other in (("older", older), ("twin", twin), ("younger", younger))
    }
    workflow = case.api.deployment.workflow
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("PUT", lambda: case.replace(REPLACEMENT)),
        (
            "PATCH",
            lambda: case.update(
                {"testSummary": "mine alone", "testLocation": {"site": "Bern"}, "testTags": []}
            ),
        ),
        *((f"transition {status}", partial(case.move, status)) for _, status in workflow.walk(3)),
        ("a refused transition", lambda: case.api.transition(case.id, "NoSuchStatus", "none")),
        ("PUT of nothing", lambda: case.api.replace(case.id, {})),
        ("a create", lambda: new_case({"testSummary": "unrelated"})),
    ]
    for what, step in steps:
        step()
        for name, (other, before) in others.items():
            try:
                other.unchanged_since(before, gone={"testAssessor"})
            except Violation as violation:
                raise Violation(
                    f"{what} on one case to leave the {name} one as it was", violation.actual
                ) from None
