"""Wrappers that faults of several sections share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mock_server.core.messages import Fault, Response
from mock_server.faults.call import (
    CASES,
    OK,
    UNAUTHORIZED,
    Call,
    Memory,
    Operations,
    on,
    on_every,
    on_success,
    on_with_memory,
    record_of,
    with_record,
)
from mock_server.faults.value_changes import set_field

Accepts = Callable[[str, str], bool]


def change_status(operations: Operations, status: int, body: bytes | None = None) -> Fault:
    """Return a fault that changes the status of success responses, and their body if one is given."""

    def change(_: Call, response: Response) -> Response:
        return replace(response, status=status, body=response.body if body is None else body)

    return on_success(operations, change)


def accept_bodies(operations: Operations, read: Callable[[bytes], Any]) -> Fault:
    """Return a fault that accepts a body that is not a JSON object, if `read` converts it to one."""

    def step(call: Call) -> Response:
        if call.payload is not None or not call.is_authenticated:
            return call.proceed()
        try:
            found = read(call.request.body)
        except (ValueError, LookupError, TypeError, RecursionError):  # bodies that the fault does not accept
            return call.proceed()
        return call.proceed_with(found) if isinstance(found, dict) else call.proceed()

    return on(operations, step)


def skip_updates(operations: Operations, when: Callable[[Call, Memory], bool]) -> Fault:
    """Return a fault that does not perform an update, but responds as if it had."""

    def step(call: Call, memory: Memory) -> Response:
        skip = call.payload is not None and when(call, memory)
        return call.send("GET") if skip else call.proceed()

    return on_with_memory(operations, step)


def redate(operations: Operations, date: Callable[[str], Any], when: Callable[[Call], bool]) -> Fault:
    """Return a fault by which an update changes createdDate."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation in operations and response.status == OK and when(call):
            memory.kept[call.case_id] = date(record_of(response).get("createdDate", ""))
        if call.case_id not in memory.kept or call.operation not in CASES or response.status != OK:
            return response
        return with_record(response, set_field("createdDate", memory.kept[call.case_id]))

    return on_every(step)


def accept_credentials(accepts: Accepts, operations: Operations = CASES) -> Fault:
    """Return a fault that accepts wrong credentials if `accepts(given, valid)` returns True."""

    def step(call: Call, memory: Memory) -> Response:
        response = call.proceed()
        if call.operation not in CASES:
            return response
        if response.status != UNAUTHORIZED:
            memory.kept["valid"] = credential_of(call)
            return response
        valid = memory.kept.get("valid", "")
        passes = call.operation in operations and valid and accepts(credential_of(call), valid)
        return send_as(call, valid) if passes else response

    return on_every(step)


def current_date() -> str:
    """Return the present time in the format of the mock."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def send_as(call: Call, credential: str) -> Response:
    """Send the request with another credential."""
    return call.proceed(headers={**call.request.headers, "authorization": credential})


def credential_of(call: Call) -> str:
    return call.request.headers.get("authorization", "")


def token_in(header: str) -> str:
    return header.partition(" ")[2].strip()
