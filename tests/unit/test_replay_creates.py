"""The creates that a reproduction script sends before the requests of a failure."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from support import report_samples as samples

from contract_tests.client.exchange import Exchange
from contract_tests.report.document import ExchangeEntry
from contract_tests.report.replay.creates import object_of, successful_create, with_creates
from contract_tests.results.verdicts import Verdict

CREATE = samples.exchange("POST", "/case", b"{}", status=201)
READ = samples.exchange("GET", f"/case/{samples.CASE}", at=1)


def entries(*exchanges: Exchange) -> list[ExchangeEntry]:
    return cast(list[ExchangeEntry], list(samples.recorded(*exchanges)))


def create_in(*exchanges: Exchange) -> ExchangeEntry | None:
    finding = samples.failed("SCHEMA", exchanges=samples.recorded(*exchanges))
    return successful_create({"SCHEMA": (Verdict.FAILED, [finding])}, samples.BASE)


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (CREATE, True),
        (READ, False),
        (samples.exchange("POST", "/case", b"{}", status=400), False),
        (samples.exchange("POST", "/case", b"{}", status=201, answer="[]"), False),
        (samples.exchange("POST", "/case", f'{{"a": "{samples.TOKEN}"}}'.encode(), status=201), False),
    ],
    ids=["create", "read", "refused", "without an id", "masked"],
)
def test_create_is_one_that_a_script_can_repeat(exchange: Exchange, expected: bool) -> None:
    assert (create_in(exchange) is not None) is expected


def test_case_that_existed_before_is_created_with_its_id() -> None:
    [create] = entries(CREATE)
    first, last = with_creates(entries(READ), create, {samples.CASE, "another"})
    assert (first["method"], json.loads(first["response_body"])["id"]) == ("POST", samples.CASE)
    assert last["method"] == "GET"


@pytest.mark.parametrize("created", [set(), {"another"}, {samples.CASE}], ids=["none", "other", "own"])
def test_case_of_an_own_create_needs_no_other(created: set[str]) -> None:
    [create] = entries(CREATE)
    assert with_creates(entries(READ, CREATE), create, created) == entries(CREATE, READ)


@pytest.mark.parametrize(
    ("text", "expected"), [('{"a": 1}', {"a": 1}), ("[1]", {}), ("", {})], ids=["object", "array", "no JSON"]
)
def test_object_is_that_in_the_text(text: str, expected: dict[str, Any]) -> None:
    assert object_of(text) == expected
