"""Case APIs section 3: PATCH /case/{id} changes only the fields in its payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from contract_tests.assertions.attribution import FOUNDATION, VALUES, wrong_record
from contract_tests.assertions.case import Case, NewCase, case_from_response, store_unusual
from contract_tests.assertions.case_reuse import check_on_one_case
from contract_tests.assertions.field_changes import (
    assert_values_change,
    assert_values_change_after_transition,
)
from contract_tests.assertions.identity import assert_date_kept
from contract_tests.assertions.responses import assert_accepted
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Unsupported, Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.profiles import Profile
from contract_tests.testdata.corpus import ORDINARY, UNUSUAL, letters
from contract_tests.testdata.updates import (
    ARRAYS,
    LOOKALIKES,
    OBJECTS,
    OTHER_ARRAYS,
    OTHER_TYPES,
    PAIRS,
    PATCHES,
    PATH_LIKE_NAMES,
)

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION)
of_empty_patch = needs(
    "PATCH-PARTIAL", "PUT-REPLACES", "UPDATE-IDENTITY", "UPDATE-VISIBLE", "TRANSITION-MOVES", "UPDATE-WORKFLOW-KEPT"
)  # fmt: skip


@requirement("PATCH-PARTIAL")
def test_patch_changes_only_its_fields(new_case: NewCase) -> None:
    created: dict[str, Any] = {}

    def changes(case: Case, patch: Mapping[str, Any]) -> None:
        if case.id not in created:
            created[case.id] = case.read().get("createdDate")
        if patch in OTHER_TYPES:
            case.try_update(patch)
        else:
            case.update_if_creatable(patch)
        assert_date_kept(case, created[case.id], case.assert_shows())

    check_on_one_case(new_case, (*PATCHES, *OTHER_TYPES), changes, repeated="PATCH-REPEATED")


@requirement("PATCH-PARTIAL")
@needs("UPDATE-VISIBLE")
def test_patch_keeps_unusual_values_in_other_fields(case: Case) -> None:
    kept = False
    for unusual in UNUSUAL:
        if store_unusual(case, unusual):
            kept = True
            for patch in ({"testOther": "first"}, {"testOther": "second"}, {"testOthers": ["one"]}):
                case.update(patch)
                case.assert_shows()
    if not kept:
        raise Unsupported("no unusual value is accepted")


@requirement("PATCH-PARTIAL")
@needs("UPDATE-VISIBLE", "PATCH-ARRAYS")
def test_patch_replaces_each_value_by_any_other(case: Case) -> None:
    def patch(new: Mapping[str, Any], _: Mapping[str, Any]) -> Exchange:
        return case.api.call("PATCH", case_path(case.id), new)

    assert_values_change(case, PAIRS, patch, arrays="PATCH-ARRAYS")
    assert_values_change_after_transition(case, LOOKALIKES, patch)


@requirement("PATCH-PARTIAL")
@needs("ROUND-TRIP-TEXT")
def test_patch_distinguishes_similar_names(case: Case) -> None:
    names = ("testName", "testNam", "testNames", "testname", "TestName", "testName2", "xtestName")
    accepted = {name: name for name in names if case.api.update(case.id, {name: name}).ok}
    record = case.read()
    found = comparison.find_field_difference(accepted, record)
    if found and _creates_with(case.api, accepted):
        violation = Violation("each of several fields with similar names to be set", found)
        raise wrong_record(case.api, case.id, record, accepted, violation)
    case.fields |= {name: name for name in names if record.get(name) == name}  # a server may refuse a name
    for name in [name for name in names if name in case.fields]:
        case.update({name: "patched"})
        case.assert_shows()


def _creates_with(api: CaseApi, fields: Mapping[str, Any]) -> bool:
    """Return True if a new case shows the fields; ROUND-TRIP-NAMES covers names that no operation keeps."""
    with api.trace.probe():
        response = api.create(fields)
        shown = api.get(str(response.object.get("id"))).object if response.ok else {}
    return bool(shown) and comparison.find_field_difference(fields, shown) is None


@requirement("PATCH-PARTIAL")
@needs("ROUND-TRIP-NAMES")
def test_patch_does_not_interpret_names_as_paths(case: Case) -> None:
    case.assert_shows()
    for name, value in PATH_LIKE_NAMES:
        case.api.trace.next_attempt()
        # A server may refuse the name. ROUND-TRIP-NAMES covers how it is stored.
        case.api.call("PATCH", case_path(case.id), {name: value})
        found = comparison.find_field_difference(case.fields, case.read())
        if found:
            raise Violation(f"a patch of the field {name} not to change other fields", found)


@requirement("PATCH-PARTIAL")
def test_patch_does_not_restore_removed_fields(case: Case) -> None:
    case.replace({"testSummary": "One field is left"})
    dropped = set(ORDINARY) - set(case.fields)
    case.assert_shows(gone=dropped)
    for change in ({"testSummary": "Patched"}, {"testTags": ["new"]}, {"testLocation": {"site": "Bern"}}):
        case.update(change)
        dropped -= set(change)
        case.assert_shows(gone=dropped)


@requirement("PATCH-PARTIAL")
def test_patch_with_null_removes_the_value(case: Case) -> None:
    for field in ("testSummary", "testHeadcount", "testTags", "testLocation", "testConfirmed"):
        case.api.trace.assert_allowance()
        if case.try_update({field: None}):  # a typed field may refuse null
            case.assert_shows(gone=[field])
    case.update({"testSummary": "Back"})
    case.assert_shows()


@requirement("PATCH-ARRAYS")
@needs("PATCH-PARTIAL", "PATCH-REPEATED", *VALUES)
def test_patched_array_replaces_the_old_one(case: Case) -> None:
    if not case.api.accepted({"testTags": ARRAYS[0]}):
        raise Unsupported("the target refuses arrays")
    case.update({"testSummary": "Before the Arrays"})
    with attributed_to("PATCH-PARTIAL"):
        case.assert_shows()
    for array in ARRAYS:
        case.api.trace.assert_allowance()
        _assert_array_patched(case, "testTags", array)
    for array in ([{"name": "Ana"}], [{"heard": True}, {"heard": False}], []):
        _assert_array_patched(case, "testWitnesses", array)

    def patch(new: Mapping[str, Any], _: Mapping[str, Any]) -> Exchange:
        return case.api.call("PATCH", case_path(case.id), new)

    for array in OTHER_ARRAYS[2:6]:  # also as the only field of a patch
        if case.try_update({"testTags": array}):
            case.assert_shows({"testTags": array})
    assert_values_change(case, [*pairwise(OTHER_ARRAYS)], patch)


def _assert_array_patched(case: Case, field: str, array: Sequence[Any]) -> None:
    """Assert that a PATCH stores the array, if a create accepts it. PATCH-PARTIAL covers an empty one."""
    if case.update_if_creatable({field: array}):  # a tenant may limit the number of items
        with attributed_to("PATCH-ARRAYS" if array else "PATCH-PARTIAL"):
            case.assert_shows({field: array})


@requirement("PATCH-OBJECTS")
@needs(
    "PATCH-PARTIAL", "PATCH-REPEATED", "UPDATE-VISIBLE", "UPDATE-ISOLATED", "TRANSITION-ONLY-STATUS", *VALUES
)
def test_patched_objects_are_replaced_or_merged_consistently(api: CaseApi, profile: Profile) -> None:
    api.require_free_fields()
    readings, checked = {"replace", "deep merge", "shallow merge"}, False
    deciding: list[Exchange] = []  # what excluded a reading
    for number, (old, new) in enumerate(profile.some(OBJECTS, few=2)):
        api.trace.restart()
        payload = {"testDetail": old, "testSummary": "kept", "testOther": old}
        response = api.call("POST", "/case", api.with_required(payload))
        if response.refused:
            continue  # a server may refuse deep objects
        case = case_from_response(api, response, payload)
        case.advance(number % 3)  # in different states
        patched = api.call("PATCH", case_path(case.id), {"testDetail": new, "testOther": new})
        if patched.refused:
            continue
        assert_accepted(patched, "PATCH")
        checked = True
        record = case.read()
        shown, other = record.get("testDetail"), record.get("testOther")
        if comparison.find_difference(shown, other):
            raise Violation(
                f"both objects {comparison.show(old)} to become {comparison.show(shown)}",
                comparison.show(other),
            )
        explained = comparison.replaced_or_merged(old, new, shown)
        if not explained:
            raise Violation(
                f"{comparison.show(old)} patched with {comparison.show(new)} to be replaced or merged",
                comparison.show(shown),
            )
        if not readings & explained:
            api.trace.restart(*deciding, *api.trace)
            raise Violation(
                f"every object to be patched as before ({' or '.join(sorted(readings))})",
                comparison.show(shown),
            )
        if readings - explained:
            deciding += api.trace
        readings &= explained
    if not checked:
        raise Unsupported("the target refuses all objects, or all patches of objects")


@requirement("PATCH-EMPTY")
@of_empty_patch
@pytest.mark.parametrize("moves", [0, 1], ids=["fresh", "moved"])
def test_empty_patch_changes_nothing(case: Case, moves: int) -> None:
    _assert_empty_patch_has_no_effect(case.advance(moves))


@requirement("PATCH-EMPTY")
@of_empty_patch
def test_empty_patch_keeps_unusual_values(case: Case) -> None:
    for unusual in UNUSUAL:
        if store_unusual(case, unusual):
            _assert_empty_patch_has_no_effect(case)


def _assert_empty_patch_has_no_effect(case: Case) -> None:
    before = case.snapshot()
    for _ in range(2):
        response = case.api.update(case.id, {})
        if not response.ok and not response.refused:
            raise Violation("200 or 4xx for an empty patch", response.summary())
        case.assert_unchanged(before, accepted=response.ok)


@requirement("PATCH-REPEATED")
@needs("PATCH-PARTIAL")
def test_consecutive_patches_are_all_applied(case: Case) -> None:
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
        case.api.trace.assert_allowance()
        case.update(patch)
        case.assert_shows(patch)


@requirement("PATCH-REPEATED")
@needs("PATCH-PARTIAL")
def test_patches_without_reads_are_all_applied(case: Case) -> None:
    patches: dict[str, Any] = {}
    for number in range(1, 9):
        patch = {"testHeadcount": number, f"testNumber{letters(number)}": number}
        case.update(patch)
        patches |= patch
    case.assert_shows(patches)
