"""Kill rate of the unit tests: the share of random small mutants of the pure packages that they detect.

Run it as `python -m mutants --count 200 --seed 1` in `tests/`. It prints each mutant that no test detects, and the rate.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutants.changes import Mutant, all_mutants
from mutants.measured import Measured, measure, read
from mutants.processes import in_process
from mutants.trials import survivors_at_import, survivors_in_functions


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
        if not file.exists() and not in_process(measure, file):
            print("A test fails without a mutant.", file=sys.stderr)
            return 2
        measured = read(file)
    candidates = [one for one in all_mutants() if options.only in one.path]
    chosen = random.Random(options.seed).sample(candidates, min(options.count, len(candidates)))
    survived = 0
    for mutant in survivors(chosen, measured, options.jobs):
        survived += 1
        note = "" if measured.tests_of(mutant) else " (no test executes it)"
        print(f"not detected: {mutant.path}:{mutant.line}: {mutant.what}{note}", flush=True)
    killed = len(chosen) - survived
    share = f"{killed / len(chosen):.1%}" if chosen else "none"
    print(f"detected {killed} of {len(chosen)} mutants ({share}) of {len(candidates)}; seed {options.seed}")
    return 0


def survivors(chosen: Sequence[Mutant], measured: Measured, jobs: int) -> Iterator[Mutant]:
    """Yield the mutants that no test detects."""
    yield from (one for one in chosen if not measured.tests_of(one))
    executed = [one for one in chosen if measured.tests_of(one)]
    at_import = [one for one in executed if one.at_import]
    for mutant in survivors_in_functions([one for one in executed if not one.at_import], measured, jobs):
        if measured.runs_at_import(mutant):
            at_import.append(mutant)
        else:
            yield mutant
    yield from survivors_at_import(at_import, measured, jobs)


if __name__ == "__main__":
    sys.exit(main())
