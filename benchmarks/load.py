"""Load on one server: each operation by wrk, on a pool of cases."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("load.lua")
OPERATIONS = ("GET", "PATCH", "transition", "POST")
"""POST comes last, because it fills the server's memory, whose peak is measured before."""
CONNECTIONS = 16
POOL = 64
"""Cases that are read, updated and transitioned: more than connections, so that one is always free."""

HEADERS = {"Authorization": "Bearer dev-token", "Content-Type": "application/json"}
CASE = {"summary": "Invoices split to stay under the approval limit", "locations": ["Porto", "Graz"]}

Case = tuple[str, str]
"""Case id and workflow id."""

TIMEOUT = 20
"""Timeout of a response, in seconds."""


class CannotDo(Exception):
    """The server does not support the operation, or refused some of the requests."""


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one round: requests, requests a second, and latency in milliseconds."""

    requests: int
    rate: float
    p50: float
    p99: float
    cpu: float
    """Microseconds of processor time that the server's process took for each request."""


def is_responding(port: int) -> bool:
    """Return True if the server responds."""
    try:
        _ask(port, "GET", "/case/1")
    except OSError:
        return False
    return True


def load(port: int, pid: int, operation: str, seconds: int) -> Load:
    """Run one round of an operation on new cases. Raises CannotDo."""
    _try(port, operation, new_case(port))
    return run(port, pid, operation, [new_case(port) for _ in range(POOL)], seconds)


def run(port: int, pid: int, operation: str, cases: Sequence[Case], seconds: int) -> Load:
    """Run one round of an operation on these cases. Raises CannotDo."""
    before = _processor_time(pid)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(SCRIPT)]
    command += ["-H", f"Authorization: {HEADERS['Authorization']}", f"http://127.0.0.1:{port}"]
    done = subprocess.run(
        [*command, "--", operation, *map(":".join, cases)], capture_output=True, text=True, check=True
    )
    counted = json.loads(done.stdout.splitlines()[-1])
    if counted["failed"] or not counted["requests"]:
        raise CannotDo(f"{counted['failed']:,} of {counted['requests']:,} requests failed")
    rate = counted["requests"] / counted["seconds"]
    cpu = (_processor_time(pid) - before) * 1e6 / counted["requests"]
    return Load(counted["requests"], rate, counted["p50"], counted["p99"], cpu)


def _processor_time(pid: int) -> float:
    """Return the processor time of a process in seconds (proc(5)); nan if the system does not report it."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return float("nan")
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _try(port: int, operation: str, case: Case) -> None:
    case_id, workflow = case
    how: Mapping[str, tuple[str, str, Any]] = {
        "GET": ("GET", f"/case/{case_id}", None),
        "PATCH": ("PATCH", f"/case/{case_id}", {"locations": []}),
        "transition": (
            "POST",
            f"/case/{case_id}/transition",
            {"caseStatus": "Close", "workflowId": workflow},
        ),
        "POST": ("POST", "/case", CASE),
    }
    status, _ = _ask(port, *how[operation])
    if status not in (200, 201):
        raise CannotDo(f"it responds with {status}")


def new_case(port: int) -> Case:
    """Create a case, and return its id and workflow id; placeholders if the server has none."""
    _, body = _ask(port, "POST", "/case", CASE)
    case = json.loads(body)
    return str(case.get("id") or 1), str(case.get("lastWorkflowId") or 1)


def _ask(port: int, method: str, path: str, payload: Any = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request(method, path, None if payload is None else json.dumps(payload), HEADERS)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
