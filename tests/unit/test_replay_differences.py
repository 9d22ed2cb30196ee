"""Comparison of a replay's responses with the recorded ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from support import report_samples as samples

from contract_tests.client.exchange import KEPT_CHARACTERS
from contract_tests.report.document import ExchangeEntry
from contract_tests.report.replay.differences import different_responses

OTHER = "9f0c2d4e-1b2a-4c3d-8e9f-a0b1c2d3e4f5"
RECORD = f'{{"id": "{samples.CASE}", "createdDate": "D", "lastWorkflowId": "W", "caseStatus": "Open", "testSummary": "x"}}'


def exchanges(answer: str, case: str = samples.CASE) -> list[ExchangeEntry]:
    """Return a create and a read, and the given body in the response to the read."""
    create = RECORD.replace(samples.CASE, case)
    sent = samples.recorded(
        samples.exchange(
            "POST", "/case", b'{"testSummary": "x", "workflowId": "W"}', status=201, answer=create
        ),
        samples.exchange("GET", f"/case/{case}", at=1, answer=answer.replace(samples.CASE, case)),
    )
    return [*sent]  # type: ignore[list-item]


def differences(recorded: Sequence[ExchangeEntry], replayed: Sequence[Any]) -> list[int]:
    return different_responses(recorded, replayed, "caseStatus")


@pytest.mark.parametrize(
    "answer",
    [
        RECORD.replace('"x"', '"y"'),
        RECORD.replace('"x"', "null"),
        RECORD.replace('"Open"', '"Closed"'),
        RECORD.replace('"createdDate": "D", ', ""),
        RECORD.replace('"D"', '"E"'),
        RECORD.replace(samples.CASE, "another"),
        "[]",
        "",
    ],
    ids=["value", "null", "status", "no date", "another date", "another case", "array", "no body"],
)
def test_response_with_another_value_differs(answer: str) -> None:
    assert differences(exchanges(answer), exchanges(RECORD, OTHER)) == [2]
    assert differences(exchanges(answer), exchanges(answer, OTHER)) == []


@pytest.mark.parametrize(
    "answer",
    [RECORD.replace("{", '{"etag": 5, '), RECORD.replace("{", '{"workflowId": "W2", ')],
    ids=["field of the server", "id that the server stores"],
)
def test_values_that_differ_in_each_run_are_not_compared(answer: str) -> None:
    assert differences(exchanges(RECORD), exchanges(answer, OTHER)) == []


def test_values_before_an_error_are_not_compared() -> None:
    recorded, replayed = exchanges(RECORD), exchanges(RECORD.replace('"x"', '"y"'))
    assert differences(recorded, replayed) == [2]
    error = samples.recorded(samples.exchange("GET", "/case/1", status=500, answer='{"status": 500}'))
    assert differences([*recorded, *error], [*replayed, *error]) == []  # type: ignore[list-item]
    assert differences([*recorded, *error], [*replayed, replayed[1]]) == [3]  # type: ignore[list-item]


def test_missing_challenge_differs() -> None:
    recorded, replayed = exchanges(RECORD), exchanges(RECORD)
    replayed[1]["response_headers"] = {**replayed[1]["response_headers"], "WWW-Authenticate": "Bearer"}
    assert differences(recorded, replayed) == [2]


def test_repeated_id_differs_from_a_new_one() -> None:
    sent = b'{"testSummary": "x"}'
    repeated = samples.recorded(*[samples.exchange("POST", "/case", sent, status=201, answer=RECORD)] * 2)
    new = samples.exchange("POST", "/case", sent, status=201, answer=RECORD.replace(samples.CASE, OTHER))
    assert differences([*repeated], [repeated[0], *samples.recorded(new)]) == [2]  # type: ignore[list-item]
    assert differences([*repeated], [*repeated]) == []  # type: ignore[list-item]


def test_scripts_with_other_requests_are_not_compared() -> None:
    assert differences(exchanges(RECORD), []) == []


def test_only_the_wrong_field_counts_after_a_gap() -> None:
    recorded = exchanges(RECORD.replace("{", '{"testTags": ["old", "new"], '))
    replayed = exchanges(RECORD.replace('"x"', '"left out"').replace("{", '{"testTags": ["old", "new"], '))
    correct = exchanges(RECORD.replace("{", '{"testTags": ["new"], '))
    assert different_responses(recorded, replayed, "caseStatus") == [2]
    assert (
        different_responses(recorded, replayed, "caseStatus", failed_field="testTags", only_last=True) == []
    )
    assert different_responses(recorded, correct, "caseStatus", failed_field="testTags", only_last=True) == [
        2
    ]


def test_failed_field_is_compared_in_each_response() -> None:
    old, end = (
        RECORD.replace('"x"', '"of an update before"'),
        samples.recorded(samples.exchange("GET", "/case/1")),
    )
    recorded, replayed = [*exchanges(old), *end], [*exchanges(RECORD), *end]
    name = "testSummary"
    assert different_responses(recorded, replayed, "caseStatus") == []  # type: ignore[arg-type]
    assert different_responses(recorded, replayed, "caseStatus", failed_field=name) == [2]  # type: ignore[arg-type]


def test_only_the_last_response_counts_after_a_gap() -> None:
    recorded, replayed = exchanges(RECORD), exchanges(RECORD.replace('"x"', '"left out"'))
    same_end = samples.recorded(samples.exchange("GET", "/case/1", status=304, answer=""))
    with_end = [*recorded, *same_end], [*replayed, *same_end]
    assert different_responses(*with_end, "caseStatus") == [2]  # type: ignore[arg-type]
    assert different_responses(*with_end, "caseStatus", only_last=True) == []  # type: ignore[arg-type]
    assert different_responses(recorded, replayed, "caseStatus", only_last=True) == [2]


def test_status_is_compared_in_any_field_without_a_deployment() -> None:
    recorded, replayed = exchanges(RECORD.replace('"Open"', "null")), exchanges(RECORD)
    assert different_responses(recorded, replayed, None) == [2]
    assert different_responses(recorded, recorded, None) == []


@pytest.mark.parametrize("other", ['"testSummary": "y"', '"testSummary": "x' + "z" * 9, '"testOther": 1'])
def test_long_responses_are_compared_by_their_beginning(other: str) -> None:
    rest = ', "note": "' + "n" * KEPT_CHARACTERS
    record = '{"testSummary": "x"' + rest
    assert differences(exchanges(record), exchanges(record)) == []
    assert differences(exchanges(record), exchanges("{" + other + rest)) == [2]


def test_values_of_requests_that_are_left_out_are_not_compared() -> None:
    earlier = RECORD.replace('"x"', '"of an update that is left out"')
    recorded, replayed = exchanges(earlier), exchanges(RECORD, OTHER)
    last, other_last = exchanges(RECORD)[1], exchanges(RECORD, OTHER)[1]
    assert differences(recorded, replayed) == [2]
    assert differences([*recorded, last], [*replayed, other_last]) == []
    closed = exchanges(RECORD.replace("Open", "Closed"), OTHER)
    assert differences([*recorded, last], [*closed, other_last]) == [2]
    assert differences([*exchanges(RECORD), last], [*exchanges(earlier, OTHER), other_last]) == [2]


def test_place_of_the_cut_makes_no_difference() -> None:
    note = "n" * (KEPT_CHARACTERS - 100)
    shorter = f'{{"note": "{note}", "testSummary": "x", "rest": "{note}"}}'
    longer = shorter.replace("{", f'{{"testOther": "{"o" * 345}", ')
    sent, rest = exchanges(shorter)[:1], (longer, shorter)
    both = [[*sent, exchanges(answer)[1]] for answer in rest]
    assert differences(*both) == []


def test_failed_field_is_not_compared_before_a_request_sets_it() -> None:
    old = exchanges(RECORD.replace('"x"', '"of an update before"'))
    sent = samples.exchange("PATCH", f"/case/{samples.CASE}", b'{"testSummary": "x"}', answer=RECORD)
    end = samples.recorded(sent, samples.exchange("GET", f"/case/{samples.CASE}", answer=RECORD))
    recorded, replayed = [*old, *end], [*exchanges(RECORD), *end]
    name = "testSummary"
    assert different_responses(recorded, replayed, "caseStatus", failed_field=name) == []  # type: ignore[arg-type]


def test_only_the_form_counts_for_a_wrong_status() -> None:
    def are_equal(other: str) -> bool:
        return not different_responses(exchanges(RECORD), exchanges(other), "caseStatus", only_form=True)

    assert are_equal(RECORD.replace('"x"', '"of an update before"'))
    assert not are_equal("[]")
    long = [exchanges(RECORD.replace('"x"', f'"{letter * KEPT_CHARACTERS}"')) for letter in "xy"]
    assert different_responses(*long, "caseStatus", only_form=True) == []


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        (RECORD, []),
        (RECORD.replace('"Open"', '"Closed"'), [2]),
        (RECORD.replace('"testSummary": "x"', '"a": 1'), [2]),
    ],
    ids=["equal", "another status", "no value"],
)
def test_whole_record_is_compared_with_one_in_part(answer: str, numbers: list[int]) -> None:
    in_part = RECORD[:-1] + ', "note": "' + "n" * KEPT_CHARACTERS
    assert differences(exchanges(in_part), exchanges(answer, OTHER)) == numbers


def test_field_beyond_the_recorded_part_is_not_compared() -> None:
    in_part = '{"note": "' + "n" * KEPT_CHARACTERS
    assert differences(exchanges(in_part), exchanges(RECORD, OTHER)) == []
