"""Outputs of reproduction scripts without the values that differ in each run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from support.script_output import Step, steps, without_random

CASES = ("0b7e0f3c-5a51-4f7e-9d2e-0d6f3a9b6d11", "9f0c2d4e-1b2a-4c3d-8e9f-a0b1c2d3e4f5")
OUTPUT = """1. POST /case
   returned 201, recorded: 201
   content-type: application/json
{{"id": "{0}", "createdDate": "{2}Z"}}

2. GET /case/{0}
   returned 200, recorded: 404
{{"id": "{1}", "note": "

2. no request"}}

expected: the case
recorded: 404
"""


def time(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def test_each_response_is_a_step() -> None:
    found = steps(OUTPUT.format(*CASES, time(1)))
    assert [one.status for one in found] == ["201", "200"]
    assert found[0].response.startswith("   content-type: application/json{")


def test_ids_and_times_of_two_runs_are_equal() -> None:
    assert steps(OUTPUT.format(*CASES, time(1))) == steps(OUTPUT.format(*reversed(CASES), time(2)))


def test_equal_ids_stay_equal() -> None:
    same = steps(OUTPUT.format(CASES[0], CASES[0], time(1)))
    assert same != steps(OUTPUT.format(*CASES, time(1)))
    assert same[1] == Step("200", '{"id": "<uuid 1>", "note": "')


def test_times_that_no_clock_shows_stay_different() -> None:
    outputs = [
        OUTPUT.format(*CASES, date) for date in (time(1), "2001-02-03T04:05:06", "2025-01-01T00:00:00")
    ]
    assert len({steps(output)[0].response for output in outputs}) == 3


def test_times_keep_their_difference_from_now() -> None:
    shown = steps(OUTPUT.format(*CASES, time(12 * 3600)))[0].response
    assert shown.endswith('"createdDate": "<date +12 h 2>Z"}')


def test_sent_id_is_not_numbered() -> None:
    sent = "0b9c5d5e-6f0a-4c5b-9b8e-0d6b8a1f2c3d"
    responses = [("201", f'{{"id": "{sent}"}}')]
    assert without_random(responses, f"printf '{sent}'") == [Step("201", f'{{"id": "{sent}"}}')]
    assert without_random(responses) == [Step("201", '{"id": "<uuid 1>"}')]
