"""Faults of creating a case: the answer, ids, dates, what counts as a body, what a client may choose.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import accept_bodies, change_status
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    OWNED,
    Call,
    Memory,
    Operations,
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
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import DROP, at_top, field, set_field, texts

REUSED_AFTER = 6
FEWEST_FIELDS = 2
LATE = 0.08


def alias_ids(alias: Callable[[str, Call], Any]) -> Fault:
    """A case goes by another id outside: `alias` of its id and of the create, or the same if that is None."""

    def step(call: Call, memory: Memory) -> Response:
        inner = memory.kept.get(call.case_id, call.case_id)
        path = call.request.path.replace(f"/case/{quote(call.case_id, safe='')}", f"/case/{inner}", 1)
        response = call.proceed(path=path) if call.case_id else call.proceed()
        record = record_of(response) if response.status < FIRST_REFUSAL and call.operation in CASES else {}
        if "id" not in record:
            return response
        if call.operation in CREATE:
            shown = alias(record["id"], call)
            if shown is not None:
                memory.kept[str(shown)], memory.kept["shown " + record["id"]] = record["id"], shown
        shown = memory.kept.get("shown " + record["id"], record["id"])
        return with_record(response, set_field("id", shown))

    return on_every(step)


def with_first_date(call: Call, response: Response, memory: Memory) -> Response:
    """Every case has the date of the first."""
    shown = record_of(response).get("createdDate")
    return (
        with_record(response, set_field("createdDate", memory.kept.setdefault("date", shown)))
        if shown
        else response
    )


def change_dates(change: Callable[[datetime], Any], operations: Operations = CASES) -> Fault:
    """`createdDate` in another form, wherever it is shown."""
    return change_shown(
        field("createdDate", texts(lambda text: change(datetime.fromisoformat(text)))), operations
    )


def _again_refused(call: Call, memory: Memory) -> Response:
    body = call.request.body.decode("utf-8", "replace")
    return refusal(409) if memory.count(body) > 1 and call.is_authenticated else call.proceed()


def _reused_id(call: Call, memory: Memory) -> Response:
    first = memory.kept.get("first")
    if first and memory.count() % REUSED_AFTER == 0:
        response = call.send("PUT", call.payload, case_id=first)
        return replace(response, status=CREATED) if response.status == OK else response
    response = call.proceed()
    memory.kept.setdefault("first", record_of(response).get("id"))
    return response


def _id_of_content(call: Call, memory: Memory) -> Response:
    known = memory.kept.get(call.request.body.decode("utf-8", "replace"))
    if known and call.is_authenticated:
        return replace(call.send("GET", case_id=known), status=CREATED)
    response = call.proceed()
    if response.status == CREATED:
        memory.kept[call.request.body.decode("utf-8", "replace")] = record_of(response)["id"]
    return response


def _takes_over(call: Call) -> Response:
    wanted = (call.payload or {}).get("id")
    if not isinstance(wanted, str) or not call.record(wanted):
        return call.proceed()
    return replace(call.send("PATCH", call.payload, case_id=wanted), status=CREATED)


def _date_from_payload(alone: bool) -> Fault:
    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        record = record_of(response)
        payload = call.payload or {}
        if (
            call.operation in CREATE
            and isinstance(payload.get("createdDate"), str)
            and (alone or len(payload) > FEWEST_FIELDS)
        ):
            memory.kept[record.get("id", "")] = payload["createdDate"]
        date = memory.kept.get(record.get("id", ""))
        return with_record(response, set_field("createdDate", date)) if date else response

    return on_every(step)


def _dateless(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    case_id = record_of(response).get("id", "")
    if call.operation in CREATE and (call.payload or {}).get("createdDate", "") is None:
        memory.kept[case_id] = True
    return with_record(response, set_field("createdDate", None)) if case_id in memory.kept else response


def _late(call: Call, memory: Memory) -> Response:
    if call.operation in CREATE:
        response = call.proceed()
        memory.kept[record_of(response).get("id", "")] = time.monotonic()
        return response
    young = time.monotonic() - memory.kept.get(call.case_id, 0.0) < LATE
    return refusal(NOT_FOUND) if young and call.operation in GET else call.proceed()


def _first_read_misses(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    return refusal(NOT_FOUND) if response.status == OK and memory.count(call.case_id) == 1 else response


def _found_with_the_next(call: Call, memory: Memory) -> Response:
    if call.operation in GET and call.case_id and memory.kept.get("newest") == call.case_id:
        return refusal(NOT_FOUND)
    response = call.proceed()
    if call.operation in CREATE:
        memory.kept["newest"] = record_of(response).get("id")
    elif call.operation and response.status == OK:
        memory.kept.pop("newest", None)
    return response


FAULTS = (
    fault("create-answers-200", "CREATE-STATUS SCHEMA", "answers a create with 200", change_status(CREATE, 200)),
    fault("create-answers-202", "CREATE-STATUS", "answers a create with 202 and no body", change_status(CREATE, 202, b"")),
    fault("create-answers-an-array", "CREATE-STATUS SCHEMA", "answers a create with the case in an array",
        on_success(CREATE, lambda _, response: replace(response, body=b"[" + response.body + b"]"))),
    fault("create-refuses-the-same-again", "CREATE-STATUS", "takes an equal payload for a repeated request",
        on_with_memory(CREATE, _again_refused)),
    fault("create-refuses-an-empty-case", "CREATE-STATUS", "refuses a case with fewer than two fields",
        on(CREATE, lambda call: refusal(400) if len(call.payload or {}) < FEWEST_FIELDS and call.is_authenticated else call.proceed())),
    fault("id-is-a-number", "CREATE-ID SCHEMA", "has numbers for ids",
        alias_ids(lambda case_id, _: int(case_id[:8], 16))),
    fault("id-is-short", "CREATE-ID", "has ids of eight digits", alias_ids(lambda case_id, _: case_id[:8])),
    fault("id-in-braces", "CREATE-ID", "has ids in braces", alias_ids(lambda case_id, _: f"{{{case_id}}}")),
    fault("id-without-hyphens", "CREATE-ID", "has ids without hyphens",
        alias_ids(lambda case_id, _: case_id.replace("-", ""))),
    fault("id-by-another-name", "CREATE-ID SCHEMA", "calls the id caseId",
        change_shown(lambda r: {"caseId" if name == "id" else name: value for name, value in r.items()})),
    fault("id-used-again", "CREATE-ID-UNIQUE", f"gives the first id to every {REUSED_AFTER}th create",
        on_with_memory(CREATE, _reused_id)),
    fault("id-of-the-content", "CREATE-ID-UNIQUE", "gives equal payloads one id", on_with_memory(CREATE, _id_of_content)),
    fault("date-without-offset", "CREATE-DATE", "writes dates without Z", change_dates(lambda d: d.isoformat()[:-6])),
    fault("date-in-another-zone", "CREATE-DATE", "writes dates with the offset +02:00",
        change_dates(lambda d: (d + timedelta(hours=2)).isoformat()[:-6] + "+02:00")),
    fault("date-with-a-space", "CREATE-DATE", "writes a space for the T of a date",
        change_dates(lambda d: d.isoformat(sep=" "))),
    fault("date-as-milliseconds", "CREATE-DATE SCHEMA", "writes dates as milliseconds since 1970",
        change_dates(lambda d: int(d.timestamp() * 1000))),
    fault("date-in-words", "CREATE-DATE", "writes dates as in mails", change_dates(format_datetime)),
    fault("date-without-time", "CREATE-DATE", "writes dates without a time", change_dates(lambda d: f"{d:%Y-%m-%d}")),
    fault("date-missing", "CREATE-DATE SCHEMA", "shows no date", change_shown(set_field("createdDate", DROP))),
    fault("date-in-the-year-1", "CREATE-DATE-NOW", "shows the date that a database has for none",
        change_shown(set_field("createdDate", "0001-01-01T00:00:00Z"))),
    fault("date-of-another-zone", "CREATE-DATE-NOW", "takes local time for UTC",
        change_dates(lambda d: (d + timedelta(hours=2)).isoformat()[:-6] + "Z")),
    fault("date-of-the-start", "CREATE-DATE-NOW", "dates every case as the first",
        on_every(lambda call, memory: with_first_date(call, call.proceed(), memory) if call.operation in CASES else call.proceed())),
    fault("workflow-missing", "CREATE-WORKFLOW SCHEMA", "shows no lastWorkflowId",
        change_shown(set_field("lastWorkflowId", DROP))),
    fault("workflow-null", "CREATE-WORKFLOW SCHEMA", "shows null as lastWorkflowId of a new case",
        change_shown(set_field("lastWorkflowId", None), CREATE)),
    fault("workflow-empty", "CREATE-WORKFLOW SCHEMA", "shows an empty lastWorkflowId",
        change_shown(set_field("lastWorkflowId", ""))),
    fault("workflow-a-number", "CREATE-WORKFLOW SCHEMA", "shows a number as lastWorkflowId",
        change_shown(field("lastWorkflowId", texts(lambda t: int(t[:8], 16))))),
    fault("create-answers-the-id-alone", "CREATE-STORES", "leaves the fields out of a create's answer",
        change_shown(lambda r: {name: value for name, value in r.items() if name in OWNED}, CREATE)),
    fault("create-echoes-what-it-cuts", "CREATE-STORES", "stores 20 characters of a text, but answers all of it",
        on(CREATE, lambda call: with_record(
            call.proceed_with(at_top(texts(lambda t: t[:20]))(call.payload)) if call.payload else call.proceed(),
            lambda r: {**r, **writable_fields(call.payload or {})}))),
    fault("fields-in-an-envelope", "CREATE-STORES", "shows the fields inside an object",
        change_shown(lambda r: {name: r[name] for name in OWNED if name in r} | {"fields": writable_fields(r)})),
    fault("static-fields-dropped", "CREATE-STORES", "drops the vendor's own fields",
        change_stored(lambda p: {n: v for n, v in p.items() if n not in ("canceled", "cancelReason")})),
    fault("create-takes-an-array", "CREATE-VALIDATES", "takes the first item of an array",
        accept_bodies(CREATE, lambda body: json.loads(body)[0])),
    fault("create-takes-null", "CREATE-VALIDATES", "takes null for {}",
        accept_bodies(CREATE, lambda body: {} if body == b"null" else None)),
    fault("create-takes-anything", "CREATE-VALIDATES", "takes a body that is no JSON for {}",
        accept_bodies(CREATE, lambda body: {} if b"{" not in body and b"[" not in body else None)),
    fault("create-repairs-cut-json", "CREATE-VALIDATES", "closes what a cut body left open",
        accept_bodies(CREATE, lambda body: json.loads(body + b'"}'))),
    fault("create-takes-a-form", "CREATE-VALIDATES", "reads a form although it says JSON",
        accept_bodies(CREATE, lambda body: dict(parse_qsl(body.decode(), strict_parsing=True)))),
    fault("create-takes-a-text", "CREATE-VALIDATES", "takes a JSON text as the summary",
        accept_bodies(CREATE, lambda body: {"summary": t} if isinstance(t := json.loads(body), str) else None)),
    fault("id-chosen-by-client", "CREATE-OWNS", "takes the id from the payload",
        alias_ids(lambda _, call: v if isinstance(v := (call.payload or {}).get("id"), str) and v else None)),
    fault("id-number-chosen-by-client", "CREATE-OWNS", "takes a number from the payload as id",
        alias_ids(lambda _, call: v if isinstance(v := (call.payload or {}).get("id"), int) else None)),
    fault("date-chosen-by-client", "CREATE-OWNS", "takes the date from the payload", _date_from_payload(alone=True)),
    fault("date-chosen-beside-others", "CREATE-OWNS", "takes the date from a payload with other fields",
        _date_from_payload(alone=False)),
    fault("date-of-none-chosen-by-client", "CREATE-OWNS", "shows no date where a create says null", on_every(_dateless)),
    fault("create-takes-over-a-case", "CREATE-OWNS", "updates the case that the payload names", on(CREATE, _takes_over)),
    fault("new-case-late", "CREATE-READ-YOUR-WRITE GET-SAME", f"shows a new case after {LATE} s", on_every(_late)),
    fault("first-read-misses", "CREATE-READ-YOUR-WRITE GET-SAME", "answers the first GET of a case with 404",
        on_with_memory(GET, _first_read_misses)),
    fault("new-case-waits-for-the-next", "CREATE-READ-YOUR-WRITE", "shows a new case once another is made",
        on_every(_found_with_the_next)),
)  # fmt: skip
