"""Snapshots in memory and as files."""

import os
from pathlib import Path
from typing import Any

import pytest

from mock_server.storage.snapshots import FolderSnapshots, MemorySnapshots, Snapshots


@pytest.fixture(params=["memory", "folder"])
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshots:
    return MemorySnapshots() if request.param == "memory" else FolderSnapshots(tmp_path / "new" / "folder")


def test_snapshots_are_stored_by_name(snapshots: Snapshots) -> None:
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


def test_folder_lists_only_snapshots(tmp_path: Path) -> None:
    for name in ("a.json", ".hidden.json", "b.txt", "c.json.tmp"):
        (tmp_path / name).write_bytes(b"{}")
    assert FolderSnapshots(tmp_path).names() == ["a"]


def test_failed_save_keeps_the_old_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = FolderSnapshots(tmp_path)
    snapshots.save("a", b"old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        snapshots.save("a", b"new")
    assert snapshots.get("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFOs and other permissions")
def test_special_files_and_links_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("{}")
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "fifo.json")
    (folder / "link.json").symlink_to(secret)
    (folder / "directory.json").mkdir()
    snapshots = FolderSnapshots(folder)
    assert snapshots.names() == []
    for name in ("fifo", "link", "directory"):
        with pytest.raises(OSError, match=r"regular file|symbolic links"):
            snapshots.get(name)
    snapshots.save("link", b"new")
    assert (snapshots.get("link"), secret.read_text()) == (b"new", "{}")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_user_can_read_snapshots(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FolderSnapshots(tmp_path / "folder").save("a", b"{}")
    finally:
        os.umask(before)
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "folder" / "a.json").stat().st_mode & 0o777 == 0o600
