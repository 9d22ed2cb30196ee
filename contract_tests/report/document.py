"""The document from which every report is made: conformance.json, version 2.

`spec/report.schema.json` describes it for other programs.
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

VERSION: Final = "caseiq-conformance/2"
FIRST_VERSION: Final = "caseiq-conformance/1"


class ExchangeEntry(TypedDict):
    """A request and its response. `started` is in seconds since the epoch, `elapsed` in seconds."""

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
    response: str


class OperationEntry(TypedDict):
    """One bar of a timeline: what a client did from `start` to `end`, in seconds."""

    client: int
    kind: str
    value: str
    saw: str | None
    start: float
    end: float
    done: bool


class FindingEntry(TypedDict):
    """The conclusion of one check about its requirement."""

    verdict: str
    test: str
    expected: str
    actual: str
    reason: str
    left_out: int
    exchanges: list[ExchangeEntry]
    needs: NotRequired[list[str]]
    timeline: list[OperationEntry] | None


class RequirementEntry(TypedDict):
    """A requirement with its verdict; `shown` is "warning" for a broken SHOULD below the run's level.

    `rests_on` quotes the vendor's page. `script` is the file with the reproduction script, or empty; `no_script` then
    gives the reason. `script_variables` are the environment variables that the script needs. `replay` describes the
    replay of the script.
    """

    id: str
    section: str
    level: str
    statement: str
    source: list[str]
    rests_on: NotRequired[str]
    accepts: list[str]
    verdict: str
    shown: str
    note: str
    findings: list[FindingEntry]
    script: NotRequired[str]
    no_script: NotRequired[str]
    script_variables: NotRequired[list[str]]
    replay: NotRequired[str]


class RunEntry(TypedDict):
    """Time, place and settings of the run."""

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


class CountsEntry(TypedDict):
    """The run's load on the target."""

    requests: int
    cases: int


class ObservationEntry(TypedDict):
    """The target's behaviour where the contract leaves a choice."""

    id: str
    title: str
    text: str


class LedgerEntry(TypedDict):
    """A created case."""

    run: str
    time: str
    test: str
    id: str
    url: str


class Document(TypedDict):
    """The whole report."""

    schema: str
    run: RunEntry
    counts: CountsEntry
    requirements: list[RequirementEntry]
    observations: list[ObservationEntry]
    ledger: list[LedgerEntry]


class ScriptEntry(TypedDict):
    """The reproduction script of a requirement, as a path or as the reason why there is none."""

    script: str
    no_script: str
    script_variables: list[str]
    replay: str


class UnreadableDocument(Exception):
    """A file is not a report of this suite; the message names the file and the remedy."""


def build(
    verdicts: Mapping[str, tuple[Verdict, Sequence[Finding]]],
    *,
    run: RunEntry,
    counts: CountsEntry,
    observations: Iterable[ObservationEntry] = (),
    ledger: Iterable[LedgerEntry] = (),
    scripts: Mapping[str, ScriptEntry] | None = None,
) -> Document:
    """Return the document of a run. `scripts` has an entry for each failed requirement."""
    level = Level(run["level"])
    scripts = scripts or {}
    document: Document = {
        "schema": VERSION,
        "run": run,
        "counts": counts,
        "requirements": [
            _requirement(id_, verdict, findings, level, scripts.get(id_))
            for id_, (verdict, findings) in verdicts.items()
        ],
        "observations": list(observations),
        "ledger": list(ledger),
    }
    return cast(Document, each_text(document, _encodable))


def _requirement(
    id_: str, verdict: Verdict, findings: Sequence[Finding], level: Level, script: ScriptEntry | None
) -> RequirementEntry:
    known = catalogue()[id_]
    ranked = rank(findings, verdict)
    reasons = [finding.reason for finding in ranked if finding.verdict is verdict and finding.reason]
    return {
        "id": id_,
        "section": known.section,
        "level": known.level.value,
        "statement": known.statement,
        "source": list(known.source),
        "rests_on": known.rests_on,
        "accepts": list(known.accepts),
        "verdict": verdict.value,
        "shown": word(verdict, known.level, level),
        "note": min(reasons, default=""),
        "script": script["script"] if script else "",
        "no_script": script["no_script"] if script else "",
        "script_variables": script["script_variables"] if script else [],
        "replay": script["replay"] if script else "",
        "findings": [_finding(finding) for finding in ranked],
    }


def rank(findings: Sequence[Finding], verdict: Verdict) -> list[Finding]:
    """Return the findings, those with the requirement's verdict and the shortest complete reproduction first."""

    def key(finding: Finding) -> tuple[bool, bool, int, int]:
        return (
            finding.verdict is not verdict,
            not finding.exchanges,
            finding.left_out,
            len(finding.exchanges),
        )

    return sorted(findings, key=key)


def _finding(finding: Finding) -> FindingEntry:
    entry = finding.to_json()
    del entry["requirement"]
    return cast(FindingEntry, entry)


def _encodable(text: str) -> str:
    """Escape lone surrogates, which a server can send as JSON "\\ud800" and no UTF-8 file can contain."""
    return text.encode("utf-8", "backslashreplace").decode()


def text(document: Document) -> str:
    """Return the content of conformance.json."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


@cache
def _schema() -> jsonschema.Draft202012Validator:
    schema = json.loads((SPEC / "report.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def load(path: Path) -> Document:
    """Return the document in a file, also if it has version 1. Raise UnreadableDocument if there is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableDocument(
            f"{path}: {error.strerror or error}; give the conformance.json of an earlier run"
        ) from None
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument(
            f"{path} is not JSON ({error}); give the conformance.json of a run"
        ) from None
    version = data.get("schema") if isinstance(data, dict) else None
    if version == FIRST_VERSION:
        data, version = _upgrade(data), VERSION
    if version != VERSION:
        found = f"has schema {version!r}" if isinstance(version, str) else "is not a conformance report"
        raise UnreadableDocument(
            f"{path} {found}, and this suite reads {VERSION!r}; run the suite again with --report-dir"
        )
    problem = next(_schema().iter_errors(data), None)
    if problem is not None:
        raise UnreadableDocument(
            f"{path} is not a complete report ({problem.json_path}: {problem.message[:200]}); "
            "run the suite again with --report-dir"
        )
    return cast(Document, data)


def _upgrade(data: Any) -> Any:
    """Return a document of version 1 as version 2, which renamed two members."""
    names = {"story": "exchanges", "answer": "response"}

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {names.get(name, name): renamed(one) for name, one in value.items()}
        return [renamed(one) for one in value] if isinstance(value, list) else value

    return {**data, "schema": VERSION, "requirements": renamed(data.get("requirements"))}
