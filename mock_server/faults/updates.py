"""Faults of both kinds of update: caches, identity, workflow, unknown ids, other cases.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import lenient, now_shown, touched
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    GET,
    MOVE,
    NOT_FOUND,
    OK,
    OWNED,
    PATCH,
    PUT,
    UPDATES,
    Call,
    Memory,
    Operations,
    at,
    every,
    record_of,
    refusal,
    remember,
    says,
    showing,
    shows,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import field, set_field


def _named(name: str, operations: Operations = UPDATES) -> Fault:
    """What an update's payload says of a field of the server's is shown from then on."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in operations and answer.status == OK and one.payload and name in one.payload:
            memory.kept[one.case_id] = one.payload[name]
        known = one.case_id in memory.kept and one.operation in CASES and answer.status == OK
        return showing(answer, set_field(name, memory.kept[one.case_id])) if known else answer

    return every(step)


def _copied(one: Call, memory: Memory) -> Response:
    """A payload with another id also makes a case under that id."""
    if one.operation in GET and one.case_id in memory.kept:
        return showing(one.ask("GET", case_id=memory.kept[one.case_id]), set_field("id", one.case_id))
    answer = one.on()
    wanted = (one.payload or {}).get("id") if one.operation in UPDATES and answer.status == OK else None
    if isinstance(wanted, str) and wanted and not one.record(wanted):
        memory.kept[wanted] = one.case_id
    return answer


def _goes_elsewhere(one: Call) -> Response:
    """The id in the payload counts, not the one in the path."""
    wanted = (one.payload or {}).get("id")
    elsewhere = isinstance(wanted, str) and wanted != one.case_id and one.record(wanted)
    return one.ask(one.request.method, one.payload, case_id=str(wanted)) if elsewhere else one.on()


def cached(fresh: Operations) -> Fault:
    """GETs come from a cache that only `fresh` operations renew."""

    def step(one: Call, memory: Memory) -> Response:
        if one.operation in GET and one.case_id in memory.kept:
            kept: Response = memory.kept[one.case_id]
            return kept if one.welcome else one.on()
        answer = one.on()
        if one.operation in GET and answer.status == OK:
            memory.kept[one.case_id] = answer
        if one.operation in fresh:
            memory.kept.pop(one.case_id, None)
        return answer

    return every(step)


def _one_stale_read(one: Call, memory: Memory) -> Response:
    if one.operation in UPDATES:
        before, answer = one.ask("GET"), one.on()
        if answer.status == OK:
            memory.kept[one.case_id] = before
        return answer
    stale = memory.kept.pop(one.case_id, None) if one.operation in GET and one.welcome else None
    return stale or one.on()


def _tagged_by_length(one: Call) -> Response:
    answer = one.on()
    tag = f'"{len(answer.body)}"'
    if answer.status != OK:
        return answer
    known = one.request.headers.get("if-none-match") == tag
    return Response(304, {"etag": tag}) if known else replace(answer, headers={**answer.headers, "etag": tag})


def _answers_the_old(one: Call) -> Response:
    before, answer = one.ask("GET"), one.on()
    return before if answer.status == OK else answer


def _reopened(one: Call) -> Response:
    answer = one.on()
    closed = answer.status == OK and record_of(answer).get("caseStatus") == "Close"
    return one.move("Reopen") if closed else answer


def _status_lost(operations: Operations, status: Any) -> Fault:
    """An update resets what GET shows as status, until the next move."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if answer.status == OK and one.operation in MOVE:
            memory.kept.pop(one.case_id, None)
        if answer.status == OK and one.operation in operations:
            memory.kept[one.case_id] = status
        lost = one.case_id in memory.kept and answer.status == OK
        return showing(answer, set_field("caseStatus", memory.kept[one.case_id])) if lost else answer

    return every(step)


def _workflow_lost(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if answer.status == OK and one.operation in PATCH:
        memory.kept[one.case_id] = True
    lost = one.case_id in memory.kept and answer.status == OK and one.operation in GET | UPDATES
    return showing(answer, field("lastWorkflowId", lambda text: text[::-1])) if lost else answer


def _upserts(one: Call, memory: Memory) -> Response:
    known = memory.kept.get(one.case_id)
    if known:
        return showing(one.ask(one.request.method, one.payload, case_id=known), set_field("id", one.case_id))
    answer = one.on()
    if one.operation not in PUT or answer.status != NOT_FOUND:
        return answer
    made = one.handle(replace(one.request, method="POST", path=f"{one.root}/case"))
    if made.status == CREATED:
        memory.kept[one.case_id] = record_of(made)["id"]
    return replace(showing(made, set_field("id", one.case_id)), status=OK)


def _upserts_in_secret(one: Call, memory: Memory) -> Response:
    answer = _upserts(one, memory)
    return refusal(NOT_FOUND) if one.operation in UPDATES and one.case_id in memory.kept else answer


def _unknown_by_prefix(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if one.operation in CREATE and answer.status == CREATED:
        memory.kept[record_of(answer)["id"]] = True
    if one.operation not in UPDATES or answer.status != NOT_FOUND:
        return answer
    found = next((known for known in memory.kept if one.case_id and known.startswith(one.case_id)), None)
    return one.ask(one.request.method, one.payload, case_id=found) if found else answer


def _wiped_first(one: Call) -> Response:
    if one.payload is None and one.welcome:
        one.ask("PUT", {})
    return one.on()


def _spreads(to: Callable[[list[str], str], str | None], operations: Operations = PATCH) -> Fault:
    """An update of one case also goes to another of the known ones."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in CREATE and answer.status == CREATED:
            memory.kept[record_of(answer)["id"]] = True
        other = (
            to(list(memory.kept), one.case_id)
            if one.operation in operations and answer.status == OK
            else None
        )
        if other and one.operation in MOVE:
            one.move((one.payload or {}).get("caseStatus", ""), other)
        elif other:
            one.ask(one.request.method, one.payload, case_id=other)
        return answer

    return every(step)


def _beside(step: int) -> Callable[[list[str], str], str | None]:
    def find(ids: list[str], own: str) -> str | None:
        index = ids.index(own) + step if own in ids else -1
        return ids[index] if 0 <= index < len(ids) else None

    return find


def _reopens_the_last(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if answer.status == CREATED:
        one.move("Reopen", memory.kept.get("last", ""))
        memory.kept["last"] = record_of(answer)["id"]
    return answer


def _shared_content(one: Call, memory: Memory) -> Response:
    """Cases created from equal payloads are one record behind two ids."""
    answer = one.on()
    if one.operation in CREATE and answer.status == CREATED:
        memory.kept.setdefault(one.request.body.decode("utf-8", "replace"), []).append(
            record_of(answer)["id"]
        )
    if one.operation in UPDATES and answer.status == OK:
        twins: list[str] = next((ids for ids in memory.kept.values() if one.case_id in ids), [])
        for twin in twins:
            one.ask(one.request.method, one.payload, case_id=twin)
    return answer


def _evicts(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if one.operation in CREATE and answer.status == CREATED:
        memory.kept[record_of(answer)["id"]] = True
        for oldest in list(memory.kept)[:-3]:
            memory.kept[oldest] = False
    return answer if memory.kept.get(one.case_id, True) else refusal(NOT_FOUND)


ROWS = (
    row("get-cached-after-patch", "UPDATE-VISIBLE", "forgets to renew its cache after a PATCH", cached(PUT | MOVE)),
    row("get-cached-after-put", "UPDATE-VISIBLE", "forgets to renew its cache after a PUT", cached(PATCH | MOVE)),
    row("etag-of-the-length", "UPDATE-VISIBLE", "answers 304 as long as the record has the same length",
        at(GET, _tagged_by_length)),
    row("get-stale-once", "UPDATE-VISIBLE", "shows the old record once after an update", every(_one_stale_read)),
    row("put-answers-the-old", "UPDATE-VISIBLE", "answers a PUT with the record as it was", at(PUT, _answers_the_old)),
    row("patch-answers-the-old", "UPDATE-VISIBLE", "answers a PATCH with the record as it was",
        at(PATCH, _answers_the_old)),
    row("patch-answers-the-payload", "UPDATE-VISIBLE", "answers a PUT with nothing but identity and null fields",
        shows(lambda r: {n: v if n in OWNED else None for n, v in r.items()}, PUT)),
    row("put-changes-the-id", "UPDATE-IDENTITY", "shows the id that a PUT names", _named("id", PUT)),
    row("patch-changes-the-id", "UPDATE-IDENTITY", "shows the id that a PATCH names", _named("id", PATCH)),
    row("patch-changes-the-date", "UPDATE-IDENTITY", "shows the date that a PATCH names", _named("createdDate", PATCH)),
    row("put-changes-the-date", "UPDATE-IDENTITY", "shows the date that a PUT names", _named("createdDate", PUT)),
    row("put-is-a-new-creation", "UPDATE-IDENTITY", "sets createdDate by PUT",
        touched(PUT, lambda _: now_shown(), lambda _: True)),
    row("patch-is-a-new-creation", "UPDATE-IDENTITY PATCH-PARTIAL", "sets createdDate by PATCH",
        touched(PATCH, lambda _: now_shown(), lambda _: True)),
    row("put-shifts-the-date", "UPDATE-IDENTITY", "moves createdDate by the zone with each PUT",
        touched(PUT, lambda d: (datetime.fromisoformat(d) + timedelta(hours=1)).isoformat(), lambda _: True)),
    row("patch-null-clears-the-date", "UPDATE-IDENTITY", "clears createdDate when a PATCH says null",
        touched(PATCH, lambda _: None, lambda one: (one.payload or {}).get("createdDate", "") is None)),
    row("patch-is-a-new-creation-once-moved", "UPDATE-IDENTITY", "dates a case anew that has moved and is patched",
        touched(PATCH, lambda _: "2026-01-01T00:00:00.000Z", lambda one: one.record().get("caseStatus") != "Open")),
    row("update-copies", "UPDATE-IDENTITY", "shows the case under the id that an update names too", every(_copied)),
    row("update-goes-elsewhere", "UPDATE-IDENTITY UPDATE-ISOLATED", "updates the case that the payload names",
        at(UPDATES, _goes_elsewhere)),
    row("put-loses-the-status", "UPDATE-WORKFLOW-KEPT", "shows no status after a PUT", _status_lost(PUT, None)),
    row("put-resets-the-status", "UPDATE-WORKFLOW-KEPT", "shows Open after a PUT", _status_lost(PUT, "Open")),
    row("patch-reopens", "UPDATE-WORKFLOW-KEPT", "reopens a closed case by PATCH", at(PATCH, _reopened)),
    row("patch-loses-the-workflow", "UPDATE-WORKFLOW-KEPT", "shows a lastWorkflowId of no use after a PATCH",
        every(_workflow_lost)),
    row("put-closes", "UPDATE-WORKFLOW-KEPT", "closes the case by PUT",
        at(PUT, lambda one: one.move("Close") if one.on().status == OK else one.on())),
    row("put-upserts", "UPDATE-UNKNOWN", "makes a case of an unknown id by PUT", every(_upserts)),
    row("put-upserts-in-secret", "UPDATE-UNKNOWN", "answers 404 to a PUT of an unknown id, and makes it",
        every(_upserts_in_secret)),
    row("patch-of-nobody-answers-200", "UPDATE-UNKNOWN", "answers 200 to a PATCH of an unknown id",
        at(PATCH, lambda one: says(200, {"status": "ok"}) if one.on().status == NOT_FOUND else one.on())),
    row("update-by-prefix", "UPDATE-UNKNOWN", "updates the case whose id begins so", every(_unknown_by_prefix)),
    row("put-of-nobody-answers-500", "UPDATE-UNKNOWN NO-SERVER-ERROR", "answers 500 to a PUT of an unknown id",
        at(PUT, lambda one: refusal(500) if one.on().status == NOT_FOUND else one.on())),
    row("put-takes-null", "UPDATE-VALIDATES", "takes null in a PUT for {}",
        lenient(PUT, lambda body: {} if body == b"null" else None)),
    row("patch-takes-an-array", "UPDATE-VALIDATES", "takes the first item of an array in a PATCH",
        lenient(PATCH, lambda body: json.loads(body)[0])),
    row("patch-takes-anything", "UPDATE-VALIDATES", "takes a PATCH that is no JSON for {}",
        lenient(PATCH, lambda body: {} if b"{" not in body and b"[" not in body else None)),
    row("patch-takes-scalars", "UPDATE-VALIDATES", "takes a JSON number in a PATCH for {}",
        lenient(PATCH, lambda body: {} if isinstance(json.loads(body), int) else None)),
    row("put-wipes-before-it-refuses", "UPDATE-VALIDATES", "clears the case before it reads the body of a PUT",
        at(PUT, _wiped_first)),
    row("patch-takes-json-patch", "UPDATE-VALIDATES", "applies a JSON Patch although it says JSON",
        lenient(PATCH, lambda body: {o["path"][1:]: o["value"] for o in json.loads(body)})),
    row("patch-spreads-to-the-older", "UPDATE-ISOLATED", "patches the case made before as well", _spreads(_beside(-1))),
    row("patch-spreads-to-the-younger", "UPDATE-ISOLATED", "patches the case made after as well", _spreads(_beside(1))),
    row("put-spreads-to-the-first", "UPDATE-ISOLATED", "puts the first case as well",
        _spreads(lambda ids, own: ids[0] if ids[0] != own else None, PUT)),
    row("create-reopens", "UPDATE-ISOLATED", "reopens the case made before",
        remember(CREATE, _reopens_the_last)),
    row("move-spreads", "UPDATE-ISOLATED", "moves the case made before as well", _spreads(_beside(-1), MOVE)),
    row("equal-cases-share-a-record", "UPDATE-ISOLATED", "keeps equal cases as one", every(_shared_content)),
    row("oldest-case-evicted", "UPDATE-ISOLATED", "keeps three cases", every(_evicts)),
)  # fmt: skip
