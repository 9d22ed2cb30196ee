"""Refused creates with the payload of one that succeeded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.exchanges import exchange

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.results.repeated_creates import REFUSED_NOW, RepeatedCreates

PLAIN = {"content-type": "application/json"}
CHARSET = {"Content-Type": "application/json; charset=utf-8"}


def create(status: int, headers: dict[str, str], **fields: object) -> Exchange:
    return replace(exchange("POST", "/case", fields, status, {"id": "7"}), request_headers=headers)


def explained(first: Exchange, last: Exchange) -> tuple[str | None, Exchange | None]:
    creates = RepeatedCreates()
    for one in (first, last):
        creates(one)
    return creates.explain(Violation("201", last.summary()), [last]), creates.origin


@pytest.mark.parametrize(
    ("status", "headers"), [(409, PLAIN), (400, PLAIN), (409, CHARSET)], ids=["409", "400", "other headers"]
)
def test_refusal_of_a_payload_that_succeeded_is_explained(status: int, headers: dict[str, str]) -> None:
    first = create(201, PLAIN, testSummary="one")
    assert explained(first, create(status, headers, testSummary="one")) == (REFUSED_NOW, first)


@pytest.mark.parametrize(
    "last",
    [create(400, PLAIN, testSummary="two"), create(201, PLAIN, testSummary="one")],
    ids=["other payload", "accepted"],
)
def test_other_creates_are_not_explained(last: Exchange) -> None:
    assert explained(create(201, PLAIN, testSummary="one"), last) == (None, None)


def test_last_refusal_is_explained_if_the_violation_shows_none() -> None:
    creates = RepeatedCreates()
    first, last = (create(status, PLAIN, testSummary="one") for status in (201, 409))
    creates(first)
    assert creates.explain(Violation("the payload to be accepted", "it was refused"), [last]) == REFUSED_NOW
    assert creates.explain(Violation("a case", "none"), []) is None


def test_refusal_of_other_headers_is_not_explained() -> None:
    first = create(201, PLAIN, testSummary="one")
    assert explained(first, create(400, CHARSET, testSummary="one")) == (None, None)
