"""`caseiq-gate fidelity`: compares the results of the contract suite on the mock and on a deployment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from change_gate.errors import GateError
from change_gate.findings import Comparison, Finding, Proof, Titles, Verdict
from change_gate.mock_process import Server, last_line, running_mock

REPORT: Final = "conformance.json"
PROFILE: Final = "quick"
TITLES: Final = Titles(
    "The mock matches the deployment", "The mock differs from the deployment", "no difference"
)
DECIDED: Final = ("passed", "failed")
# The observations that follow from the requests of a run, not from the server.
VOLATILE: Final = ("body-size",)
_CONFIGURATION: Final = "[pytest]\naddopts = -p no:schemathesis -p no:anyio --assert=plain\n"


def measure(
    base_url: str,
    *,
    deployment: Path | None,
    profile: str,
    requirements: Sequence[str],
    options: Sequence[str],
) -> Comparison:
    """Run the suite twice and return the differences. Raises GateError if one of the runs gives no report.

    `options` are further options of the suite for the run against the deployment, such as `--allow-writes`.
    """
    common = [f"--hypothesis-profile={profile}", *(f"--requirement={one}" for one in requirements)]
    play: list[str] = []
    if deployment is not None:
        common.append(f"--deployment={deployment.resolve()}")
        play = ["--deployment", str(deployment)]
    with tempfile.TemporaryDirectory(prefix="caseiq-fidelity-") as folder:
        with running_mock(*play) as server:
            mock = run_suite(Path(folder, "mock"), server, common)
        target = Server(base_url, os.environ)
        real = run_suite(Path(folder, "deployment"), target, [*common, *options])
    return compare(mock, real, base_url)


def run_suite(folder: Path, server: Server, options: Sequence[str]) -> dict[str, Any]:
    """Run the suite and return its report. Raises GateError if there is none."""
    folder.mkdir()
    configuration = folder / "pytest.ini"
    configuration.write_text(_CONFIGURATION, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(configuration)]
    command += ["--rootdir", str(folder), "--pyargs", "contract_tests", "--base-url", server.url]
    command += [f"--report-dir={folder}", f"--hypothesis-profile={PROFILE}", *options]
    ended = subprocess.run(
        command, env=server.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        message = last_line(ended.stderr) or last_line(ended.stdout)
        raise GateError(f"the suite wrote no report for {server.url}: {message}") from None
    if report["run"].get("interrupted"):
        raise GateError(f"the run against {server.url} was interrupted")
    return report


def compare(mock: Mapping[str, Any], real: Mapping[str, Any], base_url: str) -> Comparison:
    """Return the differences of two reports: by requirement as breaking, undecided ones and observations as risky."""
    findings = [*_requirements(mock, real), *_observations(mock, real)]
    return Comparison("mock", base_url, tuple(findings), titles=TITLES, is_identical=not findings)


def _requirements(mock: Mapping[str, Any], real: Mapping[str, Any]) -> Iterator[Finding]:
    played = {row["id"]: row for row in mock["requirements"]}
    for row in real["requirements"]:
        mine = played.get(row["id"])
        if (
            mine is None
            or mine["verdict"] == row["verdict"]
            or "unverified" in (mine["verdict"], row["verdict"])
        ):
            continue
        decided = mine["verdict"] in DECIDED and row["verdict"] in DECIDED
        yield Finding(
            rule="requirement-differs",
            verdict=Verdict.BREAKING if decided else Verdict.RISKY,
            proof=Proof.PROVED,
            message=f"{row['statement']} The mock {describe(mine)}; the deployment {describe(row)}.",
            operation=row["id"],
            location=row["id"],
        )


def describe(row: Mapping[str, Any]) -> str:
    """Return the result of a requirement as a verb phrase, such as `passes`."""
    failure = next((one for one in row["findings"] if one.get("expected")), None)
    if row["verdict"] == "failed" and failure:
        return f"fails (expected {failure['expected']}; got {failure['actual']})"
    words = {"passed": "passes", "failed": "fails", "error": "gives an error"}
    note = f" ({row['note']})" if row["note"] else ""
    return words.get(row["verdict"], f"is {row['verdict']}") + note


def _observations(mock: Mapping[str, Any], real: Mapping[str, Any]) -> Iterator[Finding]:
    played = {row["id"]: row for row in mock["observations"]}
    shown = {row["id"]: row for row in real["observations"]}
    for id_ in dict.fromkeys([*played, *shown]):
        mine, theirs = (
            rows[id_]["text"] if id_ in rows else "nothing was observed" for rows in (played, shown)
        )
        if mine == theirs or id_ in VOLATILE:
            continue
        title = (shown.get(id_) or played[id_])["title"]
        yield Finding(
            rule="observation-differs",
            verdict=Verdict.RISKY,
            proof=Proof.PROVED,
            message=f"{title}: the mock says: {mine}; the deployment says: {theirs}.",
            operation=title,
            location=f"observation {id_}",
        )
