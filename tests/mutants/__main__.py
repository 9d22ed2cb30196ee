"""Kill rate of the unit tests: the share of random small mutants of the pure packages that they detect.

Run it as `python -m mutants --count 200 --seed 1` in `tests/`. It prints each mutant that no test detects, and the rate.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from mutants.changes import Mutant, all_mutants
from mutants.measured import Measured, measure, read
from mutants.processes import forked
from mutants.trials import survivors_at_import, survivors_in_functions

LIMIT: Final = 3600.0  # seconds of processor time for the measurement


def main() -> int:
    """Measure, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="number of mutants (200)")
    parser.add_argument("--seed", type=int, default=1, help="chooses the mutants (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a processor)")
    parser.add_argument("--only", default="", metavar="TEXT", help="mutate only paths that contain TEXT")
    parser.add_argument(
        "--coverage", metavar="FILE", type=Path, help="keep the measured coverage in a file, and reuse it"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.coverage or Path(folder, "coverage.json")
        if not file.exists() and not in_process(lambda: measure(file)):
            print("A test fails without a mutant.", file=sys.stderr)
            return 2
        measured = read(file)
        candidates = [one for one in all_mutants() if options.only in one.path]
        chosen = random.Random(options.seed).sample(candidates, min(options.count, len(candidates)))
        survived = survivors(chosen, measured, options.jobs, Path(folder, "survived.json"))
    for mutant in survived:
        note = "" if measured.tests_of(mutant) else " (no test executes it)"
        print(f"survived: {mutant.path}:{mutant.line}: {mutant.what}{note}")
    killed = len(chosen) - len(survived)
    print(
        f"detected {killed} of {len(chosen)} mutants ({killed / len(chosen):.1%}) of {len(candidates)}; seed {options.seed}"
    )
    return 0


def survivors(chosen: Iterable[Mutant], measured: Measured, jobs: int, file: Path) -> list[Mutant]:
    """Return the mutants that no test detects."""
    executed = [one for one in chosen if measured.tests_of(one)]
    in_functions = [one for one in executed if not one.at_import]

    def try_functions() -> bool:
        found = survivors_in_functions(in_functions, measured, jobs)
        file.write_text(json.dumps([in_functions.index(one) for one in found]), encoding="utf-8")
        return True

    if not in_process(try_functions):
        raise SystemExit("The trials in loaded functions failed.")
    left = [in_functions[number] for number in json.loads(file.read_text(encoding="utf-8"))]
    again = [one for one in executed if one.at_import or (one in left and measured.runs_at_import(one))]
    left_again = survivors_at_import(again, measured, jobs)
    survived = {*left_again, *(one for one in left if one not in again)}
    return [one for one in chosen if one in survived or one not in executed]


def in_process(task: Callable[[], bool]) -> bool:
    """Carry out a task in a process of its own, since this one must not import the mutated modules."""
    [(_, passed)] = forked([task], lambda one: one(), lambda _: LIMIT, 1)
    return passed


if __name__ == "__main__":
    sys.exit(main())
