"""The file of the ledger: who may read it, the places of its lines, and what a full disk leaves."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from support.ledgers import URL, create, ids

from contract_tests.client.ledger import Ledger
from contract_tests.exceptions import TargetError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "ledger.jsonl"


def test_file_and_folder_are_readable_by_the_owner_alone(path: Path) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, "c1")
    ledger.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_existing_file_becomes_readable_by_the_owner_alone(path: Path) -> None:
    path.parent.mkdir()
    path.touch(mode=0o644)
    os.chmod(path, 0o644)
    Ledger("run-1", path).open()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_discard_removes_only_what_open_created(path: Path) -> None:
    ledger = Ledger("run-1", path)
    ledger.open()
    ledger.discard()
    assert not path.parent.exists()
    create(ledger, "c1")
    ledger.discard()
    assert ids(path) == ["c1"]


def test_lone_surrogate_in_an_id_is_entered(path: Path) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, "c\ud800")
    assert ids(path) == ["c\ud800"]


def test_line_that_is_not_json_is_left_out(path: Path) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, "c1")
    ledger.close()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"run": "run-1", "id": "c2\n{"other": 1}\n')
    create(ledger, "c3")
    assert ids(path) == ["c1", "c3"]


def test_completed_line_stays_in_its_place(path: Path) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, "c1")
    assert [line.split('"id": ')[1][:4] for line in path.read_text().splitlines()] == ['"c1"']


def test_place_of_a_refused_create_is_used_once(path: Path) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, None)
    size = path.stat().st_size
    assert not path.read_text().strip()
    with ledger.create(URL) as one, ledger.create(URL) as other:
        one.complete("c1", URL)
        other.complete("c2", URL)
    assert sorted(ids(path)) == ["c1", "c2"]
    assert path.stat().st_size == 2 * size
    create(ledger, None)
    ledger.test = "t" * size  # too long for the place
    create(ledger, "c3")
    assert sorted(ids(path)) == ["c1", "c2", "c3"]


def test_line_that_outgrows_its_place_leaves_it_for_another(path: Path) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, "c" * 400)
    size = path.stat().st_size
    create(ledger, "c2")
    assert path.stat().st_size == size
    assert sorted(ids(path)) == sorted(["c" * 400, "c2"])


def test_file_stays_uncompacted_while_a_process_has_it_open(path: Path) -> None:
    first, second = Ledger("run-1", path), Ledger("run-2", path)
    second.open()
    for case_id in (None, "c1"):
        create(first, case_id)
    create(first, None)
    size = path.stat().st_size
    first.close()
    assert path.stat().st_size == size
    second.close()
    assert path.stat().st_size < size
    assert ids(path) == ["c1"]


def test_closed_ledger_can_be_used_again(path: Path) -> None:
    ledger = Ledger("run-1", path)
    with ledger.create(URL) as one, ledger.create(URL) as other:
        one.refuse()
        other.refuse()
    ledger.close()
    ledger.close()
    create(ledger, "c1")
    ledger.close()
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["c1"]


@pytest.mark.parametrize("content", ["", "a\n", "\n"])
def test_complete_file_is_opened_unchanged(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    Ledger("run-1", path).open()
    assert path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize(("durable", "count"), [(True, 2), (False, 0)])
def test_durable_line_is_forced_to_the_disk(
    path: Path, durable: bool, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[int] = []
    monkeypatch.setattr(os, "fsync", forced.append)
    ledger = Ledger("run-1", path, durable=durable)
    create(ledger, "c1")
    assert len(forced) == count
    ledger.close()
    assert len(forced) == (count + 1 if durable else 0)
    assert Ledger("run-1", path)._file._durable is False  # type: ignore[union-attr]


def test_line_that_the_disk_cuts_is_left_blank(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger("run-1", path)
    create(ledger, "c1")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 2]))
    with pytest.raises(TargetError, match="the disk is full; no case is created"):
        create(ledger, "c2")
    monkeypatch.undo()
    assert ids(path) == ["c1"]
    assert ledger.created == 1


def test_unwritten_id_is_an_error_with_the_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger("run-1", path)

    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    def broken() -> None:
        with ledger.create(URL) as one:
            monkeypatch.setattr(os, "write", fail)
            one.complete("c1", URL)

    with pytest.raises(TargetError, match="Input/output error; the id of a case is not entered"):
        broken()
