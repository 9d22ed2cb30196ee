"""Texts that a case shows in the letter case of an earlier request."""

from __future__ import annotations

from typing import Any

import pytest
from support.exchanges import exchange

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.results.shared_texts import SharedTexts

VIOLATION = Violation("one", '/testSummary is "Theft" instead of "THEFT"')
EARLIER = exchange("POST", "/case", {"testTags": ["Theft"]}, shown={"id": "1"})


def explained(sent: dict[str, Any], shown: dict[str, Any]) -> tuple[str | None, Exchange | None]:
    create = exchange("POST", "/case", sent, shown={"id": "2"})
    get = exchange("GET", "/case/2", shown={"id": "2", **shown})
    texts = SharedTexts()
    for one in (EARLIER, create, get):
        texts(one)
    return texts.explain(VIOLATION, [create, get]), texts.origin


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"testSummary": "THEFT"}, {"testSummary": "Theft"}),
        ({"testDetail": {"kinds": ["theft"]}}, {"testDetail": {"kinds": ["Theft"]}}),
    ],
    ids=["field", "inner text"],
)
def test_text_in_the_letter_case_of_an_earlier_request_names_it(
    sent: dict[str, Any], shown: dict[str, Any]
) -> None:
    assert explained(sent, shown) == ('an earlier request for another case sent "Theft"', EARLIER)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"testSummary": "Theft"}, {"testSummary": "Theft"}),
        ({"testSummary": "THEFT"}, {"testSummary": "theft"}),
        ({"testSummary": "Fraud"}, {"testSummary": "Theft"}),
        ({"testSummary": "THEFT", "testNote": "Theft"}, {"testSummary": "Theft"}),
    ],
    ids=["as sent", "as no request sent it", "another text", "sent with this case"],
)
def test_other_text_names_no_request(sent: dict[str, Any], shown: dict[str, Any]) -> None:
    assert explained(sent, shown) == (None, None)


def test_own_earlier_text_names_no_request() -> None:
    first = exchange("PATCH", "/case/2", {"testSummary": "Theft"}, shown={"id": "2"})
    second = exchange("PATCH", "/case/2", {"testSummary": "THEFT"}, shown={"id": "2", "testSummary": "Theft"})
    texts = SharedTexts()
    for one in (first, second):
        texts(one)
    assert texts.explain(VIOLATION, [second]) is None


def test_right_text_of_another_field_names_no_request() -> None:
    texts = SharedTexts()
    create = exchange("POST", "/case", {"testSummary": "THEFT"}, shown={"id": "2", "testNote": "Theft"})
    for one in (EARLIER, create):
        texts(one)
    assert texts.explain(Violation("one", "/testSummary is null"), [create]) is None
