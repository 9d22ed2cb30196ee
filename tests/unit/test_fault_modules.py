"""Modules with the user's own faults: what is wrong with one is reported in one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.cli import main
from mock_server.cli.fault_modules import load_faults

GOOD = """
from mock_server.faults import fault
FAULTS = {name: fault(name, "", "does nothing", lambda handle: handle) for name in ("one-fault", "another")}
"""
MODULES = {
    "good_faults": GOOD,
    "wrong_import": "import no_such_package\n",
    "wrong_name": 'from mock_server.faults import fault\n\nfault("A b", "", "x", None)\n',
    "wrong_syntax": "def broken(:\n",
    "wrong_item": "FAULTS = [print]\n",
    "wrong_type": "FAULTS = 7\n",
    "two_equal": GOOD + "FAULTS = [*FAULTS.values(), FAULTS['another']]\n",
    "shipped_name": GOOD.replace("one-fault", "text-trimmed"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The present folder, with all modules."""
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in MODULES:
        sys.modules.pop(name, None)


def test_faults_of_a_module_are_loaded() -> None:
    assert [fault.name for fault in load_faults("good_faults")] == ["one-fault", "another"]


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("good_fault", "there is no module good_fault in "),
        ("good_fault", "use another name; did you mean good_faults?"),
        ("good_faults.py", "takes the name of a module, such as my_faults for the file my_faults.py, not"),
        ("./good_faults", "takes the name of a module"),
        ("", "takes the name of a module"),
        ("wrong_import", "cannot be imported: ModuleNotFoundError: No module named 'no_such_package'"),
        ("wrong_import", "wrong_import.py, line 1)"),
        ("wrong_name", "ValueError: the name of a fault is in kebab case, such as text-trimmed, not 'A b'"),
        ("wrong_name", "wrong_name.py, line 3)"),
        ("wrong_syntax", "cannot be imported: SyntaxError: invalid syntax (wrong_syntax.py, line 1)"),
        (
            "wrong_item",
            "FAULTS[0] of the module wrong_item is of type builtin_function_or_method; use FAULTS =",
        ),
        ("wrong_type", "the module wrong_type has no list FAULTS; add FAULTS ="),
        ("json", "the module json has no list FAULTS"),
        ("two_equal", "the module two_equal has two faults 'another'; use different names"),
    ],
)
def test_wrong_module_is_explained_in_one_line(module: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        load_faults(module)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fault-module", "no_such"), "caseiq-mock: --fault-module: there is no module no_such"),
        (
            ("--fault-module", "shipped_name"),
            "--fault-module: the mock already has a fault 'text-trimmed'; use another name",
        ),
        (
            ("--fault-module", "good_faults", "--fault", "one-fualt"),
            "--fault: unknown fault 'one-fualt'; caseiq-mock --list-faults lists all; did you mean one-fault?",
        ),
    ],
)
def test_command_reports_a_wrong_module(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(options)
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert words in err
    assert err.count("\n") == 1


def test_option_order_does_not_matter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(("--fault", "another", "--list-faults", "--fault-module", "good_faults")) == 0
    assert "another                           Does nothing." in capsys.readouterr().out
