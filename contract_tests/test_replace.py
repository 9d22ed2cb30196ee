"""Section 3 of the document: PUT /case/{id} replaces the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from contract_tests.assertions.case import Case, NewCase, store_unusual
from contract_tests.assertions.case_reuse import check_on_one_case
from contract_tests.assertions.field_changes import (
    assert_values_change,
    assert_values_change_after_transition,
)
from contract_tests.assertions.responses import assert_accepted
from contract_tests.client.api import JSON, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT, UNUSUAL
from contract_tests.testdata.updates import LOOKALIKES, OTHER_TYPES, REPLACED

requirement = pytest.mark.requirement


FALSY: Final[Mapping[str, Any]] = {
    "testSummary": "",
    "testHeadcount": 0,
    "testConfirmed": False,
    "testTags": [],
    "testLocation": {"site": "", "floor": 0, "open": False},
}


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
def test_put_takes_values_of_another_type_as_they_are(new_case: NewCase) -> None:
    def takes(case: Case, change: Mapping[str, Any]) -> None:
        whole = {**case.api.taken(ORDINARY), **change}
        if not case.api.call("PUT", case_path(case.id), case.api.exactly(whole)).refused:
            case.fields |= change
            case.assert_shows()

    check_on_one_case(new_case, OTHER_TYPES, takes)


@requirement("PUT-REPLACES")
def test_put_puts_each_value_in_place_of_its_like(case: Case) -> None:
    def replace(new: Mapping[str, Any], others: Mapping[str, Any]) -> Exchange:
        return case.api.call("PUT", case_path(case.id), case.api.exactly({**new, **others}))

    assert_values_change(case, REPLACED, replace)
    assert_values_change_after_transition(case, LOOKALIKES, replace)


@requirement("PUT-REPLACES")
def test_a_put_of_nothing_leaves_nothing(case: Case) -> None:
    # Without the run's tag, so that the payload is empty indeed; the next PUT brings the tag back.
    had = set(case.fields)
    answer = case.api.raw("PUT", case_path(case.id), b"{}", {"Content-Type": JSON})
    if not answer.refused:  # a deployment may demand fields
        assert_accepted(answer, "PUT")
        case.assert_shows({}, gone=had)
    case.replace(ORDINARY)


@requirement("PUT-REPLACES")
def test_what_a_put_dropped_stays_away(case: Case) -> None:
    # A store that hides what a PUT dropped, and forgets to when something else is written.
    case.replace({"testSummary": "One field is left"})
    dropped = set(ORDINARY) - set(case.fields)
    case.update({"testSummary": "Patched"})
    case.assert_shows(gone=dropped)
    if case.try_update({"testHeadcount": None}):  # where the field has a type, null is none of it
        case.assert_shows(gone=dropped)
    for _, status in case.api.deployment.workflow.walk(1):
        case.transition(status)
        case.assert_shows(gone=dropped)


@requirement("PUT-REPLACES")
def test_put_drops_each_field_that_it_does_not_name(new_case: NewCase) -> None:
    def drops(case: Case, field: str) -> None:
        case.replace({name: value for name, value in ORDINARY.items() if name != field})
        case.assert_shows(gone=[field])

    check_on_one_case(new_case, ORDINARY, drops)


@requirement("PUT-IDEMPOTENT")
def test_the_same_put_twice_is_as_once(case: Case) -> None:
    for payload in (REPLACEMENT, {**ORDINARY, "testTags": ["b", "a", "c"]}, {**ORDINARY, **FALSY}, {}):
        if not case.try_replace(payload):
            continue
        once = case.snapshot()
        shown = _sent_nothing_else(case)
        for _ in range(2):
            case.replace(payload)
            case.assert_unchanged(once, gone=shown, accepted=True)


def _sent_nothing_else(case: Case) -> set[str]:
    """Fields of the suite's payloads that the case does not show, so that they must stay away."""
    record = case.read()
    return {name for name in (*ORDINARY, *REPLACEMENT) if record.get(name) is None}


@requirement("PUT-REPLACES")
def test_put_drops_unusual_fields(case: Case) -> None:
    for unusual in UNUSUAL:
        if store_unusual(case, unusual):
            had = set(case.fields)
            case.replace({"testSummary": "One field is left"})
            case.assert_shows(gone=had - set(case.fields))
