"""Assertions about access without valid credentials, on a mock in the same process."""

from __future__ import annotations

import pytest
from support.in_process import Change, new_case

from contract_tests.assertions.access_control import (
    Operations,
    assert_indistinguishable,
    observe,
    path_spellings,
)
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from mock_server import Request, Response


def test_operations_are_refused_without_credentials() -> None:
    case = new_case()
    operations = Operations(case)
    responses = dict(operations.send({}))
    assert list(responses) == ["createCase", "getCase", "replaceCase", "updateCase", "transitionCase"]
    assert {response.status for response in responses.values()} == {401}
    attempt = operations.rejected_attempt("getCase", {}, "with nothing")
    assert attempt.what == "getCase with nothing"
    assert attempt.make()
    assert list(operations.select(5, lambda variants, place, places: [*variants][place::places])) == [
        "getCase",
        "replaceCase",
    ]
    sent = list(operations.each([("none", {})], lambda variants, place, places: [*variants]))
    assert [(operation, what) for operation, what, _ in sent] == [(one, "none") for one in responses]


def test_open_access_is_a_violation() -> None:
    case = new_case()
    operations = Operations(case)
    valid = {"Authorization": "Bearer dev-token"}
    for operation, words in (("getCase", "show no case"), ("createCase", "create no case")):
        attempt = operations.rejected_attempt(operation, valid, "with a valid token").make
        with pytest.raises(Violation, match=words):
            attempt()


def list_as(body: bytes) -> Change:
    """Return a change of the response to GET /case."""

    def change(request: Request, response: Response) -> Response:
        is_list = request.method == "GET" and request.path.endswith("/case")
        return Response(200, {}, body) if is_list else response

    return change


def test_public_list_of_cases_is_a_violation() -> None:
    operations = Operations(new_case(change=list_as(b'[{"id": "1", "createdDate": "2026-01-02T00:00:00Z"}]')))
    attempt = operations.rejected_list().make
    with pytest.raises(Violation, match="show no case"):
        attempt()


@pytest.mark.parametrize("body", [b'{"properties": {"createdDate": {"type": "string"}}}', b"[]", b"<html>"])
def test_public_description_of_the_api_shows_no_case(body: bytes) -> None:
    attempt = Operations(new_case(change=list_as(body))).rejected_list().make
    assert attempt()


def test_responses_reveal_nothing_about_ids() -> None:
    case = new_case()
    operations = Operations(case)
    assert_indistinguishable(case.api, case.id, lambda case_id: operations.send({}, case_id))
    valid = {"Authorization": "Bearer dev-token"}
    with pytest.raises(Violation, match='"unknown-case" for the unknown id'):
        assert_indistinguishable(case.api, case.id, lambda case_id: operations.send(valid, case_id))


def test_observation_hides_the_requested_id() -> None:
    exchange = Exchange(
        *(
            "GET",
            "http://h/case/abc",
            {},
            b"",
            404,
            "",
            {"X-Id": "abc"},
            b'{"a": ["no abc", 1], "b": {}}',
            0,
            0,
        )
    )
    assert observe(exchange, "abc") == {
        "status": 404,
        "header x-id": "{id}",
        "/a/0": "no {id}",
        "/a/1": "1",
    }


def test_spellings_of_a_path_differ_from_it() -> None:
    spellings = list(path_spellings("/case/abc"))
    assert len(set(spellings)) == len(spellings)
    assert "/case/abc" not in spellings
    for one in (
        "/case/abc/",
        "/CASE/abc",
        "/%63ase/abc",
        "/case//abc",
        "/case/ABC",
        "/case/%61bc",
        "/case/abc?x=1",
    ):
        assert one in spellings
    assert "/case//" not in list(path_spellings("/case"))
