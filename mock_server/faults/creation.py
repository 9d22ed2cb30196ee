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

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import lenient, restatus
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    FIRST_REFUSAL,
    GET,
    NOT_FOUND,
    OK,
    OWNED,
    Call,
    Memory,
    Operations,
    after,
    at,
    details,
    every,
    record_of,
    refusal,
    remember,
    showing,
    shows,
    stores,
)
from mock_server.faults.fault import row
from mock_server.faults.value_changes import DROP, at_top, field, set_field, texts

REUSED_AFTER = 6
FEWEST_FIELDS = 2
LATE = 0.08


def disguised(alias: Callable[[str, Call], Any]) -> Fault:
    """A case goes by another id outside: `alias` of its id and of the create, or the same if that is None."""

    def step(one: Call, memory: Memory) -> Response:
        inner = memory.kept.get(one.case_id, one.case_id)
        path = one.request.path.replace(f"/case/{quote(one.case_id, safe='')}", f"/case/{inner}", 1)
        answer = one.on(path=path) if one.case_id else one.on()
        record = record_of(answer) if answer.status < FIRST_REFUSAL and one.operation in CASES else {}
        if "id" not in record:
            return answer
        if one.operation in CREATE:
            shown = alias(record["id"], one)
            if shown is not None:
                memory.kept[str(shown)], memory.kept["shown " + record["id"]] = record["id"], shown
        shown = memory.kept.get("shown " + record["id"], record["id"])
        return showing(answer, set_field("id", shown))

    return every(step)


def first_date(one: Call, answer: Response, memory: Memory) -> Response:
    """Every case has the date of the first."""
    shown = record_of(answer).get("createdDate")
    return (
        showing(answer, set_field("createdDate", memory.kept.setdefault("date", shown))) if shown else answer
    )


def dates(change: Callable[[datetime], Any], operations: Operations = CASES) -> Fault:
    """`createdDate` in another form, wherever it is shown."""
    return shows(field("createdDate", texts(lambda text: change(datetime.fromisoformat(text)))), operations)


def _again_refused(one: Call, memory: Memory) -> Response:
    body = one.request.body.decode("utf-8", "replace")
    return refusal(409) if memory.count(body) > 1 and one.welcome else one.on()


def _reused_id(one: Call, memory: Memory) -> Response:
    first = memory.kept.get("first")
    if first and memory.count() % REUSED_AFTER == 0:
        answer = one.ask("PUT", one.payload, case_id=first)
        return replace(answer, status=CREATED) if answer.status == OK else answer
    answer = one.on()
    memory.kept.setdefault("first", record_of(answer).get("id"))
    return answer


def _id_of_content(one: Call, memory: Memory) -> Response:
    known = memory.kept.get(one.request.body.decode("utf-8", "replace"))
    if known and one.welcome:
        return replace(one.ask("GET", case_id=known), status=CREATED)
    answer = one.on()
    if answer.status == CREATED:
        memory.kept[one.request.body.decode("utf-8", "replace")] = record_of(answer)["id"]
    return answer


def _takes_over(one: Call) -> Response:
    wanted = (one.payload or {}).get("id")
    if not isinstance(wanted, str) or not one.record(wanted):
        return one.on()
    return replace(one.ask("PATCH", one.payload, case_id=wanted), status=CREATED)


def _date_from_payload(alone: bool) -> Fault:
    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        record = record_of(answer)
        payload = one.payload or {}
        if (
            one.operation in CREATE
            and isinstance(payload.get("createdDate"), str)
            and (alone or len(payload) > FEWEST_FIELDS)
        ):
            memory.kept[record.get("id", "")] = payload["createdDate"]
        date = memory.kept.get(record.get("id", ""))
        return showing(answer, set_field("createdDate", date)) if date else answer

    return every(step)


def _dateless(one: Call, memory: Memory) -> Response:
    answer = one.on()
    case_id = record_of(answer).get("id", "")
    if one.operation in CREATE and (one.payload or {}).get("createdDate", "") is None:
        memory.kept[case_id] = True
    return showing(answer, set_field("createdDate", None)) if case_id in memory.kept else answer


def _late(one: Call, memory: Memory) -> Response:
    if one.operation in CREATE:
        answer = one.on()
        memory.kept[record_of(answer).get("id", "")] = time.monotonic()
        return answer
    young = time.monotonic() - memory.kept.get(one.case_id, 0.0) < LATE
    return refusal(NOT_FOUND) if young and one.operation in GET else one.on()


def _first_read_misses(one: Call, memory: Memory) -> Response:
    answer = one.on()
    return refusal(NOT_FOUND) if answer.status == OK and memory.count(one.case_id) == 1 else answer


def _found_with_the_next(one: Call, memory: Memory) -> Response:
    if one.operation in GET and one.case_id and memory.kept.get("newest") == one.case_id:
        return refusal(NOT_FOUND)
    answer = one.on()
    if one.operation in CREATE:
        memory.kept["newest"] = record_of(answer).get("id")
    elif one.operation and answer.status == OK:
        memory.kept.pop("newest", None)
    return answer


ROWS = (
    row("create-answers-200", "CREATE-STATUS SCHEMA", "answers a create with 200", restatus(CREATE, 200)),
    row("create-answers-202", "CREATE-STATUS", "answers a create with 202 and no body", restatus(CREATE, 202, b"")),
    row("create-answers-an-array", "CREATE-STATUS SCHEMA", "answers a create with the case in an array",
        after(CREATE, lambda _, answer: replace(answer, body=b"[" + answer.body + b"]"))),
    row("create-refuses-the-same-again", "CREATE-STATUS", "takes an equal payload for a repeated request",
        remember(CREATE, _again_refused)),
    row("create-refuses-an-empty-case", "CREATE-STATUS", "refuses a case with fewer than two fields",
        at(CREATE, lambda one: refusal(400) if len(one.payload or {}) < FEWEST_FIELDS and one.welcome else one.on())),
    row("id-is-a-number", "CREATE-ID SCHEMA", "has numbers for ids",
        disguised(lambda case_id, _: int(case_id[:8], 16))),
    row("id-is-short", "CREATE-ID", "has ids of eight digits", disguised(lambda case_id, _: case_id[:8])),
    row("id-in-braces", "CREATE-ID", "has ids in braces", disguised(lambda case_id, _: f"{{{case_id}}}")),
    row("id-without-hyphens", "CREATE-ID", "has ids without hyphens",
        disguised(lambda case_id, _: case_id.replace("-", ""))),
    row("id-by-another-name", "CREATE-ID SCHEMA", "calls the id caseId",
        shows(lambda r: {"caseId" if name == "id" else name: value for name, value in r.items()})),
    row("id-used-again", "CREATE-ID-UNIQUE", f"gives the first id to every {REUSED_AFTER}th create",
        remember(CREATE, _reused_id)),
    row("id-of-the-content", "CREATE-ID-UNIQUE", "gives equal payloads one id", remember(CREATE, _id_of_content)),
    row("date-without-offset", "CREATE-DATE", "writes dates without Z", dates(lambda d: d.isoformat()[:-6])),
    row("date-in-another-zone", "CREATE-DATE", "writes dates with the offset +02:00",
        dates(lambda d: (d + timedelta(hours=2)).isoformat()[:-6] + "+02:00")),
    row("date-with-a-space", "CREATE-DATE", "writes a space for the T of a date",
        dates(lambda d: d.isoformat(sep=" "))),
    row("date-as-milliseconds", "CREATE-DATE SCHEMA", "writes dates as milliseconds since 1970",
        dates(lambda d: int(d.timestamp() * 1000))),
    row("date-in-words", "CREATE-DATE", "writes dates as in mails", dates(format_datetime)),
    row("date-without-time", "CREATE-DATE", "writes dates without a time", dates(lambda d: f"{d:%Y-%m-%d}")),
    row("date-missing", "CREATE-DATE SCHEMA", "shows no date", shows(set_field("createdDate", DROP))),
    row("date-in-the-year-1", "CREATE-DATE-NOW", "shows the date that a database has for none",
        shows(set_field("createdDate", "0001-01-01T00:00:00Z"))),
    row("date-of-another-zone", "CREATE-DATE-NOW", "takes local time for UTC",
        dates(lambda d: (d + timedelta(hours=2)).isoformat()[:-6] + "Z")),
    row("date-of-the-start", "CREATE-DATE-NOW", "dates every case as the first",
        every(lambda one, memory: first_date(one, one.on(), memory) if one.operation in CASES else one.on())),
    row("workflow-missing", "CREATE-WORKFLOW SCHEMA", "shows no lastWorkflowId",
        shows(set_field("lastWorkflowId", DROP))),
    row("workflow-null", "CREATE-WORKFLOW SCHEMA", "shows null as lastWorkflowId of a new case",
        shows(set_field("lastWorkflowId", None), CREATE)),
    row("workflow-empty", "CREATE-WORKFLOW SCHEMA", "shows an empty lastWorkflowId",
        shows(set_field("lastWorkflowId", ""))),
    row("workflow-a-number", "CREATE-WORKFLOW SCHEMA", "shows a number as lastWorkflowId",
        shows(field("lastWorkflowId", texts(lambda t: int(t[:8], 16))))),
    row("create-answers-the-id-alone", "CREATE-STORES", "leaves the fields out of a create's answer",
        shows(lambda r: {name: value for name, value in r.items() if name in OWNED}, CREATE)),
    row("create-echoes-what-it-cuts", "CREATE-STORES", "stores 20 characters of a text, but answers all of it",
        at(CREATE, lambda one: showing(
            one.storing(at_top(texts(lambda t: t[:20]))(one.payload)) if one.payload else one.on(),
            lambda r: {**r, **details(one.payload or {})}))),
    row("fields-in-an-envelope", "CREATE-STORES", "shows the fields inside an object",
        shows(lambda r: {name: r[name] for name in OWNED if name in r} | {"fields": details(r)})),
    row("static-fields-dropped", "CREATE-STORES", "drops the vendor's own fields",
        stores(lambda p: {n: v for n, v in p.items() if n not in ("canceled", "cancelReason")})),
    row("create-takes-an-array", "CREATE-VALIDATES", "takes the first item of an array",
        lenient(CREATE, lambda body: json.loads(body)[0])),
    row("create-takes-null", "CREATE-VALIDATES", "takes null for {}",
        lenient(CREATE, lambda body: {} if body == b"null" else None)),
    row("create-takes-anything", "CREATE-VALIDATES", "takes a body that is no JSON for {}",
        lenient(CREATE, lambda body: {} if b"{" not in body and b"[" not in body else None)),
    row("create-repairs-cut-json", "CREATE-VALIDATES", "closes what a cut body left open",
        lenient(CREATE, lambda body: json.loads(body + b'"}'))),
    row("create-takes-a-form", "CREATE-VALIDATES", "reads a form although it says JSON",
        lenient(CREATE, lambda body: dict(parse_qsl(body.decode(), strict_parsing=True)))),
    row("create-takes-a-text", "CREATE-VALIDATES", "takes a JSON text as the summary",
        lenient(CREATE, lambda body: {"summary": t} if isinstance(t := json.loads(body), str) else None)),
    row("id-chosen-by-client", "CREATE-OWNS", "takes the id from the payload",
        disguised(lambda _, one: v if isinstance(v := (one.payload or {}).get("id"), str) and v else None)),
    row("id-number-chosen-by-client", "CREATE-OWNS", "takes a number from the payload as id",
        disguised(lambda _, one: v if isinstance(v := (one.payload or {}).get("id"), int) else None)),
    row("date-chosen-by-client", "CREATE-OWNS", "takes the date from the payload", _date_from_payload(alone=True)),
    row("date-chosen-beside-others", "CREATE-OWNS", "takes the date from a payload with other fields",
        _date_from_payload(alone=False)),
    row("date-of-none-chosen-by-client", "CREATE-OWNS", "shows no date where a create says null", every(_dateless)),
    row("create-takes-over-a-case", "CREATE-OWNS", "updates the case that the payload names", at(CREATE, _takes_over)),
    row("new-case-late", "CREATE-READ-YOUR-WRITE GET-SAME", f"shows a new case after {LATE} s", every(_late)),
    row("first-read-misses", "CREATE-READ-YOUR-WRITE GET-SAME", "answers the first GET of a case with 404",
        remember(GET, _first_read_misses)),
    row("new-case-waits-for-the-next", "CREATE-READ-YOUR-WRITE", "shows a new case once another is made",
        every(_found_with_the_next)),
)  # fmt: skip
