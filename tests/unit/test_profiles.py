"""The amounts of each profile, and properties that end early."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from contract_tests.client.trace import Trace
from contract_tests.exceptions import Disabled, Violation
from contract_tests.profiles import BRIEF_CASES, PROFILES, Profile, profile_for, run_property

README = Path(__file__).parents[2] / "README.md"
QUICK, DEFAULT, THOROUGH = (PROFILES[name] for name in ("quick", "default", "thorough"))


@pytest.mark.parametrize(
    ("name", "row"),
    [("quick", QUICK), ("thorough", THOROUGH), (None, DEFAULT), ("ci", DEFAULT), ("", DEFAULT)],
)
def test_unknown_profile_is_the_default(name: str | None, row: Profile) -> None:
    assert profile_for(name, seeded=False) == row
    assert profile_for(name, seeded=True).seeded


def test_estimate_counts_what_creates_cases() -> None:
    profile = Profile(
        examples=10, lifecycles=3, walks=5, steps=1, rounds=2, moves=1, repeats=4, sequence_length=2
    )
    assert profile.cases == 285 + 91 + (6 * 10 + 2 * 3 + 15) + 11 * 2 + 3 * 4
    assert profile_without(profile, generated=False).cases == profile.cases - 15
    assert profile_without(profile, batch=48).cases == profile.cases - 91 + 45
    assert profile_without(profile, bounded=True).cases == profile.cases - 100


def profile_without(profile: Profile, **changes: Any) -> Profile:
    return Profile(**{**profile.__dict__, **changes})


def test_profile_fits_its_budget() -> None:
    assert DEFAULT.within(None) == DEFAULT
    assert DEFAULT.within(DEFAULT.cases) == DEFAULT
    smaller = DEFAULT.within(DEFAULT.cases - 1)
    assert smaller.cases < DEFAULT.cases
    assert (smaller.bounded, smaller.small_budget, smaller.sequence_length, smaller.batch) == (
        True,
        False,
        2,
        60,
    )
    assert (smaller.examples, smaller.lifecycles, smaller.walks, smaller.rounds, smaller.repeats) == (
        7,
        3,
        3,
        4,
        12,
    )
    assert THOROUGH.within(2000).examples > DEFAULT.within(500).examples


def test_smallest_profile_may_exceed_the_budget() -> None:
    smallest = DEFAULT.within(1)
    assert smallest.small_budget
    assert (smallest.examples, smallest.lifecycles, smallest.walks, smallest.rounds, smallest.repeats) == (
        1,
        1,
        1,
        1,
        2,
    )
    assert not DEFAULT.within(smallest.cases).small_budget


def test_small_budget_uses_few_payloads() -> None:
    assert DEFAULT.some([1, 2, 3]) == [1, 2, 3]
    assert DEFAULT.within(1).some([1, 2, 3]) == [1]
    assert DEFAULT.within(1).some([1, 2, 3], 2) == [1, 2]


def test_quick_profile_shares_the_variants() -> None:
    assert [list(QUICK.share(range(5), place, 3)) for place in range(3)] == [[0, 3], [1, 4], [2]]
    assert list(DEFAULT.share(range(3), 1, 3)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("profile", "shrink", "shrinks"),
    [(DEFAULT, True, True), (DEFAULT, False, False), (DEFAULT.within(1), True, False)],
)
def test_run_with_a_budget_does_not_shrink(profile: Profile, shrink: bool, shrinks: bool) -> None:
    settings = profile.settings(7, shrink=shrink)
    assert (Phase.shrink in settings.phases) is shrinks
    assert Phase.generate in settings.phases
    assert settings.max_examples == 7
    assert settings.derandomize
    assert settings.deadline is None


def test_settings_follow_the_profile() -> None:
    seeded = profile_for("quick", seeded=True).settings()
    assert (seeded.max_examples, seeded.stateful_step_count, seeded.derandomize) == (5, 6, False)


def examples_until(raised: Exception | None, profile: Profile) -> tuple[int, Exception | None]:
    """Return the number of examples that ran, and what the property raised."""
    seen: list[int] = []

    @profile.settings()
    @given(st.integers())
    def check(value: int) -> None:
        seen.append(value)
        if raised is not None and len(seen) >= 2:
            raise raised

    try:
        run_property(check, profile, Trace())
    except (Violation, Disabled) as error:
        return len(seen), error
    return len(seen), None


def test_property_ends_at_the_spent_budget() -> None:
    spent = Disabled("the budget is spent")
    assert examples_until(spent, DEFAULT) == (2, spent)
    assert examples_until(None, QUICK) == (5, None)


def test_bounded_property_ends_at_the_first_violation() -> None:
    violation = Violation("a", "b")
    assert examples_until(violation, DEFAULT.within(1)) in ((1, None), (2, violation))
    count, found = examples_until(violation, profile_without(QUICK, bounded=True))
    assert (count, found) == (2, violation)
    count, found = examples_until(violation, QUICK)
    assert count > 2
    assert isinstance(found, Violation)


def test_brief_run_is_as_large_as_the_readme_says() -> None:
    assert f"and {BRIEF_CASES} cases" in README.read_text(encoding="utf-8")
    assert PROFILES["brief"] == QUICK


def test_quick_run_needs_few_requests() -> None:
    assert (QUICK.generated, QUICK.shared, QUICK.sequence_length) == (False, True, 2)
    for longer in (DEFAULT, THOROUGH):
        assert (longer.generated, longer.shared) == (True, False)
        assert all(
            getattr(longer, name) > getattr(QUICK, name) for name in ("examples", "steps", "rounds", "moves")
        )
