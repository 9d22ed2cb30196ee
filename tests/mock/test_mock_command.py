"""The command: what it prints, how it ends, and that a socket changes nothing."""

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

import pytest
import requests

from mock_server.faults import FAULTS

COMMAND = [sys.executable, "-m", "mock_server"]
TOKEN = {"Authorization": "Bearer dev-token"}


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command on a free port, and the lines that it greeted with."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        lines = [process.stdout.readline().rstrip()]
        lines += [process.stdout.readline().rstrip() for _ in range(1 if "--no-auth" in options else 2)]
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def base_url(lines: list[str]) -> str:
    found = re.search(r"https?://\S+", lines[0])
    assert found, lines
    return found.group()


def ends(*options: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command that ends by itself."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


def test_it_greets_with_what_a_client_needs() -> None:
    with running("--prefix", "/api-public/1.0/", "--token", "it's mine"[:4]) as (_, lines):
        url = base_url(lines)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/api-public/1\.0", url)
        curl = shlex.split(lines[1])
        assert curl[:2] == ["curl", f"{url}/case"]
        headers = dict(curl[i + 1].split(": ") for i, word in enumerate(curl) if word == "-H")
        answer = requests.post(curl[1], data=curl[curl.index("-d") + 1], headers=headers, timeout=5)
        assert answer.status_code == 201
        endpoint, client, secret = re.findall(
            r"POST (\S+) with client_id (\S+) and client_secret (\S+)", lines[2]
        )[0]
        grant = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        assert requests.post(endpoint, json=grant, timeout=5).status_code == 200


def test_options_reach_the_mock() -> None:
    with running("--client-id", "me", "--client-secret", "k0", "--client-secret", "k1") as (_, lines):
        for secret in ("k0", "k1"):
            grant = {"grant_type": "client_credentials", "client_id": "me", "client_secret": secret}
            assert requests.post(f"{base_url(lines)}/auth/oauth2/token", data=grant, timeout=5).ok
    with running("--no-auth") as (_, lines):
        assert "Authorization" not in lines[1]
        assert requests.post(f"{base_url(lines)}/case", json={}, timeout=5).status_code == 201


def test_a_socket_changes_nothing() -> None:
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
def test_a_signal_ends_it_without_a_word(number: signal.Signals, status: int) -> None:
    with running() as (process, lines), requests.Session() as session:
        assert session.get(f"{base_url(lines)}/case/1").status_code == 401
        process.send_signal(number)
        _, stderr = process.communicate(timeout=10)
        assert (process.returncode, stderr) == (status, "")


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, out, err = ends("--port", str(port))
    assert (status, out) == (1, "")
    assert err == f"caseiq-mock: cannot listen on 127.0.0.1 port {port}: Address already in use\n"


def test_a_host_of_somebody_else_is_told_in_one_line() -> None:
    status, out, err = ends("--host", "192.0.2.1", "--port", "0")
    assert (status, out) == (1, "")
    assert re.fullmatch(r"caseiq-mock: cannot listen on 192\.0\.2\.1 port 0: .+\n", err)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "99999"], "a port is a number from 0 to 65535, not '99999'"),
        (["--port", "http"], "not 'http'"),
        (["--port", "-1"], "not '-1'"),
        (["--prot", "1"], "unrecognized arguments: --prot 1"),
        (["--token", ""], "visible ASCII"),
        (["--prefix", "api"], "a prefix is a path"),
        (["--store", "mysql://me:secret@h/x"], "mysql://me:***@h/x is no store that the mock knows"),
        (["--store", "sqlite:////no/such/folder/cases.db"], "name a file in a folder that exists"),
        (["--durability", "none"], "invalid choice: 'none'"),
        (["--fault", "no-such"], "there is no fault 'no-such'"),
        (["extra"], "unrecognized arguments: extra"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(options: list[str], words: str) -> None:
    status, out, err = ends(*options)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert words in err


def test_it_lists_its_faults() -> None:
    status, out, err = ends("--list-faults")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(FAULTS)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "--list-faults"], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=20, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_it_can_break_in_named_ways() -> None:
    name = next(name for name, row in FAULTS.items() if row.requirements[0] == "GET-UNKNOWN")
    with running("--fault", name) as (_, lines):
        answer = requests.post(f"{base_url(lines)}/case", json={"a": 1}, headers=TOKEN, timeout=5)
        assert json.loads(answer.text)["a"] == 1


def test_an_address_for_all_is_printed_as_one_to_connect_to() -> None:
    with running("--host", "0.0.0.0") as (_, lines):
        assert base_url(lines).startswith("http://127.0.0.1:")
