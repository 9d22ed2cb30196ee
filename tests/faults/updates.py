"""Faults of PUT and PATCH: caches, identity, workflow, unknown ids and other cases."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import accept_bodies, current_date, redate
from mock_server.faults.call import (
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
    on,
    on_every,
    record_of,
    refusal,
    with_record,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.outdated_reads import cache_reads
from mock_server.faults.value_changes import field, set_field
from mock_server.faults.wrong_updates import accept_field


def _tag_by_length(call: Call) -> Response:
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


def _change_status_shown(operations: Operations, status: Any) -> Fault:
    """Return a fault by which an update changes the shown status, until the next transition."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if response.status == OK and call.operation in TRANSITION:
            memory.kept.pop(call.case_id, None)
        if response.status == OK and call.operation in operations:
            memory.kept[call.case_id] = status
        lost = call.case_id in memory.kept and response.status == OK
        return with_record(response, set_field("caseStatus", memory.kept[call.case_id])) if lost else response

    return on_every(step)


def _spoil_workflow(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if response.status == OK and call.operation in PATCH:
        memory.kept[call.case_id] = True
    lost = call.case_id in memory.kept and response.status == OK and call.operation in GET | UPDATES
    return with_record(response, field("lastWorkflowId", lambda text: text[::-1])) if lost else response


def _upsert(call: Call, memory: Memory) -> Response:
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


def _find_by_prefix(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept[record_of(response)["id"]] = True
    if call.operation not in UPDATES or response.status != NOT_FOUND:
        return response
    found = next((known for known in memory.kept if call.case_id and known.startswith(call.case_id)), None)
    return call.send(call.request.method, call.payload, case_id=found) if found else response


def _put_and_close(call: Call) -> Response:
    response = call.proceed()
    closed = call.transition("Close") if response.status == OK else response
    return closed if closed.status == OK else response


FAULTS = (
    fault("get-cached-after-put", "UPDATE-VISIBLE", "serves an outdated case from a cache after a PUT", cache_reads(PATCH | TRANSITION)),
    fault("etag-from-length", "UPDATE-VISIBLE", "responds with 304 if the record has the same length as before",
        on(GET, _tag_by_length)),
    fault("put-returns-nulls", "UPDATE-VISIBLE", "shows null for all client fields in the response to a PUT",
        change_shown(lambda r: {n: v if n in OWNED else None for n, v in r.items()}, PUT)),
    fault("patch-changes-id", "UPDATE-IDENTITY", "accepts the id in a PATCH", accept_field("id", PATCH)),
    fault("put-changes-date", "UPDATE-IDENTITY", "accepts createdDate in a PUT", accept_field("createdDate", PUT)),
    fault("patch-renews-date", "UPDATE-IDENTITY PATCH-PARTIAL", "sets createdDate to the present time in a PATCH",
        redate(PATCH, lambda _: current_date(), lambda _: True)),
    fault("put-shifts-date", "UPDATE-IDENTITY", "shifts createdDate by an hour with each PUT",
        redate(PUT, lambda d: (datetime.fromisoformat(d) + timedelta(hours=1)).isoformat(), lambda _: True)),
    fault("patch-null-clears-date", "UPDATE-IDENTITY", "sets createdDate to null if a PATCH has null",
        redate(PATCH, lambda _: None, lambda call: (call.payload or {}).get("createdDate", "") is None)),
    fault("patch-renews-date-after-transition", "UPDATE-IDENTITY", "changes createdDate in a PATCH after a transition",
        redate(PATCH, lambda _: "2026-01-01T00:00:00.000Z", lambda call: call.record().get("caseStatus") != "Open")),
    fault("put-loses-status", "UPDATE-WORKFLOW-KEPT", "shows null as status after a PUT", _change_status_shown(PUT, None)),
    fault("put-resets-status", "UPDATE-WORKFLOW-KEPT", "shows Open after a PUT", _change_status_shown(PUT, "Open")),
    fault("patch-loses-workflow", "UPDATE-WORKFLOW-KEPT", "shows an invalid lastWorkflowId after a PATCH",
        on_every(_spoil_workflow)),
    fault("put-closes", "UPDATE-WORKFLOW-KEPT", "closes the case in a PUT",
        on(PUT, _put_and_close)),
    fault("put-creates-unknown-case", "UPDATE-UNKNOWN", "creates a case when a PUT has an unknown id", on_every(_upsert)),
    fault("update-by-id-prefix", "UPDATE-UNKNOWN", "updates a case by the beginning of its id", on_every(_find_by_prefix)),
    fault("put-of-unknown-case-returns-500", "NO-SERVER-ERROR UPDATE-UNKNOWN", "responds with 500 to a PUT of an unknown id",
        on(PUT, lambda call: refusal(500) if call.proceed().status == NOT_FOUND else call.proceed())),
    fault("put-accepts-null", "UPDATE-VALIDATES", "accepts null in a PUT as an empty object",
        accept_bodies(PUT, lambda body: {} if body == b"null" else None)),
    fault("patch-accepts-array", "UPDATE-VALIDATES", "accepts an array in a PATCH, and uses its first item",
        accept_bodies(PATCH, lambda body: json.loads(body)[0])),
    fault("patch-accepts-non-json", "UPDATE-VALIDATES", "accepts a body that is not JSON in a PATCH as an empty object",
        accept_bodies(PATCH, lambda body: {} if b"{" not in body and b"[" not in body else None)),
    fault("patch-accepts-number", "UPDATE-VALIDATES", "accepts a JSON number in a PATCH as an empty object",
        accept_bodies(PATCH, lambda body: {} if isinstance(json.loads(body), int) else None)),
    fault("patch-accepts-json-patch", "UPDATE-VALIDATES", "applies a JSON Patch that is declared as JSON",
        accept_bodies(PATCH, lambda body: {o["path"][1:]: o["value"] for o in json.loads(body)})),
)  # fmt: skip
