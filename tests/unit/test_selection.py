"""Checks that did not run leave their requirements unverified."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import plan
from contract_tests.runner.selection import Checks, select, unknown_requirement


@pytest.fixture
def checks() -> Checks:
    checks = Checks()
    checks.select({"first": ["SCHEMA"], "second": ["SCHEMA", "GET-SAME"], "third": ["SCHEMA"]})
    checks.end("first")
    return checks


@pytest.mark.parametrize("verdict", [Verdict.DISABLED, Verdict.UNSUPPORTED])
def test_requirement_with_missing_checks_is_unverified(checks: Checks, verdict: Verdict) -> None:
    found = checks.unreached([Finding("SCHEMA", verdict, "first")], "interrupted")
    assert [(one.requirement, one.verdict, one.reason) for one in found] == [
        ("SCHEMA", Verdict.UNVERIFIED, "2 of its checks did not run (interrupted)"),
        ("GET-SAME", Verdict.UNVERIFIED, "1 of its checks did not run (interrupted)"),
    ]


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.FAILED, Verdict.ERROR])
def test_decided_requirement_keeps_its_verdict(checks: Checks, verdict: Verdict) -> None:
    found = checks.unreached([Finding("SCHEMA", verdict, "first")], "interrupted")
    assert [one.requirement for one in found] == ["GET-SAME"]


def test_checks_that_ran_leave_nothing_unverified(checks: Checks) -> None:
    checks.end("second")
    checks.end("third")
    assert checks.unreached([], "interrupted") == []


class Item:
    """The parts of a collected check that its marks need."""

    nodeid = "test_create.py::test_new"

    def __init__(self, **marks: str) -> None:
        self.marks = {name: getattr(pytest.mark, name)(id_).mark for name, id_ in marks.items()}

    def get_closest_marker(self, name: str) -> Any:
        return self.marks.get(name)

    def iter_markers(self, name: str) -> list[Any]:
        return [self.marks[name]] if name in self.marks else []


@pytest.mark.parametrize(
    ("marks", "mark"),
    [
        ({"requirement": "GET-SAMEE"}, "requirement"),
        ({"requirement": "SCHEMA", "needs": "GET-SAMEE"}, "needs"),
    ],
)
def test_mark_with_unknown_requirement_is_named(marks: dict[str, str], mark: str) -> None:
    known: Any = Item(requirement="SCHEMA", needs="GET-SAME")
    wrong: Any = Item(**marks)
    message = unknown_requirement([known, wrong])
    assert message is not None
    assert message.startswith(
        f'test_create.py::test_new has the mark {mark}("GET-SAMEE"): no such requirement; '
    )
    assert message.endswith("did you mean GET-SAME?")


def test_known_requirements_and_other_tests_pass() -> None:
    items: list[Any] = [Item(requirement="SCHEMA", needs="GET-SAME"), Item()]
    assert unknown_requirement(items) is None


class Check:
    """The parts of a collected check that its selection needs."""

    def __init__(self, file: str, name: str, requirement: str) -> None:
        self.path, self.name = Path(file), name
        self._marks = {"requirement": SimpleNamespace(args=(requirement,))}
        if file.startswith("test_combined"):
            self._marks["combined"] = SimpleNamespace(args=())

    def get_closest_marker(self, name: str) -> Any:
        return self._marks.get(name)


COMBINED = Check("test_combined.py", "test_all", "SCHEMA")
CHEAP = Check("test_a.py", "test_cheap", "SCHEMA")
COSTLY = Check("test_a.py", "test_costly", "GET-SAME")
CHECKS: list[Any] = [COMBINED, CHEAP, COSTLY]
COSTS = {
    "test_combined.py::test_all": {"quick": (100, 1), "whole": (100, 1), "default": (100, 1)},
    "test_a.py::test_cheap": {"quick": (10, 1), "whole": (50, 1), "default": (50, 1)},
    "test_a.py::test_costly": {"whole": (2_100, 1), "default": (2_100, 1)},
}


def selected(items: list[Any], **more: Any) -> tuple[list[Any], bool]:
    given: dict[str, Any] = {
        "profile": "quick",
        "requirements": frozenset(),
        "read_only": None,
        "max_requests": None,
    }
    options: Any = SimpleNamespace(**(given | more))
    kept, dropped, planned = select(items, options)
    assert {*kept, *dropped} == {*items}
    return kept, planned


@pytest.fixture(autouse=True)
def _costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "plan", lambda: COSTS)


def test_whole_suite_follows_the_plan() -> None:
    assert selected(CHECKS) == ([COMBINED, CHEAP], True)
    assert selected(CHECKS, profile="default") == ([COMBINED, CHEAP, COSTLY], True)
    assert selected(CHECKS, max_requests=105) == ([COMBINED], True)


def test_named_checks_run_completely_and_not_combined() -> None:
    assert selected(CHECKS, requirements=frozenset({"SCHEMA"})) == ([CHEAP], False)
    assert selected([CHEAP, COSTLY]) == ([CHEAP, COSTLY], False)
    assert selected([CHEAP, COSTLY], max_requests=60) == ([CHEAP], False)


def test_thorough_run_has_no_plan() -> None:
    assert selected(CHECKS, profile="thorough") == ([CHEAP, COSTLY], False)


def test_brief_run_has_a_plan_for_named_checks_too() -> None:
    assert selected(CHECKS, profile="brief", requirements=frozenset({"SCHEMA"})) == ([COMBINED, CHEAP], True)
