"""Errors of database stores: unusable URLs, databases and files."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mock_server.core.store import Stored
from mock_server.storage.sql import open_store

CASE = Stored("Open", b"{}")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is not a supported store; use memory, sqlite:///cases.db or postgresql://"),
        ("cases.db", "cases.db is not a supported store"),
        ("mysql://root:secret@localhost/x", "mysql://root:***@localhost/x is not a supported store"),
        ("postgresql://me:secret@h:port/x", "postgresql://me:***@h:port/x is not a supported store"),
        (
            "postgresql://me:p@secret@h/x",
            "postgresql://me:***@h/x has more than one @; write an @ in a password as",
        ),
        ("postgresql://h/x?password=p@secret", "postgresql://h/x?password=*** has more than one @"),
        ("sqlite://", "sqlite:// names no file; use a URL such as sqlite:///cases.db"),
        ("sqlite://cases.db", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///cases.db?mode=ro", "names no file"),
        ("sqlite:////no/such/folder/cases.db", "unable to open database file; use a file in a folder"),
        ("sqlite:////tmp", "unable to open database file"),
        ("postgresql://me:secret@127.0.0.1:1/x", "postgresql://me:***@127.0.0.1:1/x: connection failed: "),
        ("postgresql://127.0.0.1:1/x?password=secret&a=b", 'connection option "a"; remove it from the URL'),
    ],
)
def test_unusable_url_is_reported_in_one_line(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        open_store(url)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_missing_driver_is_reported_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    command = "psycopg is not installed; install it with: pip install 'psycopg[binary]'"
    with pytest.raises(ValueError, match=re.escape(command)):
        open_store("postgresql://127.0.0.1/x")


def test_missing_database_is_reported(postgresql: str) -> None:
    with pytest.raises(ValueError, match="does not exist; create it, or use another"):
        open_store(postgresql + "_not")


def test_read_only_database_is_reported(postgresql: str) -> None:
    reading = f"{postgresql}?options=-cdefault_transaction_read_only%3Don"
    for _ in range(2):
        with pytest.raises(ValueError, match="read-only transaction; use a database that is writable"):
            open_store(reading)
        open_store(postgresql).close()  # creates the tables for the second round


def test_file_that_is_no_database_is_reported_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    path.write_text("These are my notes. " * 100, encoding="utf-8")
    with pytest.raises(ValueError, match="file is not a database; use another file"):
        open_store(f"sqlite:///{path}")
    assert path.read_text(encoding="utf-8") == "These are my notes. " * 100


@contextmanager
def as_anybody() -> Iterator[None]:
    """Drop the rights of root, who can write read-only files."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")
def test_read_only_file_is_reported() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/cases.db"
        open_store(url).close()
        Path(folder, "cases.db").chmod(0o444)
        Path(folder).chmod(0o555)
        try:
            with (
                as_anybody(),
                pytest.raises(ValueError, match="readonly database; make the file and its folder"),
            ):
                open_store(url)
        finally:
            Path(folder).chmod(0o755)
