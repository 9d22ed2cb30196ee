"""Stopping: requests in flight are finished, other connections are closed, and nothing is printed."""

import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from mock_server import Request, Response, build
from mock_server.adapters import server
from mock_server.adapters.thread import serving
from mock_server.core.messages import Execution

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

AUTHORIZED = b"Authorization: Bearer dev-token\r\nContent-Type: application/json\r\n"
HEAD = b"POST /case HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED + b"Content-Length: 2\r\n\r\n"


@dataclass
class Mock:
    """A server process."""

    process: subprocess.Popen[str]
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ends(self) -> tuple[int, str]:
        """Return exit status and stderr."""
        _, stderr = self.process.communicate(timeout=10)
        return self.process.returncode, stderr


@contextmanager
def running(*options: str, command: Sequence[str] = (sys.executable, "-m", "mock_server")) -> Iterator[Mock]:
    command = [*command, "--port", "0", *options]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout
    try:
        found = re.search(r":(\d+)", process.stdout.readline())
        assert found
        yield Mock(process, int(found.group(1)))
    finally:
        process.kill()
        process.communicate()


def refuses(port: int) -> bool:
    """Return True if a new connection is refused within a second."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # the listener closed while the connection was in its queue
        time.sleep(0.02)
    return False


def test_end_with_stdin_stops_at_the_end_of_input() -> None:
    with running("--end-with-stdin") as mock, mock.connect() as busy:
        busy.sendall(HEAD + b"{")
        assert mock.process.stdin
        mock.process.stdin.close()
        assert refuses(mock.port)
        busy.sendall(b"}")
        assert b" 201 " in busy.recv(65536)
        mock.process.stdin = None
        assert mock.ends() == (-signal.SIGTERM, "")


def test_end_with_stdin_stops_at_once_without_stdin() -> None:
    command = f"{shlex.quote(sys.executable)} -m mock_server --port 0 --end-with-stdin <&-"
    ended = subprocess.run(
        ["sh", "-c", f"exec {command}"], capture_output=True, text=True, timeout=10, check=False
    )
    assert (ended.returncode, ended.stderr) == (-signal.SIGTERM, "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_stop_finishes_requests_in_flight(number: signal.Signals, status: int) -> None:
    with running() as mock, mock.connect() as idle, mock.connect() as busy:
        idle.sendall(HEAD + b"{}")
        assert b" 201 " in idle.recv(65536)
        busy.sendall(HEAD + b"{")
        mock.process.send_signal(number)
        assert idle.recv(1) == b""
        assert refuses(mock.port)
        assert mock.process.poll() is None
        busy.sendall(b"}")
        response = b"".join(iter(lambda: busy.recv(65536), b""))
        assert response.startswith(b"HTTP/1.1 201 ")
        assert b"connection: close\r\n" in response
        assert mock.ends() == (status, "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_ignored_signal_stops_as_usual(number: signal.Signals, status: int) -> None:
    """A shell starts a background job of a script with SIGINT ignored."""
    previous = signal.signal(number, signal.SIG_IGN)
    try:
        with running() as mock:
            mock.process.send_signal(number)
            assert mock.ends() == (status, "")
    finally:
        signal.signal(number, previous)


def test_mock_without_uvloop_serves_and_stops() -> None:
    """Windows has no uvloop."""
    code = "import sys; sys.modules['uvloop'] = None; from mock_server.__main__ import main; sys.exit(main())"
    with running(command=[sys.executable, "-c", code]) as mock, mock.connect() as client:
        client.sendall(HEAD + b"{}")
        assert b" 201 " in client.recv(65536)
        mock.process.send_signal(signal.SIGINT)
        assert mock.ends() == (130, "")


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_second_signal_stops_at_once(first: signal.Signals) -> None:
    with running() as mock, mock.connect() as busy:
        busy.sendall(HEAD)
        mock.process.send_signal(first)
        assert refuses(mock.port)
        assert mock.process.poll() is None
        mock.process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        assert mock.ends() == (-signal.SIGINT, "")
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize("options", [(), ("--fault", "text-trimmed")])
def test_stop_sends_delayed_responses(options: tuple[str, ...]) -> None:
    """A fault makes the mock respond from threads."""
    late = HEAD.replace(b"Host: x", b"Host: x\r\nPrefer: delay=400") + b"{}"
    with running(*options) as mock, mock.connect() as one, mock.connect() as other:
        one.sendall(late)
        other.sendall(late + HEAD)
        mock.process.send_signal(signal.SIGTERM)
        for client in (one, other):
            response = b"".join(iter(lambda client=client: client.recv(65536), b""))
            assert response.count(b"HTTP/1.1 201 ") == 1
            assert b"connection: close\r\n" in response
        assert mock.ends() == (-signal.SIGTERM, "")


def test_stop_aborts_requests_after_the_grace_period(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "GRACE", 0.2)
    released = threading.Event()

    def handle(request: Request) -> Response:
        released.wait(10)
        return Response(204)

    with serving(handle, schedule=lambda _: Execution.IN_THREAD) as address:
        connections = [socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) for _ in "ab"]
        connections[0].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        connections[1].sendall(HEAD)
        time.sleep(0.1)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    for connection in connections:
        with connection:
            assert connection.recv(1) == b""
    released.set()
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_stop_waits_for_a_slow_reader() -> None:
    large = b"x" * 20_000_000
    pieces: list[bytes] = []
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def read() -> None:
            time.sleep(0.3)
            pieces.extend(iter(lambda: client.recv(1_000_000), b""))

        with serving(lambda request: Response(200, {}, large)) as address:
            client.connect(("127.0.0.1", int(address.rpartition(":")[2])))
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.1)
            reader = threading.Thread(target=read)
            reader.start()
        reader.join()
    assert b"".join(pieces).partition(b"\r\n\r\n")[2] == large


def test_mock_in_a_thread_leaves_no_resources() -> None:
    before = {*threading.enumerate()}
    for _ in range(3):
        with serving(build()) as address:
            port = int(address.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(HEAD + b"{}")
                assert b" 201 " in client.recv(65536)
        assert refuses(port)
    assert {*threading.enumerate()} <= before  # a thread of an earlier test may have ended in the meantime
