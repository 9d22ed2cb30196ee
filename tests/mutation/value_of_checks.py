"""Measurement of what each check can reveal for the requests that it sends.

Run it as `python -m mutation.value_of_checks --json FILE` in `tests/`, with `PYTHONPATH` set to the repository. For
each fault it records the checks that find it with the quick profile, and how many requests each needed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest
from mutation.rows_per_fault import fault_names, run_of
from mutation.test_mock_faults import CLIENT
from support.suite_run import run_suite

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.profiles import BRIEF, BRIEF_CASES, PROFILES, Profile
from contract_tests.results.verdicts import Verdict
from contract_tests.runner import plan
from contract_tests.runner.hooks import RUN
from contract_tests.runner.ordering import requirements_of
from contract_tests.runner.plan import PLAN, UNKNOWN
from mock_server import build
from mock_server.adapters.session import MockAdapter

OPTIONS: Final = ("-p", "mutation.value_of_checks", f"--max-cases={BRIEF_CASES}")
PLANNED: Final = 615  # requests; each check finishes the attempt that it has begun
CASES: Final = 50
SHOWN: Final = (BRIEF, "quick", "default")
PRICE_OF_CASE: Final = 6  # in requests
SENT: dict[str, int] = {}
CREATED: dict[str, int] = {}
VERIFIES: dict[str, Sequence[str]] = {}


def check_of(nodeid: str) -> str:
    """Return a check's name in the plan: its file, its function, and its parameters."""
    path, _, name = nodeid.partition("::")
    return f"{Path(path).name}::{name}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Count the requests of each check. The first hook, so that it includes the fixtures."""
    run = item.config.stash.get(RUN, None)
    before = (run.api.session.requests_sent, run.api.session.ledger.created) if run else (0, 0)
    result = yield
    run = item.config.stash.get(RUN, None)
    if run:
        session = run.api.session
        SENT.setdefault(check_of(item.nodeid), session.requests_sent - before[0])
        CREATED.setdefault(check_of(item.nodeid), session.ledger.created - before[1])
        VERIFIES[check_of(item.nodeid)] = requirements_of(item)
    return result


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


def measure(name: str) -> tuple[str, Sequence[str], dict[str, int]] | str:
    """Return the fault, the requirements that it breaks, and the requests that each check needed to find it."""
    from mutation.value_of_checks import SENT  # noqa: PLC0415 - pytest loads this module as a plugin, under this name

    SENT.clear()
    breaks, run = run_of(name)
    try:
        with quiet():
            result = run(profile="quick", requirements=breaks, options=OPTIONS)
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {error}"
    tests = {
        check_of(one.test)
        for one in result.findings
        if one.verdict is Verdict.FAILED and one.requirement in breaks
    }
    return name, breaks, {test: SENT[test] for test in sorted(tests & SENT.keys())}


def requests_of_checks() -> dict[str, dict[str, int]]:
    """Return the requests of each check against the mock without a fault, by profile.

    "first" are the requests of the fixtures and the first attempt, which a brief run cannot save; "cases" are the
    cases that a brief run creates.
    """
    from mutation.value_of_checks import CREATED  # noqa: PLC0415 - as above

    whole = PROFILES["quick"].within(BRIEF_CASES)
    first = _count(BRIEF, whole, 1)
    CREATED.clear()
    brief = _count(BRIEF, whole, None)
    cases = dict(CREATED)
    quick = _count("quick", PROFILES["quick"], None)
    default = _count("default", PROFILES["default"], None)
    profiles = {"first": first, "cases": cases, "brief": brief, "quick": quick, "default": default}
    return {
        check: {name: counts[check] for name, counts in profiles.items() if check in counts}
        for check in default | brief
    }


def _count(profile: str, row: Profile, allowed: int | None) -> dict[str, int]:
    from mutation.value_of_checks import SENT  # noqa: PLC0415 - as above

    SENT.clear()
    # Limits so large that every check runs.
    options = [*OPTIONS[:2], "--max-cases=100000", "--max-requests=1000000"]
    with quiet(), patch.dict(PROFILES, {profile: row}), patch.object(plan, "allowance", lambda _: allowed):
        adapter = MockAdapter(build())
        run_suite(
            "http://mock.invalid", adapter=adapter, environment=CLIENT, profile=profile, options=options
        )
    return dict(SENT)


def allowances(
    found: Mapping[str, Any], costs: Mapping[str, Mapping[str, int]], limit: int
) -> dict[str, int]:
    """Return the requests that each check of a brief run is allowed, in the order of what they reveal.

    A check needs as many requests as the fault takes that it finds last. The first checks verify each requirement
    once; then comes, again and again, the step that finds most further faults for its requests.
    """
    from mutation.value_of_checks import VERIFIES  # noqa: PLC0415 - as above

    full = {check: by_profile["brief"] for check, by_profile in costs.items() if "brief" in by_profile}
    needs = {
        fault: {check: min(needed, full[check]) for check, needed in row["found"].items() if check in full}
        for fault, row in found.items()
    }
    allowed: dict[str, int] = {}
    first = {check: by_profile.get("first", 0) for check, by_profile in costs.items()}
    open_faults = {fault for fault, row in needs.items() if row}
    open_requirements = {id_ for check in full for id_ in VERIFIES[check]}

    def steps(check: str) -> Iterator[tuple[float, float, str, int]]:
        """Yield each useful allowance of a check with its value."""
        known = sorted({needs[fault][check] for fault in open_faults if check in needs[fault]})
        verified = len(open_requirements & set(VERIFIES[check]))
        for requests in known or ([first[check]] if verified else []):
            more = max(requests, first[check]) - allowed.get(check, 0)
            price = more + 1 + (0 if check in allowed else PRICE_OF_CASE * costs[check]["cases"])
            revealed = sum(needs[fault].get(check, requests + 1) <= requests for fault in open_faults)
            covers = verified / price
            yield (
                covers and covers + revealed / price,
                revealed / price,
                check,
                allowed.get(check, 0) + more,
            )

    while candidates := [step for check in full for step in steps(check)]:
        _, _, check, requests = max(candidates)
        cases = sum(costs[one]["cases"] for one in {*allowed, check})
        if sum(allowed.values()) - allowed.get(check, 0) + requests > limit:
            break
        if cases > CASES:
            full.pop(check)
            continue
        allowed[check] = requests
        open_requirements -= set(VERIFIES[check])
        open_faults = {
            fault for fault in open_faults if needs[fault].get(check, allowed[check] + 1) > allowed[check]
        }
    return allowed


def write_plan(found: Mapping[str, Any] | None) -> None:
    """Write the plan of the suite. Without results for the faults, keep the allowances of the present plan."""
    costs = requests_of_checks()
    if found is None:
        present = json.loads(PLAN.read_text(encoding="utf-8"))
        allowed = {
            check: row["allowed"] for check, row in present.items() if "allowed" in row and check in costs
        }
    else:
        allowed = allowances(found, costs, PLANNED)
    rest = sorted(costs.keys() - allowed.keys(), key=lambda check: costs[check].get("brief", UNKNOWN))
    shown = {check: {name: row[name] for name in SHOWN if name in row} for check, row in costs.items()}
    rows = [{"allowed": allowed[check], **shown[check]} for check in allowed] + [
        shown[check] for check in rest
    ]
    lines = (
        f"{json.dumps(check)}: {json.dumps(row)}" for check, row in zip([*allowed, *rest], rows, strict=True)
    )
    PLAN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def breaks_must(name: str) -> bool:
    """Return True if the fault breaks a MUST requirement."""
    breaks, _ = run_of(name)
    return any(catalogue()[id_].level is Level.MUST for id_ in breaks)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="file for the results; an existing one is used again")
    parser.add_argument("--requests-only", action="store_true", help="count requests again; run no faults")
    options = parser.parse_args(arguments)
    if options.requests_only:
        write_plan(None)
        return
    if options.json is None:
        parser.error("name a file with --json FILE, or count only the requests with --requests-only")
    if options.json.exists():
        write_plan(json.loads(options.json.read_text(encoding="utf-8")))
        return
    names = [name for name in fault_names() if breaks_must(name)]
    random.Random(0).shuffle(names)
    rows: dict[str, Any] = {}
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
