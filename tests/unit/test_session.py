"""The session: what it retries, what it records without a response, and when it stops."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock

from contract_tests.assertions.universal_checks import find_violations
from contract_tests.client import session as session_module
from contract_tests.client import silence
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.connections import Bounds
from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import Cause, NoResponse
from contract_tests.client.ledger import UNANSWERED, written
from contract_tests.client.pace import Pace
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.exceptions import BudgetSpent, TargetError
from contract_tests.testdata.corpus import ORDINARY

ENVIRONMENT = {"CASEIQ_TOKEN": "dev-token"}


def client(url: str, **settings: Any) -> CaseApi:
    return connect(Target(url, ENVIRONMENT), RunSettings(**settings))


class Server:
    """A server that does with each connection what a test says."""

    def __init__(self, serve: Callable[[socket.socket, int], None]) -> None:
        self._serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests = 0
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # ends `accept`, which would keep the port
        self.listener.close()
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self._clients.append(client)
                threading.Thread(target=self._read, args=(client,), daemon=True).start()

    def _read(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while received := client.recv(65536):
                if b"HTTP/1.1\r\n" in received:
                    self.requests += 1
                    self._serve(client, self.requests)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket, int], None]], Server]]:
    servers: list[Server] = []

    def start(handle: Callable[[socket.socket, int], None]) -> Server:
        servers.append(Server(handle))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def answer(client: socket.socket, _: int = 0) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def drop(client: socket.socket, _: int = 0) -> None:
    client.shutdown(socket.SHUT_RDWR)


Serve = Callable[[Callable[[socket.socket, int], None]], Server]


def test_read_is_retried_after_a_broken_connection(serve: Serve) -> None:
    server = serve(lambda client, number: drop(client) if number < 3 else answer(client))
    api = client(server.url)
    seen: list[Exchange] = []
    api.session.watch = seen.append
    assert api.get("x").ok
    assert [bool(one.failure) for one in seen] == [True, True, False]
    assert [one.status for one in api.trace] == [200]


def test_write_is_not_retried_after_a_broken_connection(serve: Serve) -> None:
    server = serve(drop)
    api = client(server.url)
    with pytest.raises(NoResponse) as raised:
        api.replace("x", {})
    assert raised.value.failure.cause is Cause.BROKEN
    assert server.requests == 1
    assert list(api.trace) == [raised.value.exchange]


def test_exchange_without_response_is_evidence_and_no_violation(serve: Serve) -> None:
    api = client(serve(drop).url)
    with pytest.raises(NoResponse):
        api.create(ORDINARY)
    (exchange,) = api.trace
    assert not list(find_violations(exchange))
    assert exchange.evidence["status"] == 0
    assert exchange.summary().startswith("no response: connection failed")
    assert "curl -X POST" in exchange.evidence["curl"]
    json.dumps(exchange.evidence)


def test_create_without_response_is_in_the_ledger(serve: Serve, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    api = client(serve(drop).url, ledger=ledger)
    with pytest.raises(NoResponse):
        api.create(ORDINARY)
    assert [line["id"] for line in written(ledger, api.session.ledger.run)] == [UNANSWERED]


def test_refused_create_is_not_in_the_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    with running(AlteredMock()) as url:
        api = client(url, ledger=ledger)
        api.raw("POST", "/case", b"[]", {"Content-Type": "application/json"})
        created = api.create(ORDINARY).object["id"]
    api.session.ledger.close()
    assert [line["id"] for line in written(ledger, api.session.ledger.run)] == [created]


def test_silent_target_gets_no_more_requests(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "MOST", 2)
    server = serve(lambda *_: time.sleep(5))
    api = client(server.url, bounds=Bounds(seconds=0.1))
    for _ in range(2):
        with pytest.raises(TargetError):
            api.replace("x", {})
    sent = server.requests
    with pytest.raises(TargetError, match="2 times in a row"):
        api.get("x")
    assert server.requests == sent


def test_silent_operation_is_not_sent_any_more(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "MOST_OF_OPERATION", 3)
    server = serve(lambda client, number: time.sleep(1) if number in (2, 4, 6) else answer(client))
    api = client(server.url, bounds=Bounds(seconds=0.2))
    assert api.update("x", {"a": 1}).ok
    for number in range(3):
        assert not api.session.silences.stopped_responding("PATCH", f"{server.url}/case/x")
        with pytest.raises(NoResponse):
            api.update("x", {"a": number})
        assert api.get("x").ok
    sent = server.requests
    with pytest.raises(NoResponse, match="3 times in a row, so no PATCH is sent any more"):
        api.update("y", {"a": 1})
    assert server.requests == sent
    assert api.session.silences.stopped_responding("PATCH", f"{server.url}/case/x")
    assert not api.session.silences.stopped_responding("PUT", f"{server.url}/case/x")
    assert api.replace("x", {}).ok


def test_response_between_time_outs_keeps_the_target_in_use(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "MOST", 2)
    server = serve(lambda client, number: answer(client) if number % 2 == 0 else time.sleep(1))
    api = client(server.url, bounds=Bounds(seconds=0.2))  # a busy machine needs some time for a response
    for _ in range(2):
        with pytest.raises(NoResponse):
            api.replace("x", {})
        assert api.replace("x", {}).ok


def test_slow_response_names_the_bound(serve: Serve) -> None:
    def trickle(client: socket.socket, _: int) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            client.sendall(b"x")
            time.sleep(0.05)

    api = client(serve(trickle).url, bounds=Bounds(seconds=0.3))
    with pytest.raises(NoResponse, match=r"not complete after 0\.3 s"):
        api.replace("x", {})


def test_large_response_names_the_bound(serve: Serve) -> None:
    api = client(
        serve(lambda client, _: client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000)).url,
        bounds=Bounds(size=1_000_000),
    )
    with pytest.raises(NoResponse, match="larger than 1,000,000 bytes"):
        api.replace("x", {})


@pytest.mark.parametrize("retry_after", ["9" * 400, "86400", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_long_retry_after_ends_the_wait_at_once(retry_after: str) -> None:
    def busy(request: Request) -> Response | None:
        return Response(429, b"", {"Retry-After": retry_after}) if request.method == "PATCH" else None

    with running(AlteredMock(before=busy)) as url:
        api = client(url)
        started = time.monotonic()
        with pytest.raises(TargetError, match="429 1 times"):
            api.update("x", {"a": 1})
        assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "retry_after", ["1e308", "nan", "-1", "inf", "soon", "Wed, 99 Oct 2099 07:28:00 GMT"]
)
def test_malformed_retry_after_is_replaced_by_a_backoff(
    retry_after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(session_module.time, "sleep", waits.append)

    def busy(request: Request) -> Response | None:
        return Response(429, b"", {"Retry-After": retry_after}) if request.method == "PATCH" else None

    with running(AlteredMock(before=busy)) as url:
        api = client(url)
        api.session.pace = Pace(None, sleep=lambda _: None)
        with pytest.raises(TargetError):
            api.update("x", {"a": 1})
    assert 3 < len(waits) <= session_module.ATTEMPTS
    assert sum(waits) <= session_module.LONGEST_WAITS


def test_target_that_stopped_names_the_last_request(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "RESTART", 0.2)
    server = serve(lambda client, number: answer(client) if number == 1 else drop(client))
    api = client(server.url)
    assert api.replace("x", {}).ok
    with pytest.raises(NoResponse):
        api.replace("fatal", {})
    server.stop()
    with pytest.raises(NoResponse) as raised:
        api.replace("after", {})
    assert raised.value.failure.cause is Cause.UNREACHABLE
    assert api.session.refused_after is not None
    assert api.session.refused_after.url.endswith("/case/fatal")
    assert not api.session.recovers(0.1)


def test_target_that_stops_may_reset_later_connections(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "RESTART", 0.1)
    server = serve(lambda client, number: answer(client) if number == 1 else drop(client))
    api = client(server.url)
    assert api.replace("x", {}).ok
    for name in ("fatal", "later"):
        with pytest.raises(NoResponse):
            api.replace(name, {})
    server.stop()
    with pytest.raises(NoResponse):
        api.replace("after", {})
    assert api.session.refused_after is not None
    assert api.session.refused_after.url.endswith("/case/fatal")


def test_request_is_sent_once_the_target_is_back(serve: Serve) -> None:
    server = serve(answer)
    api = client(server.url)
    assert api.get("x").ok
    server.stop()
    port = int(server.url.rpartition(":")[2])
    returned: list[socket.socket] = []

    def restart() -> None:
        time.sleep(0.15)
        returned.append(socket.create_server(("127.0.0.1", port)))
        with suppress(OSError):
            while True:
                connection, _ = returned[0].accept()
                with connection:
                    if connection.recv(65536):
                        answer(connection)

    threading.Thread(target=restart, daemon=True).start()
    assert api.replace("x", {}).ok
    assert api.session.refused_after is None
    returned[0].close()


def test_other_connection_is_new_and_only_for_its_block(serve: Serve) -> None:
    connections: list[int] = []

    def note(client: socket.socket, _: int) -> None:
        connections.append(client.getpeername()[1])
        answer(client)

    api = client(serve(note).url)
    api.get("x")
    with api.session.other_connection():
        api.get("x")
        api.get("x")
    with api.session.other_connection():
        api.get("x")
    api.get("x")
    first, second, third, fourth, fifth = connections
    assert first == fifth
    assert second == third
    assert len({first, second, fourth}) == 3


def test_id_with_a_lone_surrogate_can_be_sent() -> None:
    assert case_path("a\ud800b/c") == "/case/a%ED%A0%80b%2Fc"


def test_reserved_requests_are_left_for_later(serve: Serve) -> None:
    api = client(serve(answer).url)
    assert api.session.requests_left is None
    api.session.max_requests = api.session.requests_sent + 2
    api.session.reserved_requests = 1
    api.get("x")
    assert api.session.requests_left == 0
    with pytest.raises(BudgetSpent, match="--max-requests"):
        api.get("x")
    api.session.reserved_requests = 0
    assert api.get("x").ok
