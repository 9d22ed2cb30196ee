"""The state of a mock as a file: `{"version": 1, "cases": [{"state": "Close", "case": {…}}]}`.

Exports, snapshots and seed files have the same format. A plain list of cases is accepted as well. Missing fields of a
case (id, date, workflow id, state) are set as for a new case. A state is loaded completely or not at all.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from mock_server.core import json_codec, openapi
from mock_server.core.closed_schema import closed_schema
from mock_server.core.errors import Finding, Problem, Refused, refused_with
from mock_server.core.json_codec import Json
from mock_server.core.openapi import CompiledSchema
from mock_server.core.operations import Tenant, new_record
from mock_server.core.settings import DEEPEST, Settings
from mock_server.core.store import Stored
from mock_server.core.validation import explain

VERSION = 1

NESTING = DEEPEST + 4
"""Greatest nesting of a state file: a case is nested inside the levels of the file."""

Rows = list[tuple[str, Stored]]


def dump(cases: Iterable[tuple[str, Stored]]) -> bytes:
    """Return the file for these cases. Each record has exactly the text that it has in the store."""
    rows = (b'{"state":%s,"case":%s}' % (json_codec.encode(case.state), case.text) for _, case in cases)
    return b'{"version":%d,"cases":[\n%s\n]}\n' % (VERSION, b",\n".join(rows))


def complete_rows(state: Json, tenant: Tenant, is_taken: Callable[[str], bool] | None = None) -> Rows:
    """Return the cases of a state with all fields. Raises Refused (INVALID_STATE) with a finding for each error.

    `is_taken` returns True if another case already has an id.
    """
    found: Rows = []
    findings: list[Finding] = []
    places: dict[str, str] = {}
    schema = _case_schema(tenant)
    for place, row in _rows(state):
        errors, case_id, case = _complete_row(place, row, tenant, schema)
        if not errors and case_id in places:
            errors = [Finding(place, f"has the same id as row {places[case_id].rpartition('/')[2]}")]
        if not errors and is_taken is not None and is_taken(case_id):
            errors = [Finding(place, "has the id of an existing case")]
        findings += errors
        places[case_id] = place
        found.append((case_id, case))
    if findings:
        raise refused_with(Problem.INVALID_STATE, findings, "it")
    return found


def parse(text: bytes) -> Json:
    """Parse a state file in JSON or YAML. Raises ValueError with one line."""
    if text.lstrip()[:1] not in (b"{", b"["):
        from mock_server.storage.yaml_codec import as_json  # noqa: PLC0415 - most runs need none

        text = as_json(text)
    try:
        return json_codec.parse(text, NESTING)
    except Refused as refused:
        raise ValueError(str(refused.evidence["reason"])) from None


def demo(settings: Settings) -> Json:
    """Return thirty invented cases in all states of the workflow. With a closed schema, they equal its sample."""
    cases = parse(Path(__file__).with_name("demo.yaml").read_bytes())
    if settings.case.fields:
        cases = [settings.case.fields] * len(cases)
    states = cycle(settings.workflow.states)
    return [{"state": state, "case": dict(case)} for case, state in zip(cases, states, strict=False)]


def _rows(state: Json) -> Iterator[tuple[str, Json]]:
    """Iterate over the rows, each with its JSON pointer."""
    place = ""
    if isinstance(state, dict):
        version = state.get("version", VERSION)
        if version != VERSION:
            message = f"is {json_codec.encode(version)[:20].decode('utf-8', 'replace')} and must be {VERSION}"
            raise refused_with(Problem.INVALID_STATE, [Finding("/version", message)], "it")
        place, state = "/cases", state.get("cases")
    if not isinstance(state, list):
        message = (
            "must be a list of cases"
            if place
            else 'must be a list of cases, or an object with such a list in "cases"'
        )
        raise refused_with(Problem.INVALID_STATE, [Finding(place, message)], "it")
    for index, row in enumerate(state):
        yield f"{place}/{index}", row


def _complete_row(
    place: str, row: Json, tenant: Tenant, schema: CompiledSchema
) -> tuple[list[Finding], str, Stored]:
    """Return the errors of a row, its id, and the case."""
    nothing = "", Stored("", b"")
    if isinstance(row, dict) and isinstance(row.get("case"), dict) and set(row) <= {"state", "case"}:
        state, case, inside = row.get("state"), row["case"], f"{place}/case"
    else:
        state, case, inside = None, row, place
    if not isinstance(case, dict):
        return [Finding(place, "must be an object")], *nothing
    workflow = tenant.settings.workflow
    shown = case.get(workflow.status_field)
    if state is None:
        state = next((one for one in workflow.states if workflow.shown_name(one) == shown), workflow.initial)
    elif state not in workflow.states:
        return [Finding(f"{place}/state", f"must be one of {list(workflow.states)}")], *nothing
    record: dict[str, Any] = new_record(tenant, state) | case
    errors = [] if schema.validator.is_valid(record) else explain(schema.schema, record)
    findings = [Finding(inside + one.pointer, one.message) for one in errors]
    if record[workflow.status_field] != workflow.shown_name(state):
        wanted = f"must be {workflow.shown_name(state)!r} in the state {state}"
        findings.append(Finding(f"{inside}/{workflow.status_field}", wanted))
    return findings, str(record["id"]), Stored(state, json_codec.encode(record))


def _case_schema(tenant: Tenant) -> CompiledSchema:
    """Return the schema of a stored record. It may contain null where a client left out a field."""
    rules = tenant.settings.case
    if not rules.fields:
        return _open_schema()
    closed = closed_schema(rules.fields, tenant.read_only, nullable=True)
    return CompiledSchema.of({"allOf": [_open_schema().schema, closed]})


@cache
def _open_schema() -> CompiledSchema:
    return CompiledSchema.of(openapi.load().schemas["Case"])
