"""Case APIs section 3: PUT /case/{id} replaces the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case, NewCase, store_unusual
from contract_tests.assertions.case_reuse import check_on_one_case
from contract_tests.assertions.field_changes import (
    assert_values_change,
    assert_values_change_after_transition,
)
from contract_tests.assertions.responses import assert_accepted
from contract_tests.client.api import JSON, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT, UNUSUAL
from contract_tests.testdata.updates import FALSY, LOOKALIKES, OTHER_TYPES, REPLACED

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = needs(*FOUNDATION, "UPDATE-VISIBLE")


@requirement("PUT-REPLACES")
def test_put_replaces_the_whole_record(case: Case) -> None:
    payloads: list[Mapping[str, Any]] = [
        REPLACEMENT,
        ORDINARY,
        {"testSummary": "One field is left"},
        {},
        ORDINARY,
        {"testLocation": {"site": "Graz"}, "testTags": ["one"], "testWitnesses": [{"name": "Ana"}]},
    ]
    shown = set(case.fields)
    for payload in payloads:
        case.replace(payload)
        case.assert_shows(gone=shown - set(case.fields))
        shown |= set(case.fields)


@requirement("PUT-REPLACES")
@needs("CREATE-STORES")
def test_put_stores_values_of_another_type(new_case: NewCase) -> None:
    def replaces(case: Case, change: Mapping[str, Any]) -> None:
        whole = {**case.api.accepted(ORDINARY), **change}
        response = case.api.call("PUT", case_path(case.id), case.api.with_required(whole))
        if not response.refused:
            assert_accepted(response, "PUT")
            case.fields |= change
            case.assert_shows()

    check_on_one_case(new_case, OTHER_TYPES, replaces)


@requirement("PUT-REPLACES")
def test_put_replaces_each_value_by_a_similar_one(case: Case) -> None:
    def replace(new: Mapping[str, Any], others: Mapping[str, Any]) -> Exchange:
        return case.api.call("PUT", case_path(case.id), case.api.with_required({**new, **others}))

    assert_values_change(case, REPLACED, replace)
    assert_values_change_after_transition(case, LOOKALIKES, replace)


@requirement("PUT-REPLACES")
def test_empty_put_removes_every_field(case: Case) -> None:
    # The payload has no tag of the run, so that it is really empty. The next PUT restores the tag.
    had = set(case.fields)
    response = case.api.raw("PUT", case_path(case.id), b"{}", {"Content-Type": JSON})
    if not response.refused:  # a deployment may require fields
        assert_accepted(response, "PUT")
        case.assert_shows({}, gone=had)
    case.replace(ORDINARY)


@requirement("PUT-REPLACES")
def test_removed_fields_do_not_reappear(case: Case) -> None:
    # A store may hide the removed fields, and show them again after another write.
    case.replace({"testSummary": "One field is left"})
    dropped = set(ORDINARY) - set(case.fields)
    case.assert_shows(gone=dropped)
    case.update({"testSummary": "Patched"})
    _assert_still_gone(case, dropped)
    if case.try_update({"testHeadcount": None}):  # a typed field may refuse null
        _assert_still_gone(case, dropped)
    for _, status in case.api.deployment.workflow.walk(1):
        case.transition(status)
        _assert_still_gone(case, dropped)


def _assert_still_gone(case: Case, dropped: Iterable[str]) -> None:
    """Assert that GET shows none of the dropped fields. Another requirement covers the fields that are left."""
    found = comparison.find_remaining(dropped, case.assert_shows())
    if found:
        raise Violation("GET to show the record as stored", found)


# Payloads that differ from each other only inside of an array or an object of the same size.
INNER_CHANGES: Final[Sequence[Mapping[str, Any]]] = (
    {"testLocation": {"site": "Leeds", "floor": 3, "desk": {"row": "B", "seat": 13}}},
    {"testLocation": {"site": "Leeds", "floor": 4, "desk": {"row": "B", "seat": 13}}},
    {"testTags": ["theft", "hardware", "awful"]},
    {"testTags": ["hardware", "theft", "awful"]},
    {"testWitnesses": [{"name": "Ana", "heard": True}, {"name": "Eve", "heard": False}]},
    {"testWitnesses": [{"name": "Ana", "heard": True}, {"name": "Eve", "heard": True}]},
    {"testWitnesses": [{"name": "Ana", "heard": True}, {"name": "EVE", "heard": True}]},
    {"testUrgent": True},
)


@requirement("PUT-REPLACES")
def test_put_stores_changes_inside_of_values(case: Case) -> None:
    whole = dict(ORDINARY)
    for change in INNER_CHANGES:
        whole |= change
        case.replace(whole)
        case.assert_shows()


@requirement("PUT-REPLACES")
def test_put_removes_each_missing_field(new_case: NewCase) -> None:
    def drops(case: Case, field: str) -> None:
        case.replace({name: value for name, value in ORDINARY.items() if name != field})
        case.assert_shows(gone=[field])

    check_on_one_case(new_case, ORDINARY, drops)


@requirement("PUT-IDEMPOTENT")
def test_repeated_put_changes_nothing(case: Case) -> None:
    for payload in (REPLACEMENT, {**ORDINARY, "testTags": ["b", "a", "c"]}, {**ORDINARY, **FALSY}, {}):
        case.api.trace.assert_allowance()
        if not case.try_replace(payload):
            continue
        once = case.snapshot()
        absent = _absent_fields(case)
        for _ in range(2):
            case.replace(payload)
            case.assert_unchanged(once, gone=absent, accepted=True)


def _absent_fields(case: Case) -> set[str]:
    """Return the fields of the suite's payloads that the case does not have."""
    record = case.read()
    return {name for name in (*ORDINARY, *REPLACEMENT) if record.get(name) is None}


@requirement("PUT-REPLACES")
def test_put_removes_unusual_fields(case: Case) -> None:
    for unusual in UNUSUAL:
        if store_unusual(case, unusual):
            had = set(case.fields)
            case.replace({"testSummary": "One field is left"})
            case.assert_shows(gone=had - set(case.fields))
