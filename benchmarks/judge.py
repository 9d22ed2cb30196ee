"""Cost and power of the suite's profiles: requests, cases, seconds, and the faults that they find.

Usage: python benchmarks/judge.py [--profiles brief quick default] [--faults --every N --processes N]

Each profile runs against the embedded mock; the time includes the start. With --faults, each profile also runs against
the faults in tests/ that break a MUST. A fault counts as found if the requirement that it breaks fails.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
TOTALS: Final = re.compile(r"target \S+: (\d+) requests, (\d+) cases? created")
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


def cost(profile: str) -> tuple[int, int, float]:
    """Return the requests, the cases and the seconds of a run against the embedded mock."""
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--hypothesis-profile={profile}",
    ]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    totals = TOTALS.search(finished.stdout)
    if finished.returncode or totals is None:
        raise SystemExit(f"the run of {profile} failed:\n{finished.stdout[-2000:]}")
    return int(totals[1]), int(totals[2]), seconds


def is_found(name: str, profile: str) -> bool | None:
    """Return True if a run of the whole profile fails a requirement that the fault breaks, None without a result."""
    from mutation.rows_per_fault import run_of  # noqa: PLC0415 - imports the whole suite, only for --faults

    breaks, run = run_of(name)
    out = os.dup(1)
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), 1)
    try:
        return bool(run(profile=profile).failed() & set(breaks))
    except BaseException:  # the suite cannot start with this server, with any profile
        return None
    finally:
        os.dup2(out, 1)
        os.close(out)


def found(profile: str, every: int, processes: int) -> str:
    """Return how many faults a profile finds."""
    from mutation.rows_per_fault import fault_names  # noqa: PLC0415 - as above
    from mutation.value_of_checks import breaks_must  # noqa: PLC0415

    names = [name for name in fault_names() if breaks_must(name)][::every]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        results = [
            result for result in pool.imap(partial(is_found, profile=profile), names) if result is not None
        ]
    return f"{sum(results)} of {len(results)} ({sum(results) / max(1, len(results)):.0%})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profiles", nargs="+", default=["brief", "quick", "default"])
    parser.add_argument("--faults", action="store_true", help="run the profiles against the faults, too")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth fault")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    print("| profile | requests | cases | seconds | faults found |\n|---|---|---|---|---|")
    for profile in options.profiles:
        requests, cases, seconds = cost(profile)
        caught = found(profile, options.every, options.processes) if options.faults else ""
        print(f"| {profile} | {requests:,} | {cases:,} | {seconds:.1f} | {caught} |", flush=True)


if __name__ == "__main__":
    main()
