"""The proxy through which scripts send their requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.report.replay.proxy import session_proxy


class Echo(BaseHTTPRequestHandler):
    """Responds with the number of the client's port, which differs between connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = str(self.client_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_each_request_of_a_script_has_its_own_connection(url: str) -> None:
    session = connect(Target(url, {"CASEIQ_TOKEN": "t"}), RunSettings()).session
    with session_proxy(session) as proxy:
        ports = [requests.get(proxy.url + "/case/1", timeout=5).text for _ in range(3)]
    assert len(set(ports)) == 3
    assert [one.body.decode() for one in proxy.exchanges] == ports
