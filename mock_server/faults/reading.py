"""Faults of reading a case: what GET and HEAD show, what reading changes, which ids find a case.

Rows and their steps; how a step meets a request, calls.py knows.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase

from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import now_shown, restatus
from mock_server.faults.call import (
    CREATE,
    CREATED,
    GET,
    NOT_FOUND,
    OK,
    Call,
    Memory,
    at,
    details,
    every,
    record_of,
    refusal,
    remember,
    says,
    showing,
    shows,
)
from mock_server.faults.creation import dates
from mock_server.faults.fault import row
from mock_server.faults.value_changes import DROP, at_top, exactly, inside, objects, set_field

KEPT = 3


def _answer_of_another(one: Call, memory: Memory) -> Response:
    answer = one.on()
    if answer.status != OK:
        return answer
    previous = memory.kept.get("previous", answer)
    memory.kept["previous"] = answer
    return previous if memory.count() % 3 == 0 else answer


def _counts_views(one: Call) -> Response:
    answer = one.on()
    counts = {name: value + 1 for name, value in details(record_of(answer)).items() if type(value) is int}
    if counts:
        one.ask("PATCH", counts)
    return answer


def _wears_out(one: Call, memory: Memory) -> Response:
    answer = one.on()
    worn = answer.status == OK and memory.count(one.case_id) > KEPT
    return showing(answer, at_top(lambda v: v[:-1] if isinstance(v, list) else v)) if worn else answer


def _seen_after_reads(one: Call, memory: Memory) -> Response:
    answer = one.on()
    seen = answer.status == OK and memory.count(one.case_id) > KEPT
    return showing(answer, set_field("caseStatus", "Seen")) if seen else answer


def _unknown(answer: Response) -> Fault:
    """What a GET of an id that no case has is answered with."""
    return at(GET, lambda one: answer if one.welcome and one.on().status == NOT_FOUND else one.on())


def _finding(find: Callable[[str, list[str]], str | None]) -> Fault:
    """Ids that no case has find one all the same, among the known ids from old to new."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in CREATE and answer.status == CREATED:
            memory.kept[record_of(answer)["id"]] = True
        if one.operation not in GET or answer.status != NOT_FOUND:
            return answer
        found = find(one.case_id, list(memory.kept))
        return one.ask("GET", case_id=found) if found else answer

    return every(step)


def _like(pattern: str, ids: list[str]) -> str | None:
    glob = pattern.replace("%", "*").replace("_", "?")
    wild = glob != pattern or "*" in pattern or "?" in pattern
    return next((one for one in ids if wild and fnmatchcase(one, glob)), None)


def _created_on_read(one: Call, memory: Memory) -> Response:
    if one.on().status != NOT_FOUND:
        return one.on()
    made = one.handle(replace(one.request, method="POST", path=f"{one.root}/case", body=b"{}"))
    return replace(showing(made, set_field("id", one.case_id)), status=OK)


def _head(change: Callable[[Call, Response, Memory], Response]) -> Fault:
    """`change` of what HEAD on a case is answered."""

    def step(one: Call, memory: Memory) -> Response:
        authorization = one.request.headers.get("authorization")
        if authorization and one.operation and one.welcome:
            memory.kept["authorization"] = authorization
        head = one.place == "case" and one.request.method == "HEAD"
        return change(one, one.on(), memory) if head else one.on()

    return every(step)


def _head_as_owner(one: Call, _: Response, memory: Memory) -> Response:
    return one.on(headers={**one.request.headers, "authorization": memory.kept.get("authorization", "")})


ROWS = (
    row("get-answers-203", "GET-SAME SCHEMA", "answers a GET with 203", restatus(GET, 203)),
    row("get-dates-by-the-minute", "GET-SAME", "shows other dates by GET than the create did",
        dates(lambda d: f"{d:%Y-%m-%dT%H:%M}:00Z" if d.second > 1 else f"{d - timedelta(minutes=1):%Y-%m-%dT%H:%M}:00Z", GET)),
    row("get-hides-the-workflow", "GET-SAME SCHEMA", "shows lastWorkflowId in the create's answer alone",
        shows(set_field("lastWorkflowId", DROP), GET)),
    row("get-hides-inner-objects", "GET-SAME", "shows no objects inside objects",
        shows(inside(objects(lambda _: DROP)), GET)),
    row("get-shows-another-case", "GET-SAME", "answers every third GET with what the one before saw",
        remember(GET, _answer_of_another)),
    row("get-shows-zero-as-null", "GET-SAME", "shows null for 0, by GET", shows(at_top(exactly(0, becomes=None)), GET)),
    row("get-counts-views", "GET-SAFE", "counts views in a field that a client sent", at(GET, _counts_views)),
    row("get-wears-out", "GET-SAFE", "drops an item from arrays after three reads", remember(GET, _wears_out)),
    row("get-marks-as-seen", "GET-SAFE", "changes the status after three reads", remember(GET, _seen_after_reads)),
    row("get-date-is-now", "GET-SAFE GET-SAME", "shows the present time as createdDate",
        shows(lambda r: r | {"createdDate": now_shown()}, GET)),
    row("unknown-answers-an-empty-object", "GET-UNKNOWN SCHEMA", "answers 200 and {} for an unknown id",
        _unknown(says(200, {}))),
    row("unknown-answers-null", "GET-UNKNOWN SCHEMA", "answers 200 and null for an unknown id",
        _unknown(says(200, None))),
    row("unknown-answers-204", "GET-UNKNOWN SCHEMA", "answers 204 for an unknown id", _unknown(Response(204))),
    row("unknown-answers-400", "GET-UNKNOWN", "answers 400 for an unknown id", _unknown(refusal(400))),
    row("unknown-answers-403", "GET-UNKNOWN", "answers 403 for an unknown id", _unknown(refusal(403))),
    row("unknown-answers-500", "GET-UNKNOWN NO-SERVER-ERROR", "answers 500 for an unknown id", _unknown(refusal(500))),
    row("id-prefix-found", "GET-UNKNOWN", "finds a case by the beginning of its id",
        _finding(lambda wanted, ids: next((i for i in ids if len(wanted) > 7 and i.startswith(wanted)), None))),
    row("id-tail-ignored", "GET-UNKNOWN", "reads 36 characters of an id",
        _finding(lambda wanted, ids: wanted[:36] if wanted[:36] in ids else None)),
    row("id-wildcards-match", "GET-UNKNOWN", "takes wildcards in an id", _finding(_like)),
    row("id-injected", "GET-UNKNOWN", "pastes an id into SQL",
        _finding(lambda wanted, ids: ids[0] if "' OR '1'='1" in wanted else None)),
    row("id-null-is-the-newest", "GET-UNKNOWN", "finds the newest case under null",
        _finding(lambda wanted, ids: ids[-1] if wanted in ("null", "undefined") else None)),
    row("id-nil-is-the-first", "GET-UNKNOWN", "finds the first case under the nil UUID",
        _finding(lambda wanted, ids: ids[0] if wanted == "00000000-0000-0000-0000-000000000000" else None)),
    row("id-last-digit-ignored", "GET-UNKNOWN", "finds a case whose id differs in the last digit",
        _finding(lambda wanted, ids: next((i for i in ids if len(wanted) == len(i) and i[:-1] == wanted[:-1]), None))),
    row("read-creates", "GET-UNKNOWN", "makes a case of an unknown id that is read", remember(GET, _created_on_read)),
    row("head-has-a-body", "HEAD-SAME", "answers HEAD with a body",
        _head(lambda one, answer, _: replace(answer, body=one.on(method="GET").body))),
    row("head-answers-204", "HEAD-SAME", "answers HEAD with 204",
        _head(lambda _, answer, __: replace(answer, status=204) if answer.status == OK else answer)),
    row("head-finds-everything", "HEAD-SAME", "answers HEAD with 200 for an unknown id",
        _head(lambda _, answer, __: replace(answer, status=OK) if answer.status == NOT_FOUND else answer)),
    row("head-needs-no-credentials", "HEAD-SAME", "lets everybody HEAD", _head(_head_as_owner)),
    row("head-is-html", "HEAD-SAME", "declares HTML for HEAD",
        _head(lambda _, answer, __: replace(answer, headers={**answer.headers, "content-type": "text/html"}))),
)  # fmt: skip
