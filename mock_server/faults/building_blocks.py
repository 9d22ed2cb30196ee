"""Steps that faults of several sections share."""

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
    after,
    at,
    every,
    record_of,
    remember,
    showing,
)
from mock_server.faults.value_changes import set_field

Judge = Callable[[str, str], bool]


def restatus(operations: Operations, status: int, body: bytes | None = None) -> Fault:
    """Success under another status, and with another body if one is given."""

    def change(_: Call, answer: Response) -> Response:
        return replace(answer, status=status, body=answer.body if body is None else body)

    return after(operations, change)


def lenient(operations: Operations, read: Callable[[bytes], Any]) -> Fault:
    """Bodies that are no JSON objects are read as what `read` makes of them, if that is one."""

    def step(one: Call) -> Response:
        if one.payload is not None or not one.welcome:
            return one.on()
        try:
            found = read(one.request.body)
        except (ValueError, LookupError):
            return one.on()
        return one.storing(found) if isinstance(found, dict) else one.on()

    return at(operations, step)


def swallowed(operations: Operations, when: Callable[[Call, Memory], bool]) -> Fault:
    """An update is answered as if done, and not done."""

    def step(one: Call, memory: Memory) -> Response:
        skip = one.payload is not None and when(one, memory)
        return one.ask("GET") if skip else one.on()

    return remember(operations, step)


def touched(operations: Operations, date: Callable[[str], Any], when: Callable[[Call], bool]) -> Fault:
    """An update sets createdDate anew."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation in operations and answer.status == OK and when(one):
            memory.kept[one.case_id] = date(record_of(answer).get("createdDate", ""))
        if one.case_id not in memory.kept or one.operation not in CASES or answer.status != OK:
            return answer
        return showing(answer, set_field("createdDate", memory.kept[one.case_id]))

    return every(step)


def passing(judge: Judge, operations: Operations = CASES) -> Fault:
    """Refused credentials pass for a known client's where `judge` says so."""

    def step(one: Call, memory: Memory) -> Response:
        answer = one.on()
        if one.operation not in CASES:
            return answer
        if answer.status != UNAUTHORIZED:
            memory.kept["good"] = credentials(one)
            return answer
        good = memory.kept.get("good", "")
        passes = one.operation in operations and good and judge(credentials(one), good)
        return sent_as(one, good) if passes else answer

    return every(step)


def now_shown() -> str:
    """The present time as the mock writes dates."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def sent_as(one: Call, credential: str) -> Response:
    """What the handle answers to the request with another credential."""
    return one.on(headers={**one.request.headers, "authorization": credential})


def credentials(one: Call) -> str:
    return one.request.headers.get("authorization", "")


def token_in(header: str) -> str:
    return header.partition(" ")[2].strip()
