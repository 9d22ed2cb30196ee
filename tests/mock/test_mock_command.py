"""The command: its output, its exit status, and equal responses over a socket."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from mock_server import Auth, CaseRules, Mock, Request, Scheme, Settings
from mock_server.cli.main import _greeting
from mock_server.faults import FAULTS

COMMAND = [sys.executable, "-m", "mock_server"]
TOKEN = {"Authorization": "Bearer dev-token"}


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the command on a free port, and return its first lines."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        lines = [process.stdout.readline().rstrip()]
        lines += [process.stdout.readline().rstrip() for _ in range(2 if "--no-auth" in options else 3)]
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def base_url(lines: list[str]) -> str:
    found = re.search(r"https?://\S+", lines[0])
    assert found, lines
    return found.group()


def control_url(lines: list[str], path: str) -> str:
    return lines[-1].removeprefix("Console: ").partition("/#")[0] + path


def control_token(lines: list[str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {lines[-1].partition('#token=')[2]}"}


def ends(*options: str) -> tuple[int, str, str]:
    """Return exit status, stdout and stderr of a command that ends by itself."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


def test_start_message_has_everything_a_client_needs() -> None:
    with running("--prefix", "/api-public/1.0/", "--token", "it's mine"[:4]) as (_, lines):
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
    with running("--control-token", "a/b%2Fc#d") as (_, lines):
        assert lines[-1].endswith("/_mock/#token=a%2Fb%252Fc%23d")


def test_options_are_passed_to_the_mock() -> None:
    with running("--client-id", "me", "--client-secret", "k0", "--client-secret", "k1") as (_, lines):
        for secret in ("k0", "k1"):
            grant = {"grant_type": "client_credentials", "client_id": "me", "client_secret": secret}
            assert requests.post(f"{base_url(lines)}/auth/oauth2/token", data=grant, timeout=5).ok
    with running("--no-auth") as (_, lines):
        assert "Authorization" not in lines[1]
        assert requests.post(f"{base_url(lines)}/case", json={}, timeout=5).status_code == 201


def test_socket_and_handle_return_the_same_responses() -> None:
    with running() as (_, lines), requests.Session() as session:
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
    with running() as (process, lines), requests.Session() as session:
        assert session.get(f"{base_url(lines)}/case/1").status_code == 401
        process.send_signal(number)
        _, stderr = process.communicate(timeout=10)
        assert (process.returncode, stderr) == (status, "")


def test_port_in_use_is_reported_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, out, err = ends("--port", str(port))
    assert (status, out) == (1, "")
    assert (
        err
        == f"caseiq-mock: cannot listen on 127.0.0.1 port {port}: Address already in use; use another --host or --port\n"
    )


def test_foreign_host_is_reported_in_one_line() -> None:
    status, out, err = ends("--host", "192.0.2.1", "--port", "0")
    assert (status, out) == (1, "")
    assert re.fullmatch(r"caseiq-mock: cannot listen on 192\.0\.2\.1 port 0: .+\n", err)


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def story(*options: str) -> list[bytes]:
    """Return the responses of a mock process to some requests."""
    with running(*options) as (_, lines), requests.Session() as session:
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
    first = story(*options)
    assert story(*options) == first
    assert json.loads(first[0])["createdDate"] == "2025-03-04T09:15:30.500Z"
    assert len(json.loads(first[2])["cases"]) == 31
    assert story("--seed", "8")[0] != story("--seed", "7")[0]


def test_export_can_be_used_as_a_seed_file(tmp_path: Path) -> None:
    exported = story("--seed-data", "demo")[2].decode()
    path = written(tmp_path, "export.json", exported)
    with running("--seed-data", path) as (_, lines):
        assert (
            requests.get(control_url(lines, "/state"), headers=control_token(lines), timeout=5).text
            == exported
        )


def test_start_message_links_to_the_console() -> None:
    with running("--control-token", "steer-me", "--prefix", "/api") as (_, lines):
        assert lines[3].startswith("Console: http://127.0.0.1:")
        assert lines[3].endswith("/_mock/#token=steer-me")
        page = requests.get(control_url(lines, "/"), timeout=5)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert requests.get(control_url(lines, "/settings"), timeout=5).status_code == 401
        assert requests.get(control_url(lines, "/settings"), headers=control_token(lines), timeout=5).ok
        wrong = requests.get(control_url(lines, "/health"), headers={"Host": "evil.example"}, timeout=5)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "foreign-host")
    with running() as (_, lines), running("--control-host", "mock.test") as (_, other):
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
    with running(*trouble) as (_, lines):
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
    with running("--body-limit", "100", "--head-limit", "500", "--nesting-limit", "3") as (_, lines):
        url = f"{base_url(lines)}/case"
        sent = [{"a": "x" * 100}, {"a": [[[]]]}, {"a": [[]]}]
        assert [requests.post(url, json=one, headers=TOKEN, timeout=5).status_code for one in sent] == [
            413,
            400,
            201,
        ]
        assert requests.get(url, headers={"X": "x" * 600}, timeout=5).status_code == 431


def test_snapshots_can_be_stored_as_files(tmp_path: Path) -> None:
    with running("--snapshot-dir", str(tmp_path / "new"), "--seed-data", "demo") as (_, lines):
        assert requests.put(control_url(lines, "/snapshots/a"), headers=control_token(lines), timeout=5).ok
    assert len(json.loads((tmp_path / "new" / "a.json").read_bytes())["cases"]) == 30


def test_log_has_a_readable_line_for_each_exchange() -> None:
    with running("--log") as (process, lines):
        url = base_url(lines)
        requests.post(f"{url}/case", json={"canceled": "x"}, headers=TOKEN, timeout=5)
        requests.get(f"{url}/case/1?token=dev-token", headers=TOKEN | {"Prefer": "code=500"}, timeout=5)
        assert process.stdout
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d POST /case 422 \d+ ms  /canceled is a string and must be a boolean or null\n",
            process.stdout.readline(),
        )
        second = process.stdout.readline()
        assert "GET /case/1?token=••• 500 " in second
        assert second.endswith("[prefer code]\n")


def test_closed_log_pipe_does_not_stop_the_mock() -> None:
    with running("--log") as (process, lines):
        assert process.stdout
        process.stdout.close()
        for _ in range(3):
            response = requests.get(f"{base_url(lines)}/case/1", headers=TOKEN, timeout=5)
            assert response.status_code == 404
        process.terminate()
        assert process.stderr
        assert process.stderr.read() == ""


def test_list_faults_prints_all_faults() -> None:
    status, out, err = ends("--list-faults")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(FAULTS)


def test_closed_output_pipe_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "--list-faults"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=20, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_fault_option_applies_the_fault() -> None:
    name = next(name for name, row in FAULTS.items() if row.requirements[0] == "GET-UNKNOWN")
    with running("--fault", name) as (_, lines):
        response = requests.post(f"{base_url(lines)}/case", json={"a": 1}, headers=TOKEN, timeout=5)
        assert json.loads(response.text)["a"] == 1


def test_listening_on_all_addresses_prints_a_usable_one() -> None:
    with running("--host", "0.0.0.0") as (_, lines):
        assert base_url(lines).startswith("http://127.0.0.1:")
