"""The plan of a profile: which checks it carries out, and with how many requests."""

from __future__ import annotations

import pytest
from mutation.planner import Limits, Planner
from mutation.requests_of_checks import Counts
from mutation.value_of_checks import present_plans

COMBINED = "test_combined.py::test_all"
CHECKS = {
    COMBINED: Counts(["A"], requests=100, cases=1),
    "test_a.py::test_cheap": Counts(["B"], requests=30, cases=0, starts=[0, 2, 4, 6]),
    "test_a.py::test_costly": Counts(["C"], requests=80, cases=1, starts=[0, 20, 40]),
    "test_a.py::test_useless": Counts(["A"], requests=1, cases=0),
}
WIDE = Limits(600, 50)


@pytest.mark.parametrize(("allowed", "requests"), [(1, 2), (2, 2), (3, 4), (6, 6), (7, 30)])
def test_check_ends_before_the_next_attempt(allowed: int, requests: int) -> None:
    assert CHECKS["test_a.py::test_cheap"].within(allowed) == requests


def test_each_requirement_and_each_fault_is_planned_for() -> None:
    found = {
        "known to a combined check": {COMBINED: 1, "test_a.py::test_useless": 1},
        "early": {"test_a.py::test_cheap": 3, "test_a.py::test_costly": 41},
        "late": {"test_a.py::test_costly": 21},
        "never": {},
    }
    planned = Planner(found, CHECKS, WIDE).plan()
    assert planned == {"test_a.py::test_cheap": 3, "test_a.py::test_costly": 21}


def test_plan_keeps_to_its_requests() -> None:
    found = {"early": {"test_a.py::test_cheap": 3}, "late": {"test_a.py::test_costly": 21}}
    assert Planner(found, CHECKS, Limits(120, 10)).plan() == {"test_a.py::test_cheap": 3}


def test_plan_keeps_to_its_cases() -> None:
    found = {"late": {"test_a.py::test_costly": 21}}
    assert Planner(found, CHECKS, Limits(600, 1)).plan() == {"test_a.py::test_cheap": 1}


@pytest.mark.parametrize(
    ("requests", "allowed"),
    [
        (101, {"useless": 1}),
        (103, {"useless": 1, "cheap": 1}),
        (123, {"useless": 1, "cheap": 1, "costly": 1}),
        (151, {"useless": 1, "cheap": 30, "costly": 1}),
        (211, {"useless": 1, "cheap": 30, "costly": 80}),
    ],
)
def test_spare_requests_serve_first_attempts_then_whole_checks(
    requests: int, allowed: dict[str, int]
) -> None:
    planned = Planner({}, CHECKS, Limits(requests, 10)).complete()
    assert planned == {f"test_a.py::test_{name}": number for name, number in allowed.items()}


def test_wanted_checks_run_completely() -> None:
    wanted = ["test_a.py::test_costly"]
    assert Planner({}, CHECKS, Limits(182, 10), wanted).plan() == {
        "test_a.py::test_costly": 80,
        "test_a.py::test_cheap": 1,
    }


def test_new_check_enters_the_plan_of_each_run_that_needs_it() -> None:
    present = {
        "test_combined.py::test_all": {"allowed": {"brief": None}, "brief": [9, 1]},
        "test_a.py::test_old": {"allowed": {"quick": 2}, "quick": [2, 1]},
    }
    verified = {
        "test_combined.py::test_all": ["GET-SAME"],
        "test_a.py::test_old": ["GET-SAFE"],
        "test_a.py::test_same": ["GET-SAME"],
        "test_a.py::test_new": ["GET-NEW"],
    }
    costs = {check: {"quick": Counts(requirements, 2, 1)} for check, requirements in verified.items()}
    plans = present_plans(present, costs)
    assert plans["brief"] == {"test_combined.py::test_all": 1_000_000, "test_a.py::test_new": 1}
    assert plans["quick"] == {"test_a.py::test_same": 1, "test_a.py::test_new": 1, "test_a.py::test_old": 2}
