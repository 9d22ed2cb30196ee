"""Proofs that GET shows an old state of a case, by caches and replicas that are altered mocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.in_process import new_case

from contract_tests.assertions import outdated_reads
from contract_tests.assertions.case import Case
from contract_tests.assertions.outdated_reads import explain_kept_status, find_outdated_read
from contract_tests.exceptions import Violation
from mock_server import Request, Response

Key = Callable[[Request], Any]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outdated_reads, "LATER", 0.0)


class Cache:
    """A cache of the successful GETs, as a change of responses. A request without a key passes through.

    Each response is served `uses` times, by default for ever.
    """

    def __init__(self, key: Key, uses: float = float("inf")) -> None:
        self._key = key
        self._uses = uses
        self._kept: dict[Any, tuple[Response, float]] = {}

    def __call__(self, request: Request, response: Response) -> Response:
        key = self._key(request) if request.method == "GET" else None
        if key is None or response.status >= 300:
            return response
        kept, left = self._kept.pop(key, (response, self._uses))
        if left > 1:
            self._kept[key] = kept, left - 1
        return kept


def by_path(request: Request) -> Any:
    return request.path


def by_url(request: Request) -> Any:
    return request.path, request.query


def by_url_unless_no_cache(request: Request) -> Any:
    return None if request.headers.get("cache-control") == "no-cache" else request.path


def updated(change: Cache) -> Case:
    """Return a case that was read, and then updated; GET shows what the cache makes of it."""
    case = new_case(change=change)
    case.read()
    case.api.update(case.id, {"testSummary": "new"})
    return case


@pytest.mark.parametrize(
    ("cache", "proof"),
    [
        (Cache(by_url_unless_no_cache), "GET with Cache-Control: no-cache"),
        (Cache(by_url), "GET with another query"),
        (Cache(by_path), "the response to a later PATCH"),
        (Cache(by_path, uses=3), "GET with another query"),
    ],
    ids=["obeys no-cache", "depends on the query", "serves everything", "expires"],
)
def test_request_past_the_cache_proves_an_outdated_read(cache: Cache, proof: str) -> None:
    case = updated(cache)
    assert case.api.get(case.id).object["testSummary"] != "new"
    found = find_outdated_read(case.api, case.id, "testSummary", "new")
    assert found == f'GET returned an old state: {proof} shows "new"'


def test_later_get_proves_an_outdated_read_by_status_objects() -> None:
    cache = Cache(by_path, uses=4)

    def change(request: Request, response: Response) -> Response:
        if request.method == "PATCH" and response.status == 200:
            return Response(200, response.headers, b'{"status": "ok"}')
        return cache(request, response)

    case = new_case(change=change)
    case.read()
    case.api.update(case.id, {"testSummary": "new"})
    case.read()
    found = find_outdated_read(case.api, case.id, "testSummary", "new")
    assert found == 'GET returned an old state: a later GET shows "new"'


def test_proof_is_the_last_request_of_the_trace() -> None:
    case = updated(Cache(by_url))
    before = list(case.api.trace)
    assert find_outdated_read(case.api, case.id, "testSummary", "new") is not None
    *kept, proof = case.api.trace
    assert kept == before
    assert (proof.method, proof.object["testSummary"]) == ("GET", "new")


def test_value_that_is_not_stored_is_no_outdated_read() -> None:
    case = new_case()
    before = list(case.api.trace)
    assert find_outdated_read(case.api, case.id, "testSummary", "never stored") is None
    assert list(case.api.trace) == before


def test_removed_field_that_a_cache_shows_is_an_outdated_read() -> None:
    case = new_case(change=Cache(by_url))
    case.read()
    case.api.replace(case.id, {"testNote": "only this"})
    found = find_outdated_read(case.api, case.id, "testSummary", None)
    assert found == "GET returned an old state: GET with another query shows null"


def test_partial_response_to_a_patch_does_not_prove_a_removal() -> None:
    # It may contain only the changed fields, so an absent field says nothing.
    def change(request: Request, response: Response) -> Response:
        return Response(404, response.headers) if request.method == "GET" else response

    case = new_case(change=change)
    assert find_outdated_read(case.api, case.id, "testNever", None) is None


def test_record_of_another_case_proves_nothing() -> None:
    other = new_case(change=Cache(lambda _: "one for all"))
    other.api.update(other.id, {"testSummary": "new"})
    other.read()
    case_id = str(other.api.create({}).object["id"])
    assert find_outdated_read(other.api, case_id, "testSummary", "new") is None


def kept_status(case: Case) -> Violation:
    before = case.status()
    case.transition("Close")
    return explain_kept_status(case.api, case.id, before, Violation("Close to change the status", "Open"))


def test_status_behind_a_cache_needs_visible_updates() -> None:
    violation = kept_status(new_case(change=Cache(by_url)))
    assert violation.actual.startswith("Open (GET returned an old state: GET with another query shows ")
    assert violation.needs == ("UPDATE-VISIBLE",)
    assert violation.requirement is None


def test_transition_without_effect_is_no_outdated_read() -> None:
    violation = kept_status(new_case("transition-does-nothing"))
    assert (violation.actual, violation.needs) == ("Open", ())
