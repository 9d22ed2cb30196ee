"""Measurement of what each check can reveal for the requests that it sends, and the plans of the profiles.

Run it as `python -m mutation.value_of_checks --json FILE` in `tests/`, with `PYTHONPATH` set to the repository. For
each fault it records the combined checks that find it, or else the other checks of a brief run without limits that
do, and how many requests each must be allowed for that.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias
from unittest.mock import patch

from mutation.requests_of_checks import Counts, check_of, counted
from mutation.rows_per_fault import Run, fault_names, run_of
from mutation.test_mock_faults import CLIENT
from support.suite_run import run_suite

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.profiles import BRIEF, BRIEF_CASES, PLANNED_REQUESTS, PROFILES
from contract_tests.results.verdicts import Verdict
from contract_tests.runner import plan, selection
from contract_tests.runner.plan import PLAN, UNKNOWN, WHOLE
from mock_server import build
from mock_server.adapters.session import MockAdapter

PLUGIN: Final = ("-p", "mutation.requests_of_checks")
NO_LIMITS: Final = ("--max-cases=100000", "--max-requests=1000000")
NO_LIMIT: Final = 1_000_000
PRICE_OF_CASE: Final = 6  # in requests

# These checks depend on each other, or on chance, so a longer run carries them out completely.
WANTED: Final = ("test_over_time.py::", "test_schema.py::", "test_lifecycle.py::test_random")

Found: TypeAlias = dict[str, int]
Row: TypeAlias = dict[str, Any]


def is_combined(check: str) -> bool:
    """Return True for a combined check, by its name in the plan; a brief run carries it out completely."""
    return check.startswith("test_combined")


@contextmanager
def quiet() -> Iterator[None]:
    """Hide the output of the nested runs."""
    out = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(out, 1)
        os.close(out)


def measure(name: str) -> tuple[str, Sequence[str], Mapping[str, Found]] | str:
    """Return the fault, the requirements that it breaks, and what finds it with each profile.

    A combined check finds it by any violation, which other checks then explain.
    """
    breaks, run = run_of(name)
    try:
        found = _found(breaks, run, BRIEF, combined=True)
        profiles = PLANNED_REQUESTS if not found else ()
        others = {profile: _found(breaks, run, profile, combined=False) for profile in profiles}
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {error}"
    return name, breaks, others or dict.fromkeys(PLANNED_REQUESTS, found)


def _found(breaks: Sequence[str], run: Run, profile: str, *, combined: bool) -> Found:
    """Return the checks that find a fault, and the requests that each must be allowed for that."""

    def within(items: Sequence[Any], *_: Any) -> list[Any]:
        return [item for item in items if is_combined(plan.check_name(item)) == combined]

    budget = (f"--max-cases={BRIEF_CASES}",) if profile == BRIEF else ()
    with (
        quiet(),
        counted(PROFILES["quick"]) as counts,
        patch.object(plan, "within", within),
        patch.object(selection, "is_planned", lambda *_: True),
    ):
        try:
            result = run(profile=profile, requirements=() if combined else breaks, options=(*PLUGIN, *budget))
        except AssertionError:
            if combined:
                return {}  # no combined check verifies the requirement
            raise
        failed = [one for one in result.findings if one.verdict is Verdict.FAILED]
        checks = {check_of(one.test) for one in failed if combined or one.requirement in breaks}
        return {check: counts[check].needed(breaks) for check in sorted(checks & counts.keys())}


Costs: TypeAlias = dict[str, dict[str, Counts]]


def costs_of_checks() -> Costs:
    """Return the counts of each check against the mock without a fault, by profile."""
    counts = {
        WHOLE: _count(BRIEF),
        "quick": _count("quick"),
        "default": _count("default"),
    }
    checks = counts["default"] | counts[WHOLE]
    return {check: {name: one[check] for name, one in counts.items() if check in one} for check in checks}


def _count(profile: str) -> dict[str, Counts]:
    row = PROFILES["quick"].within(BRIEF_CASES)
    with quiet(), counted(row) as counts:
        run_suite(
            "http://mock.invalid",
            adapter=MockAdapter(build()),
            environment=CLIENT,
            profile=profile,
            options=(*PLUGIN, *NO_LIMITS),
        )
        return dict(counts)


@dataclass(frozen=True)
class Limits:
    """The requests and the cases of a run. It sends some more requests for fixtures."""

    requests: int
    cases: int


LIMITS: Final = {
    BRIEF: Limits(672, 50), "quick": Limits(2_073, NO_LIMIT), "default": Limits(5_210, NO_LIMIT)
}  # fmt: skip
COUNTED: Final = {BRIEF: WHOLE, "quick": "quick", "default": "default"}


class Planner:
    """Chooses the checks of a run, and the requests that each is allowed.

    The first checks verify each requirement once. Then comes, again and again, the step that finds most further
    faults for its requests. A check that is `wanted` runs completely.
    """

    def __init__(
        self,
        found: Mapping[str, Found],
        counts: Mapping[str, Counts],
        limits: Limits,
        wanted: Iterable[str] = (),
    ) -> None:
        self.allowed: dict[str, int] = {}
        self._limits = limits
        self._counts = counts
        self._combined = {check for check in counts if is_combined(check)}
        self._open = [needs for needs in found.values() if needs and not self._combined & needs.keys()]
        self._requirements = {id_ for one in counts.values() for id_ in one.requirements}
        self._requirements -= {id_ for check in self._combined for id_ in counts[check].requirements}
        self._requests = sum(counts[check].requests for check in self._combined)
        self._cases = sum(counts[check].cases for check in self._combined)
        for check in wanted:
            self._take(check, counts[check].requests)

    def plan(self) -> dict[str, int]:
        """Return the requests that each check is allowed, in the order of what they reveal."""
        while steps := [step for check in self._counts for step in self._steps(check)]:
            *_, check, allowed = max(steps)
            self._take(check, allowed)
        return self.allowed

    def complete(self) -> dict[str, int]:
        """Return the plan with the first attempt of as many other checks as possible, then with whole checks."""
        for is_whole in (False, True):
            for check in sorted(self._counts, key=lambda one: (self._counts[one].within(1), one)):
                allowed = self._counts[check].requests if is_whole else 1
                is_new = check not in self._combined and self.allowed.get(check, 0) < allowed
                if is_new and self._requests + self._price(check, allowed) <= self._limits.requests:
                    self._take(check, allowed)
        return self.allowed

    def _take(self, check: str, allowed: int) -> None:
        self._requests += self._price(check, allowed)
        self._cases += 0 if check in self.allowed else self._counts[check].cases
        self.allowed[check] = allowed
        self._requirements -= set(self._counts[check].requirements)
        self._open = [needs for needs in self._open if needs.get(check, allowed + 1) > allowed]

    def _price(self, check: str, allowed: int) -> int:
        """Return the requests that a larger allowance of a check adds."""
        counts = self._counts[check]
        return counts.within(allowed) - (counts.within(self.allowed[check]) if check in self.allowed else 0)

    def _steps(self, check: str) -> Iterator[tuple[float, float, str, int]]:
        """Yield each useful and possible allowance of a check with its value."""
        counts = self._counts[check]
        cases = 0 if check in self.allowed or check in self._combined else counts.cases
        if check in self._combined or self._cases + cases > self._limits.cases:
            return
        verified = len(self._requirements & set(counts.requirements))
        for allowed in sorted(
            {needs[check] for needs in self._open if check in needs} | ({1} if verified else set())
        ):
            requests = self._price(check, allowed)
            if self._requests + requests > self._limits.requests:
                return
            price = requests + 1 + PRICE_OF_CASE * cases
            revealed = sum(needs.get(check, allowed + 1) <= allowed for needs in self._open) / price
            yield verified and verified / price + revealed, revealed, check, allowed


def write_plan(found: Mapping[str, Any] | None) -> None:
    """Write the plan of the suite. Without results for the faults, keep the allowances of the present plan."""
    costs = costs_of_checks()
    plans = present_plans(_present_rows(), costs) if found is None else _new_plans(costs, found)
    combined = [check for check in costs if is_combined(check)]
    planned = [*dict.fromkeys(check for allowed in plans.values() for check in allowed)]
    rest = sorted(costs.keys() - {*combined, *planned}, key=partial(_price_of_rest, costs))
    rows = {check: _row(costs[check], check, plans) for check in (*combined, *planned, *rest)}
    lines = (f"{json.dumps(check)}: {json.dumps(row)}" for check, row in rows.items())
    PLAN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


Plans: TypeAlias = Mapping[str, Mapping[str, int]]
"""For each profile, the requests that each check is allowed, in the order of what the checks reveal."""


def _present_rows() -> Mapping[str, Row]:
    rows: Mapping[str, Row] = json.loads(PLAN.read_text(encoding="utf-8"))
    return rows


def present_plans(present: Mapping[str, Row], costs: Costs) -> Plans:
    """Return the plans as they are. A new check comes first, and longer runs carry out its first attempt.

    A brief run does so only if no other check of it verifies the requirement.
    """
    new = {check: 1 for check in costs if check not in present and not is_combined(check)}
    covered = {
        id_
        for check in costs
        if is_combined(check) or BRIEF in present.get(check, {})
        for id_ in _verified(costs, check)
    }
    needed = {check: 1 for check in new if not covered.issuperset(_verified(costs, check))}
    plans: dict[str, Mapping[str, int]] = {}
    for profile in LIMITS:
        plans[profile] = (needed if profile == BRIEF else new) | {
            check: row["allowed"][profile] or NO_LIMIT
            for check, row in present.items()
            if profile in row.get("allowed", {}) and check in costs
        }
    return plans


def _verified(costs: Costs, check: str) -> set[str]:
    """Return the requirements that a check verifies."""
    return {id_ for one in costs[check].values() for id_ in one.requirements}


def _new_plans(costs: Costs, found: Mapping[str, Any]) -> Plans:
    """Return the plan of each profile. A brief run serves the requirements with the level MUST."""
    plans: dict[str, Mapping[str, int]] = {}
    for profile, limits in LIMITS.items():
        key = COUNTED[profile]
        counts = {check: row[key] for check, row in costs.items() if key in row}
        needs = {
            fault: row["found"][profile]
            for fault, row in found.items()
            if profile != BRIEF or breaks_must(fault)
        }
        if profile == BRIEF:
            plans[profile] = Planner(needs, counts, limits).plan()
            continue
        wanted = [check for check in counts if check.startswith(WANTED)]
        planner = Planner(needs, counts, limits, wanted)
        planner.plan()
        plans[profile] = planner.complete()
    return plans


def _price_of_rest(costs: Costs, check: str) -> tuple[int, str]:
    return (costs[check][WHOLE].requests if WHOLE in costs[check] else UNKNOWN[0]), check


def _row(counts: Mapping[str, Counts], check: str, plans: Plans) -> Row:
    """Return the row of a check: its costs as a whole, what each profile allows it, and its costs with that."""
    row: Row = {name: (one.requests, one.cases) for name, one in counts.items() if name == WHOLE}
    allowed: dict[str, int | None] = {}
    for profile, planned in plans.items():
        one = counts.get(COUNTED[profile])
        if one is None or not (check in planned or is_combined(check)):
            continue
        requests = planned.get(check, NO_LIMIT)
        if not is_combined(check):
            allowed[profile] = requests if requests < one.requests else None
        row[profile] = (one.within(requests), one.cases)
    return {"allowed": allowed, **row} if allowed else row


def breaks_must(name: str) -> bool:
    """Return True if the fault breaks a MUST requirement."""
    breaks, _ = run_of(name)
    return any(catalogue()[id_].level is Level.MUST for id_ in breaks)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for the results; those that it has are used again")
    parser.add_argument("--plan", action="store_true", help="plan again by the results that --json has")
    parser.add_argument("--requests-only", action="store_true", help="count requests again; run no faults")
    options = parser.parse_args(arguments)
    if options.requests_only:
        write_plan(None)
        return
    if options.json is None:
        parser.error("name a file with --json FILE, or count only the requests with --requests-only")
    rows: dict[str, Any] = {}
    if options.json.exists():
        rows = json.loads(options.json.read_text(encoding="utf-8"))
    names = [name for name in fault_names() if not options.plan and name not in rows]
    random.Random(0).shuffle(names)
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for row in pool.imap_unordered(measure, names):
            if isinstance(row, str):
                print("NO RESULT", row, flush=True)
                continue
            rows[row[0]] = {"breaks": row[1], "found": row[2]}
            if len(rows) % 20 == 0:
                options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    write_plan(rows)


if __name__ == "__main__":
    main()
