"""Snapshots in memory and as files."""

from pathlib import Path
from typing import Any

import pytest

from mock_server.storage.snapshots import FolderSnapshots, MemorySnapshots, Snapshots


@pytest.fixture(params=["memory", "folder"])
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshots:
    return MemorySnapshots() if request.param == "memory" else FolderSnapshots(tmp_path / "new" / "folder")


def test_snapshots_are_kept_by_name(snapshots: Snapshots) -> None:
    assert snapshots.names() == []
    assert snapshots.get("a") is None
    assert not snapshots.delete("a")
    snapshots.save("b", b"1")
    snapshots.save("a", b"2")
    snapshots.save("b", b"3")
    assert snapshots.names() == ["a", "b"]
    assert snapshots.get("b") == b"3"
    assert snapshots.delete("b")
    assert snapshots.names() == ["a"]


def test_a_folder_shows_only_what_is_a_snapshot(tmp_path: Path) -> None:
    for name in ("a.json", ".hidden.json", "b.txt", "c.json.tmp"):
        (tmp_path / name).write_bytes(b"{}")
    assert FolderSnapshots(tmp_path).names() == ["a"]


def test_a_save_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = FolderSnapshots(tmp_path)
    snapshots.save("a", b"old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        snapshots.save("a", b"new")
    assert snapshots.get("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
