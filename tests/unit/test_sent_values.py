"""Values that the run sent to one case, and that a response about another one shows."""

from __future__ import annotations

from typing import Any

import pytest
from support.exchanges import exchange

from contract_tests.client.exchange import Exchange, quote_id, unquote_id
from contract_tests.exceptions import Violation
from contract_tests.results.sent_values import SentValues

MINE = "0b9c5d5e-6f0a-4c5b-9b8e-0d6b8a1f2c3d"
OTHER = "11111111-2222-4333-8444-555555555555"
VIOLATION = Violation("one", "other")


def create(case_id: str, **fields: Any) -> Exchange:
    return exchange("POST", "/case", fields, shown={"id": case_id, "createdDate": "2026-01-02", **fields})


def get(case_id: str, **fields: Any) -> Exchange:
    record = {"id": case_id, "createdDate": "2026-01-02", **fields}
    return exchange("GET", f"/case/{MINE}", shown=record)


def explained(*sent: Exchange, shown: Exchange) -> str | None:
    values = SentValues()
    for one in (*sent, shown):
        values(one)
    return values.explain(VIOLATION, [*sent, shown])


PUT = exchange("PUT", f"/case/{OTHER}", {"testSummary": "theirs"})


@pytest.mark.parametrize(
    ("sent", "source"),
    [(PUT, f"PUT or PATCH /case/{OTHER}"), (create(OTHER, testSummary="theirs"), f"the create of {OTHER}")],
    ids=["update", "create"],
)
def test_value_of_another_case_is_named_with_its_request(sent: Exchange, source: str) -> None:
    found = explained(create(MINE, testSummary="mine"), sent, shown=get(MINE, testSummary="theirs"))
    assert found == f'testSummary "theirs" was not sent to this case, but with {source}'


def test_record_of_another_case_is_named() -> None:
    found = explained(create(MINE), create(OTHER), shown=get(OTHER))
    assert found == f"the response shows another case of this run, {OTHER}"


@pytest.mark.parametrize(
    "mine",
    [
        create(MINE, testSummary="theirs"),
        exchange("PATCH", f"/case/{MINE}", {"testSummary": "theirs"}),
        exchange("POST", f"/case/{MINE}/transition", {"caseStatus": "Close", "testSummary": "theirs"}),
    ],
    ids=["create", "update", "transition"],
)
def test_value_that_this_case_was_sent_too_is_not_foreign(mine: Exchange) -> None:
    assert explained(create(MINE), PUT, mine, shown=get(MINE, testSummary="theirs")) is None


@pytest.mark.parametrize("value", [None, True, 0, 12, "", "yes", [], {}], ids=repr)
def test_value_that_is_equal_by_chance_is_not_foreign(value: Any) -> None:
    theirs = exchange("PUT", f"/case/{OTHER}", {"testSummary": value})
    assert explained(create(MINE), theirs, shown=get(MINE, testSummary=value)) is None


def test_status_that_another_create_contained_is_not_foreign() -> None:
    theirs = create(OTHER, caseStatus="Reopen")
    assert explained(create(MINE), theirs, shown=get(MINE, caseStatus="Reopen")) is None


def test_value_in_another_field_is_not_foreign() -> None:
    assert explained(create(MINE), PUT, shown=get(MINE, testNote="theirs")) is None


def test_case_that_the_run_did_not_create_has_no_foreign_values() -> None:
    assert explained(PUT, shown=get(MINE, testSummary="theirs")) is None


def test_deep_values_are_compared() -> None:
    deep: Any = "theirs"
    for _ in range(3_000):
        deep = [deep]
    theirs = exchange("PUT", f"/case/{OTHER}")
    body = b'{"testTags": ' + b"[" * 3_000 + b'"theirs"' + b"]" * 3_000 + b"}"
    record = b'{"id": "%s", "createdDate": "", "testTags": %s' % (MINE.encode(), body.partition(b": ")[2])
    shown = Exchange("GET", f"http://h/case/{MINE}", {}, b"", 200, "", {}, record, 0.0, 0.0)
    theirs = Exchange("PUT", theirs.url, {}, body, 200, "", {}, b"", 0.0, 0.0)
    found = explained(create(MINE), theirs, shown=shown)
    assert found is not None
    assert found.startswith("testTags ")


def test_case_with_a_large_body_has_no_foreign_values() -> None:
    large = exchange("PATCH", f"/case/{MINE}", {"testSummary": "theirs", "testLong": "x" * 30_000})
    assert explained(create(MINE), PUT, large, shown=get(MINE, testSummary="theirs")) is None


@pytest.mark.parametrize("shown", [get(MINE, testSummary="theirs"), get(OTHER)], ids=["value", "record"])
def test_request_of_the_other_case_is_the_origin(shown: Exchange) -> None:
    values = SentValues()
    other = create(OTHER, testSummary="theirs")
    for one in (create(MINE), other, shown):
        values(one)
    assert values.explain(VIOLATION, [shown])
    assert values.origin is other
    assert values.explain(VIOLATION, [create(MINE)]) is None
    assert values.origin is None


@pytest.mark.parametrize("case_id", ["one\ud800", "one/\xe4", "one%2F"])
def test_odd_id_is_that_of_the_same_case(case_id: str) -> None:
    record = {"id": case_id, "createdDate": "2026-01-02", "testSummary": "theirs"}
    read = exchange("GET", f"/case/{quote_id(case_id)}", shown=record)
    assert explained(create(case_id, testSummary="mine"), create(OTHER), shown=read) is None
    assert unquote_id(quote_id(case_id)) == case_id
    assert unquote_id("%FF") == "\ufffd"


def test_member_of_an_object_of_another_case_is_named() -> None:
    theirs = exchange("PATCH", f"/case/{OTHER}", {"testLocation": {"floor": "fifth"}})
    shown = get(MINE, testLocation={"city": "Berne", "floor": "fifth"})
    found = explained(create(MINE, testLocation={"city": "Berne"}), theirs, shown=shown)
    assert found == (
        f'testLocation/floor "fifth" was not sent to this case, but with PUT or PATCH /case/{OTHER}'
    )
