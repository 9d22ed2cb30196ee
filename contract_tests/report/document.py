"""The document that every report is made from: conformance.json, version 1, as types, as a builder, as a reader.

`spec/report.schema.json` says the same for other programs. Owns the order of findings and that no text in the
document can break a writer. Knows no form of report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict, cast

import jsonschema

from contract_tests.contract.requirements import SPEC, Level, catalogue
from contract_tests.results.verdicts import Finding, Verdict, each_text, word

VERSION: Final = "caseiq-conformance/1"


class Told(TypedDict):
    """One exchange of a story. Times in seconds, `started` since the epoch."""

    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int
    reason: str
    response_headers: dict[str, str]
    response_body: str
    started: float
    elapsed: float
    curl: str
    answer: str


class Operation(TypedDict):
    """One bar of a timeline: what a client did from `start` to `end`, in seconds."""

    client: int
    kind: str
    value: str
    saw: str | None
    start: float
    end: float
    done: bool


class FindingEntry(TypedDict):
    """What one test concluded about the requirement it stands under."""

    verdict: str
    test: str
    expected: str
    actual: str
    reason: str
    left_out: int
    story: list[Told]
    timeline: list[Operation] | None


class RequirementEntry(TypedDict):
    """One requirement with its verdict; `shown` is "warning" for a broken SHOULD below the run's level.

    `script`: the file that replays its story, or empty; `no_script` then says why. A report of an earlier version of
    this suite has neither.
    """

    id: str
    section: str
    level: str
    statement: str
    source: list[str]
    accepts: list[str]
    verdict: str
    shown: str
    note: str
    findings: list[FindingEntry]
    script: NotRequired[str]
    no_script: NotRequired[str]


class RunEntry(TypedDict):
    """When, where and how the run was made. A report of an earlier version of this suite has no `interrupted`."""

    id: str
    started: str
    finished: str
    seconds: float
    target: str
    level: str
    profile: str
    repeat: str
    versions: dict[str, str]
    environment: dict[str, str]
    deployment: dict[str, Any] | None
    read_only: bool
    interrupted: NotRequired[bool]


class Counts(TypedDict):
    """What the run cost the target."""

    requests: int
    cases: int


class Observation(TypedDict):
    """What the target does where the contract is silent."""

    id: str
    title: str
    text: str


class LedgerLine(TypedDict):
    """One created case."""

    run: str
    time: str
    test: str
    id: str
    url: str


class Document(TypedDict):
    """All of it."""

    schema: str
    run: RunEntry
    counts: Counts
    requirements: list[RequirementEntry]
    observations: list[Observation]
    ledger: list[LedgerLine]


class UnreadableDocument(Exception):
    """A file that should hold a document does not; the message names the file and the remedy."""


def build(
    verdicts: Mapping[str, tuple[Verdict, Sequence[Finding]]],
    *,
    run: RunEntry,
    counts: Counts,
    observations: Iterable[Observation] = (),
    ledger: Iterable[LedgerLine] = (),
) -> Document:
    """The document of a run: `verdicts` as run.verdicts gives them, `run["level"]` the bar for warnings."""
    bar = Level(run["level"])
    document: Document = {
        "schema": VERSION,
        "run": run,
        "counts": counts,
        "requirements": [_requirement(id_, *verdict, bar) for id_, verdict in verdicts.items()],
        "observations": list(observations),
        "ledger": list(ledger),
    }
    return cast(Document, each_text(document, _encodable))


def _requirement(id_: str, verdict: Verdict, findings: Sequence[Finding], bar: Level) -> RequirementEntry:
    known = catalogue()[id_]
    told = sorted(findings, key=lambda finding: _telling(finding, verdict))
    reasons = [finding.reason for finding in told if finding.verdict is verdict and finding.reason]
    return {
        "id": id_,
        "section": known.section,
        "level": known.level.value,
        "statement": known.statement,
        "source": list(known.source),
        "accepts": list(known.accepts),
        "verdict": verdict.value,
        "shown": word(verdict, known.level, bar),
        "note": min(reasons, default=""),
        "script": "",
        "no_script": "",
        "findings": [_finding(finding) for finding in told],
    }


def _telling(finding: Finding, verdict: Verdict) -> tuple[bool, bool, int, int]:
    """Sorts first what decided the verdict and tells it in full with the fewest requests."""
    return finding.verdict is not verdict, not finding.story, finding.left_out, len(finding.story)


def _finding(finding: Finding) -> FindingEntry:
    entry = finding.to_json()
    del entry["requirement"]
    return cast(FindingEntry, entry)


def _encodable(text: str) -> str:
    """A server can send half of a surrogate pair (JSON "\\ud800"), which no UTF-8 file can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def text(document: Document) -> str:
    """The document as it is written to a file."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


@cache
def _schema() -> jsonschema.Draft202012Validator:
    schema = json.loads((SPEC / "report.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def load(path: Path) -> Document:
    """The document in a file; UnreadableDocument where there is none, or one of another version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableDocument(
            f"{path}: {error.strerror or error}; give the conformance.json of an earlier run"
        ) from None
    except ValueError as error:
        raise UnreadableDocument(
            f"{path} is not JSON ({error}); give the conformance.json of a run"
        ) from None
    version = data.get("schema") if isinstance(data, dict) else None
    if version != VERSION:
        found = f"has schema {version!r}" if isinstance(version, str) else "is no conformance report"
        raise UnreadableDocument(
            f"{path} {found}, and this suite reads {VERSION!r}; judge the target again with --report-dir"
        )
    wrong = next(_schema().iter_errors(data), None)
    if wrong is not None:
        raise UnreadableDocument(
            f"{path} does not hold a whole report ({wrong.json_path}: {wrong.message[:200]}); "
            "judge the target again with --report-dir"
        )
    return cast(Document, data)
