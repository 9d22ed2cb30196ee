"""Faults of both kinds of update: caches, identity, workflow, unknown ids, other cases.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import accept_bodies, current_date, redate
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    OWNED,
    PATCH,
    PUT,
    TRANSITION,
    UPDATES,
    Call,
    Memory,
    Operations,
    change_shown,
    json_response,
    on,
    on_every,
    on_with_memory,
    record_of,
    refusal,
    with_record,
)
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import field, set_field


def _named(name: str, operations: Operations = UPDATES) -> Fault:
    """What an update's payload says of a field of the server's is shown from then on."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in operations and response.status == OK and call.payload and name in call.payload:
            memory.kept[call.case_id] = call.payload[name]
        known = call.case_id in memory.kept and call.operation in CASES and response.status == OK
        return with_record(response, set_field(name, memory.kept[call.case_id])) if known else response

    return on_every(step)


def _copied(call: Call, memory: Memory) -> Response:
    """A payload with another id also makes a case under that id."""
    if call.operation in GET and call.case_id in memory.kept:
        return with_record(call.send("GET", case_id=memory.kept[call.case_id]), set_field("id", call.case_id))
    response = call.proceed()
    wanted = (call.payload or {}).get("id") if call.operation in UPDATES and response.status == OK else None
    if isinstance(wanted, str) and wanted and not call.record(wanted):
        memory.kept[wanted] = call.case_id
    return response


def _goes_elsewhere(call: Call) -> Response:
    """The id in the payload counts, not the one in the path."""
    wanted = (call.payload or {}).get("id")
    elsewhere = isinstance(wanted, str) and wanted != call.case_id and call.record(wanted)
    return call.send(call.request.method, call.payload, case_id=str(wanted)) if elsewhere else call.proceed()


def cache_reads(fresh: Operations) -> Fault:
    """GETs come from a cache that only `fresh` operations renew."""

    def step(call: Call, memory: Memory) -> Response:
        if call.operation in GET and call.case_id in memory.kept:
            kept: Response = memory.kept[call.case_id]
            return kept if call.is_authenticated else call.proceed()
        response = call.proceed()
        if call.operation in GET and response.status == OK:
            memory.kept[call.case_id] = response
        if call.operation in fresh:
            memory.kept.pop(call.case_id, None)
        return response

    return on_every(step)


def _one_stale_read(call: Call, memory: Memory) -> Response:
    if call.operation in UPDATES:
        before, response = call.send("GET"), call.proceed()
        if response.status == OK:
            memory.kept[call.case_id] = before
        return response
    stale = memory.kept.pop(call.case_id, None) if call.operation in GET and call.is_authenticated else None
    return stale or call.proceed()


def _tagged_by_length(call: Call) -> Response:
    response = call.proceed()
    tag = f'"{len(response.body)}"'
    if response.status != OK:
        return response
    known = call.request.headers.get("if-none-match") == tag
    return (
        Response(304, {"etag": tag})
        if known
        else replace(response, headers={**response.headers, "etag": tag})
    )


def _answers_the_old(call: Call) -> Response:
    before, response = call.send("GET"), call.proceed()
    return before if response.status == OK else response


def _reopened(call: Call) -> Response:
    response = call.proceed()
    closed = response.status == OK and record_of(response).get("caseStatus") == "Close"
    return call.transition("Reopen") if closed else response


def _status_lost(operations: Operations, status: Any) -> Fault:
    """An update resets what GET shows as status, until the next move."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if response.status == OK and call.operation in TRANSITION:
            memory.kept.pop(call.case_id, None)
        if response.status == OK and call.operation in operations:
            memory.kept[call.case_id] = status
        lost = call.case_id in memory.kept and response.status == OK
        return with_record(response, set_field("caseStatus", memory.kept[call.case_id])) if lost else response

    return on_every(step)


def _workflow_lost(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if response.status == OK and call.operation in PATCH:
        memory.kept[call.case_id] = True
    lost = call.case_id in memory.kept and response.status == OK and call.operation in GET | UPDATES
    return with_record(response, field("lastWorkflowId", lambda text: text[::-1])) if lost else response


def _upserts(call: Call, memory: Memory) -> Response:
    known = memory.kept.get(call.case_id)
    if known:
        return with_record(
            call.send(call.request.method, call.payload, case_id=known), set_field("id", call.case_id)
        )
    response = call.proceed()
    if call.operation not in PUT or response.status != NOT_FOUND:
        return response
    made = call.handle(replace(call.request, method="POST", path=f"{call.root}/case"))
    if made.status == CREATED:
        memory.kept[call.case_id] = record_of(made)["id"]
    return replace(with_record(made, set_field("id", call.case_id)), status=OK)


def _upserts_in_secret(call: Call, memory: Memory) -> Response:
    response = _upserts(call, memory)
    return refusal(NOT_FOUND) if call.operation in UPDATES and call.case_id in memory.kept else response


def _unknown_by_prefix(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept[record_of(response)["id"]] = True
    if call.operation not in UPDATES or response.status != NOT_FOUND:
        return response
    found = next((known for known in memory.kept if call.case_id and known.startswith(call.case_id)), None)
    return call.send(call.request.method, call.payload, case_id=found) if found else response


def _wiped_first(call: Call) -> Response:
    if call.payload is None and call.is_authenticated:
        call.send("PUT", {})
    return call.proceed()


def _spreads(to: Callable[[list[str], str], str | None], operations: Operations = PATCH) -> Fault:
    """An update of one case also goes to another of the known ones."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in CREATE and response.status == CREATED:
            memory.kept[record_of(response)["id"]] = True
        other = (
            to(list(memory.kept), call.case_id)
            if call.operation in operations and response.status == OK
            else None
        )
        if other and call.operation in TRANSITION:
            call.transition((call.payload or {}).get("caseStatus", ""), other)
        elif other:
            call.send(call.request.method, call.payload, case_id=other)
        return response

    return on_every(step)


def _beside(step: int) -> Callable[[list[str], str], str | None]:
    def find(ids: list[str], own: str) -> str | None:
        index = ids.index(own) + step if own in ids else -1
        return ids[index] if 0 <= index < len(ids) else None

    return find


def _reopens_the_last(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if response.status == CREATED:
        call.transition("Reopen", memory.kept.get("last", ""))
        memory.kept["last"] = record_of(response)["id"]
    return response


def _shared_content(call: Call, memory: Memory) -> Response:
    """Cases created from equal payloads are one record behind two ids."""
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept.setdefault(call.request.body.decode("utf-8", "replace"), []).append(
            record_of(response)["id"]
        )
    if call.operation in UPDATES and response.status == OK:
        twins: list[str] = next((ids for ids in memory.kept.values() if call.case_id in ids), [])
        for twin in twins:
            call.send(call.request.method, call.payload, case_id=twin)
    return response


def _evicts(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept[record_of(response)["id"]] = True
        for oldest in list(memory.kept)[:-3]:
            memory.kept[oldest] = False
    return response if memory.kept.get(call.case_id, True) else refusal(NOT_FOUND)


FAULTS = (
    fault("get-cached-after-patch", "UPDATE-VISIBLE", "forgets to renew its cache after a PATCH", cache_reads(PUT | TRANSITION)),
    fault("get-cached-after-put", "UPDATE-VISIBLE", "forgets to renew its cache after a PUT", cache_reads(PATCH | TRANSITION)),
    fault("etag-of-the-length", "UPDATE-VISIBLE", "answers 304 as long as the record has the same length",
        on(GET, _tagged_by_length)),
    fault("get-stale-once", "UPDATE-VISIBLE", "shows the old record once after an update", on_every(_one_stale_read)),
    fault("put-answers-the-old", "UPDATE-VISIBLE", "answers a PUT with the record as it was", on(PUT, _answers_the_old)),
    fault("patch-answers-the-old", "UPDATE-VISIBLE", "answers a PATCH with the record as it was",
        on(PATCH, _answers_the_old)),
    fault("patch-answers-the-payload", "UPDATE-VISIBLE", "answers a PUT with nothing but identity and null fields",
        change_shown(lambda r: {n: v if n in OWNED else None for n, v in r.items()}, PUT)),
    fault("put-changes-the-id", "UPDATE-IDENTITY", "shows the id that a PUT names", _named("id", PUT)),
    fault("patch-changes-the-id", "UPDATE-IDENTITY", "shows the id that a PATCH names", _named("id", PATCH)),
    fault("patch-changes-the-date", "UPDATE-IDENTITY", "shows the date that a PATCH names", _named("createdDate", PATCH)),
    fault("put-changes-the-date", "UPDATE-IDENTITY", "shows the date that a PUT names", _named("createdDate", PUT)),
    fault("put-is-a-new-creation", "UPDATE-IDENTITY", "sets createdDate by PUT",
        redate(PUT, lambda _: current_date(), lambda _: True)),
    fault("patch-is-a-new-creation", "UPDATE-IDENTITY PATCH-PARTIAL", "sets createdDate by PATCH",
        redate(PATCH, lambda _: current_date(), lambda _: True)),
    fault("put-shifts-the-date", "UPDATE-IDENTITY", "moves createdDate by the zone with each PUT",
        redate(PUT, lambda d: (datetime.fromisoformat(d) + timedelta(hours=1)).isoformat(), lambda _: True)),
    fault("patch-null-clears-the-date", "UPDATE-IDENTITY", "clears createdDate when a PATCH says null",
        redate(PATCH, lambda _: None, lambda call: (call.payload or {}).get("createdDate", "") is None)),
    fault("patch-is-a-new-creation-once-moved", "UPDATE-IDENTITY", "dates a case anew that has moved and is patched",
        redate(PATCH, lambda _: "2026-01-01T00:00:00.000Z", lambda call: call.record().get("caseStatus") != "Open")),
    fault("update-copies", "UPDATE-IDENTITY", "shows the case under the id that an update names too", on_every(_copied)),
    fault("update-goes-elsewhere", "UPDATE-IDENTITY UPDATE-ISOLATED", "updates the case that the payload names",
        on(UPDATES, _goes_elsewhere)),
    fault("put-loses-the-status", "UPDATE-WORKFLOW-KEPT", "shows no status after a PUT", _status_lost(PUT, None)),
    fault("put-resets-the-status", "UPDATE-WORKFLOW-KEPT", "shows Open after a PUT", _status_lost(PUT, "Open")),
    fault("patch-reopens", "UPDATE-WORKFLOW-KEPT", "reopens a closed case by PATCH", on(PATCH, _reopened)),
    fault("patch-loses-the-workflow", "UPDATE-WORKFLOW-KEPT", "shows a lastWorkflowId of no use after a PATCH",
        on_every(_workflow_lost)),
    fault("put-closes", "UPDATE-WORKFLOW-KEPT", "closes the case by PUT",
        on(PUT, lambda call: call.transition("Close") if call.proceed().status == OK else call.proceed())),
    fault("put-upserts", "UPDATE-UNKNOWN", "makes a case of an unknown id by PUT", on_every(_upserts)),
    fault("put-upserts-in-secret", "UPDATE-UNKNOWN", "answers 404 to a PUT of an unknown id, and makes it",
        on_every(_upserts_in_secret)),
    fault("patch-of-nobody-answers-200", "UPDATE-UNKNOWN", "answers 200 to a PATCH of an unknown id",
        on(PATCH, lambda call: json_response(200, {"status": "ok"}) if call.proceed().status == NOT_FOUND else call.proceed())),
    fault("update-by-prefix", "UPDATE-UNKNOWN", "updates the case whose id begins so", on_every(_unknown_by_prefix)),
    fault("put-of-nobody-answers-500", "UPDATE-UNKNOWN NO-SERVER-ERROR", "answers 500 to a PUT of an unknown id",
        on(PUT, lambda call: refusal(500) if call.proceed().status == NOT_FOUND else call.proceed())),
    fault("put-takes-null", "UPDATE-VALIDATES", "takes null in a PUT for {}",
        accept_bodies(PUT, lambda body: {} if body == b"null" else None)),
    fault("patch-takes-an-array", "UPDATE-VALIDATES", "takes the first item of an array in a PATCH",
        accept_bodies(PATCH, lambda body: json.loads(body)[0])),
    fault("patch-takes-anything", "UPDATE-VALIDATES", "takes a PATCH that is no JSON for {}",
        accept_bodies(PATCH, lambda body: {} if b"{" not in body and b"[" not in body else None)),
    fault("patch-takes-scalars", "UPDATE-VALIDATES", "takes a JSON number in a PATCH for {}",
        accept_bodies(PATCH, lambda body: {} if isinstance(json.loads(body), int) else None)),
    fault("put-wipes-before-it-refuses", "UPDATE-VALIDATES", "clears the case before it reads the body of a PUT",
        on(PUT, _wiped_first)),
    fault("patch-takes-json-patch", "UPDATE-VALIDATES", "applies a JSON Patch although it says JSON",
        accept_bodies(PATCH, lambda body: {o["path"][1:]: o["value"] for o in json.loads(body)})),
    fault("patch-spreads-to-the-older", "UPDATE-ISOLATED", "patches the case made before as well", _spreads(_beside(-1))),
    fault("patch-spreads-to-the-younger", "UPDATE-ISOLATED", "patches the case made after as well", _spreads(_beside(1))),
    fault("put-spreads-to-the-first", "UPDATE-ISOLATED", "puts the first case as well",
        _spreads(lambda ids, own: ids[0] if ids[0] != own else None, PUT)),
    fault("create-reopens", "UPDATE-ISOLATED", "reopens the case made before",
        on_with_memory(CREATE, _reopens_the_last)),
    fault("move-spreads", "UPDATE-ISOLATED", "moves the case made before as well", _spreads(_beside(-1), TRANSITION)),
    fault("equal-cases-share-a-record", "UPDATE-ISOLATED", "keeps equal cases as one", on_every(_shared_content)),
    fault("oldest-case-evicted", "UPDATE-ISOLATED", "keeps three cases", on_every(_evicts)),
)  # fmt: skip
