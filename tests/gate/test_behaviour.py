"""The option `--behaviour`: clients of BASE against the mock on HEAD."""

from __future__ import annotations

from pathlib import Path

import pytest

from change_gate import behaviour
from change_gate.documents import load
from change_gate.findings import Finding, Verdict
from change_gate.mock_process import running_mock
from change_gate.recorded_requests import Client

DOCUMENT = Path(__file__).parents[2] / "spec" / "caseiq-openapi.yaml"


def measured(folder: Path, old: str, new: str) -> list[Finding]:
    """Return the findings for a change of the project's document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert old in text
    head = folder / "head.yaml"
    head.write_text(text.replace(old, new), encoding="utf-8")
    return behaviour.measure(load(str(DOCUMENT)), load(str(head)))


def test_unchanged_behaviour_has_no_findings(tmp_path: Path) -> None:
    assert measured(tmp_path, "summary: Create a case", "summary: Create a new case") == []


def test_request_that_head_refuses_is_found(tmp_path: Path) -> None:
    findings = measured(
        tmp_path, "required: [caseStatus, workflowId]", "required: [caseStatus, workflowId, reason]"
    )
    refused = [finding for finding in findings if finding.rule == "behaviour-request-refused"]
    assert [finding.operation for finding in refused] == ["POST /case/{id}/transition"]
    assert refused[0].witness is not None
    assert "reason" not in refused[0].witness.body


def test_refused_create_hides_no_other_operation(tmp_path: Path) -> None:
    open_object = "additionalProperties: true\n      properties:\n        caseNumber"
    text = DOCUMENT.read_text(encoding="utf-8")
    assert open_object in text
    file = tmp_path / "head.yaml"
    file.write_text(
        text.replace(
            open_object, open_object.replace("properties:", "required: [owner]\n      properties:", 1)
        )
    )
    base, head = load(str(DOCUMENT)), load(str(file))
    with running_mock("--document", str(DOCUMENT)) as old, running_mock("--document", str(file)) as new:
        findings = behaviour.replayed(base, Client(old, base), Client(new, head))
    assert sorted(str(finding.operation) for finding in findings) == [
        "PATCH /case/{id}", "POST /case", "PUT /case/{id}",
    ]  # fmt: skip


def test_operation_that_the_mock_lacks_is_reported(tmp_path: Path) -> None:
    findings = measured(tmp_path, "operationId: getCase", "operationId: readCase")
    assert [(finding.rule, finding.verdict) for finding in findings] == [
        ("behaviour-not-followed", Verdict.RISKY)
    ]
    assert "readCase" in findings[0].message


@pytest.mark.parametrize("name", ["getCase", "transitionCase"])
def test_requests_cover_the_lifecycle(name: str) -> None:
    from change_gate.recorded_requests import calls  # noqa: PLC0415

    methods = {"getCase": ("GET", "/case/{id}"), "transitionCase": ("POST", "/case/{id}/transition")}
    assert methods[name] in {(call.method, call.path) for call in calls(load(str(DOCUMENT)))}
