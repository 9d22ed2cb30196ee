"""Faults of create: responses, ids, dates, accepted bodies and client-controlled fields."""

import json
from dataclasses import replace
from email.utils import format_datetime
from urllib.parse import parse_qsl

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import accept_bodies
from mock_server.faults.call import (
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    Call,
    Memory,
    change_shown,
    change_stored,
    on,
    on_every,
    on_success,
    on_with_memory,
    record_of,
    refusal,
    with_record,
    writable_fields,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.new_cases import alias_ids, change_dates
from mock_server.faults.value_changes import DROP, at_top, field, set_field, texts

LEAST_FIELDS = 2


def _refuse_repeated(call: Call, memory: Memory) -> Response:
    body = call.request.body.decode("utf-8", "replace")
    return refusal(409) if memory.count(body) > 1 and call.is_authenticated else call.proceed()


def _take_over(call: Call) -> Response:
    wanted = (call.payload or {}).get("id")
    if not isinstance(wanted, str) or not call.record(wanted):
        return call.proceed()
    return replace(call.send("PATCH", call.payload, case_id=wanted), status=CREATED)


def _accept_date(alone: bool) -> Fault:
    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        record = record_of(response)
        payload = call.payload or {}
        if (
            call.operation in CREATE
            and isinstance(payload.get("createdDate"), str)
            and (alone or len(payload) > LEAST_FIELDS)
        ):
            memory.kept[record.get("id", "")] = payload["createdDate"]
        date = memory.kept.get(record.get("id", ""))
        return with_record(response, set_field("createdDate", date)) if date else response

    return on_every(step)


def _accept_null_date(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    case_id = record_of(response).get("id", "")
    if call.operation in CREATE and (call.payload or {}).get("createdDate", "") is None:
        memory.kept[case_id] = True
    return with_record(response, set_field("createdDate", None)) if case_id in memory.kept else response


def _show_with_next(call: Call, memory: Memory) -> Response:
    if call.operation in GET and call.case_id and memory.kept.get("newest") == call.case_id:
        return refusal(NOT_FOUND)
    response = call.proceed()
    if call.operation in CREATE:
        memory.kept["newest"] = record_of(response).get("id")
    elif call.operation and response.status == OK:
        memory.kept.pop("newest", None)
    return response


FAULTS = (
    fault("create-returns-array", "CREATE-STATUS SCHEMA", "responds to a create with an array that contains the case",
        on_success(CREATE, lambda _, response: replace(response, body=b"[" + response.body + b"]"))),
    fault("create-refuses-repeated-payload", "CREATE-STATUS", "refuses a create with the payload of an earlier one",
        on_with_memory(CREATE, _refuse_repeated)),
    fault("create-refuses-empty-case", "CREATE-STATUS", "refuses a create with fewer than two fields",
        on(CREATE, lambda call: refusal(400) if len(call.payload or {}) < LEAST_FIELDS and call.is_authenticated else call.proceed())),
    fault("id-shortened", "CREATE-ID", "shortens case ids to eight digits", alias_ids(lambda case_id, _: case_id[:8])),
    fault("id-in-braces", "CREATE-ID", "writes case ids in braces", alias_ids(lambda case_id, _: f"{{{case_id}}}")),
    fault("id-without-hyphens", "CREATE-ID", "writes case ids without hyphens",
        alias_ids(lambda case_id, _: case_id.replace("-", ""))),
    fault("id-named-case-id", "CREATE-ID SCHEMA", "shows the id as caseId",
        change_shown(lambda r: {"caseId" if name == "id" else name: value for name, value in r.items()})),
    fault("date-with-space", "CREATE-DATE", "writes a space instead of the T in createdDate",
        change_dates(lambda d: d.isoformat(sep=" "))),
    fault("date-as-in-emails", "CREATE-DATE", "writes createdDate in the format of emails", change_dates(format_datetime)),
    fault("date-without-time", "CREATE-DATE", "writes createdDate without a time", change_dates(lambda d: f"{d:%Y-%m-%d}")),
    fault("date-missing", "CREATE-DATE SCHEMA", "omits createdDate", change_shown(set_field("createdDate", DROP))),
    fault("date-in-year-1", "CREATE-DATE-NOW", "shows createdDate as 0001-01-01",
        change_shown(set_field("createdDate", "0001-01-01T00:00:00Z"))),
    fault("workflow-null", "CREATE-WORKFLOW SCHEMA", "shows null as lastWorkflowId of a new case",
        change_shown(set_field("lastWorkflowId", None), CREATE)),
    fault("workflow-empty", "CREATE-WORKFLOW SCHEMA", "shows an empty lastWorkflowId",
        change_shown(set_field("lastWorkflowId", ""))),
    fault("workflow-as-number", "CREATE-WORKFLOW SCHEMA", "shows a number as lastWorkflowId",
        change_shown(field("lastWorkflowId", texts(lambda t: int(t[:8], 16))))),
    fault("create-cuts-but-echoes", "CREATE-STORES", "cuts a string to 20 characters in a create, but returns the whole string",
        on(CREATE, lambda call: with_record(
            call.proceed_with(at_top(texts(lambda t: t[:20]))(call.payload)) if call.payload else call.proceed(),
            lambda r: {**r, **writable_fields(call.payload or {})}))),
    fault("vendor-fields-dropped", "CREATE-STORES", "drops the vendor's fields canceled and cancelReason",
        change_stored(lambda p: {n: v for n, v in p.items() if n not in ("canceled", "cancelReason")})),
    fault("create-accepts-array", "CREATE-VALIDATES", "accepts an array in a create, and uses its first item",
        accept_bodies(CREATE, lambda body: json.loads(body)[0])),
    fault("create-accepts-null", "CREATE-VALIDATES", "accepts null in a create as an empty object",
        accept_bodies(CREATE, lambda body: {} if body == b"null" else None)),
    fault("create-accepts-non-json", "CREATE-VALIDATES", "accepts a body that is not JSON in a create as an empty object",
        accept_bodies(CREATE, lambda body: {} if b"{" not in body and b"[" not in body else None)),
    fault("create-repairs-truncated-json", "CREATE-VALIDATES", "completes truncated JSON in a create",
        accept_bodies(CREATE, lambda body: json.loads(body + b'"}'))),
    fault("create-accepts-form", "CREATE-VALIDATES", "accepts a form in a create, although it is declared as JSON",
        accept_bodies(CREATE, lambda body: dict(parse_qsl(body.decode(), strict_parsing=True)))),
    fault("create-accepts-string", "CREATE-VALIDATES", "accepts a JSON string in a create as the summary",
        accept_bodies(CREATE, lambda body: {"summary": t} if isinstance(t := json.loads(body), str) else None)),
    fault("id-number-chosen-by-client", "CREATE-OWNS", "accepts a number in the payload as the id of a new case",
        alias_ids(lambda _, call: v if isinstance(v := (call.payload or {}).get("id"), int) else None)),
    fault("date-chosen-with-other-fields", "CREATE-OWNS", "accepts createdDate from the payload of a create with other fields",
        _accept_date(alone=False)),
    fault("null-date-chosen-by-client", "CREATE-OWNS", "shows null as createdDate after a create with null", on_every(_accept_null_date)),
    fault("create-updates-existing-case", "CREATE-OWNS", "updates an existing case if a create names its id", on(CREATE, _take_over)),
    fault("new-case-hidden-until-next-request", "CREATE-READ-YOUR-WRITE", "hides a new case until another request succeeds",
        on_every(_show_with_next)),
)  # fmt: skip
