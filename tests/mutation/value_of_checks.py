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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias
from unittest.mock import patch

from mutation.planner import COUNTED, LIMITS, NO_LIMIT, Found, Planner, is_combined
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

# These checks depend on each other, or on chance, so a longer run carries them out completely.
WANTED: Final = ("test_over_time.py::", "test_schema.py::", "test_lifecycle.py::test_random")

Row: TypeAlias = dict[str, Any]


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
