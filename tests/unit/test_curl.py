"""curl lines that send the bytes of the recorded request, or say that they do not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from contract_tests.client.curl import curl_line
from contract_tests.masking.secrets import MASK, Secrets

BASE = "http://tenant.example/api"
SECRETS = Secrets()
SECRETS.add("s3cret-token", own=True)
JSON = {"Content-Type": "application/json"}


def line(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = JSON) -> str:
    return curl_line(method, BASE + path, headers, body, base_url=BASE, secrets=SECRETS)


def sent_by(command: str) -> tuple[str, str, dict[str, str], bytes]:
    """Run a command, and return method, path, headers and body of its request."""
    received: list[tuple[str, str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.serve
            raise AttributeError(name)

        def serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            received.append((self.command, self.path, headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        environment = {"BASE_URL": f"http://127.0.0.1:{server.server_port}", "CASEIQ_TOKEN": "s3cret-token"}
        subprocess.run(
            ["sh", "-c", f"{command}"], env=environment | {"PATH": "/usr/bin:/bin"}, check=True, timeout=20
        )
        thread.join()
    return received[0]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "it\'s $HOME `id` \\\\ %s"}',
        '{"\u00e4": "\u4e16"}'.encode(),
        b'{"a": "\xed\xa0\x80"}',
        b"\x00\xff",
        b"@/etc/hostname",
        b"{\n}",
        b"",
        json.dumps({"a": "x" * 1900}).encode(),
    ],
)
def test_line_sends_the_recorded_body(body: bytes) -> None:
    headers = {**JSON, "Content-Length": str(len(body))}
    method, path, _, received = sent_by(line("PUT", "/case/1", body, headers))
    assert (method, path, received) == ("PUT", "/case/1", body)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_line_sends_the_recorded_path_and_headers() -> None:
    headers = {"Authorization": "Bearer s3cret-token", "Accept": "text/html", "X-Empty": ""}
    method, path, received, _ = sent_by(line("HEAD", "/case/a%2Fb/../[x]{y,z}?q=`id`", headers=headers))
    assert (method, path) == ("HEAD", "/case/a%2Fb/../[x]{y,z}?q=`id`")
    assert received["authorization"] == "Bearer s3cret-token"
    assert (received["accept"], received["x-empty"]) == ("text/html", "")


def test_body_below_two_kilobytes_is_whole() -> None:
    body = json.dumps({"a": "x" * 1980}).encode()
    assert body.decode() in line("POST", "/case", body)


def test_longer_body_is_not_in_the_line() -> None:
    shown = line("POST", "/case", json.dumps({"a": "x" * 3000}).encode())
    assert "xxx" not in shown
    assert "--data-binary @BODY  # BODY: 3,009 bytes, which the reproduction script contains" in shown


def test_unknown_credential_is_commented() -> None:
    shown = line("GET", "/case/1", headers={"Authorization": "Bearer other-token"})
    assert shown.endswith("# *** replaces a credential that is not recorded")
    assert "other-token" not in shown


def test_masked_form_keeps_its_quote_when_masked_again() -> None:
    command = line("POST", "/token", b"client_id=acme&client_secret=guessed")
    assert SECRETS.mask_whole(command) == command
    assert "client_secret=***'" in command


def of_header(name: str, value: str, *issued: str, own: str = "s3cret-token") -> str:
    """Return the line with a header that carries a credential, after others that the target issued."""
    secrets = Secrets(issued, headers=[name])
    secrets.add(own, own=True)
    headers = {name: value}
    secrets.learn(headers, "", {}, "")
    return secrets.mask(curl_line("GET", f"{BASE}/case", headers, b"", base_url=BASE, secrets=secrets))


def test_earlier_token_of_the_run_is_not_a_damaged_one() -> None:
    secrets = Secrets()
    for token in ("tok-number-0001", "tok-number-0002"):
        secrets.add(token, own=True)
    shown = curl_line(
        "GET", BASE, {"Authorization": "Bearer tok-number-0001"}, b"", base_url=BASE, secrets=secrets
    )
    assert '"Authorization: Bearer $CASEIQ_TOKEN"' in shown


def test_another_granted_token_is_not_a_damaged_one() -> None:
    shown = of_header("Authorization", "Bearer tok-number-0002", "tok-number-0002", own="tok-number-0001")
    assert "'Authorization: Bearer ***'" in shown
    assert "not recorded" in shown


@pytest.mark.parametrize("own", ["Zq8v K3xW 7Jr5 tY9p", "Zq8v=K3xW=7Jr5", "Zq8vK3xW7Jr5=="])
def test_damaged_credential_of_a_header_shows_no_part(own: str) -> None:
    for value in (own[:-2], own[:6], f"{own[:4]}X{own[5:]}", own.swapcase(), re.escape(own[:-2]) + ".."):
        shown = of_header("X-Key", value, own=own)
        assert not {own[at : at + 4] for at in range(len(own) - 3) if own[at : at + 4] in shown}, shown


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("name", ["X-$HOME", "X-`id`"])
def test_header_name_and_path_are_no_commands(name: str) -> None:
    for token in ("s3cret-token", "s3cret-tok", "s3cret-tokenxx"):
        shown = curl_line(
            "GET",
            f"{BASE}/case/$(id)$HOME`id`",
            {name: token},
            b"",
            base_url=BASE,
            secrets=secrets_of_header(name),
        )
        _, path, headers, _ = sent_by(shown)
        assert path == "/case/$(id)$HOME`id`"
        assert headers[name.lower()] == token


def secrets_of_header(name: str) -> Secrets:
    secrets = Secrets(headers=[name])
    secrets.add("s3cret-token", own=True)
    return secrets


def test_token_in_the_other_case_is_derived() -> None:
    shown = line("GET", "/case/1", headers={"Authorization": "Bearer S3CRET-TOKEN"})
    assert "tr A-Za-z a-zA-Z" in shown
    assert MASK not in shown
