"""Faults that show under a condition alone: in one state, after certain operations, beside certain fields, after a while.

Rows and their steps; how a step meets a request, calls.py knows.
"""

import time
from collections.abc import Callable
from typing import Any

from mock_server.faults.calls import (
    CASES,
    CREATE,
    CREATED,
    FIRST_REFUSAL,
    GET,
    MOVE,
    OK,
    PATCH,
    PUT,
    UPDATES,
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
)
from mock_server.faults.replacing import replaced
from mock_server.faults.row import row
from mock_server.faults.steps import swallowed
from mock_server.faults.values import DROP, at_top, depth, everywhere, names, set_field, texts
from mock_server.messages import Fault, Response

Record = dict[str, Any]
WHILE = 1.0
"""Seconds after which something is forgotten."""


def _state(one: Call) -> str:
    return str(one.record().get("caseStatus"))


def _closed(one: Call) -> bool:
    return _state(one) == "Close"


def _reopened(one: Call) -> bool:
    return _state(one) == "Reopen"


def _same_as_last(one: Call, memory: Memory) -> bool:
    """The client sent this very payload last time it wrote so to this case, whatever came in between."""
    before = memory.kept.get(one.case_id)
    memory.kept[one.case_id] = one.request.body
    return before == one.request.body


def _same_for_any_case(one: Call, memory: Memory) -> bool:
    before, memory.kept["last"] = memory.kept.get("last"), one.request.body
    return bool(before == one.request.body)


def _many(limit: int) -> Callable[[Call, Memory], bool]:
    return lambda one, memory: memory.count(one.case_id) > limit


def _first_values(forgets: Callable[[Call, Memory, Record], Any]) -> Fault:
    """Knows what each case was created with; `forgets` makes of it what a later answer shows instead."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in CREATE and answer.status == CREATED:
            memory.kept[record_of(answer)["id"]] = record_of(answer)
        elif answer.status == OK and one.case_id in memory.kept:
            first = forgets(one, memory, memory.kept[one.case_id])
            return showing(answer, lambda record: record | first)
        return answer

    return every(step)


def _for_a_while(operations: Operations, names_of: Callable[[Record], Record]) -> Fault:
    """What these operations wrote is forgotten after a while."""

    def forgets(one: Call, memory: Memory, first: Record) -> Record:
        if one.operation in operations:
            memory.kept[f"since {one.case_id}"] = time.monotonic()
        since = memory.kept.get(f"since {one.case_id}", time.monotonic())
        return names_of(first) if one.operation in GET and time.monotonic() - since > WHILE else {}

    return _first_values(forgets)


def _answered(operations: Operations, names_of: Callable[[Record], Record]) -> Fault:
    """These operations answer with what the case was created with."""
    return _first_values(lambda one, _, first: names_of(first) if one.operation in operations else {})


def _only(*wanted: str) -> Callable[[Record], Record]:
    return lambda record: {name: record[name] for name in wanted if name in record}


def _hot(reads: int) -> Callable[[Call, Memory], Response]:
    """A record that was read so often without a write is answered from memory once more after it."""

    def step(one: Call, memory: Memory) -> Response:
        case_id = one.case_id
        if one.operation in GET:
            if case_id in memory.kept.get("stale", {}):
                answer: Response = memory.kept["stale"].pop(case_id)
                return answer
            answer = one.on()
            memory.kept[case_id] = (*memory.kept.get(case_id, ()), answer)
            return answer
        if one.operation in UPDATES | MOVE:
            read = memory.kept.pop(case_id, ())
            if len(read) >= reads:
                memory.kept.setdefault("stale", {})[case_id] = read[-1]
        return one.on()

    return step


def _kept_by_put(keeps: Callable[[str, Any], bool]) -> Fault:
    """A PUT leaves some of the fields that it should drop."""
    return replaced(lambda old, new: {name: value for name, value in old.items() if keeps(name, value)} | new)


def _others(change: Callable[[Record], Record], operations: Operations) -> Fault:
    """`change` of the fields that an operation does not name, when the record is written back."""

    def step(one: Call, answer: Response) -> Response:
        named = set(one.payload or {}) if one.operation in PATCH else set()
        old = details(one.record())
        rest = change({name: value for name, value in old.items() if name not in named})
        one.ask("PUT", {name: value for name, value in old.items() if name in named} | rest)
        return showing(answer, lambda _: one.record())

    return after(operations, step)


def _without_names(gone: Callable[[str], bool]) -> Callable[[Record], Record]:
    return names(lambda name: DROP if gone(name) else name)


def _undone(one: Call, memory: Memory) -> Response:
    """An empty PATCH puts back what the last update replaced."""
    before = memory.kept.get(one.case_id)
    if one.operation in PATCH and one.payload == {} and before is not None:
        return one.ask("PUT", before)
    memory.kept[one.case_id] = details(one.record())
    return one.on()


def _half_done(refuses: Callable[[str, Any], bool]) -> Fault:
    """An update with a field that is refused is refused, but its other fields are stored."""

    def step(one: Call) -> Response:
        payload = one.payload or {}
        good = {name: value for name, value in payload.items() if not refuses(name, value)}
        if len(good) == len(payload) or not one.record():
            return one.on()
        one.ask("PATCH", good)
        return refusal(422, "A field is not valid.")

    return at(UPDATES, step)


def _inherits(one: Call, memory: Memory) -> Response:
    """A field that a payload lacks has the value from the payload before."""
    if one.payload is None:
        return one.on()
    before, memory.kept["last"] = memory.kept.get("last", {}), one.payload
    return one.storing(before | one.payload)


def _left_from_last_read(one: Call, memory: Memory) -> Response:
    """The buffer that a record is read into still holds the last one."""
    answer = one.on()
    if answer.status >= FIRST_REFUSAL:
        return answer
    before, memory.kept["last"] = memory.kept.get("last", {}), details(record_of(answer))
    return showing(answer, lambda record: before | record)


def _date_renewed(operations: Operations) -> Fault:
    """createdDate, in whole seconds, is that of the last of these operations."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        case_id = one.case_id or record_of(answer).get("id", "")
        if answer.status >= FIRST_REFUSAL or one.operation not in CASES:
            return answer
        if one.operation in operations | CREATE:
            memory.kept[case_id] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return showing(answer, set_field("createdDate", memory.kept.get(case_id, DROP)))

    return every(step)


PUT_ROW, PATCH_ROW, MOVE_ROW, VISIBLE = (
    "PUT-REPLACES",
    "PATCH-PARTIAL",
    "TRANSITION-ONLY-STATUS",
    "UPDATE-VISIBLE",
)

ROWS = (
    # in one state
    row("put-of-a-closed-case-ignored", PUT_ROW, "answers a PUT of a closed case, and does not do it",
        swallowed(PUT, lambda one, _: _closed(one))),
    row("put-of-a-reopened-case-merges", PUT_ROW, "merges a PUT into a case once it was reopened",
        at(PUT, lambda one: one.ask("PATCH", one.payload) if one.payload is not None and _reopened(one) else one.on())),
    row("patch-of-a-reopened-case-ignored", PATCH_ROW, "answers a PATCH of a reopened case, and does not do it",
        swallowed(PATCH, lambda one, _: _reopened(one))),
    row("patch-of-a-reopened-case-adds-nothing", PATCH_ROW, "takes no new field by PATCH once the case was reopened",
        at(PATCH, lambda one: one.storing({n: v for n, v in (one.payload or {}).items() if n in one.record()}) if _reopened(one) else one.on())),
    row("update-of-a-closed-case-takes-any-body", "UPDATE-VALIDATES", "answers 200 to any body for a closed case",
        at(UPDATES, lambda one: one.ask("GET") if one.payload is None and one.welcome and _closed(one) else one.on())),
    # after certain operations
    row("put-same-as-the-last-skipped", PUT_ROW, "skips a PUT that is the last PUT again, though a PATCH came between",
        swallowed(PUT, _same_as_last)),
    row("put-same-as-for-another-case-skipped", PUT_ROW, "skips a PUT with the body that the last PUT of any case had",
        swallowed(PUT, _same_for_any_case)),
    row("patch-same-as-the-last-skipped", PATCH_ROW, "skips a PATCH that is the last PATCH again, though a PUT came between",
        swallowed(PATCH, _same_as_last)),
    row("patch-same-as-for-another-case-skipped", PATCH_ROW, "skips a PATCH with the body that the last one of any case had",
        swallowed(PATCH, _same_for_any_case)),
    row("updates-beyond-50-ignored", PATCH_ROW, "ignores updates of a case after the 50th", swallowed(UPDATES, _many(50))),
    row("patch-of-nothing-undoes", "PATCH-EMPTY", "undoes the last update by a PATCH of {}", remember(UPDATES, _undone)),
    row("get-cached-once-hot", f"TRANSITION-MOVES {VISIBLE}", "answers from memory once more where a case was read ten times before a write",
        every(_hot(10))),
    # beside certain fields
    row("put-keeps-dotted-names", PUT_ROW, "cannot drop a field whose name has a dot", _kept_by_put(lambda n, _: "." in n)),
    row("put-keeps-other-scripts", PUT_ROW, "cannot drop a field whose name is not ASCII", _kept_by_put(lambda n, _: not n.isascii())),
    row("put-keeps-empty-arrays", PUT_ROW, "keeps the empty arrays of the old record", _kept_by_put(lambda _, v: v == [])),
    row("put-keeps-deep-objects", PUT_ROW, "keeps the deep objects of the old record", _kept_by_put(lambda _, v: depth(v) > 4)),
    *(row(f"{word}-{name}", requirement, f"{summary} when a {word} writes the record back", _others(change, operations))
      for word, requirement, operations in (("patch", PATCH_ROW, PATCH), ("move", MOVE_ROW, MOVE))
      for name, summary, change in (
          ("cuts-other-texts-at-1000", "cuts other texts at 1000 characters", everywhere(texts(lambda t: t[:1000]))),
          ("loses-dotted-names", "loses fields with a dot in their name", _without_names(lambda n: "." in n)),
          ("loses-spaced-names", "loses fields with a space in their name", _without_names(lambda n: " " in n)),
          ("cuts-other-arrays-at-100", "cuts other arrays at 100 items",
           everywhere(lambda v: v[:100] if isinstance(v, list) else v)),
          ("cuts-other-depth", "loses what lies deeper than 7 levels", at_top(lambda v: None if depth(v) > 7 else v)),
      )),
    row("update-half-done-for-identity", "UPDATE-REFUSED-INERT", "refuses an update of the id, and stores its other fields",
        _half_done(lambda name, _: name in ("id", "createdDate"))),
    row("update-half-done-for-a-type", "UPDATE-REFUSED-INERT", "refuses canceled that is no boolean, and stores the other fields",
        _half_done(lambda name, value: name == "canceled" and not isinstance(value, bool))),
    row("update-half-done-for-a-size", "UPDATE-REFUSED-INERT", "refuses a long text, and stores the other fields",
        _half_done(lambda _, value: isinstance(value, str) and len(value) > 20_000)),
    row("patch-forgets-the-types-of-objects", "PATCH-OBJECTS", "merges objects in a reopened case, and replaces them before",
        at(PATCH, lambda one: one.storing({n: {**one.record()[n], **v} if isinstance(v, dict) and isinstance(one.record().get(n), dict) else v
                                           for n, v in (one.payload or {}).items()}) if _reopened(one) else one.on())),
    # what another case left behind
    row("create-inherits", "UPDATE-ISOLATED", "fills a new case with the fields of the one before", remember(CREATE, _inherits)),
    row("put-inherits", "UPDATE-ISOLATED PUT-REPLACES", "fills a record with the fields of the last PUT", remember(PUT, _inherits)),
    row("get-shows-what-the-last-one-left", "UPDATE-ISOLATED PUT-REPLACES", "shows fields of the record that was read before",
        remember(GET, _left_from_last_read)),
    # in an answer alone
    row("move-answers-the-first-fields", MOVE_ROW, "answers a transition with the fields of the create", _answered(MOVE, details)),
    row("move-answers-another-date", MOVE_ROW, "answers a transition with another createdDate",
        after(MOVE, lambda _, answer: showing(answer, set_field("createdDate", "2020-01-01T00:00:00Z")))),
    row("move-answers-the-first-workflow", "TRANSITION-CYCLE", "answers a transition with the workflow of the create",
        _answered(MOVE, _only("lastWorkflowId"))),
    row("update-answers-the-first-status", VISIBLE, "answers an update with the status of the create",
        _answered(UPDATES, _only("caseStatus"))),
    row("update-answers-the-first-workflow", VISIBLE, "answers an update with the workflow of the create",
        _answered(UPDATES, _only("lastWorkflowId"))),
    # after a while
    row("updates-forgotten", VISIBLE, "forgets updates after a second", _for_a_while(UPDATES, details)),
    row("moves-forgotten", "TRANSITION-MOVES", "forgets moves after a second", _for_a_while(MOVE, _only("caseStatus"))),
    row("move-is-a-new-creation", MOVE_ROW, "sets createdDate, in whole seconds, by a transition", _date_renewed(MOVE)),
    row("read-date-moves-with-a-patch-of-nothing", "UPDATE-IDENTITY", "sets createdDate, in whole seconds, by a PATCH",
        _date_renewed(PATCH)),
)  # fmt: skip
