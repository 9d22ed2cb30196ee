"""The command: its output, its exit status, and equal responses over a socket."""

import json
import re
import shlex
import signal
import socket
import sys
from pathlib import Path

import pytest
import requests
from support.commands import base_url, control_token, control_url, run_command, running_command

from mock_server import Auth, CaseRules, Mock, Request, Scheme, Settings
from mock_server.cli.main import _greeting

TOKEN = {"Authorization": "Bearer dev-token"}


def test_start_message_has_everything_a_client_needs() -> None:
    with running_command("--prefix", "/api-public/1.0/", "--token", "it's mine"[:4]) as (_, lines):
        url = base_url(lines)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/api-public/1\.0", url)
        curl = shlex.split(lines[1])
        assert curl[:2] == ["curl", f"{url}/case"]
        headers = dict(curl[i + 1].split(": ") for i, word in enumerate(curl) if word == "-H")
        response = requests.post(curl[1], data=curl[curl.index("-d") + 1], headers=headers, timeout=5)
        assert response.status_code == 201
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        _, endpoint, _, grant = shlex.split(lines[2].partition("ACCESS_TOKEN: ")[2])
        token = requests.post(endpoint, data=grant, headers=form, timeout=5).json()["access_token"]
        headers["Authorization"] = (
            lines[2].partition("Authorization: ")[2].partition(" ACCESS")[0] + f" {token}"
        )
        assert requests.post(curl[1], data="{}", headers=headers, timeout=5).status_code == 201


@pytest.mark.parametrize("scheme", Scheme)
def test_printed_curl_commands_work_for_every_tenant(scheme: Scheme) -> None:
    auth = Auth(
        scheme=scheme, token="a'b", client_id="it&s", client_secrets=("m%e+",), cookie="sid", header="X-K"
    )
    mock = Mock(
        Settings(auth, CaseRules(required=frozenset({"caseType", "canceled", "summary"})), prefix="/api")
    )
    lines = _greeting("http://mock.test", mock, []).splitlines()
    place, *fields, _, body = shlex.split(lines[1])[1:]
    headers = dict(field.split(": ", 1) for field in fields[1::2])
    sent = {name.lower(): value for name, value in headers.items()}
    response = mock.handle(Request("POST", place.removeprefix("http://mock.test"), sent, body.encode()))
    assert response.status == 201, response.body
    if scheme in (Scheme.BEARER, Scheme.OAUTH2):
        _, place, _, grant = shlex.split(lines[2].partition("ACCESS_TOKEN: ")[2])
        form = {"content-type": "application/x-www-form-urlencoded"}
        path = place.removeprefix("http://mock.test")
        assert mock.handle(Request("POST", path, form, grant.encode())).status == 200


def test_console_link_contains_any_control_token() -> None:
    with running_command("--control-token", "a/b%2Fc#d") as (_, lines):
        assert lines[-1].endswith("/_mock/#token=a%2Fb%252Fc%23d")


def test_options_are_passed_to_the_mock() -> None:
    with running_command("--client-id", "me", "--client-secret", "k0", "--client-secret", "k1") as (_, lines):
        for secret in ("k0", "k1"):
            grant = {"grant_type": "client_credentials", "client_id": "me", "client_secret": secret}
            assert requests.post(f"{base_url(lines)}/auth/oauth2/token", data=grant, timeout=5).ok
    with running_command("--no-auth") as (_, lines):
        assert "Authorization" not in lines[1]
        assert requests.post(f"{base_url(lines)}/case", json={}, timeout=5).status_code == 201


def test_socket_and_handle_return_the_same_responses() -> None:
    with running_command() as (_, lines), requests.Session() as session:
        url = base_url(lines)
        session.headers.update(TOKEN)
        case = session.post(f"{url}/case", json={"a": "ü", "b": 2**70}).json()
        place = f"{url}/case/{case['id']}"
        for _ in range(2):
            assert session.get(place).json() == case
        assert session.get(f"{url}/case/a%2Fb").status_code == 404
        assert session.delete(place).headers["Allow"] == "GET, HEAD, OPTIONS, PATCH, PUT"
        large = session.post(
            f"{url}/case", data=b"x" * 5_000_000, headers={"Content-Type": "application/json"}
        )
        assert large.status_code == 413
        assert session.get(place).json() == case


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_signal_stops_the_mock_silently(number: signal.Signals, status: int) -> None:
    with running_command() as (process, lines), requests.Session() as session:
        assert session.get(f"{base_url(lines)}/case/1").status_code == 401
        process.send_signal(number)
        _, stderr = process.communicate(timeout=10)
        assert (process.returncode, stderr) == (status, "")


def test_port_in_use_is_reported_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, out, err = run_command("--port", str(port))
    assert (status, out) == (1, "")
    assert (
        err
        == f"caseiq-mock: cannot listen on 127.0.0.1 port {port}: Address already in use; use another --host or --port\n"
    )


def test_foreign_host_is_reported_in_one_line() -> None:
    status, out, err = run_command("--host", "192.0.2.1", "--port", "0")
    assert (status, out) == (1, "")
    assert re.fullmatch(r"caseiq-mock: cannot listen on 192\.0\.2\.1 port 0: .+\n", err)


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def responses_of(*options: str) -> list[bytes]:
    """Return the responses of a mock process to some requests."""
    with running_command(*options) as (_, lines), requests.Session() as session:
        session.headers.update(TOKEN)
        url = base_url(lines)
        case = session.post(f"{url}/case", json={"summary": "ü"})
        place = f"{url}/case/{case.json()['id']}"
        move = {"caseStatus": "Close", "workflowId": case.json()["lastWorkflowId"]}
        moved = session.post(f"{place}/transition", json=move)
        state = session.get(control_url(lines, "/state"), headers=control_token(lines))
        return [case.content, moved.content, state.content]


def test_runs_with_equal_seed_and_time_are_equal() -> None:
    options = ("--seed", "7", "--now", "2025-03-04T10:15:30.5+01:00", "--seed-data", "demo")
    first = responses_of(*options)
    assert responses_of(*options) == first
    assert json.loads(first[0])["createdDate"] == "2025-03-04T09:15:30.500Z"
    assert len(json.loads(first[2])["cases"]) == 31
    assert responses_of("--seed", "8")[0] != responses_of("--seed", "7")[0]


def test_export_can_be_used_as_a_seed_file(tmp_path: Path) -> None:
    exported = responses_of("--seed-data", "demo")[2].decode()
    path = written(tmp_path, "export.json", exported)
    with running_command("--seed-data", path) as (_, lines):
        assert (
            requests.get(control_url(lines, "/state"), headers=control_token(lines), timeout=5).text
            == exported
        )


def test_start_message_links_to_the_console() -> None:
    with running_command("--control-token", "steer-me", "--prefix", "/api") as (_, lines):
        assert lines[3].startswith("Console: http://127.0.0.1:")
        assert lines[3].endswith("/_mock/#token=steer-me")
        page = requests.get(control_url(lines, "/"), timeout=5)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert requests.get(control_url(lines, "/settings"), timeout=5).status_code == 401
        assert requests.get(control_url(lines, "/settings"), headers=control_token(lines), timeout=5).ok
        wrong = requests.get(control_url(lines, "/health"), headers={"Host": "evil.example"}, timeout=5)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "foreign-host")
    with running_command() as (_, lines), running_command("--control-host", "mock.test") as (_, other):
        assert control_token(lines) != control_token(other)
        assert requests.get(control_url(other, "/health"), headers={"Host": "mock.test:80"}, timeout=5).ok


def test_behaviour_of_options_can_be_switched_off_later() -> None:
    trouble = (
        "--outage",
        "--latency",
        "50-60",
        "--rate-limit",
        "5.5",
        "--token-life",
        "2",
        "--fault",
        "text-trimmed",
    )
    with running_command(*trouble) as (_, lines):
        url, token = control_url(lines, "/behaviour"), control_token(lines)
        assert requests.get(url, headers=token, timeout=5).json() == {
            "latency": {"min": 50, "max": 60},
            "faults": ["text-trimmed"],
            "rate": 5.5,
            "token_life": 2,
            "outage": True,
        }
        response = requests.get(f"{base_url(lines)}/case/1", headers=TOKEN, timeout=5)
        assert response.status_code == 503
        assert response.headers["X-Mock-Shaped-By"] == "outage, latency"
        assert response.elapsed.total_seconds() >= 0.05
        requests.patch(url, json={"outage": None, "latency": None}, headers=token, timeout=5)
        assert requests.get(f"{base_url(lines)}/case/1", headers=TOKEN, timeout=5).status_code == 404


def test_limits_can_be_set_by_options() -> None:
    with running_command("--body-limit", "100", "--head-limit", "500", "--nesting-limit", "3") as (_, lines):
        url = f"{base_url(lines)}/case"
        sent = [{"a": "x" * 100}, {"a": [[[]]]}, {"a": [[]]}]
        assert [requests.post(url, json=one, headers=TOKEN, timeout=5).status_code for one in sent] == [
            413,
            400,
            201,
        ]
        assert requests.get(url, headers={"X": "x" * 600}, timeout=5).status_code == 431


def test_snapshots_can_be_stored_as_files(tmp_path: Path) -> None:
    with running_command("--snapshot-dir", str(tmp_path / "new"), "--seed-data", "demo") as (_, lines):
        assert requests.put(control_url(lines, "/snapshots/a"), headers=control_token(lines), timeout=5).ok
    assert len(json.loads((tmp_path / "new" / "a.json").read_bytes())["cases"]) == 30
