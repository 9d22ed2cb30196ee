"""The ledger of a run that is killed or interrupted while the target creates a case."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock

from contract_tests.client.ledger import UNANSWERED

pytestmark = pytest.mark.slow

MOMENT = 25  # the create during which the run ends


@pytest.mark.parametrize(
    ("number", "moment"), [(signal.SIGKILL, "before"), (signal.SIGKILL, "after"), (signal.SIGINT, "after")]
)
def test_interrupted_run_loses_no_case(number: signal.Signals, moment: str, tmp_path: Path) -> None:
    created: list[str] = []
    suite: list[subprocess.Popen[bytes]] = []
    ready = threading.Event()

    def end_run() -> None:
        ready.wait()
        suite[0].send_signal(number)
        if number == signal.SIGKILL:
            suite[0].wait()

    def note(request: Request, response: Response) -> Response:
        if request.method == "POST" and response.status == 201 and request.target == "/case":
            created.append(json.loads(response.body)["id"])
            if len(created) == MOMENT and moment == "after":
                end_run()
        return response

    def before(request: Request) -> None:
        if request.target == "/case" and len(created) == MOMENT - 1 and moment == "before":
            end_run()

    with running(AlteredMock(change=note, before=before)) as url:
        command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "contract_tests", f"--base-url={url}"]
        command += ["--hypothesis-profile=quick", "--report-dir=report", "-p", "no:cacheprovider"]
        environment = {**os.environ, "CASEIQ_TOKEN": "dev-token"}
        suite.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL))
        ready.set()
        suite[0].wait(timeout=100)
    lines = (tmp_path / "report" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    entered = [json.loads(line)["id"] for line in lines if line.strip()]
    missing = set(created) - set(entered)
    assert len(created) >= MOMENT - 1
    assert len(missing) <= entered.count(UNANSWERED)
    if number == signal.SIGKILL:
        assert entered.count(UNANSWERED) == 1
        assert suite[0].returncode == -signal.SIGKILL
    else:
        assert suite[0].returncode == 2
        assert all(line.strip() == line for line in lines)
