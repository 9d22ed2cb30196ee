"""The document itself: what its schema says, how findings are ordered, and how a bad file is refused."""

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
from contract_tests.report.picture import Recorder
from contract_tests.results.collector import verdicts
from contract_tests.results.summary import Counted, Outcome
from contract_tests.results.verdicts import Finding, Verdict

# Members of a later suite, which a report of version 1 may lack.
SINCE_THE_FIRST = {"script", "no_script", "interrupted"}


def requirement(document: Document, id_: str) -> Any:
    return next(one for one in document["requirements"] if one["id"] == id_)


def test_a_document_is_what_the_schema_says() -> None:
    schema = json.loads((SPEC / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(samples.document(), schema, format_checker=jsonschema.FormatChecker())


def test_the_schema_names_every_member_of_a_document() -> None:
    # In both directions: a member that one of the two does not know is a mistake in the other.
    def compare(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str) -> None:
        while "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        for choice in schema.get("anyOf", ()):
            if "array" in (choice.get("type"), "") and isinstance(value, list):
                schema = choice
        if isinstance(value, dict) and "properties" in schema and "additionalProperties" not in schema:
            assert set(value) == set(schema["properties"]), place
            assert set(value) - set(schema["required"]) <= SINCE_THE_FIRST, place
            for name, one in value.items():
                compare(one, schema["properties"][name], root, f"{place}/{name}")
        for one in value if isinstance(value, list) else ():
            compare(one, schema["items"], root, place)

    schema = json.loads((SPEC / "report.schema.json").read_text())
    compare(samples.document(), schema, schema, "")


def test_every_requirement_of_the_catalogue_is_in_it() -> None:
    assert [one["id"] for one in samples.document()["requirements"]] == list(catalogue())


@pytest.mark.parametrize(("level", "shown"), [(Level.MUST, "warning"), (Level.SHOULD, "failed")])
def test_a_broken_should_is_a_warning_below_the_bar(level: Level, shown: str) -> None:
    assert requirement(samples.document(level=level), "LINEARIZABLE")["shown"] == shown


def test_the_table_has_what_was_asked_for_and_what_came_up() -> None:
    judged = verdicts([Finding("GET-SAME", Verdict.PASSED, "a"), samples.failed("NO-SERVER-ERROR")])
    recorder = Recorder()
    terminal.write(recorder, judged, Level.MUST, Outcome(asked={"GET-SAME", "HEAD-SAME"}))
    told = [text for text, _ in recorder.lines]
    rows = [text.split()[0] for text in told if text.startswith("  ")]
    assert rows == ["GET-SAME", "HEAD-SAME", "NO-SERVER-ERROR"]
    assert "3 requirements: 1 passed, 1 unverified, 1 failed" in told
    assert f"{len(catalogue()) - 3} more were not asked for by --requirement" in told


def test_the_shortest_whole_story_of_the_verdict_comes_first() -> None:
    findings = [
        samples.failed("GET-SAME", "long"),
        samples.failed("GET-SAME", "none", story=()),
        samples.failed("GET-SAME", "cut", story=samples.STORY[:1], left_out=9),
        samples.failed("GET-SAME", "short", story=samples.STORY[:2]),
        Finding("GET-SAME", Verdict.PASSED, "passed"),
    ]
    told = requirement(samples.document(findings), "GET-SAME")["findings"]
    assert [one["test"] for one in told] == ["short", "long", "cut", "none", "passed"]


def test_half_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "conformance.json"
    path.write_text(text(samples.document([samples.failed("SCHEMA", actual="\ud800")])), encoding="utf-8")
    assert requirement(load(path), "SCHEMA")["findings"][0]["actual"] == "\\ud800"


def test_a_secret_learnt_late_is_masked_in_what_was_told_early() -> None:
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


def test_a_document_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "conformance.json"
    path.write_text(text(samples.document()), encoding="utf-8")
    assert load(path) == samples.document()


def test_a_finding_survives_its_journey() -> None:
    for finding in samples.FINDINGS:
        assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["No such file", "earlier run"]),
        ("<html>", ["not JSON"]),
        ("[1]", ["no conformance report", "--report-dir"]),
        (
            '{"schema": "caseiq-conformance/9"}',
            ["caseiq-conformance/9", "caseiq-conformance/1", "--report-dir"],
        ),
        ('{"schema": "caseiq-conformance/1", "run": {}}', ["whole report", "--report-dir"]),
    ],
)
def test_a_file_that_holds_no_document_is_refused_by_name(
    tmp_path: Path, content: str | None, words: list[str]
) -> None:
    path = tmp_path / "OLD.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnreadableDocument) as refused:
        load(path)
    for word in [str(path), *words]:
        assert word in str(refused.value)
