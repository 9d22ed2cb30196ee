"""The plan of a run: checks within a limit of requests, and the expected duration."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.client.exchange import Exchange
from contract_tests.client.target import RunSettings, Target
from contract_tests.contract.requirements import catalogue
from contract_tests.profiles import PLANNED_REQUESTS
from contract_tests.runner import opening, plan
from contract_tests.runner.plan import PLAN

COSTS = {
    "test_a.py::test_best": {"brief": (10, 1), "quick": (20, 2), "default": (200, 20)},
    "test_a.py::test_large": {"brief": (100, 1), "quick": (100, 1), "default": (100, 1)},
    "test_a.py::test_least": {"default": (5, 0)},
}


class Item:
    """The parts of a collected test that the plan uses."""

    path = Path("test_a.py")

    def __init__(self, name: str, requirements: tuple[str, ...]) -> None:
        self.name = name
        self.marker = SimpleNamespace(args=requirements) if requirements else None

    def get_closest_marker(self, name: str) -> Any:
        return self.marker


def item(name: str, *requirements: str) -> Any:
    return Item(name, requirements)


ITEMS = [item(name, "A") for name in ("test_least", "test_large", "test_best")]
OTHER = item("test_of_a_project")
REPLAN = "run `python -m mutation.value_of_checks --requests-only` in tests/"


@pytest.fixture
def _costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "plan", lambda: COSTS)


@pytest.mark.usefixtures("_costs")
@pytest.mark.parametrize(
    ("limit", "names"),
    [
        (9, ["test_least"]),
        (14, ["test_best"]),
        (15, ["test_least", "test_best"]),
        (110, ["test_large", "test_best"]),
        (115, ["test_least", "test_large", "test_best"]),
    ],
)
def test_most_valuable_checks_fit_the_limit(limit: int, names: list[str]) -> None:
    kept = plan.within([*ITEMS, OTHER], limit, "brief")
    assert [one.name for one in kept] == [*names, "test_of_a_project"]


@pytest.mark.usefixtures("_costs")
def test_unmeasured_check_counts_as_usual_one() -> None:
    assert plan.expected([item("test_new", "A"), OTHER], "brief") == plan.UNKNOWN
    assert plan.expected([item("test_new", "A")], "thorough") is None


def test_run_without_a_plan_needs_more_than_the_plan_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = {"test_a.py::test_best": {"quick": (2, 1), "whole": (20, 3), "default": (30, 4)}}
    monkeypatch.setattr(plan, "plan", lambda: costs)
    assert plan.expected(ITEMS[-1:], "quick") == (2, 1)
    assert plan.expected(ITEMS[-1:], "quick", is_planned=False) == (20, 3)
    assert plan.expected(ITEMS[-1:], "default", is_planned=False) == (30, 4)


@pytest.mark.parametrize(("profile", "allowed"), [("brief", 4), ("quick", None), ("thorough", None)])
def test_allowance_depends_on_the_profile(
    monkeypatch: pytest.MonkeyPatch, profile: str, allowed: int | None
) -> None:
    costs = {"test_a.py::test_best": {"allowed": {"brief": 4, "quick": None}, "brief": (4, 1)}}
    monkeypatch.setattr(plan, "plan", lambda: costs)
    assert plan.allowance(ITEMS[-1], profile) == allowed
    assert plan.allowance(ITEMS[0], profile) is None


@pytest.mark.usefixtures("_costs")
def test_expected_requests_and_cases_depend_on_the_profile() -> None:
    assert plan.expected(ITEMS, "brief") == (115, 2)
    assert plan.expected(ITEMS, "quick") == (125, 3)
    assert plan.expected(ITEMS, "default") == (305, 21)


@pytest.mark.parametrize(
    ("requests", "seconds", "text"),
    [
        (694, 0.35, "about 690 requests, 4 minutes at 350 ms each"),
        (9448, 0.0004, "about 9,450 requests, 13 s at 0 ms each"),
        (42, 1.25, "about 42 requests, 53 s at 1.2 s each"),
        (50, 1.25, "about 50 requests, 1 minute at 1.2 s each"),
    ],
)
def test_estimate_is_in_words(requests: int, seconds: float, text: str) -> None:
    assert plan.estimate(requests, seconds) == text


def marked_with(one: pytest.Item) -> set[str]:
    """Return the requirements of a check."""
    return {id_ for mark in one.iter_markers("requirement") for id_ in mark.args}


def test_each_check_has_a_requirement(collected: list[pytest.Item]) -> None:
    unmarked = [one.nodeid for one in collected if not marked_with(one)]
    assert unmarked == [], 'mark it with @requirement("ID")'


def test_each_requirement_has_a_check(collected: list[pytest.Item]) -> None:
    checked = {id_ for one in collected for id_ in marked_with(one)}
    assert set(catalogue()) - checked == set(), 'mark a check with @requirement("ID")'


def test_plan_covers_each_requirement_within_its_limit(collected: list[pytest.Item]) -> None:
    checks = [one for one in collected if not one.get_closest_marker("read_only")]
    names = {plan.check_name(one) for one in checks}
    assert names == set(plan.plan()), f"{REPLAN}, and commit plan.json"
    for profile, limit in PLANNED_REQUESTS.items():
        planned = plan.within(checks, limit, profile)
        covered = {id_ for one in planned for id_ in marked_with(one)}
        assert set(catalogue()) - covered == set(), f"the profile {profile} has no check of it; {REPLAN}"
        needed = plan.expected(planned, profile)
        assert needed is not None
        assert needed.requests <= limit


class Collector:
    """Keeps the collected checks, before the profile selects some of them."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.items = list(items)


@pytest.fixture(scope="module")
def collected() -> list[pytest.Item]:
    collector = Collector()
    options = ["--collect-only", "-p", "no:terminal", "-p", "no:cacheprovider"]
    pytest.main([str(PLAN.parent), *options], plugins=[collector])
    return collector.items


def exchange(elapsed: float) -> Exchange:
    return Exchange("GET", "http://t/case/1", {}, b"", 404, "", {}, b"", 0.0, elapsed)


EXPECTED = plan.Expected(694, 39)


def line(url: str, expected: plan.Expected | None = EXPECTED, adapter: object = None, **settings: Any) -> str:
    target = Target(url, {}, adapter=adapter)
    return opening.opening_line(
        target, RunSettings(**settings), "brief", expected, [exchange(0.3), exchange(0.4)]
    )


def test_opening_line_names_requests_time_and_cases() -> None:
    assert line("https://tenant.example", budget=60) == (
        "https://tenant.example: about 690 requests, 4 minutes at 350 ms each; creates at most 60 cases"
    )
    assert line("https://tenant.example", None, read_only=True) == "https://tenant.example: creates no case"


def test_limit_of_requests_limits_the_expected_cases() -> None:
    assert "; creates about 39 cases" in line("https://tenant.example", max_requests=300)
    assert "; creates about 30 cases" in line("https://tenant.example", max_requests=30)
    assert ": creates about 20 cases" in line("https://tenant.example", None, max_requests=20)


def test_rate_limit_sets_the_time_of_a_request() -> None:
    assert "1 s each" not in line("https://tenant.example", rate=5)
    assert "at 2.0 s each" in line("https://tenant.example", rate=0.5)


def test_opening_line_warns_of_a_tunnel_on_loopback() -> None:
    assert line("http://127.0.0.1:8000").endswith("limit them with --max-cases N.")
    assert "--max-cases" not in line("http://127.0.0.1:8000", budget=10)


def test_embedded_mock_has_no_opening_line() -> None:
    target = Target("http://127.0.0.1:1", {}, embedded=True)
    assert opening.opening_line(target, RunSettings(), "default", plan.Expected(100, 10), []) == ""
