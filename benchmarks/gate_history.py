"""Run caseiq-gate over consecutive versions of a document in a git repository.

Usage: python benchmarks/gate_history.py REPOSITORY PATH [--versions 16] [--keep FOLDER]. REPOSITORY is a clone or its
git directory, PATH the document inside it. Commits that do not change the document are skipped, and so are broken
versions of it. Each row shows one step: times, findings by verdict, and the number of places without a proof or a
witness.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

GATE: Final = (sys.executable, "-m", "change_gate")
UNDECIDED: Final = "unproven"
HEADER: Final = (
    "| versions | exit | processor time | memory | breaking | witnessed | risky | compatible | unproven |\n"
    "|---|---|---|---|---|---|---|---|---|"
)

SUMMARY: Final = (
    "| document | steps | that break | breaking, witnessed | time: median | slowest | memory | undecided steps |\n"
    "|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Step:
    """The result of the gate for two consecutive versions."""

    versions: str
    code: int
    seconds: float
    megabytes: float
    report: dict[str, Any] | None
    error: str

    def row(self) -> str:
        """Return the step as a row of a Markdown table."""
        findings = self.report["findings"] if self.report else []
        verdicts = Counter(finding["verdict"] for finding in findings)
        witnessed = sum(
            1 for finding in findings if finding["verdict"] == "breaking" and "witness" in finding
        )
        unproven = sum(1 for finding in findings if finding["proof"] == UNDECIDED)
        cells = (
            self.versions,
            f"{self.code} {self.error}".strip(),
            f"{self.seconds:.2f} s",
            f"{self.megabytes:.0f} MB",
            verdicts["breaking"],
            witnessed,
            verdicts["risky"],
            verdicts["compatible"],
            unproven,
        )
        return f"| {' | '.join(map(str, cells))} |"


def summary(path: str, steps: Sequence[Step]) -> str:
    """Return a row of a Markdown table about all steps."""
    reports = [step.report["findings"] if step.report else [] for step in steps]
    breaking = [[item for item in findings if item["verdict"] == "breaking"] for findings in reports]
    cells = (
        path,
        len(steps),
        sum(map(bool, breaking)),
        f"{sum(map(len, breaking))}, {sum('witness' in item for items in breaking for item in items)}",
        f"{statistics.median(step.seconds for step in steps):.1f} s",
        f"{max(step.seconds for step in steps):.1f} s",
        f"{max(step.megabytes for step in steps):.0f} MB",
        sum(step.report is None or step.report["undecided"] for step in steps),
    )
    return f"| {' | '.join(map(str, cells))} |"


def git(repository: Path, *arguments: str) -> bytes:
    """Return the output of a git command."""
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], check=True, stdout=subprocess.PIPE
    ).stdout


def versions(repository: Path, path: str, count: int) -> list[tuple[str, bytes]]:
    """Return the last versions of a document with their commits, oldest first, without repetitions."""
    commits = git(repository, "log", "--first-parent", "--format=%h", "HEAD", "--", path).decode().split()
    found: list[tuple[str, bytes]] = []
    for commit in commits:
        try:
            content = git(repository, "show", f"{commit}:{path}")
        except subprocess.CalledProcessError:
            continue
        if not found or found[-1][1] != content:
            found.append((commit, content))
        if len(found) >= count:
            break
    return found[::-1]


def run(base: Path, head: Path, label: str) -> Step:
    """Run the gate on two files."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        command = [*GATE, str(base), str(head), "--format", "json"]
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text, problem = output.read(), errors.read().decode(errors="replace").strip()
    return Step(
        versions=label,
        code=process.returncode,
        seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / 1024,
        report=json.loads(text) if text else None,
        error=problem.splitlines()[-1] if problem else "",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table of all steps. The exit code is 1 if a step crashed or has an undecided place."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("path")
    parser.add_argument(
        "--versions", type=int, default=16, help="how many of the last versions (default: 16)"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep documents and reports here")
    options = parser.parse_args(arguments)
    start, failed = time.monotonic(), 0
    steps: list[Step] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        files: list[Path] = []
        for commit, content in versions(options.repository, options.path, options.versions):
            files.append(folder / f"{commit}{Path(options.path).suffix}")
            files[-1].write_bytes(content)
        print(HEADER)
        for base, head in itertools.pairwise(files):
            step = run(base, head, f"{base.stem}…{head.stem}")
            steps.append(step)
            print(step.row(), flush=True)
            report = json.dumps(step.report, indent=1, ensure_ascii=False)
            (folder / f"{base.stem}-{head.stem}.report.json").write_text(report, encoding="utf-8")
            failed += step.report is None or step.report["undecided"]
    if steps:
        print(f"\n{SUMMARY}\n{summary(options.path, steps)}")
    print(f"\n{len(files)} versions in {time.monotonic() - start:.0f} s; {failed} steps undecided or failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
