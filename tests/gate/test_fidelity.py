"""The comparison of the mock with a deployment."""

from __future__ import annotations

from typing import Any

import pytest
from support.processes import mock

from change_gate.cli import run
from change_gate.fidelity import compare
from change_gate.findings import Verdict

URL = "https://tenant.example"


def row(verdict: str, **members: Any) -> dict[str, Any]:
    return {
        "id": "GET-SAME",
        "statement": "GET returns the record.",
        "verdict": verdict,
        "note": "",
        "findings": [],
    } | members


def report(*rows: dict[str, Any], **observations: str) -> dict[str, Any]:
    shown = [{"id": name, "title": name.capitalize(), "text": text} for name, text in observations.items()]
    return {"requirements": list(rows), "observations": shown}


FAILURE = {"expected": "the record", "actual": "404"}


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ("passed", "passed", Verdict.COMPATIBLE),
        ("passed", "failed", Verdict.BREAKING),
        ("failed", "passed", Verdict.BREAKING),
        ("passed", "unsupported", Verdict.RISKY),
        ("passed", "error", Verdict.RISKY),
        ("passed", "unverified", Verdict.COMPATIBLE),
    ],
)
def test_verdicts_are_compared_by_requirement(mine: str, theirs: str, verdict: Verdict) -> None:
    assert compare(report(row(mine)), report(row(theirs)), URL).verdict is verdict


def test_message_says_what_both_sides_do() -> None:
    comparison = compare(report(row("passed")), report(row("failed", findings=[FAILURE])), URL)
    assert comparison.findings[0].message == (
        "GET returns the record. The mock passes; the deployment fails (expected the record; got 404)."
    )


def test_observations_are_compared_by_id() -> None:
    mine = report(refusals="400; 404", null="is stored")
    theirs = report(refusals="400; 422", dates="end with Z")
    findings = compare(mine, theirs, URL).findings
    assert [finding.location for finding in findings] == [
        "observation refusals", "observation null", "observation dates"
    ]  # fmt: skip
    assert findings[0].message == "Refusals: the mock says: 400; 404; the deployment says: 400; 422."


@pytest.mark.parametrize(("fault", "code"), [("text-trimmed", 1), (None, 0)])
def test_fidelity_finds_a_deviation_of_a_server(
    fault: str | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEIQ_TOKEN", "dev-token")
    with mock(*(("--fault", fault) if fault else ())) as url:
        ended = run(["fidelity", "--base-url", url, "--requirement", "ROUND-TRIP-TEXT"])
    printed = capsys.readouterr()
    assert ended == code, printed.err
    assert ("ROUND-TRIP-TEXT" in printed.out) == bool(fault)


def test_server_that_does_not_exist_is_one_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEIQ_TOKEN", "dev-token")
    assert run(["fidelity", "--base-url", "http://127.0.0.1:9", "--requirement", "GET-SAME"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert "http://127.0.0.1:9" in lines[0]
