"""Many cases in the memory store: what one of them takes, and whether a read is as fast as among few."""

from __future__ import annotations

import json
import os
import statistics
import time

from load import CASE
from servers import memory

from mock_server import Handle, Request, build

HEADERS = {"authorization": "Bearer dev-token"}
FEW = 1000
TURNS = 200


def many_cases(count: int) -> str:
    """A sentence about `count` small cases. Reads of few and of many take turns, and the medians count."""
    few = _filled(FEW)
    before = memory(os.getpid(), "VmRSS")
    many = _filled(count)
    each = (memory(os.getpid(), "VmRSS") - before) * 1024 * 1024 / count
    times = [(_read(*few), _read(*many)) for _ in range(TURNS)]
    among_few, among_many = (statistics.median(column) for column in zip(*times, strict=True))
    return (
        f"{count:,} cases in memory: {each:,.0f} bytes each; a read takes {among_many:.2f} µs in the core, "
        f"and {among_few:.2f} µs among {FEW:,} ({among_many / among_few - 1:+.0%})"
    )


def _filled(count: int) -> tuple[Handle, list[Request]]:
    """A mock with so many cases, and requests for a thousand of them."""
    handle = build()
    create = Request("POST", "/case", HEADERS, json.dumps(CASE).encode())
    step = max(1, count // FEW)
    bodies = (handle(create).body for _ in range(count))
    ids = [json.loads(body)["id"] for n, body in enumerate(bodies) if n % step == 0]
    return handle, [Request("GET", f"/case/{case_id}", HEADERS) for case_id in ids]


def _read(handle: Handle, requests: list[Request]) -> float:
    """Microseconds of a read."""
    started = time.perf_counter()
    for request in requests:
        handle(request)
    return (time.perf_counter() - started) / len(requests) * 1e6
