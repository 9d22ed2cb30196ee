"""The whole state of a mock as a file: `{"version": 1, "cases": [{"state": "Close", "case": {…}}]}`.

An export, a snapshot and a seed file are one format. A bare list of cases is taken too; what a case does not say
about itself (id, dates, workflow, state) is filled in as for a new one. A state is taken whole or not at all.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from mock_server.core import json_codec, openapi
from mock_server.core.errors import Finding, Problem, Refused, refused_for
from mock_server.core.json_codec import Json
from mock_server.core.openapi import Body
from mock_server.core.operations import Tenant, new_record
from mock_server.core.settings import DEEPEST
from mock_server.core.store import Stored
from mock_server.core.validation import explain
from mock_server.core.workflow import Workflow

VERSION = 1

NESTING = DEEPEST + 4
"""Levels of a state file at most: a case lies within the file's own."""

Rows = list[tuple[str, Stored]]


def dump(cases: Iterable[tuple[str, Stored]]) -> bytes:
    """The file for these cases, each record in the very text that it has in the store."""
    rows = (b'{"state":%s,"case":%s}' % (json_codec.encode(case.state), case.text) for _, case in cases)
    return b'{"version":%d,"cases":[\n%s\n]}\n' % (VERSION, b",\n".join(rows))


def rows(state: Json, tenant: Tenant, taken: Callable[[str], bool] = lambda _: False) -> Rows:
    """The cases of a state, complete. Raises Refused (INVALID_STATE) with a finding for each that is wrong.

    `taken` tells of an id whether another case has it.
    """
    found: Rows = []
    findings: list[Finding] = []
    places: dict[str, str] = {}
    for place, row in _rows(state):
        wrong, case_id, case = _row(place, row, tenant)
        if not wrong and case_id in places:
            wrong = [Finding(place, f"has the id of {places[case_id]}")]
        if not wrong and taken(case_id):
            wrong = [Finding(place, "has the id of a case that is there already")]
        findings += wrong
        places[case_id] = place
        found.append((case_id, case))
    if findings:
        raise refused_for(Problem.INVALID_STATE, findings, "it")
    return found


def parse(text: bytes) -> Json:
    """The value of a state file, in JSON or YAML. Raises ValueError, in one line."""
    if text.lstrip()[:1] not in (b"{", b"["):
        from mock_server.storage.yaml_codec import as_json  # noqa: PLC0415 - most runs need none

        text = as_json(text)
    try:
        return json_codec.parse(text, NESTING)
    except Refused as refused:
        raise ValueError(str(refused.evidence["reason"])) from None


def demo(workflow: Workflow) -> Json:
    """Thirty invented cases, spread over all states of the workflow."""
    cases = parse(Path(__file__).with_name("demo.yaml").read_bytes())
    return [
        {"state": state, "case": case} for case, state in zip(cases, cycle(workflow.states), strict=False)
    ]


def _rows(state: Json) -> Iterator[tuple[str, Json]]:
    """Each row with its pointer."""
    place = ""
    if isinstance(state, dict):
        version = state.get("version", VERSION)
        if version != VERSION:
            message = f"is {json_codec.encode(version)[:20].decode('utf-8', 'replace')} and must be {VERSION}"
            raise refused_for(Problem.INVALID_STATE, [Finding("/version", message)], "it")
        place, state = "/cases", state.get("cases")
    if not isinstance(state, list):
        message = (
            "must be a list of cases"
            if place
            else "must be a list of cases, or an object with the list cases"
        )
        raise refused_for(Problem.INVALID_STATE, [Finding(place, message)], "it")
    for index, row in enumerate(state):
        yield f"{place}/{index}", row


def _row(place: str, row: Json, tenant: Tenant) -> tuple[list[Finding], str, Stored]:
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
        state = next((one for one in workflow.states if workflow.shows(one) == shown), workflow.initial)
    elif state not in workflow.states:
        return [Finding(f"{place}/state", f"must be one of {list(workflow.states)}")], *nothing
    record: dict[str, Any] = new_record(tenant, state) | case
    findings = [
        Finding(inside + one.pointer, one.message)
        for one in ([] if _case().validator.is_valid(record) else explain(_case().schema, record))
    ]
    if record[workflow.status_field] != workflow.shows(state):
        wanted = f"must be {workflow.shows(state)!r} in the state {state}"
        findings.append(Finding(f"{inside}/{workflow.status_field}", wanted))
    return findings, str(record["id"]), Stored(state, json_codec.encode(record))


@cache
def _case() -> Body:
    return Body.of(openapi.load().schemas["Case"])
