"""An exception while the report is made costs one item, and is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import report_samples as samples

from contract_tests.report import files, junit, terminal
from contract_tests.report.document import load
from contract_tests.report.files import write
from contract_tests.report.html import page, requirement
from contract_tests.report.replay import script
from contract_tests.report.table_svg import Recorder
from contract_tests.results.decisions import verdicts
from contract_tests.results.summary import Outcome
from contract_tests.results.verdicts import Verdict

DEEP = '{"id": "x", "deep": ' + "[" * 1500 + "]" * 1500 + "}"


def fail(*_: Any, **__: Any) -> Any:
    raise RecursionError("maximum recursion depth exceeded")


def test_script_of_a_deeply_nested_response_is_written() -> None:
    exchanges = samples.recorded(
        samples.exchange("POST", "/case", b"{}", status=201, answer=DEEP),
        samples.exchange("GET", "/case/x", at=1, answer=DEEP),
    )
    finding = samples.failed("SCHEMA", exchanges=exchanges)
    made = script.scripts({"SCHEMA": (Verdict.FAILED, [finding])}, samples.BASE, ["x"])
    assert "case1=$value" in made["SCHEMA"].text


def test_failing_script_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "with_creates", fail)
    made = script.scripts({"SCHEMA": (Verdict.FAILED, [samples.failed("SCHEMA")])}, samples.BASE, [])
    assert made["SCHEMA"].reason.startswith("the suite could not write it (RecursionError: maximum")


def test_failing_renderer_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(files._RENDERERS, "conformance.html", fail)  # type: ignore[arg-type]
    problems: list[str] = []
    written = write(samples.document(), tmp_path, samples.EXCHANGES, {}, problems)
    assert [path.name for path in written] == ["conformance.json", "junit.xml", "exchanges.har"]
    assert problems == ["conformance.html: RecursionError: maximum recursion depth exceeded"]
    assert load(tmp_path / "conformance.json") == samples.document()


def test_failing_exchange_costs_one_archive_entry(tmp_path: Path) -> None:
    problems: list[str] = []
    write(samples.document(), tmp_path, [{"method": "GET", "url": "u"}, *samples.EXCHANGES], {}, problems)
    entries = json.loads((tmp_path / "exchanges.har").read_text())["log"]["entries"]
    assert len(entries) == len(samples.EXCHANGES)
    assert problems == ["HAR entry of GET u: KeyError: 'elapsed'"]


def test_failing_details_cost_one_requirement_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirement, "reproduction", fail)
    rendered = page.render(samples.document())
    assert 'id="PATCH-PARTIAL"' in rendered
    assert "The suite could not show the details (RecursionError" in rendered


def test_failing_details_cost_one_junit_case(monkeypatch: pytest.MonkeyPatch) -> None:
    reproduction = junit._reproduction
    monkeypatch.setattr(junit, "_reproduction", lambda finding: fail() if finding else reproduction(finding))
    rendered = junit.render(samples.document())
    assert rendered.count("the suite could not show the details (RecursionError") == 4


def test_failing_output_of_a_failure_keeps_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "failure", fail)
    recorder, outcome = Recorder(), Outcome()
    terminal.write(recorder, verdicts([samples.failed("SCHEMA")]), samples.Level.MUST, outcome)
    lines = [text for text, _ in recorder.lines]
    assert any(line.startswith("  SCHEMA ") for line in lines)
    assert (
        "the report is incomplete: terminal output of SCHEMA: RecursionError: maximum recursion depth exceeded"
        in lines
    )
