"""Faults of GET and HEAD: changed records, side effects, and ids that should be unknown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status, current_date
from mock_server.faults.call import (
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    Call,
    Memory,
    change_shown,
    on,
    on_every,
    on_with_memory,
    record_of,
    refusal,
    with_record,
    writable_fields,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.new_cases import change_dates
from mock_server.faults.unusual_responses import respond_to_unknown_id
from mock_server.faults.value_changes import DROP, at_top, exactly, inside, objects, set_field

READS_BEFORE = 3


def _count_views(call: Call) -> Response:
    response = call.proceed()
    counts = {
        name: value + 1 for name, value in writable_fields(record_of(response)).items() if type(value) is int
    }
    if counts:
        call.send("PATCH", counts)
    return response


def _drop_items(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    worn = response.status == OK and memory.count(call.case_id) > READS_BEFORE
    return with_record(response, at_top(lambda v: v[:-1] if isinstance(v, list) else v)) if worn else response


def _mark_as_seen(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    seen = response.status == OK and memory.count(call.case_id) > READS_BEFORE
    return with_record(response, set_field("caseStatus", "Seen")) if seen else response


def _find_unknown(find: Callable[[str, list[str]], str | None]) -> Fault:
    """Return a fault by which an unknown id finds a case; `find` chooses among the known ids, oldest first."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in CREATE and response.status == CREATED:
            memory.kept[record_of(response)["id"]] = True
        if call.operation not in GET or response.status != NOT_FOUND:
            return response
        found = find(call.case_id, list(memory.kept))
        return call.send("GET", case_id=found) if found else response

    return on_every(step)


def _create_on_read(call: Call, memory: Memory) -> Response:
    if call.proceed().status != NOT_FOUND:
        return call.proceed()
    made = call.handle(replace(call.request, method="POST", path=f"{call.root}/case", body=b"{}"))
    return replace(with_record(made, set_field("id", call.case_id)), status=OK)


def _change_head(change: Callable[[Call, Response, Memory], Response]) -> Fault:
    """Return a fault that changes the response to HEAD on a case."""

    def step(call: Call, memory: Memory) -> Response:
        authorization = call.request.headers.get("authorization")
        if authorization and call.operation and call.is_authenticated:
            memory.kept["authorization"] = authorization
        head = call.place == "case" and call.request.method == "HEAD"
        return change(call, call.proceed(), memory) if head else call.proceed()

    return on_every(step)


FAULTS = (
    fault("get-returns-203", "GET-SAME SCHEMA", "responds to a GET with 203", change_status(GET, 203)),
    fault("get-date-without-seconds", "GET-SAME", "shows createdDate without seconds in a GET response",
        change_dates(lambda d: f"{d:%Y-%m-%dT%H:%M}:00Z" if d.second > 1 else f"{d - timedelta(minutes=1):%Y-%m-%dT%H:%M}:00Z", GET)),
    fault("get-omits-workflow", "GET-SAME SCHEMA", "omits lastWorkflowId in a GET response",
        change_shown(set_field("lastWorkflowId", DROP), GET)),
    fault("get-omits-nested-objects", "GET-SAME", "omits nested objects in a GET response",
        change_shown(inside(objects(lambda _: DROP)), GET)),
    fault("get-shows-zero-as-null", "GET-SAME", "shows null instead of 0 in a GET response", change_shown(at_top(exactly(0, becomes=None)), GET)),
    fault("get-counts-views", "GET-SAFE", "increments the client's integers with each GET", on(GET, _count_views)),
    fault("get-drops-array-items", "GET-SAFE", "drops the last item of arrays after three GETs", on_with_memory(GET, _drop_items)),
    fault("get-changes-status", "GET-SAFE", "shows the status Seen after three GETs", on_with_memory(GET, _mark_as_seen)),
    fault("get-shows-current-date", "GET-SAFE GET-SAME", "shows the present time as createdDate",
        change_shown(lambda r: r | {"createdDate": current_date()}, GET)),
    fault("unknown-id-returns-204", "GET-UNKNOWN SCHEMA", "responds with 204 to a GET of an unknown id", respond_to_unknown_id(Response(204))),
    fault("unknown-id-returns-403", "GET-UNKNOWN", "responds with 403 to a GET of an unknown id", respond_to_unknown_id(refusal(403))),
    fault("unknown-id-returns-500", "NO-SERVER-ERROR GET-UNKNOWN", "responds with 500 to a GET of an unknown id", respond_to_unknown_id(refusal(500))),
    fault("id-sql-injection", "GET-UNKNOWN", "inserts an id unescaped into an SQL statement",
        _find_unknown(lambda wanted, ids: ids[0] if "' OR '1'='1" in wanted else None)),
    fault("id-null-finds-newest", "GET-UNKNOWN", 'finds the newest case under the ids "null" and "undefined"',
        _find_unknown(lambda wanted, ids: ids[-1] if wanted in ("null", "undefined") else None)),
    fault("id-nil-finds-first", "GET-UNKNOWN", "finds the first case under the nil UUID",
        _find_unknown(lambda wanted, ids: ids[0] if wanted == "00000000-0000-0000-0000-000000000000" else None)),
    fault("id-last-digit-ignored", "GET-UNKNOWN", "ignores the last digit of an id",
        _find_unknown(lambda wanted, ids: next((i for i in ids if len(wanted) == len(i) and i[:-1] == wanted[:-1]), None))),
    fault("get-creates-case", "GET-UNKNOWN", "creates a case when an unknown id is read", on_with_memory(GET, _create_on_read)),
    fault("head-with-body", "HEAD-SAME", "responds to HEAD with a body",
        _change_head(lambda call, response, _: replace(response, body=call.proceed(method="GET").body))),
    fault("head-returns-204", "HEAD-SAME", "responds to HEAD with 204",
        _change_head(lambda _, response, __: replace(response, status=204) if response.status == OK else response)),
    fault("head-declares-html", "HEAD-SAME", "declares HTML in the response to HEAD",
        _change_head(lambda _, response, __: replace(response, headers={**response.headers, "content-type": "text/html"}))),
)  # fmt: skip
