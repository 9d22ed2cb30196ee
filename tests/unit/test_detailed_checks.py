"""The detailed checks that a brief run adds after a violation, and the findings that are kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.results.verdicts import Finding, Verdict
from contract_tests.runner import detailed_checks, plan
from contract_tests.runner.detailed_checks import DetailedChecks, explained, undecided

OPTIONS: Any = SimpleNamespace(profile="brief", requirements=frozenset(), read_only=None)


class Item:
    """The parts of a collected check that the module uses."""

    def __init__(
        self,
        name: str,
        *requirements: str,
        combined: bool = False,
        needs: tuple[str, ...] = (),
        stage: str = "main",
    ) -> None:
        self.name = name
        self.path = Path("test_combined.py" if combined else "test_a.py")
        self._markers = {
            "requirement": requirements,
            "stage": (stage,),
            **({"combined": ()} if combined else {}),
        }
        self._needs = needs

    def get_closest_marker(self, name: str) -> Any:
        return SimpleNamespace(args=self._markers[name]) if name in self._markers else None

    def iter_markers(self, name: str) -> Any:
        return [SimpleNamespace(args=self._needs)]


def item(name: str, *requirements: str, **more: Any) -> Any:
    return Item(name, *requirements, **more)


COMBINED = item("all", "A", "B", combined=True, needs=("C",))
CHECKS = [item(name, name[0].upper()) for name in ("a1", "a2", "b1", "b2", "c1", "d1")]


@pytest.fixture
def detailed(monkeypatch: pytest.MonkeyPatch) -> DetailedChecks:
    costs = {f"test_a.py::{one.name}": {"whole": (int(one.name[1]) * 10, 0)} for one in CHECKS}
    monkeypatch.setattr(plan, "plan", lambda: costs)
    detailed = DetailedChecks()
    detailed.keep([*CHECKS, COMBINED, item("both", "A", "B"), item("late", "A", stage="over time")], OPTIONS)
    return detailed


def names(items: list[Any]) -> list[str]:
    return [one.name for one in items]


def test_checks_of_raised_requirement_come_first(detailed: DetailedChecks) -> None:
    assert names(detailed.explaining(COMBINED, "B", [])) == ["b1", "b2", "a1", "c1", "a2"]


def test_each_check_explains_once(detailed: DetailedChecks) -> None:
    detailed.explaining(COMBINED, "B", [])
    assert names(detailed.explaining(COMBINED, "D", [])) == ["d1"]


def test_requirements_that_a_check_needs_explain_it(detailed: DetailedChecks) -> None:
    assert names(detailed.explaining(item("part", "D", needs=("C",)), "D", [])) == ["d1", "c1"]


def test_requests_of_all_explanations_are_limited(
    detailed: DetailedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detailed, "_requests_left", 25)
    assert names(detailed.explaining(COMBINED, "A", [])) == ["a1", "b1"]
    assert detailed_checks.MOST_REQUESTS == 700


def test_requests_are_kept_to_decide_each_requirement(
    detailed: DetailedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detailed, "_requests_left", detailed_checks.KEPT_REQUESTS + 20)
    assert names(detailed.explaining(item("part", "B", needs=("A", "D")), "B", [])) == ["b1", "a1"]
    assert not detailed.may_run(CHECKS[0], detailed_checks.KEPT_CASES)
    assert detailed.may_run(CHECKS[0], detailed_checks.KEPT_CASES + 1)
    assert names(detailed.explaining(item("all", "C", "D", combined=True), "C", [])) == ["c1", "d1"]
    assert detailed.may_run(CHECKS[-1], 0)


def test_few_checks_decide_what_a_combined_check_could_not(detailed: DetailedChecks) -> None:
    detailed.keep([*CHECKS, item("a3", "A")], OPTIONS)
    assert names(detailed.explaining(CHECKS[-1], None, ["A", "C"])) == []
    assert names(detailed.explaining(COMBINED, None, ["A", "C"])) == ["a1", "c1", "a2"]


def test_all_checks_explain_a_combined_one_in_a_longer_run(detailed: DetailedChecks) -> None:
    longer = DetailedChecks(None)
    hostile = [item("h1", "D", stage="hostile"), item("h2", "B", stage="hostile")]
    longer.keep([*hostile, *CHECKS, item("late", "A", stage="over time")], OPTIONS)
    assert names(longer.explaining(COMBINED, "B", [])) == ["a1", "a2", "b1", "b2", "c1", "d1", "h2"]
    assert names(longer.explaining(COMBINED, "D", [])) == ["h1"]
    assert names(longer.explaining(COMBINED, "A", [])) == []


def test_longer_run_explains_other_checks_without_a_limit(detailed: DetailedChecks) -> None:
    longer = DetailedChecks(None)
    longer.keep(CHECKS * 40, OPTIONS)
    assert len(longer.explaining(item("part", "D", needs=("C",)), "D", [])) == 80


def test_check_of_another_module_is_known(detailed: DetailedChecks) -> None:
    assert detailed.outside(COMBINED) is CHECKS[0]
    assert detailed.outside(CHECKS[0]) is None


def finding(requirement: str, verdict: Verdict, test: str = "combined") -> Finding:
    return Finding(requirement, verdict, test)


OWN = [
    finding("SCHEMA", Verdict.FAILED),
    finding("PUT-REPLACES", Verdict.FAILED),
    finding("PATCH-PARTIAL", Verdict.UNVERIFIED),
    finding("PATCH-EMPTY", Verdict.UNVERIFIED),
]


def test_found_cause_replaces_the_violation() -> None:
    found = [
        finding("ROUND-TRIP-TEXT", Verdict.FAILED, "text"),
        finding("PATCH-PARTIAL", Verdict.PASSED, "patch"),
    ]
    assert explained(OWN, "PUT-REPLACES", found) == [OWN[0], OWN[3], *found]


def test_violation_stays_without_another_cause() -> None:
    found = [finding("ROUND-TRIP-TEXT", Verdict.PASSED, "text")]
    assert explained(OWN, "PUT-REPLACES", found) == [*OWN, *found]


def test_known_cause_replaces_the_violation() -> None:
    assert explained(OWN, "PUT-REPLACES", [], is_known=True) == [OWN[0], OWN[2], OWN[3]]


def test_unsupported_requirement_is_undecided() -> None:
    own = [finding("SCHEMA", Verdict.UNSUPPORTED), finding("GET-SAME", Verdict.UNSUPPORTED)]
    earlier = [finding("SCHEMA", Verdict.PASSED), finding("GET-SAME", Verdict.DISABLED)]
    assert undecided(own, earlier) == ["GET-SAME"]


@pytest.mark.parametrize("unrelated", ["JSON-ONLY-ERRORS", "METHOD-ALLOW", "TOKEN-TTL"])
def test_failure_without_consequences_is_no_cause(unrelated: str) -> None:
    found = [finding(unrelated, Verdict.FAILED, "another")]
    assert explained(OWN, "PUT-REPLACES", found) == [*OWN, *found]
    own = [finding(unrelated, Verdict.FAILED)]
    assert explained(own, unrelated, found) == found
