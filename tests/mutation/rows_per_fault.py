"""Measurement of how many requirements fail for a single fault, over all faults of the repository.

Run it as `python -m mutation.rows_per_fault` in `tests/`, with `PYTHONPATH` set to the repository. It prints each
fault with the rows that fail, and the average.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from faults import FAULTS as MOCK_FAULTS
from mutation.test_mock_faults import CLIENT, NEEDS_SOCKET
from mutation.test_reference_server import load_deployment, serving
from reference_server.faults import FAULTS as REFERENCE_FAULTS
from support.suite_run import SuiteResult, run_suite

from contract_tests.results.verdicts import Verdict
from mock_server import build
from mock_server.adapters.session import MockAdapter

TARGET: Final = 1.5
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """The result for one fault: the requirements it breaks, the ones that failed, and the ones without a verdict."""

    fault: str
    breaks: Sequence[str]
    failed: Sequence[str]
    errors: Sequence[str]
    unverified: Sequence[str]
    findings: Sequence[str]
    missing: Sequence[str]


def fault_names() -> list[str]:
    """Return the names of all faults, with the server in front."""
    reference = (f"reference/{fault.name}" for fault in REFERENCE_FAULTS)
    return [*(f"mock/{name}" for name in MOCK_FAULTS if name not in NEEDS_SOCKET), *reference]


def measure(name: str) -> Row:
    """Run the suite with the quick profile against one fault.

    If this run finds nothing at all, the fault only shows with more rounds or data: the default profile must find it.
    """
    breaks, run = run_of(name)
    try:
        result = run(profile="quick")
    except AssertionError:  # the whole suite cannot start with this server
        result = run(profile="quick", requirements=breaks)
    missing = set(breaks) - result.failed()
    if missing and not result.failed():
        missing -= run(profile="default", requirements=breaks).failed()
    findings = [
        f"{one.requirement} in {one.test.partition('::')[2]}: expected {one.expected}; got {one.actual}"
        for one in result.findings
        if one.verdict is Verdict.FAILED
    ]
    unverified = [id_ for id_, verdict in result.verdicts.items() if verdict is Verdict.UNVERIFIED]
    failed = sorted(result.failed())
    errors = [
        f"{one.requirement}: {one.reason}"
        for one in result.findings
        if one.verdict is result.verdicts[one.requirement] is Verdict.ERROR
    ]
    return Row(name, breaks, failed, errors, unverified, findings, sorted(missing))


Run: TypeAlias = Callable[..., SuiteResult]


def run_of(name: str) -> tuple[Sequence[str], Run]:
    """Return the requirements that a fault breaks, and a function that runs the suite against it."""
    return _mock_run(name) if name.startswith("mock/") else _reference_run(name)


def _mock_run(name: str) -> tuple[Sequence[str], Run]:
    fault = MOCK_FAULTS[name.partition("/")[2]]
    breaks = fault.requirements[:1]
    environment = CLIENT if breaks[0].startswith("TOKEN") else None

    def run(**options: Any) -> SuiteResult:
        adapter = MockAdapter(fault(build()))
        return run_suite("http://mock.invalid", adapter=adapter, environment=environment, **options)

    return breaks, run


def _reference_run(name: str) -> tuple[Sequence[str], Run]:
    fault = next(one for one in REFERENCE_FAULTS if one.name == name.partition("/")[2])

    def run(**options: Any) -> SuiteResult:
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(fault.make(), socket="HEAD-SAME" in fault.breaks) as reached,
        ):
            deployment = load_deployment(fault, Path(folder))
            return run_suite(**reached, environment=fault.environment, deployment=deployment, **options)

    return fault.breaks, run


def quietly(call: Callable[[str], T], name: str) -> T | str:
    """Measure a fault without output. Return a text if there is no result."""
    out = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 1)
    try:
        return call(name)
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {error}"
    finally:
        os.dup2(out, 1)
        os.close(out)


def _measure_until(name: str, end: float) -> Row | str | None:
    """Measure a fault; return None after the end of the time."""
    return None if time.time() > end else quietly(measure, name)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="faults, as mock/NAME or reference/NAME; default: all")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth fault")
    parser.add_argument("--seed", type=int, default=0, help="seed of the order in which the faults run")
    parser.add_argument("--minutes", type=float, help="stop after this time, and report the faults so far")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the rows to a file")
    options = parser.parse_args(arguments)
    names = options.names or fault_names()[:: options.every]
    random.Random(options.seed).shuffle(names)
    end = time.time() + 60 * (options.minutes or math.inf)
    rows: list[Row] = []
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for row in pool.imap_unordered(partial(_measure_until, end=end), names):
            if row is None:
                continue
            if isinstance(row, str):
                print("NO RESULT", row, flush=True)
                continue
            rows.append(row)
            if len(row.failed) != 1 or row.missing or row.errors:
                print(len(row.failed), row.fault, *row.failed, *(f"MISSING {id_}" for id_ in row.missing))
                for error in row.errors:
                    print("   ERROR", error[:200])
                sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    average = sum(len(row.failed) for row in rows) / max(1, len(rows))
    missing = [row.fault for row in rows if row.missing]
    print(f"{average:.2f} failing rows a fault over {len(rows)} faults (target {TARGET})")
    print(f"{len(missing)} faults whose own requirement did not fail: {', '.join(missing) or 'none'}")
    return int(average > TARGET or bool(missing))


if __name__ == "__main__":
    raise SystemExit(main())
