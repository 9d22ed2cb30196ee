"""The user's own faults: the page docs/faults.md, and the interfaces that accept them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server import Mock, Request, Response
from mock_server.core import json_codec
from mock_server.faults import FAULTS, GROUPS, NamedFault, fault

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def refuse(_: Request) -> Response:
    return Response(418)


TEAPOT = fault("teapot", "", "responds with 418", lambda _: refuse)


def python_blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def command_lines() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page."""
    module, tests = python_blocks()
    (tmp_path / "my_faults.py").write_text(module, encoding="utf-8")
    (tmp_path / "test_own.py").write_text(tests, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_tests_of_the_page_pass(folder: Path) -> None:
    assert "3 passed" in run(folder, "pytest", "-q", "-p", "no:cacheprovider")


def test_command_of_the_page_lists_own_faults(folder: Path) -> None:
    line = next(line for line in command_lines() if "--list-faults" in line)
    program, *arguments = line.split()
    assert program == "caseiq-mock"
    *_, own = run(folder, "mock_server", *arguments).split("\n\n")
    title, *rows = own.splitlines()
    assert title == "Your own faults"
    assert [row.split()[0] for row in rows] == ["put-returns-202", "reason-required", "text-in-capitals"]


def test_page_names_only_existing_faults() -> None:
    named = re.findall(r"--fault ([a-z-]+)", PAGE.read_text(encoding="utf-8").partition("## Write")[0])
    assert named
    assert set(named) <= set(FAULTS)


def test_every_fault_is_in_one_group() -> None:
    names = [one.name for group in GROUPS for one in group.faults]
    assert names == list(FAULTS)
    assert len(names) == len(set(names))


def status(mock: Mock) -> int:
    return mock.handle(
        Request("GET", "/case/1", {name.lower(): value for name, value in mock.headers.items()})
    ).status


def test_mock_starts_with_its_faults_after_a_reset() -> None:
    mock = Mock(faults=[TEAPOT])
    mock.behave(faults=[])
    assert status(mock) == 404
    mock.reset()
    assert status(mock) == 418


def test_behave_accepts_names_and_faults() -> None:
    mock = Mock()
    mock.behave(faults=["text-trimmed", TEAPOT])
    assert status(mock) == 418
    assert mock.behaviour.fault_names == ["text-trimmed", "teapot"]
    mock.behave(faults=[])
    mock.behave(faults=["teapot"])  # known from now on
    assert status(mock) == 418


def test_control_api_knows_own_faults() -> None:
    mock = Mock(known_faults=[TEAPOT])
    headers = {
        "authorization": f"Bearer {mock.control_token}",
        "content-type": "application/json",
        "host": "localhost",
    }

    def control(method: str, path: str, body: bytes = b"") -> Response:
        return mock.handle(Request(method, f"/_mock/{path}", headers, body))

    listed = json_codec.parse(control("GET", "faults").body, 9)
    assert listed["faults"][-1] == {
        "name": "teapot",
        "group": "Your own faults",
        "summary": "responds with 418",
        "requirements": [],
    }
    assert control("PATCH", "behaviour", b'{"faults": ["teapot"]}').status == 200
    assert status(mock) == 418
    assert json_codec.parse(control("GET", "behaviour").body, 9)["faults"] == ["teapot"]


def test_own_fault_may_replace_an_earlier_one() -> None:
    mock = Mock(faults=[TEAPOT])
    mock.behave(faults=[fault("teapot", "", "responds with 500", lambda _: lambda _: Response(500))])
    assert status(mock) == 500


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            "text-trimed",
            "unknown fault 'text-trimed'; caseiq-mock --list-faults lists all; did you mean text-trimmed\\?",
        ),
        (refuse, "faults are names or the results of mock_server.faults.fault\\(\\), not function"),
        (
            NamedFault("text-trimmed", (), "does something else", lambda handle: handle),
            "the mock already has a fault 'text-trimmed'; use another name",
        ),
        (
            fault("half", "", "returns nothing", lambda _: None),  # type: ignore[arg-type,return-value]
            "the wrapper of the fault half returned None; it must return a function from a request",
        ),
    ],
)
def test_wrong_fault_is_explained(wrong: object, message: str) -> None:
    mock = Mock()
    with pytest.raises(ValueError, match=message):
        mock.behave(faults=[wrong])
    assert status(mock) == 404


def test_fault_is_refused_with_a_wrong_name_or_wrapper() -> None:
    with pytest.raises(ValueError, match="is in kebab case, such as text-trimmed, not 'My fault'"):
        fault("My fault", "", "does something", lambda handle: handle)
    with pytest.raises(ValueError, match="the wrapper of the fault wrong is of type NoneType"):
        fault("wrong", "", "does something", None)  # type: ignore[arg-type]
