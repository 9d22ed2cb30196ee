"""Faults of new cases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import Fault, Response
from mock_server.faults.building_blocks import change_status
from mock_server.faults.call import (
    CASES,
    CREATE,
    CREATED,
    OK,
    OWNED,
    Call,
    Memory,
    Operations,
    change_shown,
    on_every,
    on_with_memory,
    record_of,
    with_record,
)
from mock_server.faults.named_fault import fault
from mock_server.faults.value_changes import DROP, field, set_field, texts

REUSE_INTERVAL = 6


def alias_ids(alias: Callable[[str, Call], Any]) -> Fault:
    """Return a fault that shows cases under other ids.

    `alias` gets the id and the create, and returns the shown id, or None to keep the id.
    """

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


def change_dates(change: Callable[[datetime], Any], operations: Operations = CASES) -> Fault:
    """Return a fault that shows `createdDate` in another form."""
    return change_shown(
        field("createdDate", texts(lambda text: change(datetime.fromisoformat(text)))), operations
    )


def _reuse_id(call: Call, memory: Memory) -> Response:
    first = memory.kept.get("first")
    if first and memory.count() % REUSE_INTERVAL == 0:
        response = call.send("PUT", call.payload, case_id=first)
        return replace(response, status=CREATED) if response.status == OK else response
    response = call.proceed()
    memory.kept.setdefault("first", record_of(response).get("id"))
    return response


FAULTS = (
    fault("create-returns-200", "CREATE-STATUS SCHEMA", "responds to a create with 200", change_status(CREATE, 200)),
    fault("create-returns-202", "CREATE-STATUS", "responds to a create with 202 and no body", change_status(CREATE, 202, b"")),
    fault("create-returns-only-id", "CREATE-STORES", "omits the client's fields in the response to a create",
        change_shown(lambda r: {name: value for name, value in r.items() if name in OWNED}, CREATE)),
    fault("id-as-number", "CREATE-ID SCHEMA", "uses numbers as case ids",
        alias_ids(lambda case_id, _: int(case_id[:8], 16))),
    fault("id-reused", "CREATE-ID-UNIQUE", f"reuses the first case's id for every {REUSE_INTERVAL}th create",
        on_with_memory(CREATE, _reuse_id)),
    fault("date-without-offset", "CREATE-DATE", "writes createdDate without a time zone offset", change_dates(lambda d: d.isoformat()[:-6])),
    fault("date-with-other-offset", "CREATE-DATE", "writes createdDate with the offset +02:00",
        change_dates(lambda d: (d + timedelta(hours=2)).isoformat()[:-6] + "+02:00")),
    fault("date-as-milliseconds", "CREATE-DATE SCHEMA", "writes createdDate as milliseconds since 1970",
        change_dates(lambda d: int(d.timestamp() * 1000))),
    fault("workflow-missing", "CREATE-WORKFLOW SCHEMA", "omits lastWorkflowId",
        change_shown(set_field("lastWorkflowId", DROP))),
)  # fmt: skip
