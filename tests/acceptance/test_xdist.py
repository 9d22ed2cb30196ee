"""A run with several processes: the same verdicts, one table, one ledger, and tokens that are renewed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from reference_server.sockets import running
from support.altered_mock import AlteredMock
from support.processes import suite

from contract_tests.contract.requirements import catalogue
from mock_server import Auth, Scheme, Settings

pytestmark = pytest.mark.slow

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
SHORT_LIVED = Settings(auth=Auth(scheme=Scheme.OAUTH2, longest_life=2))


def run_suite(folder: Path, url: str, options: Sequence[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the verdicts of a run with all requirements, and its report."""
    arguments = (f"--base-url={url}", "--hypothesis-profile=quick", "--report-dir=report", *options)
    text = suite(*arguments, cwd=folder, credentials=CLIENT, timeout=300).text
    assert text.count("Case APIs conformance") == 1, text
    document = json.loads((folder / "report" / "conformance.json").read_text(encoding="utf-8"))
    return {one["id"]: one["verdict"] for one in document["requirements"]}, document


def test_short_lived_tokens_are_renewed_in_every_process(tmp_path: Path) -> None:
    with running(AlteredMock(SHORT_LIVED)) as url:
        verdicts, document = run_suite(tmp_path, url, ["-n", "2"])
    assert verdicts == dict.fromkeys(catalogue(), "passed")
    lines = [json.loads(line) for line in (tmp_path / "report" / "ledger.jsonl").read_text().splitlines()]
    assert document["ledger"]
    assert sorted(map(str, document["ledger"])) == sorted(map(str, lines))
    assert {line["run"] for line in lines} == {document["run"]["id"]}


def test_verdicts_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    ignored = "--requirement=LINEARIZABLE", "--requirement=PATCH-PARTIAL", "--requirement=TRANSITION-MOVES"
    found = []
    for options in ([], ["-n", "4"]):
        with running(AlteredMock(SHORT_LIVED, change=_loses_false)) as url:
            found.append(run_suite(tmp_path, url, [*ignored, *options])[0])
    assert found[0] == found[1]
    assert found[0]["ROUND-TRIP-SHAPE"] == "failed"
    assert found[0]["TRANSITION-MOVES"] == "passed"


def _loses_false(request: Any, answer: Any) -> Any:
    if request.method == "GET" and b'"testEscalated":false' in answer.body:
        answer.body = answer.body.replace(b'"testEscalated":false', b'"testEscalated":null ')
    return answer
