"""The document: its schema, the order of findings, and the message for an unreadable file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support import report_samples as samples

from contract_tests.contract.requirements import SPEC, Level, catalogue
from contract_tests.report import terminal
from contract_tests.report.document import Document, UnreadableDocument, load, text
from contract_tests.report.table_svg import Recorder
from contract_tests.results.decisions import verdicts
from contract_tests.results.summary import Counted, Outcome
from contract_tests.results.verdicts import Finding, Verdict

# Members that older reports may lack.
ADDED_LATER = {"script", "script_variables", "rests_on", "no_script", "replay", "interrupted", "needs"}


def requirement(document: Document, id_: str) -> Any:
    return next(one for one in document["requirements"] if one["id"] == id_)


def test_document_matches_its_schema() -> None:
    schema = json.loads((SPEC / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(samples.document(), schema, format_checker=jsonschema.FormatChecker())


def test_schema_names_every_member_of_a_document() -> None:
    # In both directions: a member of one that the other does not have is a mistake.
    def compare(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> None:
        while "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        for choice in schema.get("anyOf", ()):
            if "array" in (choice.get("type"), "") and isinstance(value, list):
                schema = choice
        if isinstance(value, dict) and "properties" in schema and "additionalProperties" not in schema:
            assert set(value) == set(schema["properties"]), place
            assert set(value) - set(schema["required"]) <= ADDED_LATER, place
            for name, one in value.items():
                compare(one, schema["properties"][name], root, f"{place}/{name}")
        for one in value if isinstance(value, list) else ():
            compare(one, schema["items"], root, place)

    schema = json.loads((SPEC / "report.schema.json").read_text())
    compare(samples.document(), schema, schema, "")


def test_document_has_every_requirement() -> None:
    assert [one["id"] for one in samples.document()["requirements"]] == list(catalogue())


@pytest.mark.parametrize(("level", "shown"), [(Level.MUST, "warning"), (Level.SHOULD, "failed")])
def test_broken_should_is_a_warning_at_level_must(level: Level, shown: str) -> None:
    assert requirement(samples.document(level=level), "LINEARIZABLE")["shown"] == shown


def table(findings: list[Finding], requested: set[str]) -> list[str]:
    """Return the lines of the terminal's table."""
    recorder = Recorder()
    terminal.write(recorder, verdicts(findings), Level.MUST, Outcome(asked=requested))
    return [text for text, _ in recorder.lines]


def test_table_has_requested_and_concluded_requirements() -> None:
    findings = [Finding("GET-SAME", Verdict.PASSED, "a"), samples.failed("NO-SERVER-ERROR")]
    findings.append(Finding("PUT-STATUS", Verdict.DISABLED, "b", reason="the budget of cases (2) is spent"))
    printed = table(findings, {"GET-SAME", "HEAD-SAME"})
    rows = [text.split()[0] for text in printed if text.startswith("  ")]
    assert rows == ["NO-SERVER-ERROR", "GET-SAME", "HEAD-SAME"]
    assert "3 requirements: 1 passed, 1 unverified, 1 failed" in printed
    undecided = "unverified  no check of this run decided it; repeat the run with --requirement HEAD-SAME"
    assert any(text.endswith(undecided) for text in printed)
    assert f"{len(catalogue()) - 3} more were not selected" in printed


@pytest.mark.parametrize(
    ("confirmed", "line"),
    [
        (0, "reproduction scripts: 1 of 1 failures"),
        (1, "reproduction scripts: 1 of 1 failures; the replay of 1 returned the responses of the run"),
    ],
)
def test_summary_counts_only_replays_that_took_place(confirmed: int, line: str) -> None:
    result = "" if confirmed else "not replayed, because the target is not loopback"
    outcome = Outcome(scripts={"GET-SAME": ""}, replays={"GET-SAME": result}, confirmed=confirmed)
    recorder = Recorder()
    terminal.write(recorder, {}, Level.MUST, outcome)
    printed = [text for text, _ in recorder.lines]
    assert line in printed
    assert any(result in text for text in printed)


def test_table_folds_consequences_below_their_cause() -> None:
    need = ("PUT-REPLACES",)
    findings = [
        Finding("GET-SAME", Verdict.PASSED, "a"),
        Finding("PATCH-PARTIAL", Verdict.UNVERIFIED, "b", reason="needs PUT-REPLACES", needs=need),
        Finding("UPDATE-IDENTITY", Verdict.UNVERIFIED, "c", reason="needs PUT-REPLACES", needs=need),
        samples.failed("PUT-REPLACES"),
    ]
    printed = table(findings, {finding.requirement for finding in findings})
    start = printed.index("Failures")
    assert printed[start + 1].split() == ["PUT-REPLACES", "MUST", "failed"]
    assert printed[start + 2].startswith("    unverified, because it failed: ")
    assert {"PATCH-PARTIAL", "UPDATE-IDENTITY"} == set(printed[start + 2].partition(": ")[2].split(", "))
    assert sum("PATCH-PARTIAL" in line for line in printed) == 1
    assert "4 requirements: 1 passed, 1 failed, 2 unverified" in printed


def test_shortest_complete_reproduction_comes_first() -> None:
    findings = [
        samples.failed("GET-SAME", "long"),
        samples.failed("GET-SAME", "none", exchanges=()),
        samples.failed("GET-SAME", "cut", exchanges=samples.EXCHANGES[:1], left_out=9),
        samples.failed("GET-SAME", "short", exchanges=samples.EXCHANGES[:2]),
        Finding("GET-SAME", Verdict.PASSED, "passed"),
    ]
    told = requirement(samples.document(findings), "GET-SAME")["findings"]
    assert [one["test"] for one in told] == ["short", "long", "cut", "none", "passed"]


def test_lone_surrogate_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "conformance.json"
    path.write_text(text(samples.document([samples.failed("SCHEMA", actual="\ud800")])), encoding="utf-8")
    assert requirement(load(path), "SCHEMA")["findings"][0]["actual"] == "\\ud800"


def test_late_secret_is_masked_in_early_findings() -> None:
    outcome = Outcome(
        findings=[samples.failed("SCHEMA", actual="learnt late", timeline=samples.TIMELINE)],
        total=Counted(observations={"null-patch": {"title": "A PATCH with null", "text": "late"}}),
        repeat="pytest --late",
    )
    outcome.mask(lambda text: text.replace("late", "*").replace("summary", "*"))
    told = str([outcome.findings, outcome.total, outcome.repeat])
    assert "late" not in told
    assert "summary" not in told
    assert outcome.findings[0].requirement == "SCHEMA"


def test_document_is_the_same_after_loading(tmp_path: Path) -> None:
    path = tmp_path / "conformance.json"
    path.write_text(text(samples.document()), encoding="utf-8")
    assert load(path) == samples.document()


def test_finding_is_the_same_after_json() -> None:
    for finding in samples.FINDINGS:
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["No such file", "earlier run"]),
        ("<html>", ["not JSON"]),
        ("[1]", ["not a conformance report", "--report-dir"]),
        (
            '{"schema": "caseiq-conformance/9"}',
            ["caseiq-conformance/9", "caseiq-conformance/2", "--report-dir"],
        ),
        ('{"schema": "caseiq-conformance/1", "run": {}}', ["complete report", "--report-dir"]),
    ],
)
def test_unreadable_file_is_refused_by_name(tmp_path: Path, content: str | None, words: list[str]) -> None:
    path = tmp_path / "OLD.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnreadableDocument) as refused:
        load(path)
    for word in [str(path), *words]:
        assert word in str(refused.value)


def test_document_of_version_1_is_read_as_version_2(tmp_path: Path) -> None:
    names = {'"exchanges": [': '"story": [', '"response": "': '"answer": "', "conformance/2": "conformance/1"}
    old = text(samples.document())
    for new_name, old_name in names.items():
        assert new_name in old
        old = old.replace(new_name, old_name)
    path = tmp_path / "conformance.json"
    path.write_text(old, encoding="utf-8")
    assert load(path) == samples.document()
