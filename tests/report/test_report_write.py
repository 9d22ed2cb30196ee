"""The reports in a folder: complete, without secrets, and without files of an earlier run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import report_samples as samples

from contract_tests.report import __main__, files, screenshot
from contract_tests.report.document import load
from contract_tests.report.files import write
from contract_tests.report.replay.script import scripts
from contract_tests.results.verdicts import Finding


def texts(*findings: Finding) -> dict[str, str]:
    verdicts = {finding.requirement: (finding.verdict, [finding]) for finding in findings}
    return {id_: one.text for id_, one in scripts(verdicts, samples.BASE, [samples.CASE]).items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that did not exist before the reports were written."""
    path = tmp_path / "deep" / "report"
    document = samples.document()
    write(document, path, samples.EXCHANGES, texts(*samples.FINDINGS), [])
    return path


def test_folder_has_all_reports_and_nothing_else(folder: Path) -> None:
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "conformance.html",
        "conformance.json",
        "junit.xml",
        "exchanges.har",
        "reproductions/PATCH-PARTIAL.sh",
        "reproductions/LINEARIZABLE.sh",
        "reproductions/ERRORS-QUIET.sh",
    }


def test_written_paths_are_returned(tmp_path: Path) -> None:
    written = write(samples.document(), tmp_path, [], {}, [])
    assert [path.name for path in written] == [
        "conformance.json",
        "conformance.html",
        "junit.xml",
        "exchanges.har",
    ]
    assert all(path.exists() for path in written)


def test_no_report_holds_a_secret(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            assert samples.TOKEN.encode() not in path.read_bytes(), path.name
            assert samples.TOKEN not in path.name


def test_later_run_replaces_reports_and_removes_old_scripts(folder: Path) -> None:
    document = samples.document([samples.failed("SCHEMA")])
    write(document, folder, [], texts(samples.failed("SCHEMA")), [])
    assert [path.name for path in (folder / "reproductions").iterdir()] == ["SCHEMA.sh"]
    assert load(folder / "conformance.json") == document


def test_only_the_owner_can_read_reports(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write(samples.document(), folder, [], texts(samples.failed("SCHEMA")), [])
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert modes.pop("report") == modes.pop("reproductions") == modes.pop("SCHEMA.sh") == 0o700
    assert set(modes.values()) == {0o600}


def fail() -> Iterator[dict[str, Any]]:
    yield from samples.EXCHANGES
    raise OSError("disk full")


def test_failed_write_keeps_the_old_report(folder: Path) -> None:
    before = (folder / files.ARCHIVE).read_bytes()
    problems: list[str] = []
    write(samples.document(), folder, fail(), {}, problems)
    assert problems == ["exchanges.har: OSError: disk full"]
    assert (folder / files.ARCHIVE).read_bytes() == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_command_writes_reports_and_svg(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, again, svg = folder / "conformance.json", tmp_path / "again", tmp_path / "verdict.svg"
    assert __main__.main([str(file), "--into", str(again), "--svg", str(svg)]) == 0
    assert (again / "conformance.html").read_bytes() == (folder / "conformance.html").read_bytes()
    assert str(again / "junit.xml") in capsys.readouterr().out
    drawn = svg.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    for words in ("Case APIs conformance", "PATCH-PARTIAL", "warning", "repeat with"):
        assert words in drawn
    assert "<script" not in drawn


def test_command_reports_problems(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(folder / "conformance.json")
    monkeypatch.setattr(screenshot.shutil, "which", lambda _: None)
    assert __main__.main([file, "--screenshot", str(tmp_path / "a.png")]) == 1
    assert "needs Chromium" in capsys.readouterr().err
    assert __main__.main([str(tmp_path / "none.json"), "--svg", str(tmp_path / "a.svg")]) == 1
    assert "none.json" in capsys.readouterr().err
    for wrong in ([file], [file, "--svg", "a.svg", "--size", "big"]):
        with pytest.raises(SystemExit) as ended:
            __main__.main(wrong)
        assert ended.value.code == 2
