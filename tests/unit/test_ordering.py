"""The order of checks: by stage, or by requirement if the budget is small."""

from __future__ import annotations

import pytest

from contract_tests.runner.ordering import STAGES, is_combined, needs_of, ordered, requirements_of

CHECKS = """
import pytest

first = pytest.mark.stage("first")
hostile = pytest.mark.stage("hostile")
later = pytest.mark.stage("over time")


@hostile
@pytest.mark.requirement("A")
def test_hostile(): ...


@pytest.mark.requirement("A")
@pytest.mark.needs("B")
def test_main(new_case): ...


@first
@pytest.mark.requirement("B")
def test_first(new_case): ...


@pytest.mark.requirement("A")
def test_shared(case): ...


@pytest.mark.combined
@pytest.mark.requirement("A", "B")
def test_combined(new_case): ...


@hostile
@pytest.mark.combined
@pytest.mark.requirement("C")
def test_combined_and_hostile(new_case): ...


@later
@pytest.mark.requirement("A")
def test_persists(aged, case): ...


@later
@pytest.mark.requirement("D")
def test_moves_later(aged): ...
"""


class Collector:
    """Keeps the collected items."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = session.items


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[pytest.Item]:
    tmp_path = tmp_path_factory.mktemp("checks")
    (tmp_path / "test_checks.py").write_text(CHECKS)
    collector = Collector()
    options = (
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        "--assert=plain",
        f"--rootdir={tmp_path}",
    )
    markers = ("-o", "markers=requirement\nneeds\nstage\ncombined", "-o", "addopts=")
    with pytest.MonkeyPatch.context() as patch:
        # The plugins of installed packages take seconds to load.
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytest.main([str(tmp_path / "test_checks.py"), *options, *markers], plugins=[collector])
    return collector.items


def names(items: list[pytest.Item]) -> list[str]:
    return [item.name for item in items]


def test_stages_follow_each_other(items: list[pytest.Item]) -> None:
    assert STAGES.index("first") < STAGES.index("main") < STAGES.index("hostile")
    detailed = [item for item in items if not is_combined(item)]
    in_order = ["test_first", "test_main", "test_shared", "test_persists", "test_moves_later", "test_hostile"]
    assert names(ordered(detailed, small_budget=False)) == in_order


def test_small_budget_gives_each_requirement_one_check_first(items: list[pytest.Item]) -> None:
    # The cheapest check of A uses the shared case.
    detailed = [item for item in items if not is_combined(item)]
    first = names(ordered(detailed, small_budget=True))[:2]
    assert set(first) == {"test_shared", "test_first"}


def test_checks_over_time_keep_their_order_with_a_small_budget(items: list[pytest.Item]) -> None:
    in_order = names(ordered(items, small_budget=True))
    assert in_order.index("test_persists") < in_order.index("test_moves_later")


def test_small_budget_starts_with_combined_checks(items: list[pytest.Item]) -> None:
    in_order = names(ordered(items, small_budget=True))
    assert in_order[0] == "test_combined"
    assert in_order.index("test_combined_and_hostile") > 1  # such input may end the server


def test_marks_name_requirements_and_needs(items: list[pytest.Item]) -> None:
    main = next(item for item in items if item.name == "test_main")
    assert requirements_of(main) == ("A",)
    assert needs_of(main) == ("B",)
