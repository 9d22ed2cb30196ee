"""Attribution of a wrong value in a record, on a mock with a single fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.in_process import Handle, connected, edited, new_case

from contract_tests.assertions.attribution import resolve_requirement
from contract_tests.assertions.case import Case
from contract_tests.assertions.identity import assert_date_kept
from contract_tests.assertions.round_trip import PLAIN_TEXTS, Writer
from contract_tests.exceptions import Violation
from contract_tests.testdata.corpus import MARKUP, TEXTS
from mock_server import Request, Response
from mock_server.faults.wrong_updates import change_patch


def broken(verified: str, check: Callable[[], Any]) -> str:
    """Return the requirement that fails if a check of the `verified` one raises its violation."""
    with pytest.raises(Violation) as caught:
        check()
    return resolve_requirement(caught.value, [verified])


def close(case: Case) -> None:
    case.transition("Close")


def show_another_date_when_closed(record: dict[str, Any]) -> None:
    if record["caseStatus"] == "Close":
        record["createdDate"] = "2020-02-02T00:00:00.000Z"


def test_date_that_a_transition_changes_is_no_lost_text() -> None:
    case = new_case(change=edited(show_another_date_when_closed, "GET"))
    created = case.read()["createdDate"]
    close(case)
    requirement = broken("TRANSITION-ONLY-STATUS", lambda: assert_date_kept(case, created, case.read()))
    assert requirement == "TRANSITION-ONLY-STATUS"


def show_null_for_false(record: dict[str, Any]) -> None:
    record.update({name: None for name, value in record.items() if value is False})


def test_value_that_only_get_loses_is_no_outdated_read() -> None:
    case = new_case(change=edited(show_null_for_false, "GET"))
    case.update({"testEscalated": False})
    requirement = broken("PATCH-PARTIAL", lambda: case.assert_shows({"testEscalated": False}))
    assert requirement == "ROUND-TRIP-SHAPE"


def patch_as(change: Callable[[dict[str, Any], int], dict[str, Any]]) -> Callable[[Handle], Handle]:
    """Return a fault that changes the body of each PATCH; `change` also gets the number of PATCHes before."""

    def fault(handle: Handle) -> Handle:
        count = 0

        def changed(request: Request) -> Response:
            nonlocal count
            if request.method == "PATCH":
                body = json.dumps(change(json.loads(request.body), count)).encode()
                request, count = replace(request, body=body), count + 1
            return handle(request)

        return changed

    return fault


def test_array_that_every_patch_merges_violates_patch_arrays() -> None:
    merge = patch_as(lambda sent, _: {**sent, "testTags": ["old", *sent.get("testTags", [])]})
    case = new_case(merge)
    case.update({"testTags": ["new"]})
    requirement = broken("PATCH-PARTIAL", lambda: case.assert_shows({"testTags": ["new"]}))
    assert requirement == "PATCH-ARRAYS"


@pytest.mark.parametrize("old", [["one"], [{"id": 3}]], ids=["texts", "objects"])
def test_array_that_an_empty_one_keeps_violates_patch_arrays(old: list[Any]) -> None:
    def merge(before: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
        of_one_kind = (n for n, v in sent.items() if isinstance(v, list) and _kinds(v, before.get(n)))
        return {**before, **sent, **{n: [*sent[n], *before[n][len(sent[n]) :]] for n in of_one_kind}}

    def _kinds(new: list[Any], was: Any) -> bool:
        return isinstance(was, list) and len({type(item) for item in [*new, *was, *old]}) == 1

    case = new_case(change_patch(merge))
    case.update({"testTags": old})
    case.update({"testTags": []})
    requirement = broken("PATCH-PARTIAL", lambda: case.assert_shows({"testTags": []}))
    assert requirement == "PATCH-ARRAYS"


@pytest.mark.parametrize("verified", ["PATCH-PARTIAL", "PARALLEL-PATCH"])
def test_array_that_one_patch_loses_is_no_fault_of_patch_arrays(verified: str) -> None:
    case = new_case(patch_as(lambda sent, count: sent if count else {"testOther": 1}))
    case.update({"testTags": ["new"]})
    assert broken(verified, lambda: case.assert_shows({"testTags": ["new"]})) == verified


def test_patch_of_another_field_does_not_violate_patch_arrays() -> None:
    case = new_case(patch_as(lambda sent, _: {**sent, "testTags": ["old"]}))
    case.api.replace(case.id, {"testTags": ["new"]})
    case.read()
    case.api.update(case.id, {"testOther": "first"})
    assert broken("PATCH-PARTIAL", lambda: case.assert_shows({"testTags": ["new"]})) == "PATCH-PARTIAL"


def empty_puts_as_null(handle: Handle) -> Handle:
    def changed(request: Request) -> Response:
        if request.method == "PUT":
            sent = {name: value or None for name, value in json.loads(request.body).items()}
            request = replace(request, body=json.dumps(sent).encode())
        return handle(request)

    return changed


def drop_empty_puts(handle: Handle) -> Handle:
    def changed(request: Request) -> Response:
        if request.method == "PUT":
            sent = {name: value for name, value in json.loads(request.body).items() if value}
            request = replace(request, body=json.dumps(sent).encode())
        return handle(request)

    return changed


def ignore_first_put(handle: Handle) -> Handle:
    seen: set[str] = set()

    def changed(request: Request) -> Response:
        if request.method == "PUT" and request.path not in seen:
            seen.add(request.path)
            request = replace(request, body=b"{}")
        return handle(request)

    return changed


@pytest.mark.parametrize(
    ("fault", "empty", "broken_requirement"),
    [
        (empty_puts_as_null, "", "ROUND-TRIP-SHAPE"),
        (empty_puts_as_null, [], "ROUND-TRIP-SHAPE"),
        (drop_empty_puts, "", "PUT-REPLACES"),
        (ignore_first_put, "", "PUT-REPLACES"),
    ],
)
def test_empty_value_that_put_stores_as_null_is_no_lost_field(
    fault: Callable[[Handle], Handle], empty: Any, broken_requirement: str
) -> None:
    case = new_case(fault)
    case.api.replace(case.id, {"testNote": empty})
    requirement = broken("PUT-REPLACES", lambda: case.assert_shows({"testNote": empty}))
    assert requirement == broken_requirement


@pytest.mark.parametrize(
    ("first", "broken_requirement"), [("one", "PATCH-REPEATED"), ("other", "PATCH-PARTIAL")]
)
def test_lost_patch_with_an_earlier_payload_is_a_repeated_one(first: str, broken_requirement: str) -> None:
    case = new_case(patch_as(lambda sent, count: sent if count < 2 else {"testOther": 1}))
    for text in (first, "two", "one"):
        case.update({"testSummary": text})
    requirement = broken("PATCH-PARTIAL", lambda: case.assert_shows({"testSummary": "one"}))
    assert requirement == broken_requirement


@pytest.mark.parametrize(
    ("lost", "broken_requirement"),
    [("%s", "ROUND-TRIP-MARKUP"), ("{{7*7}}", "own"), (TEXTS[0], "ROUND-TRIP-TEXT")],
)
def test_lost_markup_is_no_lost_text(lost: str, broken_requirement: str) -> None:
    def clear(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: clear(member) for name, member in value.items()}
        if isinstance(value, list):
            return [clear(item) for item in value]
        return "-" if value == lost else value

    def clear_record(record: dict[str, Any]) -> None:
        record.update(clear(record))

    writer = Writer(connected(change=edited(clear_record)), "PUT")
    with pytest.raises(Violation) as caught:
        writer.assert_kept({"testSummary": lost}, {"testSummary": PLAIN_TEXTS[0]})
    assert (caught.value.requirement or "own") == broken_requirement
    assert lost in (TEXTS if broken_requirement == "ROUND-TRIP-TEXT" else MARKUP)


def test_refused_transition_belongs_to_the_update_before_it() -> None:
    case = new_case("patch-reopens")
    close(case)
    case.update({"testSummary": "new"})
    assert broken("PATCH-STATUS", lambda: case.transition("Reopen")) == "UPDATE-WORKFLOW-KEPT"


def show_null_for_none(record: dict[str, Any]) -> None:
    record.update({name: None for name, value in record.items() if value == "none"})


def show_null_for_text(record: dict[str, Any]) -> None:
    record.update({name: None for name in record if name == "testNote"})


@pytest.mark.parametrize(
    ("change", "requirement"),
    [(show_null_for_none, "ROUND-TRIP-TEXT"), (show_null_for_text, "CREATE-STORES")],
    ids=["one text", "every text"],
)
def test_text_is_lost_for_its_characters_if_plain_ones_are_kept(
    change: Callable[[dict[str, Any]], None], requirement: str
) -> None:
    case = new_case(change=edited(change, "GET"))
    case.update({"testNote": "none"})
    assert broken("PATCH-PARTIAL", lambda: case.assert_shows({"testNote": "none"})) == requirement
