"""Faults of reading a case: what GET and HEAD show, what reading changes, which ids find a case.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase

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
    json_response,
    on,
    on_every,
    on_with_memory,
    record_of,
    refusal,
    with_record,
    writable_fields,
)
from mock_server.faults.creation import change_dates
from mock_server.faults.fault import fault
from mock_server.faults.value_changes import DROP, at_top, exactly, inside, objects, set_field

KEPT = 3


def _answer_of_another(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if response.status != OK:
        return response
    previous = memory.kept.get("previous", response)
    memory.kept["previous"] = response
    return previous if memory.count() % 3 == 0 else response


def _counts_views(call: Call) -> Response:
    response = call.proceed()
    counts = {
        name: value + 1 for name, value in writable_fields(record_of(response)).items() if type(value) is int
    }
    if counts:
        call.send("PATCH", counts)
    return response


def _wears_out(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    worn = response.status == OK and memory.count(call.case_id) > KEPT
    return with_record(response, at_top(lambda v: v[:-1] if isinstance(v, list) else v)) if worn else response


def _seen_after_reads(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    seen = response.status == OK and memory.count(call.case_id) > KEPT
    return with_record(response, set_field("caseStatus", "Seen")) if seen else response


def _unknown(response: Response) -> Fault:
    """What a GET of an id that no case has is answered with."""
    return on(
        GET,
        lambda call: (
            response if call.is_authenticated and call.proceed().status == NOT_FOUND else call.proceed()
        ),
    )


def _finding(find: Callable[[str, list[str]], str | None]) -> Fault:
    """Ids that no case has find one all the same, among the known ids from old to new."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in CREATE and response.status == CREATED:
            memory.kept[record_of(response)["id"]] = True
        if call.operation not in GET or response.status != NOT_FOUND:
            return response
        found = find(call.case_id, list(memory.kept))
        return call.send("GET", case_id=found) if found else response

    return on_every(step)


def _like(pattern: str, ids: list[str]) -> str | None:
    glob = pattern.replace("%", "*").replace("_", "?")
    wild = glob != pattern or "*" in pattern or "?" in pattern
    return next((call for call in ids if wild and fnmatchcase(call, glob)), None)


def _created_on_read(call: Call, memory: Memory) -> Response:
    if call.proceed().status != NOT_FOUND:
        return call.proceed()
    made = call.handle(replace(call.request, method="POST", path=f"{call.root}/case", body=b"{}"))
    return replace(with_record(made, set_field("id", call.case_id)), status=OK)


def _head(change: Callable[[Call, Response, Memory], Response]) -> Fault:
    """`change` of what HEAD on a case is answered."""

    def step(call: Call, memory: Memory) -> Response:
        authorization = call.request.headers.get("authorization")
        if authorization and call.operation and call.is_authenticated:
            memory.kept["authorization"] = authorization
        head = call.place == "case" and call.request.method == "HEAD"
        return change(call, call.proceed(), memory) if head else call.proceed()

    return on_every(step)


def _head_as_owner(call: Call, _: Response, memory: Memory) -> Response:
    return call.proceed(
        headers={**call.request.headers, "authorization": memory.kept.get("authorization", "")}
    )


FAULTS = (
    fault("get-answers-203", "GET-SAME SCHEMA", "answers a GET with 203", change_status(GET, 203)),
    fault("get-dates-by-the-minute", "GET-SAME", "shows other dates by GET than the create did",
        change_dates(lambda d: f"{d:%Y-%m-%dT%H:%M}:00Z" if d.second > 1 else f"{d - timedelta(minutes=1):%Y-%m-%dT%H:%M}:00Z", GET)),
    fault("get-hides-the-workflow", "GET-SAME SCHEMA", "shows lastWorkflowId in the create's answer alone",
        change_shown(set_field("lastWorkflowId", DROP), GET)),
    fault("get-hides-inner-objects", "GET-SAME", "shows no objects inside objects",
        change_shown(inside(objects(lambda _: DROP)), GET)),
    fault("get-shows-another-case", "GET-SAME", "answers every third GET with what the one before saw",
        on_with_memory(GET, _answer_of_another)),
    fault("get-shows-zero-as-null", "GET-SAME", "shows null for 0, by GET", change_shown(at_top(exactly(0, becomes=None)), GET)),
    fault("get-counts-views", "GET-SAFE", "counts views in a field that a client sent", on(GET, _counts_views)),
    fault("get-wears-out", "GET-SAFE", "drops an item from arrays after three reads", on_with_memory(GET, _wears_out)),
    fault("get-marks-as-seen", "GET-SAFE", "changes the status after three reads", on_with_memory(GET, _seen_after_reads)),
    fault("get-date-is-now", "GET-SAFE GET-SAME", "shows the present time as createdDate",
        change_shown(lambda r: r | {"createdDate": current_date()}, GET)),
    fault("unknown-answers-an-empty-object", "GET-UNKNOWN SCHEMA", "answers 200 and {} for an unknown id",
        _unknown(json_response(200, {}))),
    fault("unknown-answers-null", "GET-UNKNOWN SCHEMA", "answers 200 and null for an unknown id",
        _unknown(json_response(200, None))),
    fault("unknown-answers-204", "GET-UNKNOWN SCHEMA", "answers 204 for an unknown id", _unknown(Response(204))),
    fault("unknown-answers-400", "GET-UNKNOWN", "answers 400 for an unknown id", _unknown(refusal(400))),
    fault("unknown-answers-403", "GET-UNKNOWN", "answers 403 for an unknown id", _unknown(refusal(403))),
    fault("unknown-answers-500", "GET-UNKNOWN NO-SERVER-ERROR", "answers 500 for an unknown id", _unknown(refusal(500))),
    fault("id-prefix-found", "GET-UNKNOWN", "finds a case by the beginning of its id",
        _finding(lambda wanted, ids: next((i for i in ids if len(wanted) > 7 and i.startswith(wanted)), None))),
    fault("id-tail-ignored", "GET-UNKNOWN", "reads 36 characters of an id",
        _finding(lambda wanted, ids: wanted[:36] if wanted[:36] in ids else None)),
    fault("id-wildcards-match", "GET-UNKNOWN", "takes wildcards in an id", _finding(_like)),
    fault("id-injected", "GET-UNKNOWN", "pastes an id into SQL",
        _finding(lambda wanted, ids: ids[0] if "' OR '1'='1" in wanted else None)),
    fault("id-null-is-the-newest", "GET-UNKNOWN", "finds the newest case under null",
        _finding(lambda wanted, ids: ids[-1] if wanted in ("null", "undefined") else None)),
    fault("id-nil-is-the-first", "GET-UNKNOWN", "finds the first case under the nil UUID",
        _finding(lambda wanted, ids: ids[0] if wanted == "00000000-0000-0000-0000-000000000000" else None)),
    fault("id-last-digit-ignored", "GET-UNKNOWN", "finds a case whose id differs in the last digit",
        _finding(lambda wanted, ids: next((i for i in ids if len(wanted) == len(i) and i[:-1] == wanted[:-1]), None))),
    fault("read-creates", "GET-UNKNOWN", "makes a case of an unknown id that is read", on_with_memory(GET, _created_on_read)),
    fault("head-has-a-body", "HEAD-SAME", "answers HEAD with a body",
        _head(lambda call, response, _: replace(response, body=call.proceed(method="GET").body))),
    fault("head-answers-204", "HEAD-SAME", "answers HEAD with 204",
        _head(lambda _, response, __: replace(response, status=204) if response.status == OK else response)),
    fault("head-finds-everything", "HEAD-SAME", "answers HEAD with 200 for an unknown id",
        _head(lambda _, response, __: replace(response, status=OK) if response.status == NOT_FOUND else response)),
    fault("head-needs-no-credentials", "HEAD-SAME", "lets everybody HEAD", _head(_head_as_owner)),
    fault("head-is-html", "HEAD-SAME", "declares HTML for HEAD",
        _head(lambda _, response, __: replace(response, headers={**response.headers, "content-type": "text/html"}))),
)  # fmt: skip
