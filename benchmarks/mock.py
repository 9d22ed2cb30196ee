"""How fast the mock is, beside a bare ASGI callable and Prism: one run, one machine, one table.

    python benchmarks/mock.py --prism node_modules/.bin/prism

It needs wrk (github.com/wg/wrk), and talks to 127.0.0.1 alone. The servers take turns, several times, and the
median counts, so that a busy machine disturbs all alike. With --cases N it also fills a store with N small cases
and measures what one of them takes, and whether reads stay as fast.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

HERE = Path(__file__).parent
SPEC = HERE.parent / "spec" / "caseiq-openapi.yaml"
TOKEN = "Authorization: Bearer dev-token"
CASE = '{"summary": "Invoices split to stay under the approval limit", "locations": ["Porto", "Graz"]}'
PATIENCE = 20
"""Seconds that a server has to start."""

UVICORN = ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--ws", "none"]
UVICORN += ["--no-access-log", "--no-proxy-headers", "--no-server-header", "--log-level", "error"]

Command = Callable[[int], list[str]]


@dataclass
class Server:
    """One server under measurement, and what was measured."""

    name: str
    command: Command
    """The command line for a port."""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    """Seconds from the command to the first answer."""
    rates: dict[str, list[float]] = field(default_factory=lambda: {"GET": [], "POST": []})
    """Requests a second."""
    tails: dict[str, list[float]] = field(default_factory=lambda: {"GET": [], "POST": []})
    """99th percentile of the latency, in milliseconds."""
    memory: float = 0.0
    """MB resident after the start."""

    def rate(self, method: str) -> float:
        """The median rate."""
        return statistics.median(self.rates[method])


def main() -> int:
    """Measure, and print the table."""
    options = _options()
    if shutil.which("wrk") is None:
        print("benchmarks/mock.py needs wrk on the PATH", file=sys.stderr)
        return 1
    servers = list(_servers(options.prism))
    for server in servers:
        for _ in range(3):
            with _running(server):
                pass
    with ExitStack() as stack:
        for server in servers:
            stack.enter_context(_running(server))
            server.memory = _memory(server)
        for _ in range(options.rounds):
            for server in servers:
                _load(server, options.seconds)
    print(_table(servers))
    if options.cases:
        print(_many_cases(options.cases))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--prism", default=shutil.which("prism"), help="Prism's command, if not on the PATH")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server (%(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="of load in each turn (%(default)s)")
    parser.add_argument("--cases", type=int, default=0, help="fill a store with so many cases, too")
    return parser.parse_args()


def _servers(prism: str | None) -> Iterator[Server]:
    python = sys.executable
    yield Server("mock", lambda port: [python, "-m", "mock_server", "--port", str(port)])
    yield Server(
        "mock, as ASGI application", lambda port: _uvicorn("mock_server.adapters.asgi:default", port)
    )
    yield Server("bare ASGI callable", lambda port: _uvicorn("bare:app", port))
    if prism:
        yield Server("Prism", lambda port: [prism, "mock", "-p", str(port), str(SPEC)])
        yield Server(
            "Prism, silent", lambda port: [prism, "mock", "-v", "silent", "-p", str(port), str(SPEC)]
        )


def _uvicorn(application: str, port: int) -> list[str]:
    factory = ["--factory"] if application.endswith(":default") else []
    place = ["--app-dir", str(HERE), "--port", str(port)]
    return [sys.executable, "-m", "uvicorn", *place, *UVICORN, *factory, application]


@contextmanager
def _running(server: Server) -> Iterator[None]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    started = time.perf_counter()
    server.process = subprocess.Popen(server.command(server.port), stdout=subprocess.DEVNULL)
    try:
        while not _answers(server.port):
            if time.perf_counter() - started > PATIENCE or server.process.poll() is not None:
                raise SystemExit(f"{server.name} did not start")
            time.sleep(0.001)
        server.starts.append(time.perf_counter() - started)
        yield
    finally:
        server.process.kill()
        server.process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/case/1")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _load(server: Server, seconds: int) -> None:
    url = f"http://127.0.0.1:{server.port}/case"
    targets = {"POST": [url, "-s", str(HERE / "create.lua")], "GET": [f"{url}/{_new_case(server.port)}"]}
    for method, target in targets.items():
        command = ["wrk", "-t1", "-c16", f"-d{seconds}", "--latency", "-H", TOKEN, *target]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in said:
            raise SystemExit(f"{server.name} refused requests:\n{said}")
        server.rates[method].append(float(_found(r"Requests/sec:\s+([\d.]+)", said)[0]))
        value, unit = _found(r"99%\s+([\d.]+)(us|ms|s)", said)
        server.tails[method].append(float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit])


def _found(pattern: str, text: str) -> Sequence[str]:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"wrk said something unexpected:\n{text}")
    return found.groups()


def _new_case(port: int) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    name, _, value = TOKEN.partition(": ")
    connection.request("POST", "/case", CASE, {name: value, "Content-Type": "application/json"})
    case_id: str = json.load(connection.getresponse())["id"]
    connection.close()
    return case_id


def _memory(server: Server) -> float:
    assert server.process is not None
    return _resident(server.process.pid)


def _resident(pid: int) -> float:
    """MB resident of a process; nan where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    return int(_found(r"VmRSS:\s+(\d+)", status.read_text())[0]) / 1024


def _table(servers: Sequence[Server]) -> str:
    heads = ("", "GET/s", "POST/s", "p99 GET", "p99 POST", "first answer", "memory")
    rows: list[tuple[str, ...]] = [
        (
            server.name,
            f"{server.rate('GET'):,.0f}",
            f"{server.rate('POST'):,.0f}",
            f"{statistics.median(server.tails['GET']):.2f} ms",
            f"{statistics.median(server.tails['POST']):.2f} ms",
            f"{min(server.starts):.2f} s",
            f"{server.memory:.0f} MB",
        )
        for server in servers
    ]
    mock = servers[0]
    for other in servers[1:]:
        ratios = [f"{mock.rate(method) / other.rate(method):.2f} x" for method in ("GET", "POST")]
        rows.append((f"mock / {other.name}", *ratios, "", "", "", ""))
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    lines = [
        row[0].ljust(widths[0])
        + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in (heads, *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)


def _many_cases(count: int) -> str:
    """What a small case takes in memory, and what a read takes with few and with many of them."""
    from mock_server import Handle, Request, build  # noqa: PLC0415 - measured on its own

    headers = {"authorization": "Bearer dev-token"}
    create = Request("POST", "/case", headers, CASE.encode())

    def filled(size: int) -> tuple[Handle, list[Request]]:
        """A mock with so many cases, and requests for a thousand of them."""
        handle = build()
        step = max(1, size // 1000)
        bodies = (handle(create).body for _ in range(size))
        ids = [json.loads(body)["id"] for n, body in enumerate(bodies) if n % step == 0]
        return handle, [Request("GET", f"/case/{case_id}", headers) for case_id in ids]

    def read(handle: Handle, requests: list[Request]) -> float:
        """Microseconds of a read."""
        started = time.perf_counter()
        for request in requests:
            handle(request)
        return (time.perf_counter() - started) / len(requests) * 1e6

    small = filled(1000)
    before = _resident(os.getpid())
    large = filled(count)
    each = (_resident(os.getpid()) - before) * 1024 * 1024 / count
    times = [(read(*small), read(*large)) for _ in range(200)]
    few, many = (statistics.median(column) for column in zip(*times, strict=True))
    return (
        f"{count:,} cases in memory: {each:,.0f} bytes each; "
        f"a read takes {many:.2f} µs in the core, and {few:.2f} µs with 1,000"
    )


if __name__ == "__main__":
    sys.exit(main())
