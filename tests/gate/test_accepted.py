"""The file of accepted changes."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from gate_samples import CONSEQUENCE, FINDINGS, NARROWED, RENAMED, WIDENED, comparison

from change_gate import accepted
from change_gate.cli import run
from change_gate.decision import decide, exit_code
from change_gate.errors import GateError

TODAY = datetime.date(2026, 11, 29)
LATER = TODAY + datetime.timedelta(days=30)


def written(file: Path, reason: str = "agreed with all clients") -> tuple[accepted.Entry, ...]:
    return accepted.add(file, FINDINGS, (), reason, LATER)


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "accepted.toml"
    reason = 'a "quoted" \\ reason\nin two lines \x7f ü'
    entries = written(file, reason)
    assert accepted.load(file) == entries
    assert entries[0].reason == reason


def test_accepted_changes_pass_with_their_consequences(tmp_path: Path) -> None:
    entries = written(tmp_path / "accepted.toml")
    marked, problems = accepted.apply(comparison(*FINDINGS), entries, TODAY)
    decided = decide(marked, "risky")
    assert problems == []
    assert exit_code(decided) == 0
    assert {one.rule for one in entries} == {NARROWED.rule, RENAMED.rule, WIDENED.rule}


def test_another_wording_is_still_accepted(tmp_path: Path) -> None:
    entries = written(tmp_path / "accepted.toml")
    changed = [replace(finding, message="other words", base=None, head=None) for finding in FINDINGS]
    _, problems = accepted.apply(comparison(*changed), entries, TODAY)
    assert problems == []


def test_another_place_is_not_accepted(tmp_path: Path) -> None:
    entries = written(tmp_path / "accepted.toml")
    moved = replace(WIDENED, location="GET /case/{id} response 410 application/json")
    marked, _ = accepted.apply(comparison(*FINDINGS, moved), entries, TODAY)
    assert [finding.accepted for finding in marked.findings if finding.location == moved.location] == [""]


def test_entry_without_its_change_fails_the_gate(tmp_path: Path) -> None:
    entries = written(tmp_path / "accepted.toml")
    marked, problems = accepted.apply(comparison(NARROWED, CONSEQUENCE, RENAMED), entries, TODAY)
    assert len(problems) == 1
    assert "no longer occurs" in problems[0]
    assert exit_code(decide(replace(marked, problems=tuple(problems)), "breaking")) == 1


def test_expired_entry_fails_the_gate(tmp_path: Path) -> None:
    entries = written(tmp_path / "accepted.toml")
    assert accepted.apply(comparison(*FINDINGS), entries, LATER)[1] == []
    marked, problems = accepted.apply(comparison(*FINDINGS), entries, LATER + datetime.timedelta(days=1))
    assert len(problems) == 3
    assert all("expired" in text for text in problems)
    assert exit_code(decide(marked, "breaking")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[accepted]\n", "not valid TOML"),
        ("accepted = 1\n", "contains only"),
        ('[[accepted]]\nfingerprint = "a"\nexpires = 2027-01-01\n', "entry 1: needs a reason"),
        ('[[accepted]]\nfingerprint = "a"\nreason = "b"\n', "needs an expiry date"),
        (
            '[[accepted]]\nfingerprint = "a"\nreason = "b"\nexpires = 2027-01-01T00:00:00\n',
            "needs an expiry date",
        ),
        (
            '[[accepted]]\nfingerprint = "a"\nreason = "b"\nexpires = 2027-01-01\nowner = "c"\n',
            "may have only",
        ),
        (2 * '[[accepted]]\nfingerprint = "a"\nreason = "b"\nexpires = 2027-01-01\n', "accepted twice"),
        (b"\xff", "cannot be read"),
    ],
)
def test_wrong_file_is_one_clear_error(tmp_path: Path, text: str | bytes, message: str) -> None:
    file = tmp_path / "accepted.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(GateError) as raised:
        accepted.load(file)
    assert message in str(raised.value)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="--accept REASON creates it"):
        accepted.load(tmp_path / "none.toml")


def test_accept_renews_an_expired_entry(tmp_path: Path) -> None:
    file = tmp_path / "accepted.toml"
    entries = accepted.add(file, [NARROWED], (), "agreed", TODAY)
    again = accepted.add(file, [NARROWED], entries, "agreed again", LATER)
    assert [(entry.reason, entry.expires) for entry in again] == [("agreed again", LATER)]
    assert accepted.load(file) == again


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--accept", "agreed"], "--accept needs --accepted FILE"),
        (["--accepted", "a.toml", "--accept", " "], "--accept needs a reason"),
        (["--accepted", "a.toml", "--expires", "2099-01-31"], "--expires needs --accept REASON"),
        (
            ["--accepted", "a.toml", "--accept", "agreed", "--expires", "2020-01-31"],
            "2020-01-31 is in the past",
        ),
    ],
)
def test_options_without_effect_are_refused(
    capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert run(["old.yaml", "new.yaml", *options]) == 2
    assert message in capsys.readouterr().err
