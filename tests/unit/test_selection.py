"""Checks that did not run leave their requirements unverified."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner.selection import Checks, unknown_requirement


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
