"""Targets that limit the rate of requests: the run finds the rate, and each requirement gets its verdict."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock
from support.processes import suite

pytestmark = pytest.mark.slow

PAGE = b"<html><head><title>503 Service Temporarily Unavailable</title></head></html>"
REFUSALS = {
    "503 of nginx": Response(503, PAGE, {"Content-Type": "text/html"}),
    "429": Response(429, b"{}", {"Content-Type": "application/json", "Retry-After": "1"}),
}
CHECKED = ("CREATE-STORES", "GET-SAME", "PATCH-PARTIAL", "TRANSITION-MOVES", "NO-SERVER-ERROR")


class LeakyBucket:
    """Refuses a request that comes too soon after the last allowed one."""

    def __init__(self, rate: float, refusal: Response) -> None:
        self.interval, self.refusal = 1 / rate, refusal
        self.refused = 0
        self._last = 0.0
        self._lock = threading.Lock()

    def __call__(self, _: Request) -> Response | None:
        with self._lock:
            now = time.monotonic()
            if now - self._last < self.interval:
                self.refused += 1
                return self.refusal
            self._last = now
            return None


@pytest.mark.parametrize("name", REFUSALS)
def test_run_slows_down_to_the_rate_of_the_target(tmp_path: Path, name: str) -> None:
    limit = LeakyBucket(60, REFUSALS[name])
    with running(AlteredMock(before=limit)) as url:
        options = ["--hypothesis-profile=brief", *(f"--requirement={id_}" for id_ in CHECKED)]
        ended = suite("--base-url", url, *options, cwd=tmp_path)
    assert ended.status == 0, ended.text
    assert re.search(r"^(\d+) requirements: \1 passed$", ended.text, re.MULTILINE), ended.text
    assert "the run slowed down to" in ended.text
    assert 0 < limit.refused < 60
