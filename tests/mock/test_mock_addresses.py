"""Addresses of a mock that listens on all addresses of its machine."""

import socket
from urllib.parse import urlsplit

import pytest
import requests
from support.processes import mock_process

from mock_server.adapters import server
from mock_server.adapters.server import listen, public_origins


def test_single_address_has_no_public_origins() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert public_origins("127.0.0.1", listener) == []


def test_public_origins_are_usable_by_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ["127.0.1.1", "192.0.2.7", "169.254.1.1", "0.0.0.0", "192.0.2.7", "198.51.100.3"]
    monkeypatch.setattr(server, "PROBES", {"0.0.0.0": "no-address"})
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", (address, 0)) for address in addresses]
    )
    with listen("0.0.0.0", 0) as listener:
        port = listener.getsockname()[1]
        assert public_origins("0.0.0.0", listener, tls=True) == [
            f"https://192.0.2.7:{port}",
            f"https://198.51.100.3:{port}",
        ]


def test_printed_public_address_reaches_the_mock() -> None:
    with listen("0.0.0.0", 0) as listener:
        origins = public_origins("0.0.0.0", listener)
    if not origins:
        pytest.skip("this machine has only the loopback address")
    host = urlsplit(origins[0]).hostname
    with mock_process("--host", "0.0.0.0", "--prefix", "/api") as (process, url):
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        line = next(line for line in lines if line.startswith(f"From other machines: http://{host}:"))
        public = line.removeprefix("From other machines: ").strip()
        assert public.partition(str(host))[2] == url.partition("127.0.0.1")[2]
        session = requests.Session()
        session.trust_env = False
        assert session.get(f"{public}/case/1", timeout=5).status_code == 401
