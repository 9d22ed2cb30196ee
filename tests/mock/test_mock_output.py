"""The output of the command: its log, the list of faults, and closed pipes."""

import json
import os
import re
import subprocess

import requests
from support.commands import COMMAND, base_url, run_command, running_command

from mock_server.faults import FAULTS, GROUPS

TOKEN = {"Authorization": "Bearer dev-token"}


def test_log_has_a_readable_line_for_each_exchange() -> None:
    with running_command("--log") as (process, lines):
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
    with running_command("--log") as (process, lines):
        assert process.stdout
        process.stdout.close()
        for _ in range(3):
            response = requests.get(f"{base_url(lines)}/case/1", headers=TOKEN, timeout=5)
            assert response.status_code == 404
        process.terminate()
        assert process.stderr
        assert process.stderr.read() == ""


def test_list_faults_prints_the_faults_in_groups() -> None:
    status, out, err = run_command("--list-faults")
    assert (status, err) == (0, "")
    blocks = [block.splitlines() for block in out.strip().split("\n\n")]
    assert [title for title, *_ in blocks] == [group.title for group in GROUPS]
    assert [row.split()[0] for _, *rows in blocks for row in rows] == list(FAULTS)
    assert "  text-trimmed                      Trims white space around strings.\n" in out


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
    with running_command("--fault", name) as (_, lines):
        response = requests.post(f"{base_url(lines)}/case", json={"a": 1}, headers=TOKEN, timeout=5)
        assert json.loads(response.text)["a"] == 1


def test_listening_on_all_addresses_prints_a_usable_one() -> None:
    with running_command("--host", "0.0.0.0") as (_, lines):
        assert base_url(lines).startswith("http://127.0.0.1:")
