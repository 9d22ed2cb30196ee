"""The plan of the profile `brief`: which checks it carries out, and with how many requests."""

from __future__ import annotations

import pytest
from mutation import value_of_checks
from mutation.requests_of_checks import Counts
from mutation.value_of_checks import Planner

COMBINED = "test_combined.py::test_all"
CHECKS = {
    COMBINED: Counts(["A"], requests=100, cases=1),
    "test_a.py::test_cheap": Counts(["B"], requests=30, cases=0, starts=[0, 2, 4, 6]),
    "test_a.py::test_costly": Counts(["C"], requests=80, cases=1, starts=[0, 20, 40]),
    "test_a.py::test_useless": Counts(["A"], requests=1, cases=0),
}


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
    planned = Planner(found, CHECKS).plan()
    assert planned == {"test_a.py::test_cheap": 3, "test_a.py::test_costly": 21}


def test_plan_keeps_to_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_of_checks, "PLANNED", 120)
    found = {"early": {"test_a.py::test_cheap": 3}, "late": {"test_a.py::test_costly": 21}}
    assert Planner(found, CHECKS).plan() == {"test_a.py::test_cheap": 3}


def test_plan_keeps_to_its_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_of_checks, "CASES", 1)
    found = {"late": {"test_a.py::test_costly": 21}}
    assert Planner(found, CHECKS).plan() == {"test_a.py::test_cheap": 1}
