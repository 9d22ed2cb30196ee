"""The options of the commands, from the parsers that read them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from change_gate.cli import fidelity_parser, parser
from contract_tests import plugin
from generated_pages.markdown import sentence, table
from mock_server.cli.options import add_options

HEAD = ("option", "effect")


class _Recorder(argparse.ArgumentParser):
    """Receives the options of a pytest plugin."""

    def getgroup(self, *_: str) -> _Recorder:
        return self

    def addoption(self, *names: str, **attributes: Any) -> None:
        self.add_argument(*names, **attributes)


def suite() -> str:
    """Return the options of the suite."""
    recorder = _Recorder(add_help=False)
    plugin.pytest_addoption(recorder)  # type: ignore[arg-type]
    return table(HEAD, _rows(recorder._actions))


def mock() -> str:
    """Return the options of the mock by group."""
    reader = argparse.ArgumentParser(add_help=False)
    add_options(reader)
    groups = [group for group in reader._action_groups if group._group_actions]
    texts = [
        f"## {sentence(group.title or '')[:-1]}\n\n{table(HEAD, _rows(group._group_actions))}"
        for group in groups
    ]
    return "\n".join(texts)


def gate() -> str:
    """Return the options of the gate."""
    return table(HEAD, _rows(parser()._actions))


def fidelity() -> str:
    """Return the options of `caseiq-gate fidelity`."""
    return table(HEAD, _rows(fidelity_parser()._actions))


def _rows(actions: Iterable[argparse.Action]) -> Iterable[tuple[str, str]]:
    formatter = argparse.HelpFormatter("")
    for action in actions:
        if "--help" in action.option_strings or not action.option_strings:
            continue
        value = "" if action.nargs == 0 else f" {formatter._format_args(action, action.dest.upper())}"
        text = formatter._expand_help(action)
        yield f"`{action.option_strings[-1]}{value}`", sentence(text)
