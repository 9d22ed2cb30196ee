"""`caseiq-gate fidelity`: compares the results of the contract suite on the mock and on a deployment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from change_gate.errors import GateError
from change_gate.findings import Comparison, Finding, Proof, Titles, Verdict

REPORT: Final = "conformance.json"
CLIENT: Final = ("fidelity-client", "fidelity-secret")
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
    if deployment is not None:
        common.append(f"--deployment={deployment.resolve()}")
    with tempfile.TemporaryDirectory(prefix="caseiq-fidelity-") as folder:
        with _mock(deployment) as (url, environment):
            mock = _run(Path(folder, "mock"), url, common, environment)
        real = _run(Path(folder, "deployment"), base_url, [*common, *options], os.environ)
    return compare(mock, real, base_url)


@contextmanager
def _mock(deployment: Path | None) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Run a mock, and yield its URL and an environment with its credentials."""
    name, secret = CLIENT
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--end-with-stdin"]
    command += ["--client-id", name, "--client-secret", secret]
    if deployment is not None:
        command += ["--deployment", str(deployment)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        printed = process.stdout.readline()
        address = re.search(r"https?://\S+", printed)
        if address is None:
            raise GateError(f"the mock did not start: {_last_line(process.communicate(timeout=10)[1])}")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CASEIQ_")}
        yield address.group(), {**clean, "CASEIQ_CLIENT_ID": name, "CASEIQ_CLIENT_SECRET": secret}
    finally:
        process.kill()
        process.communicate()


def _run(folder: Path, url: str, options: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run the suite and return its report."""
    folder.mkdir()
    configuration = folder / "pytest.ini"
    configuration.write_text(_CONFIGURATION, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(configuration)]
    command += ["--rootdir", str(folder), "--pyargs", "contract_tests", "--base-url", url]
    command += [f"--report-dir={folder}", *options]
    ended = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    try:
        report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = _last_line(ended.stderr) or _last_line(ended.stdout)
        raise GateError(f"the suite gave no report on {url}: {told}") from None
    if report["run"].get("interrupted"):
        raise GateError(f"the run against {url} was interrupted")
    return report


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else "no message"


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
            message=f"{row['statement']} The mock {_said(mine)}; the deployment {_said(row)}.",
            operation=row["id"],
            location=row["id"],
        )


def _said(row: Mapping[str, Any]) -> str:
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
