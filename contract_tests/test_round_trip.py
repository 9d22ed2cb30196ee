"""Case APIs section 2: stored values are returned as sent, for each writing operation, value and placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case
from contract_tests.assertions.lost_values import lost_field_requirement
from contract_tests.assertions.responses import assert_accepted
from contract_tests.assertions.round_trip import PLAIN_TEXTS, SMALL_NUMBERS, Writer
from contract_tests.client.api import JSON_TYPES, CaseApi, case_path
from contract_tests.exceptions import Unsupported, Violation
from contract_tests.profiles import Profile, run_property
from contract_tests.results.collector import Run
from contract_tests.testdata.corpus import (
    MARKUP,
    MEMBER_NAMES,
    NAMES,
    NUMBERS,
    PLACEMENTS,
    SHAPES,
    SUGGESTIVE_NAMES,
    TEXTS,
    as_fields,
    letters,
    long_text,
    named_fields,
    named_members,
    placed,
)
from contract_tests.testdata.serialization import NOTATIONS
from contract_tests.testdata.strategies import numbers, texts
from contract_tests.testdata.updates import WRITTEN

requirement = pytest.mark.requirement
pytestmark = pytest.mark.needs(*FOUNDATION)

needs = pytest.mark.needs
WRITERS: Final = (
    pytest.param("PUT", marks=needs("PUT-REPLACES", "UPDATE-VISIBLE", "CREATE-STORES")),
    pytest.param("POST", marks=needs("CREATE-STORES")),
    pytest.param("PATCH", marks=needs("PATCH-PARTIAL", "UPDATE-VISIBLE", "CREATE-STORES")),
)
writers = pytest.mark.parametrize("method", WRITERS)

# Each POST and PATCH creates a case. Where fields are fixed, few values fit into one, so only some are sent.
SPARSE: Final = 6


def _assert_round_trip(
    api: CaseApi, profile: Profile, method: str, values: Sequence[Any], controls: Sequence[Any]
) -> None:
    """Assert that each value comes back, in every placement or in the deployment's fixed fields."""
    if not api.fixed_fields:
        Writer(api, method, profile.batch).assert_round_trip(values, PLACEMENTS, controls)
        return
    names, fitting = _fixed_fields(api, values)
    some = fitting if method == "PUT" else fitting[::SPARSE]
    writer = Writer(api, method, len(names))
    writer.assert_round_trip(some, (lambda batch: dict(zip(names, batch, strict=False)),), controls)


def _fixed_fields(api: CaseApi, values: Sequence[Any]) -> tuple[Sequence[str], Sequence[Any]]:
    """Return the fixed fields that take such values, and the values that fit: an integer field takes no fractions."""
    for kind in (str, float, int):
        names = api.fixed_fields.names_of(kind)
        fitting = values if kind is float else [value for value in values if type(value) is kind]
        if names and fitting and type(values[0]) in (kind, int):
            return names, fitting
    raise Unsupported("none of the deployment's fields takes such values")


@requirement("ROUND-TRIP-TEXT")
@writers
def test_text_is_returned_as_sent(api: CaseApi, profile: Profile, method: str) -> None:
    _assert_round_trip(api, profile, method, TEXTS, SMALL_NUMBERS)


LONGEST_TEXT: Final = 70_000  # characters, more than columns of 65,535 bytes take


@requirement("ROUND-TRIP-TEXT")
@writers
def test_long_text_is_complete_or_refused(api: CaseApi, profile: Profile, method: str) -> None:
    writer = Writer(api, method)
    for text in profile.some([long_text(LONGEST_TEXT), long_text(LONGEST_TEXT // 2, "Ł")]):
        name = api.field("testSummary")
        found = writer.store({name: text}, new_case=False)[1]
        if found:
            expected = f"a text of {len(text)} characters to be refused or stored completely"
            raise Violation(expected, found, _lost_whatever_length(api, writer, name))


def _lost_whatever_length(api: CaseApi, writer: Writer, name: str) -> str | None:
    """Return the requirement for a field that loses a short text as well."""
    with api.trace.second_look():
        if writer.store({name: PLAIN_TEXTS[0]}, new_case=False)[1]:
            return lost_field_requirement(name, PLAIN_TEXTS[0], api.trace[-1].object)
    return None


@requirement("ROUND-TRIP-TEXT")
@writers
def test_text_is_returned_for_any_json_style(api: CaseApi, method: str) -> None:
    plain, written = Writer(api, method), api.accepted(WRITTEN)
    if not plain.store(written)[0]:
        raise Unsupported("the target refuses the text")
    shown = plain.case.read()
    usual = {name: shown.get(name) for name in written}  # other checks cover differences here
    for how, notation in NOTATIONS.items():
        accepted, found = Writer(api, method, serialize=notation).store(written, usual)
        if not accepted or found:
            raise Violation(f"{method} to accept the same JSON value {how}", found or "it was refused")
    # The requirements for the responses cover a refusal of the declaration.
    _, found = Writer(api, method, media_type=JSON_TYPES[0]).store(written, usual)
    if found:
        raise Violation(f"{method} to store the same JSON value declared as {JSON_TYPES[0]}", found)


@requirement("ROUND-TRIP-TEXT")
@needs("TRANSITION-ONLY-STATUS")
@pytest.mark.parametrize("method", [WRITERS[0], WRITERS[2]])
def test_text_is_returned_after_a_transition(case: Case, method: str) -> None:
    fixed = case.api.fixed_fields.names_of(str)
    some = dict(zip(fixed, TEXTS[::17], strict=False)) if fixed else as_fields(TEXTS[::17])
    for _, status in case.api.deployment.workflow.walk(2):
        case.transition(status)
        whole = case.api.with_required(some) if method == "PUT" else some
        response = case.api.call(method, case_path(case.id), whole)
        if not response.refused:
            assert_accepted(response, method)
            case.assert_shows(some)


@requirement("ROUND-TRIP-MARKUP")
@needs("ROUND-TRIP-TEXT")
@writers
def test_markup_is_returned_as_sent(api: CaseApi, profile: Profile, method: str) -> None:
    _assert_round_trip(api, profile, method, MARKUP, SMALL_NUMBERS)


@requirement("ROUND-TRIP-NUMBER")
@writers
def test_numbers_are_returned_as_sent(api: CaseApi, profile: Profile, method: str) -> None:
    _assert_round_trip(api, profile, method, NUMBERS, PLAIN_TEXTS)


@requirement("ROUND-TRIP-SHAPE")
@writers
def test_shapes_are_returned_as_sent(api: CaseApi, profile: Profile, method: str) -> None:
    api.require_free_fields()
    Writer(api, method, profile.batch).assert_round_trip(SHAPES, PLACEMENTS, PLAIN_TEXTS)


@requirement("ROUND-TRIP-SHAPE")
@needs("ROUND-TRIP-TEXT", "ROUND-TRIP-NUMBER")
@writers
def test_thirty_fields_are_returned(api: CaseApi, method: str) -> None:
    api.require_free_fields()
    Writer(api, method).assert_kept(
        {letters(index): index if index % 2 else f"text {index}" for index in range(30)}
    )


@requirement("ROUND-TRIP-NAMES")
@writers
def test_field_names_are_returned_as_sent(api: CaseApi, profile: Profile, method: str) -> None:
    api.require_free_fields()
    harmless = [f"harmless{letters(index)}" for index in range(100)]
    Writer(api, method, profile.batch).assert_round_trip(NAMES, (named_fields, named_members), harmless)
    Writer(api, method, len(MEMBER_NAMES)).assert_round_trip(MEMBER_NAMES, (named_members,), harmless)


@requirement("ROUND-TRIP-NAMES")
@writers
def test_values_do_not_depend_on_field_names(api: CaseApi, method: str) -> None:
    api.require_free_fields()
    writer = Writer(api, method)
    for value in (7, "007", "Ann (B) C", "12.50"):
        writer.assert_kept(dict.fromkeys(SUGGESTIVE_NAMES, value))


RANDOM: Final[Mapping[str, tuple[st.SearchStrategy[Any], Sequence[Any]]]] = {
    "ROUND-TRIP-TEXT": (texts, SMALL_NUMBERS),
    "ROUND-TRIP-NUMBER": (numbers, PLAIN_TEXTS),
}


@pytest.mark.parametrize("id_", [pytest.param(id_, marks=requirement(id_)) for id_ in RANDOM])
@writers
def test_random_values_are_returned(run: Run, profile: Profile, id_: str, method: str) -> None:
    run.api.require_free_fields()
    writer = Writer(run.api, method)
    values, controls = RANDOM[id_]

    @profile.settings(shrink=not run.has_failed(id_))
    @given(st.lists(values, min_size=1, max_size=8))
    def is_returned(batch: list[Any]) -> None:
        writer.assert_kept(placed(batch), placed(controls[: len(batch)]))

    run_property(is_returned, profile, run.api.trace)
