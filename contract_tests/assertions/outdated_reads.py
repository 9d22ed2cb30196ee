"""Detection of outdated reads: GET shows an old state of a case, although an update was stored.

Four requests can prove it: a GET that no cache may serve, a GET with another query, a PATCH of another field that
returns the record, and a later GET.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.oracle import comparison

NO_CACHE: Final = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
LATER: Final = 0.1  # seconds in which a server that writes later has written


def find_outdated_read(api: CaseApi, case_id: str, name: str, value: Any) -> str | None:
    """Return which request shows the value of a field that GET does not show, or None if none does."""
    before = list(api.trace)
    for what, send in _requests(api, case_id):
        response = send()
        if response.ok and response.carries_record and response.object["id"] == case_id:
            shown = response.object
            present = name in shown or (value is None and response.method == "GET")
            if present and comparison.find_field_difference({name: value}, shown) is None:
                api.trace.restart(*before, response)
                return f"GET returned an old state: {what} shows {comparison.show(value)}"
    api.trace.restart(*before)
    return None


def _requests(api: CaseApi, case_id: str) -> Iterator[tuple[str, Callable[[], Exchange]]]:
    path = case_path(case_id)
    query = f"{path}?{uuid.uuid4().hex[:8]}"
    yield "GET with Cache-Control: no-cache", lambda: api.raw("GET", path, None, NO_CACHE)
    yield "GET with another query", lambda: api.raw("GET", query, None, {})
    yield "the response to a later PATCH", lambda: api.update(case_id, {"testNote": "after an old state"})
    yield "a later GET", lambda: _get_later(api, case_id)


def _get_later(api: CaseApi, case_id: str) -> Exchange:
    time.sleep(LATER)
    return api.get(case_id)
