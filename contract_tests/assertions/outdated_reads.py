"""Detection of outdated reads: GET shows an old state of a case, although a write was stored.

Four requests can prove it: a GET that no cache may serve, a GET with another query, a PATCH of another field that
returns the record, and a later GET.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import LATER_GET, Violation
from contract_tests.oracle import comparison

NO_CACHE: Final = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
LATER: Final = 0.1  # seconds in which a server that writes later has written


def find_outdated_read(api: CaseApi, case_id: str, name: str, value: Any) -> str | None:
    """Return which request shows the value of a field that GET does not show, or None if none does."""

    def is_shown(response: Exchange) -> bool:
        present = name in response.object or (value is None and response.method == "GET")
        return present and comparison.find_field_difference({name: value}, response.object) is None

    return _find_proof(api, case_id, is_shown, lambda _: value)


def explain_kept_status(api: CaseApi, case_id: str, before: Any, violation: Violation) -> Violation:
    """Return the violation that GET still shows the status `before` after a transition.

    If another request shows a new status, outdated reads may be the cause, and UPDATE-VISIBLE covers these.
    """

    def status_of(record: Mapping[str, Any]) -> Any:
        return comparison.status_of(record, api.deployment.status_field)

    def is_moved(response: Exchange) -> bool:
        return status_of(response.object) not in (None, before)

    proof = _find_proof(api, case_id, is_moved, status_of)
    if proof is not None:
        violation.actual += f" ({proof})"
        violation.needs = ("UPDATE-VISIBLE",)
    return violation


def _find_proof(
    api: CaseApi,
    case_id: str,
    is_new: Callable[[Exchange], bool],
    shown: Callable[[Mapping[str, Any]], Any],
) -> str | None:
    """Return which request shows the new state, with the value `shown` of its record. It is added to the trace."""
    before = list(api.trace)
    for what, send in _requests(api, case_id):
        response = send()
        is_record = response.ok and response.carries_record and response.object["id"] == case_id
        if is_record and is_new(response):
            api.trace.restart(*before, response)
            return f"GET returned an old state: {what} shows {comparison.show(shown(response.object))}"
    api.trace.restart(*before)
    return None


def _requests(api: CaseApi, case_id: str) -> Iterator[tuple[str, Callable[[], Exchange]]]:
    path = case_path(case_id)
    query = f"{path}?{uuid.uuid4().hex[:8]}"
    yield "GET with Cache-Control: no-cache", lambda: api.raw("GET", path, None, NO_CACHE)
    yield "GET with another query", lambda: api.raw("GET", query, None, {})
    yield "the response to a later PATCH", lambda: api.update(case_id, {"testNote": "after an old state"})
    yield LATER_GET, lambda: _get_later(api, case_id)


def _get_later(api: CaseApi, case_id: str) -> Exchange:
    time.sleep(LATER)
    return api.get(case_id)
