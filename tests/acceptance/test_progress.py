"""The progress bar: its content on a terminal, and its absence elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock
from support.processes import TOKEN, mock, suite

pytestmark = pytest.mark.slow

pty = pytest.importorskip("pty", reason="needs a terminal")

CLEAR = "\r\x1b[K"
BAR = re.compile(r"\[#*\.*\] (\d+)/(\d+) requirements, (\d+) requests, (\d+) cases")
OPTIONS = ("--requirement=AUTH-REQUIRED", "--requirement=AUTH-INVALID", "--hypothesis-profile=quick")


def on_a_terminal(folder: Path, *options: str) -> str:
    """Return the output of a run on a terminal."""
    shown, terminal = pty.openpty()
    environment = {**os.environ, "CASEIQ_TOKEN": TOKEN, "TERM": "xterm", "COLUMNS": "200"}
    command = [sys.executable, "-m", "pytest", "--assert=plain", "--pyargs", "contract_tests", *options]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=terminal, stderr=terminal, stdin=terminal
    )
    os.close(terminal)
    pieces = []
    while True:
        try:
            piece = os.read(shown, 65536)
        except OSError:  # The terminal is closed on the other side.
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(shown)
    assert process.wait(timeout=60) == 0, b"".join(pieces).decode()
    return b"".join(pieces).decode()


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["one process", "two"])
def test_terminal_shows_the_progress(tmp_path: Path, spread: tuple[str, ...]) -> None:
    with mock() as url:
        text = on_a_terminal(tmp_path, f"--base-url={url}", "--rate-limit=150", *OPTIONS, *spread)
    bars = [tuple(map(int, bar)) for bar in BAR.findall(text)]
    assert len(bars) > 3, text
    assert bars == sorted(bars)  # The numbers never decrease.
    assert {bar[1] for bar in bars} == {2}
    assert bars[-1][2] > 100
    assert bars[-1][3] >= 1
    # There is only the bar between the heading and the table.
    assert text.rindex(CLEAR) < text.index("Case APIs conformance")
    assert "test_authentication.py" not in text.split("Case APIs conformance")[0].split(CLEAR, 1)[1]


def test_terminal_shows_the_reason_of_a_wait(tmp_path: Path) -> None:
    times = []

    def once(request: Request) -> Response | None:
        if request.method == "POST" and not times:
            times.append(time.monotonic())
            return None
        if len(times) == 1:
            times.append(time.monotonic())
            return Response(429, b"", {"Retry-After": "2"})
        return None

    with running(AlteredMock(before=once)) as url:
        text = on_a_terminal(tmp_path, f"--base-url={url}", *OPTIONS)
    assert "waiting 2 s, as the target asks (429)" in text


def test_output_without_terminal_has_no_bar(tmp_path: Path) -> None:
    with mock() as url:
        text = suite(f"--base-url={url}", *OPTIONS, cwd=tmp_path).text
    assert "\x1b" not in text
    assert not BAR.search(text)
