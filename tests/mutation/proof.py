"""Measurement of the verdicts and the reproduction scripts, over all faults of the repository.

Run it as `python -m mutation.proof` in `tests/`, with `PYTHONPATH` set to the repository. It runs the whole suite
against each fault. It prints each fault for which not exactly one requirement fails, or a script reproduces nothing.
Then it prints the average number of requirements that fail for one fault, and what became of the scripts.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from mutation import rows_per_fault
from mutation.reproductions import HONEST, Kind, Result, report_to, run_scripts
from mutation.rows_per_fault import Row, fault_names, quietly

TARGET: Final = 1.5  # requirements that fail for one fault, on average


@dataclass(frozen=True)
class Measured:
    """The failing rows of a run against one fault, and the results of their scripts."""

    row: Row
    scripts: Sequence[Result]

    def remarks(self) -> Iterator[str]:
        """Yield what a reader should look at; nothing for one failing row with a script that reproduces it."""
        row = self.row
        if len(row.failed) != 1 or row.missing:
            missing = [f"(not {id_})" for id_ in row.missing]
            yield " ".join([f"{row.fault}: {len(row.failed)} failed:", *row.failed, *missing])
        for error in row.errors:
            yield f"{row.fault}: error: {error[:200]}"
        for one in self.scripts:
            if one.kind is not Kind.REPRODUCED:
                yield f"{one.fault} {one.requirement}: {one.kind}\n    {one.detail}"


def measure(name: str) -> Measured:
    """Run the suite with the quick profile against a fault, and the script of each failing row."""
    with tempfile.TemporaryDirectory() as folder:
        row = rows_per_fault.measure(name, [report_to(Path(folder))])
        return Measured(row, run_scripts(name, Path(folder)))


def summary(measured: Sequence[Measured]) -> Iterator[str]:
    """Yield the lines of the result."""
    rows = [one.row for one in measured]
    most = max((len(row.failed) for row in rows), default=0)
    yield f"{_average(rows):.2f} failing rows a fault over {len(rows)} faults, {most} at most (target {TARGET})"
    missing = [row.fault for row in rows if row.missing]
    yield f"{len(missing)} faults whose own requirement did not fail: {', '.join(missing) or 'none'}"
    yield f"{sum(len(row.errors) for row in rows)} requirements with an error instead of a verdict"
    kinds = Counter(result.kind for one in measured for result in one.scripts)
    yield f"{kinds.total()} scripts:"
    for kind in Kind:
        yield f"{kinds[kind]:6} {kind}"


def is_proven(measured: Sequence[Measured]) -> bool:
    """Return True if each fault fails its own requirement, few others, and every script is honest."""
    rows = [one.row for one in measured]
    if _average(rows) > TARGET or any(row.missing or row.errors for row in rows):
        return False
    return all(result.kind in HONEST for one in measured for result in one.scripts)


def _average(rows: Sequence[Row]) -> float:
    return sum(len(row.failed) for row in rows) / max(1, len(rows))


def _measure_until(name: str, end: float) -> Measured | str | None:
    """Measure a fault; return None after the end of the time."""
    return None if time.time() > end else quietly(measure, name)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="faults, as mock/NAME or reference/NAME; default: all")
    parser.add_argument("--count", type=int, help="take a random sample of this size")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the sample and of the order of the faults"
    )
    parser.add_argument("--minutes", type=float, help="stop after this time, and report the faults so far")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the results to a file")
    options = parser.parse_args(arguments)
    names = options.names or fault_names()
    random.Random(options.seed).shuffle(names)
    end = time.time() + 60 * (options.minutes or math.inf)
    measured: list[Measured] = []
    failures = 0
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for one in pool.imap_unordered(partial(_measure_until, end=end), names[: options.count]):
            if isinstance(one, str):
                failures += 1
                print("no result:", one, flush=True)
            elif one is not None:
                measured.append(one)
                for remark in one.remarks():
                    print(remark, flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in measured], indent=1), encoding="utf-8")
    print(*summary(measured), sep="\n")
    return int(bool(failures) or not is_proven(measured))


if __name__ == "__main__":
    raise SystemExit(main())
