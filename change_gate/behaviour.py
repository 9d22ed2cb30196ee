"""The check of `--behaviour`: clients of BASE send requests to the mock on HEAD.

The mock runs once with each document. The suite checks the mock on HEAD. Then both mocks get requests that BASE allows:
the mock on HEAD must accept each request that the mock on BASE accepts, with a response that BASE describes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from change_gate import fidelity
from change_gate.documents import Document
from change_gate.errors import GateError
from change_gate.findings import Direction, Finding, Proof, Verdict, Witness
from change_gate.mock_process import Server, running_mock
from change_gate.recorded_requests import REFUSED, Call, Client, Reply, calls


def measure(base: Document, head: Document) -> list[Finding]:
    """Return what clients of BASE notice. Raises GateError if BASE cannot be mocked."""
    with tempfile.TemporaryDirectory(prefix="caseiq-behaviour-") as folder:
        files = [
            _write(document, Path(folder, name))
            for document, name in ((base, "base.json"), (head, "head.json"))
        ]
        with running_mock("--document", str(files[0])) as old:
            try:
                with running_mock("--document", str(files[1])) as new:
                    findings = list(_broken_requirements(Path(folder), old, new))
                    findings += replayed(base, Client(old, base), Client(new, head))
            except GateError as error:
                return [_not_followed(str(error))]
    return findings


def _write(document: Document, file: Path) -> Path:
    file.write_text(json.dumps(document.root), encoding="utf-8")
    return file


def _not_followed(reason: str) -> Finding:
    return Finding(
        rule="behaviour-not-followed",
        verdict=Verdict.RISKY,
        proof=Proof.PROVED,
        message=f"The mock cannot follow HEAD, so its behaviour was not compared: {reason}",
        location="behaviour",
    )


def _broken_requirements(folder: Path, old: Server, new: Server) -> Iterator[Finding]:
    """Yield the requirements that the mock fails on HEAD and fulfils on BASE."""
    report = fidelity.run_suite(folder / "head", new, [])
    failed = [row["id"] for row in report["requirements"] if row["verdict"] == "failed"]
    if not failed:
        return
    before = fidelity.run_suite(folder / "base", old, [f"--requirement={id_}" for id_ in failed])
    passed = {row["id"] for row in before["requirements"] if row["verdict"] == "passed"}
    for row in report["requirements"]:
        if row["id"] in passed and row["verdict"] == "failed":
            yield Finding(
                rule="behaviour-requirement-broken",
                verdict=Verdict.BREAKING,
                proof=Proof.WITNESSED,
                message=f"A server that follows HEAD violates {row['id']}. It {fidelity.describe(row)}.",
                operation=row["id"],
                location=f"behaviour {row['id']}",
            )


def replayed(base: Document, old: Client, new: Client) -> list[Finding]:
    """Return one finding for each operation and kind of difference, with the smallest request."""
    found: dict[str, Finding] = {}
    for call in calls(base):
        finding = _difference(call, old.send(call), new.send(call))
        if finding is None:
            continue
        known = found.get(finding.location)
        if known is None or _size(finding) < _size(known):
            found[finding.location] = finding
    return list(found.values())


def _difference(call: Call, before: Reply | None, after: Reply | None) -> Finding | None:
    if before is None or after is None:
        return None  # creating a case is impossible, which the calls of that operation show
    status, body = after.status, after.body
    if before.status >= REFUSED:
        return None  # BASE refuses it as well
    request = Witness(
        valid_under="base",
        method=call.method,
        url=call.path.replace("{id}", "1"),
        headers={"Authorization": "Bearer $TOKEN"}
        | ({"Content-Type": "application/json"} if call.has_body else {}),
        body=before.sent,
        has_body=call.has_body,
    )
    operation = f"{call.method} {call.path}"
    if status >= REFUSED:
        return Finding(
            rule="behaviour-request-refused",
            verdict=Verdict.BREAKING,
            proof=Proof.WITNESSED,
            message=(
                f"A server that follows HEAD returns {status} for a request that BASE accepts with {before.status}."
            ),
            operation=operation,
            direction=Direction.CLIENT_TO_SERVER,
            witness=request,
            location=f"behaviour {operation} refused",
        )
    if call.is_expected(status, body):
        return None
    return Finding(
        rule="behaviour-response-unknown",
        verdict=Verdict.BREAKING,
        proof=Proof.WITNESSED,
        message=f"A server that follows HEAD returns {status} with a body that BASE does not describe.",
        operation=operation,
        direction=Direction.SERVER_TO_CLIENT,
        witness=Witness(valid_under="head", status=status, body=body, has_body=True),
        location=f"behaviour {operation} response",
    )


def _size(finding: Finding) -> int:
    return len(json.dumps(finding.witness.body)) if finding.witness else 0
