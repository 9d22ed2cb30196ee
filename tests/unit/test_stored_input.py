"""Server errors after hostile input, which an earlier write may have stored."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.assertions.universal_checks import find_violations
from contract_tests.client.exchange import Exchange
from contract_tests.results.stored_input import CASES, StoredInput

NUL = b'{"a": "\\u0000"}'
PLAIN = b'{"a": 1}'


def exchange(
    method: str, path: str, body: bytes = b"", status: int = 200, response: bytes = b"{}"
) -> Exchange:
    received: dict[str, Any] = {"status": status, "reason": "", "headers": {}, "body": response}
    return Exchange(
        method=method,
        url=f"http://a{path}",
        request_headers={},
        request_body=body,
        started=0.0,
        elapsed=0.0,
        **received,
    )


def after(*writes: Exchange) -> StoredInput:
    stored = StoredInput()
    for write in writes:
        stored(write)
    return stored


@pytest.mark.parametrize(
    ("writes", "hostile"),
    [
        ([exchange("PATCH", "/case/1", NUL)], True),
        ([exchange("PATCH", "/case/1", NUL, status=500)], True),
        ([exchange("PATCH", "/case/1", NUL, status=422)], False),
        ([exchange("PATCH", "/case/1", NUL), exchange("PATCH", "/case/1", PLAIN)], True),
        ([exchange("PATCH", "/case/1", NUL), exchange("PUT", "/case/1", PLAIN)], False),
        ([exchange("POST", "/case", NUL, 201, b'{"id": "1"}')], True),
        ([exchange("PATCH", "/case/2", NUL)], False),
        ([exchange("POST", "/case/1/transition", NUL), exchange("POST", "/case/1/transition", PLAIN)], True),
    ],
)
def test_hostile_input_is_remembered_until_it_is_replaced(writes: list[Exchange], hostile: bool) -> None:
    assert after(*writes).is_hostile(exchange("GET", "/case/1")) is hostile


def test_only_recent_cases_are_remembered() -> None:
    writes = [exchange("PATCH", f"/case/{number}", NUL) for number in range(CASES + 1)]
    stored = after(*writes)
    assert not stored.is_hostile(exchange("GET", "/case/0"))
    assert stored.is_hostile(exchange("GET", f"/case/{CASES}"))


@pytest.mark.parametrize(("body", "requirement"), [(NUL, "HOSTILE-INPUT"), (PLAIN, "NO-SERVER-ERROR")])
def test_later_server_error_is_attributed_to_the_stored_input(body: bytes, requirement: str) -> None:
    stored = after(exchange("PATCH", "/case/1", body))
    read = exchange("GET", "/case/1", status=500)
    assert requirement in [one.requirement for one in find_violations(read, stored.is_hostile)]
