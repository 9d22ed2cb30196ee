"""Many cases in each store: the speed of reads, lists and searches, and memory."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlencode

from load import Case, Load, new_case, run
from servers import CONTROL_TOKEN, Running, Server, memory, running

FEW = 1000
ROUNDS = 5
CHUNK = 20_000
"""Cases in one request to the control API."""
WORDS = ("invoice", "supplier", "badge", "payroll", "expenses", "contract", "travel", "tender")
TIMEOUT = 300
"""Timeout of a response of the control API, in seconds."""
LISTS = {
    "by date": {},
    "by state": {"sort": "state"},
    "page in the middle": {"offset": "{middle}"},
    "search, 1 case found": {"search": "number 77 of"},
}
"""Parameters of the lists that are measured, by their names in the table."""


def many_cases(mocks: Sequence[Server], count: int, seconds: int) -> str:
    """Return a table with a row for each store."""
    names = ["", f"GET, {FEW:,} cases", f"GET, {count:,} cases", *LISTS, "memory"]
    rows = [_row(mock, count, seconds) for mock in mocks]
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(mock: Server, count: int, seconds: int) -> list[str]:
    with running(mock) as server:
        _ask(server, "POST", "/reset")
        before = memory(server.pid, "VmRSS")
        some = _fill(server, 0, FEW)
        few = _reads(server, some, seconds)
        some += _fill(server, FEW, count)
        many = _reads(server, some, seconds)
        lists = [_time_list(server, parameters, count) for parameters in LISTS.values()]
        grown = (memory(server.pid, "VmRSS") - before) * 1024 * 1024 / count
        _ask(server, "POST", "/reset")
    times = [f"{milliseconds:,.0f} ms" for milliseconds in lists]
    return [mock.name, _figures(few), _figures(many), *times, f"{grown:,.0f} bytes a case"]


def _fill(server: Running, first: int, end: int) -> list[Case]:
    """Create cases up to the number `end`, and return some of them."""
    some = []
    for begin in range(first, end, CHUNK):
        cases = [{"summary": _summary(number)} for number in range(begin, min(begin + CHUNK, end))]
        _ask(server, "POST", "/seed", json.dumps({"cases": cases}))
        some += [new_case(server.port) for _ in range(10)]
    return some


def _summary(number: int) -> str:
    word, other = WORDS[number % len(WORDS)], WORDS[number // len(WORDS) % len(WORDS)]
    return f"Report number {number} of an {other} that does not match its {word}"


def _reads(server: Running, cases: Sequence[Case], seconds: int) -> tuple[float, float]:
    """Return the medians of the requests a second and of the processor time for each."""
    loads: list[Load] = [run(server.port, server.pid, "GET", cases, seconds) for _ in range(ROUNDS)]
    return statistics.median(it.rate for it in loads), statistics.median(it.cpu for it in loads)


def _figures(reads: tuple[float, float]) -> str:
    return f"{reads[0]:,.0f}/s ({reads[1]:.0f} µs)"


def _time_list(server: Running, parameters: dict[str, str], count: int) -> float:
    """Return the median time of a list in milliseconds."""
    query = urlencode({name: value.format(middle=count // 2) for name, value in parameters.items()})
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        _ask(server, "GET", f"/cases?{query}")
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def _ask(server: Running, method: str, path: str, body: str | None = None) -> None:
    """Send a request to the control API. Raises RuntimeError if it is refused."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT)
    headers = {"Authorization": f"Bearer {CONTROL_TOKEN}", "Content-Type": "application/json"}
    try:
        connection.request(method, f"/_mock{path}", body, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status not in (200, 201, 204):
        raise RuntimeError(f"{method} {path}: {response.status} {content[:200]!r}")
