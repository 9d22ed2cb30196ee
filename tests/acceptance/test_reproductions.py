"""Reproduction scripts and printed curl lines show the failure again on a new server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.processes import TOKEN, mock, suite

from contract_tests.report.replay.run import run

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")]

OPTIONS = ("--fault", "text-trimmed", "--fault", "put-changes-id", "--fault", "create-returns-200")
STATUSES = re.compile(r"^ {3}returned (.+), recorded: (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run against a mock with several faults."""
    folder = tmp_path_factory.mktemp("run")
    with mock(*OPTIONS) as url:
        ended = suite(
            *("--base-url", url, "--hypothesis-profile=quick", "--report-dir=report"),
            *(f"--requirement={id_}" for id_ in ("ROUND-TRIP-TEXT", "UPDATE-IDENTITY", "CREATE-STATUS")),
            cwd=folder,
        )
    assert ended.status == 1, ended.text
    return folder / "report"


def failures(report: Path) -> list[dict[str, Any]]:
    document = json.loads((report / "conformance.json").read_text())
    return [one for one in document["requirements"] if one["verdict"] == "failed"]


def test_scripts_reproduce_on_a_new_server(report: Path) -> None:
    assert len(failures(report)) >= 3
    with mock(*OPTIONS) as url:
        for one in failures(report):
            assert one["replay"] == "its replay returned the responses of the run"
            output = run((report / one["script"]).read_text(), url, {"CASEIQ_TOKEN": TOKEN})
            assert output is not None
            statuses = STATUSES.findall(output)
            assert len(statuses) >= len(one["findings"][0]["exchanges"])
            assert all(now == recorded for now, recorded in statuses), one["id"]


def test_curl_lines_reproduce_on_a_new_server(report: Path) -> None:
    environment = {**os.environ, "CASEIQ_TOKEN": TOKEN}
    with mock(*OPTIONS) as url:
        for one in failures(report):
            exchange = one["findings"][0]["exchanges"][0]
            line = exchange["curl"].replace("curl ", "curl -s -o /dev/null -w '%{http_code}' ", 1)
            shown = subprocess.run(
                ["sh", "-c", line],
                env={**environment, "BASE_URL": url},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert shown == str(exchange["status"]), line
