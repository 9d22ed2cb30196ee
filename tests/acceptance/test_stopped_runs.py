"""Runs that are stopped: killed, interrupted, at the end of their time, or by a silent target."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock
from support.processes import TOKEN, ledger, mock, suite

pytestmark = pytest.mark.slow

QUICK = "--hypothesis-profile=quick"


def test_killed_run_loses_no_created_case(tmp_path: Path) -> None:
    with mock() as address:
        command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "contract_tests", "--base-url", address]
        environment = {**os.environ, "CASEIQ_TOKEN": TOKEN}
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
        path = tmp_path / "ledger.jsonl"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and (not path.exists() or path.read_text().count("\n") < 50):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(ledger(tmp_path)) >= 50


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_is_reported_and_keeps_its_ledger(tmp_path: Path, sent: signal.Signals) -> None:
    path = tmp_path / "report" / "ledger.jsonl"
    with mock() as address:
        command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "contract_tests", "--base-url", address]
        process = subprocess.Popen(
            [
                *command,
                "--report-dir=report",
                "--rate-limit=40",
                "--requirement=CREATE-ID",
                "--requirement=ROUND-TRIP-TEXT",
            ],
            cwd=tmp_path,
            env={**os.environ, "CASEIQ_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and (not path.exists() or path.read_text().count("\n") < 10):
                time.sleep(0.02)
            process.send_signal(sent)
            output, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 2, output
    reason = "interrupted (the process received SIGTERM)" if sent is signal.SIGTERM else "interrupted"
    assert f"{reason}: some checks of the passed requirements may not have run" in output
    document = json.loads((tmp_path / "report" / "conformance.json").read_text())
    assert document["run"]["interrupted"]
    assert len(document["ledger"]) == path.read_text().count("\n") >= 10


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two"])
def test_max_time_ends_the_run_with_a_report(tmp_path: Path, url: str, processes: tuple[str, ...]) -> None:
    started = time.monotonic()
    options = ("--max-time=4", "--rate-limit=20", "--report-dir=report", *processes)
    ended = suite("--base-url", url, *options, cwd=tmp_path)
    assert time.monotonic() - started < 25
    assert ended.status == 2, ended.text
    assert "interrupted (--max-time 4 s is over): some checks" in ended.text
    assert json.loads((tmp_path / "report" / "conformance.json").read_text())["run"]["interrupted"]


def test_silent_target_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "tenant.toml").write_text("[limits]\ntimeout = 0.2\n")
    served: list[Request] = []

    def silent_later(request: Request) -> Response | None:
        served.append(request)
        if len(served) > 40:
            time.sleep(1)
        return None

    with running(AlteredMock(before=silent_later)) as url:
        ended = suite("--base-url", url, "--deployment=tenant.toml", QUICK, cwd=tmp_path)
    assert ended.status == 1, ended.text
    assert "stopped early: the target did not respond to 3 checks in a row, since " in ended.text


def test_expired_token_ends_the_run(tmp_path: Path) -> None:
    served: list[Request] = []

    def refuse_later(request: Request) -> Response | None:
        served.append(request)
        headers = {"Content-Type": "application/json", "WWW-Authenticate": "Bearer"}
        return Response(401, b"{}", headers) if len(served) > 100 else None

    with running(AlteredMock(before=refuse_later)) as url:
        ended = suite("--base-url", url, "--hypothesis-profile=brief", cwd=tmp_path)
    assert ended.status == 1, ended.text
    assert " failed," not in ended.text.rpartition("requirements: ")[2].partition("\n")[0], ended.text
    assert "stopped early: the target no longer accepts the token" in ended.text
    assert len(served) < 300


def test_broken_connection_is_never_a_failure(tmp_path: Path) -> None:
    """Send over 2,000 requests through a connection that drops, stalls and resets at random."""
    from support.flaky_proxy import FlakyProxy  # noqa: PLC0415

    deployment = tmp_path / "tenant.toml"
    deployment.write_text("[limits]\ntimeout = 1.0\n")
    with mock() as address, FlakyProxy(address, seed=7) as proxy:
        ended = suite(
            "--base-url", proxy.url, "--deployment", str(deployment), QUICK, cwd=tmp_path, timeout=300
        )
        created = proxy.created()
    assert " failed " not in ended.text.split("Case APIs conformance")[1].split("requirements:")[0], (
        ended.text
    )
    assert proxy.broken > 20
    assert proxy.requests > 2000
    known = {line["id"] for line in ledger(tmp_path)}
    assert created <= known
