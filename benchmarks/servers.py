"""The measured servers: start command, start time and memory."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from load import TIMEOUT, is_responding

HERE = Path(__file__).parent
SPEC = HERE.parent / "spec" / "caseiq-openapi.yaml"
CONTROL_TOKEN = "benchmark"
UVICORN = ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--ws", "none"]
UVICORN += ["--no-access-log", "--no-proxy-headers", "--no-server-header", "--log-level", "error"]

Command = Callable[[int, Path], Sequence[str]]
"""Returns the command line for a port and a temporary folder. Raises CannotRun."""


class CannotRun(Exception):
    """The server is not installed or did not start; the message is one line."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server, with its name in the table."""

    name: str
    command: Command


@dataclass(frozen=True, slots=True)
class Running:
    """A running server."""

    port: int
    pid: int
    start: float
    """Seconds from the command to the first response."""

    def peak(self) -> float:
        """Return the peak memory in MB; nan if the system does not report it."""
        return memory(self.pid, "VmHWM")


def servers(npm: str | None, postgresql: str) -> list[Server]:
    """Return all servers. `npm` is a folder of commands, if they are not on the PATH; `postgresql` is the URL of a
    database.
    """
    return [
        Server("mock", _mock()),
        Server("mock, SQLite, relaxed", _mock("--store", "sqlite:///{folder}/db", "--durability", "relaxed")),
        Server("mock, SQLite", _mock("--store", "sqlite:///{folder}/db")),
        Server("mock, PostgreSQL", _mock("--store", postgresql)),
        Server("mock, as ASGI application", _uvicorn("--factory", "mock_server.adapters.asgi:default")),
        Server("bare ASGI callable", _uvicorn("bare:app")),
        Server("Prism", partial(_prism, npm, [])),
        Server("Prism, silent", partial(_prism, npm, ["-v", "silent"])),
        Server("Mockoon", partial(_mockoon, npm)),
        Server("json-server", partial(_json_server, npm)),
    ]


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Start the server, and stop it at the end. Raises CannotRun."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        command = server.command(port, Path(folder))
        free.close()
        errors = Path(folder, "stderr")
        started = time.perf_counter()
        with errors.open("wb") as stderr:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, cwd=HERE.parent)
        try:
            while not is_responding(port):
                late = time.perf_counter() - started > TIMEOUT
                if late or process.poll() is not None:
                    lines = errors.read_text(errors="replace").split("\n")
                    raise CannotRun(
                        next(filter(None, reversed(lines)), "it did not start, and printed nothing")
                    )
                time.sleep(0.001)
            yield Running(port, process.pid, time.perf_counter() - started)
        finally:
            process.kill()
            process.wait()


def memory(pid: int, what: str) -> float:
    """Return a value in kB from the status of a process (proc(5)), in MB."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    lines = (line.split() for line in status.read_text().splitlines())
    return next(int(line[1]) / 1024 for line in lines if line[0] == f"{what}:")


def _mock(*options: str) -> Command:
    return lambda port, folder: [
        *(sys.executable, "-m", "mock_server", "--port", str(port), "--control-token", CONTROL_TOKEN),
        *(option.format(folder=folder) for option in options),
    ]


def _uvicorn(*application: str) -> Command:
    return lambda port, _: [
        *(sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "--port", str(port)),
        *(*UVICORN, *application),
    ]


def _prism(npm: str | None, options: Sequence[str], port: int, _folder: Path) -> Sequence[str]:
    return [_found("prism", npm), "mock", *options, "-h", "127.0.0.1", "-p", str(port), str(SPEC)]


def _mockoon(npm: str | None, port: int, folder: Path) -> Sequence[str]:
    mockoon, data = _found("mockoon-cli", npm), folder / "data.json"
    subprocess.run([mockoon, "import", "-i", SPEC, "-o", data], check=True, stdout=subprocess.DEVNULL)
    return [
        mockoon,
        "start",
        "-d",
        str(data),
        "-l",
        "127.0.0.1",
        "-p",
        str(port),
        "-X",
        "--disable-admin-api",
    ]


def _json_server(npm: str | None, port: int, folder: Path) -> Sequence[str]:
    # A script keeps the data in memory. With a JSON file, json-server would write all of it at each change.
    data = folder / "data.js"
    data.write_text("module.exports = () => ({ case: [] });\n")
    return [_found("json-server", npm), "--quiet", "--host", "127.0.0.1", "--port", str(port), str(data)]


def _found(command: str, npm: str | None) -> str:
    path = shutil.which(command, path=npm)
    if path is None:
        raise CannotRun(f"{command} is not {f'in {npm}' if npm else 'on the PATH'}; see --npm")
    return path
