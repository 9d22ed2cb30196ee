"""The command for pre-commit, in a repository of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from change_gate.hook import main

BASE = """\
openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get:
      responses: {"200": {description: The orders.}}
"""


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A document with a committed version."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "openapi.yaml"
    file.write_text(BASE)
    for command in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "Add a document"),
    ):
        subprocess.run(("git", *command), check=True)
    return file


def code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_hook_passes_an_unchanged_document(document: Path) -> None:
    assert code("openapi.yaml") == 0


def test_hook_fails_for_a_removed_operation(document: Path) -> None:
    document.write_text(BASE.replace("/orders", "/invoices"))
    assert code("--fail-on", "breaking", "openapi.yaml") == 1


def test_hook_passes_a_new_document(document: Path) -> None:
    document.with_name("other.yaml").write_text(BASE)
    assert code("other.yaml") == 0


def test_hook_reads_options_before_the_files(document: Path) -> None:
    document.write_text(BASE.replace("/orders", "/invoices"))
    accepted = document.with_name("accepted.toml")
    assert code("--accepted", accepted.name, "--accept", "agreed", "openapi.yaml") == 0
    assert code("--accepted", accepted.name, "openapi.yaml") == 0
