"""Faults by which an operation on one case affects another case."""

from collections.abc import Callable

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CREATE,
    CREATED,
    NOT_FOUND,
    OK,
    PATCH,
    PUT,
    TRANSITION,
    Call,
    Memory,
    Operations,
    on_every,
    on_with_memory,
    record_of,
    refusal,
)
from mock_server.faults.named_fault import fault


def _spread(to: Callable[[list[str], str], str | None], operations: Operations = PATCH) -> Fault:
    """Return a fault that applies an update also to another known case."""

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


def _neighbour(step: int) -> Callable[[list[str], str], str | None]:
    def find(ids: list[str], own: str) -> str | None:
        index = ids.index(own) + step if own in ids else -1
        return ids[index] if 0 <= index < len(ids) else None

    return find


def _reopen_previous(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if response.status == CREATED:
        call.transition("Reopen", memory.kept.get("last", ""))
        memory.kept["last"] = record_of(response)["id"]
    return response


def _evict_oldest(call: Call, memory: Memory) -> Response:
    response = call.proceed()
    if call.operation in CREATE and response.status == CREATED:
        memory.kept[record_of(response)["id"]] = True
        for oldest in list(memory.kept)[:-3]:
            memory.kept[oldest] = False
    return response if memory.kept.get(call.case_id, True) else refusal(NOT_FOUND)


FAULTS = (
    fault("patch-changes-previous-case", "UPDATE-ISOLATED", "applies a PATCH also to the case that was created before", _spread(_neighbour(-1))),
    fault("patch-changes-next-case", "UPDATE-ISOLATED", "applies a PATCH also to the case that was created next", _spread(_neighbour(1))),
    fault("put-changes-first-case", "UPDATE-ISOLATED", "applies a PUT also to the first case",
        _spread(lambda ids, own: ids[0] if ids[0] != own else None, PUT)),
    fault("create-reopens-previous-case", "UPDATE-ISOLATED", "reopens the previous case in a create",
        on_with_memory(CREATE, _reopen_previous)),
    fault("transition-changes-previous-case", "UPDATE-ISOLATED", "applies a transition also to the case that was created before", _spread(_neighbour(-1), TRANSITION)),
    fault("oldest-case-evicted", "UPDATE-ISOLATED", "keeps only the three newest cases", on_every(_evict_oldest)),
)  # fmt: skip
