"""The option `--watch`: a changed deployment file while the mock runs."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from support.clients import Client, content

from mock_server import Behaviour, Mock, Settings
from mock_server.cli.watch import Watcher
from mock_server.core.deployment import load

TRIAGE = """
[case]
required = { caseType = "Investigation" }
[workflow]
moves = { Open = ["Triage"], Triage = ["Close"], Close = ["Reopen"], Reopen = ["Close"] }
"""


class Watched:
    """A mock with a watched deployment file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tenant.toml"
        self.path.write_text("")
        self.mock = Mock()
        self.watcher = Watcher(self.path, lambda: load(self.path, Settings()), self.mock, "caseiq-mock")

    def write(self, text: str) -> None:
        # Some file systems have coarse times, but the size differs.
        self.path.write_text(text)
        self.watcher.check()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_changed_file_changes_the_tenant(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    ask = Client(watched.mock.handle)
    case = ask.create()
    watched.write(TRIAGE)
    assert capsys.readouterr().err == f"caseiq-mock: {watched.path} was reloaded\n"
    assert ask("POST", "/case", {}).status == 422
    payload = {"caseStatus": "Triage", "workflowId": case["lastWorkflowId"]}
    response = ask("POST", f"/case/{case['id']}/transition", payload)
    assert content(response)["caseStatus"] == "Triage"
    watched.watcher.check()
    assert capsys.readouterr().err == ""


def test_invalid_file_is_reported_and_ignored(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    watched.write(TRIAGE)
    before = watched.mock.settings
    capsys.readouterr()
    for text in ("[case", "[case]\nid_format = 'guid'\n"):
        watched.write(text)
        error = capsys.readouterr().err
        assert error.startswith(f"caseiq-mock: {watched.path}: ")
        assert error.endswith("; the mock keeps its settings\n")
    watched.path.unlink()
    watched.watcher.check()
    assert "No such file" in capsys.readouterr().err
    assert watched.mock.settings is before
    watched.write("")
    assert watched.mock.settings == Settings()


def test_prefix_and_credentials_change_with_the_file(watched: Watched) -> None:
    watched.write(
        'base_url = "https://tenant.example/api"\n[auth]\nscheme = "header"\nheader = "X-Tenant-Key"\n'
    )
    ask = Client(watched.mock.handle, None)
    assert ask("GET", "/case/1").status == 404
    assert ask("GET", "/api/case/1").status == 401
    assert ask("GET", "/api/case/1", x_tenant_key="dev-token").status == 404
    entry = watched.mock.journal.read()[-1]
    assert entry["operation"] == "getCase"
    assert "dev-token" not in str(entry)


def test_behaviour_survives_a_change_of_settings(watched: Watched) -> None:
    watched.mock.behave(outage=True, rate=7)
    watched.write("[limits]\nrate = 5\n")
    assert watched.mock.behaviour == Behaviour(outage=True, rate=7)
    watched.mock.reset()
    assert watched.mock.behaviour == Behaviour(rate=5)
    watched.write("")
    assert watched.mock.behaviour == Behaviour()


def test_running_command_reloads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tenant.toml"
    path.write_text("")
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--deployment", str(path), "--watch"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[4]
        path.write_text(TRIAGE)
        assert process.stderr.readline() == f"caseiq-mock: {path} was reloaded\n"
        headers = {"Authorization": "Bearer dev-token"}
        assert requests.post(f"{url}/case", json={}, headers=headers, timeout=5).status_code == 422
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def test_watch_needs_a_deployment_file() -> None:
    command = [sys.executable, "-m", "mock_server", "--watch"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, "--watch needs --deployment" in done.stderr) == (2, True)
