"""The likely causes that are added to a violation, and the earlier request that its reproduction needs."""

from __future__ import annotations

from support.exchanges import exchange
from support.in_process import connected

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.results.explanations import Explanations
from contract_tests.results.overload import LIKELY
from contract_tests.results.repeated_creates import REFUSED_NOW


def explained(first: Exchange, last: Exchange) -> tuple[str, Exchange | None]:
    explanations = Explanations(connected())
    for one in (first, last):
        explanations(one)
    violation = Violation("201", last.summary())
    origin = explanations.explain(violation, [last])
    return violation.actual.removeprefix(last.summary()), origin


def test_cause_is_added_and_its_request_returned() -> None:
    first = exchange("POST", "/case", {"testSummary": "one"}, 201, {"id": "7"})
    last = exchange("POST", "/case", {"testSummary": "one"}, 409, {})
    assert explained(first, last) == (f" ({REFUSED_NOW})", first)


def test_cause_without_an_earlier_request_is_added() -> None:
    first = exchange("POST", "/case", {"testSummary": "one"}, 201, {"id": "7"})
    last = exchange("GET", "/case/7", None, 503, b"<html>")
    assert explained(first, last) == (f" ({LIKELY})", None)


def test_violation_without_a_known_cause_stays() -> None:
    first = exchange("POST", "/case", {"testSummary": "one"}, 201, {"id": "7"})
    assert explained(first, exchange("GET", "/case/7", None, 404, {})) == ("", None)
