"""The middlewares around the API, by the behaviour that a user sets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import Failure, Failures, Kind
from mock_server.behaviour.middleware import (
    Chain,
    InjectedFault,
    Latency,
    Outage,
    Prefer,
    PreflightBypass,
    QueuedFailures,
    RateLimitMark,
    build_chain,
    example_response,
    inner_middlewares,
    mark_shaped,
)
from mock_server.core import openapi
from mock_server.core.messages import Request, Response, Transfer
from mock_server.core.service import create_locate
from mock_server.core.settings import Settings
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.groups import FAULTS, GROUPS
from mock_server.faults.named_fault import NamedFault


def ok(_request: Request) -> Response:
    return Response(200, {}, b"{}")


def chain(behaviour: Behaviour, failures: Failures | None = None) -> Chain:
    settings = Settings()
    return build_chain(
        ok, inner_middlewares(behaviour, None), behaviour, failures or Failures(),
        locate=create_locate(settings), uniform=lambda low, high: (low + high) / 2,
    )  # fmt: skip


def test_chain_has_the_middlewares_of_the_behaviour() -> None:
    failures = Failures()
    failures.add(Failure())
    behaviour = Behaviour(latency=(1, 3), outage=True, rate=5, faults=("text-trimmed", "put-merges"))
    assert str(chain(behaviour, failures)) == (
        "preflight bypass → latency → failures → outage → prefer → fault put-merges → fault text-trimmed "
        "→ rate limit → api"
    )
    assert str(chain(Behaviour())) == "prefer → api"
    assert len(chain(Behaviour())) == 1
    assert isinstance(next(iter(chain(Behaviour()))), Prefer)


def test_latency_and_outage_mark_their_responses() -> None:
    delayed = Latency((1, 3), lambda low, high: low + high)(ok, Request("GET", "/case/x"))
    assert (delayed.delay, delayed.headers) == (4, {"x-mock-shaped-by": "latency"})
    assert Outage()(ok, Request("GET", "/case/x")).status == 503
    marked = mark_shaped(mark_shaped(Response(200), "a"), "b", 0.5)
    assert (marked.headers["x-mock-shaped-by"], marked.delay) == ("a, b", 0.5)


@pytest.mark.parametrize(
    ("prefer", "status", "delay", "applied", "ignored"),
    [
        ("code=404", 404, 0, "code=404", None),
        ("code=503, delay=1500", 503, 1.5, "code=503, delay=1500", None),
        ("delay=10", 200, 0.01, "delay=10", None),
        ("code=299", 200, 0, None, "Prefer: the contract has no example of a 299 response to this request"),
        ("code=1", 200, 0, None, "Prefer: code takes a status from 200 to 599"),
        ("wait=5", 200, 0, None, None),
    ],
)
def test_preferred_response_is_returned(
    prefer: str, status: int, delay: float, applied: str | None, ignored: str | None
) -> None:
    response = chain(Behaviour()).handle(Request("GET", "/case/x", {"prefer": prefer}))
    assert (response.status, response.delay) == (status, delay)
    assert response.headers.get("preference-applied") == applied
    assert response.headers.get("x-mock-ignored") == ignored


def test_catalogue_finds_shipped_and_own_faults() -> None:
    own = NamedFault("own-fault", "GET-SAME", "Does something else.", lambda handle: handle)
    catalogue = Catalogue([own])
    assert catalogue.find("own-fault") is own
    assert catalogue.find("put-merges") is FAULTS["put-merges"]
    assert [group.title for group in catalogue.groups()][-1] == "Your own faults"
    assert len(Catalogue().groups()) == len(GROUPS)
    with pytest.raises(ValueError, match="did you mean put-merges"):
        catalogue.find("put-merge")
    with pytest.raises(ValueError, match="not int"):
        catalogue.find(1)
    with pytest.raises(ValueError, match="already has a fault 'put-merges'"):
        catalogue.add(NamedFault("put-merges", "GET-SAME", "Another.", lambda handle: handle))


def one_failure(**fields: object) -> Failures:
    failures = Failures()
    failures.add(Failure(**fields))  # type: ignore[arg-type]
    return failures


@pytest.mark.parametrize(
    ("kind", "body", "transfer", "marked"),
    [
        (Kind.DROP, b"{}", Transfer.DROPPED, "failure drop"),
        (Kind.TRUNCATE, b"{}", Transfer.TRUNCATED, "failure truncate"),
        (Kind.TRUNCATE, b"", Transfer.DROPPED, "failure truncate"),
        (Kind.NOT_JSON, b"{}", Transfer.COMPLETE, "failure not-json"),
    ],
)
def test_failure_spoils_the_response(kind: Kind, body: bytes, transfer: Transfer, marked: str) -> None:
    middleware = QueuedFailures(one_failure(kind=kind, delay=2), create_locate(Settings()))
    response = middleware(lambda _: Response(200, {"x-a": "b"}, body), Request("GET", "/case/x"))
    assert (response.transfer, response.delay) == (transfer, 2)
    assert (response.headers["x-mock-shaped-by"], response.headers["x-a"]) == (marked, "b")
    assert response.body.startswith(b"<!doctype html>") is (kind is Kind.NOT_JSON)
    if kind is Kind.NOT_JSON:
        assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_failure_with_a_status_replaces_the_operation() -> None:
    middleware = QueuedFailures(one_failure(status=503), create_locate(Settings()))
    called: list[Request] = []

    def api(request: Request) -> Response:
        called.append(request)
        return Response(200)

    assert middleware(api, Request("GET", "/case/x")).status == 503
    assert called == []
    assert middleware(api, Request("GET", "/case/x")) == Response(200)
    assert len(called) == 1


def test_only_a_preflight_bypasses_the_chain() -> None:
    bypass = PreflightBypass(lambda _: Response(204))
    method = {"access-control-request-method": "GET"}
    statuses = [
        bypass(lambda _: Response(503), Request(name, "/case/x", headers)).status
        for name, headers in (("OPTIONS", method), ("OPTIONS", {}), ("GET", method))
    ]
    assert statuses == [204, 503, 503]


def test_rate_limit_marks_only_refusals() -> None:
    mark = RateLimitMark()
    for status, headers in ((429, {"x-mock-shaped-by": "rate limit"}), (200, {}), (428, {})):
        assert mark(lambda _, status=status: Response(status), Request("GET", "/case/x")).headers == headers


@pytest.mark.parametrize(("rate", "tenant", "marked"), [(5, 5, 0), (5, None, 1), (None, 5, 0), (5, 6, 1)])
def test_rate_of_the_tenant_is_not_marked(rate: float | None, tenant: float | None, marked: int) -> None:
    assert len(inner_middlewares(Behaviour(rate=rate), tenant)) == marked


JSON = "application/json"


@pytest.mark.parametrize(
    ("documented", "status", "media_type", "body"),
    [
        ({"content": {JSON: {"example": {"a": 1}}}}, 200, JSON, b'{"a":1}'),
        ({"content": {JSON: {"examples": {"x": {"value": 1}, "y": {"value": 2}}}}}, 200, JSON, b"1"),
        (
            {"content": {JSON: {"example": 1}, "application/problem+json": {"example": 2}}},
            400,
            "application/problem+json",
            b"2",
        ),
        ({"content": {"text/plain": {}, JSON: {"example": 3}}}, 200, JSON, b"3"),
        ({"content": {JSON: {"example": None}}}, 200, JSON, b"null"),
    ],
)
def test_example_comes_from_the_document(documented: Any, status: int, media_type: str, body: bytes) -> None:
    operation = replace(next(openapi.load().operations()), responses={str(status): documented})
    response = example_response(operation, status)
    assert response is not None
    assert (response.headers["content-type"], response.body) == (media_type, body)


def test_response_without_an_example_is_a_problem_or_none() -> None:
    headers = {"Retry-After": {"example": 5}, "X-A": {}}
    operation = replace(next(openapi.load().operations()), responses={"503": {"headers": headers}})
    response = example_response(operation, 503)
    assert response is not None
    assert response.headers["retry-after"] == "5"
    assert "x-a" not in response.headers
    assert example_response(operation, 200) is None
    assert example_response(None, 399) is None
    refused = example_response(None, 400)
    assert refused is not None
    assert refused.status == 400


def returning(response: Response, changed: Request | None = None) -> Any:
    """Return a fault that calls the API, if needed with another request, and returns this response."""

    def fault(handle: Any) -> Any:
        def faulty(request: Request) -> Response:
            given = handle(changed or request)
            return given if response.status == 0 else response

        return faulty

    return NamedFault("own", ("SCHEMA",), "does something", fault)


SENT = Request("PUT", "/case/x", {"a": "b"}, b'{"a": 1}')


@pytest.mark.parametrize(
    ("response", "changed", "is_marked"),
    [
        (Response(0), None, False),
        (Response(200, {}, b"{}"), None, False),
        (Response(200, {}, b"{ }"), None, True),
        (Response(201, {}, b"{}"), None, True),
        (Response(200, {"x": "y"}, b"{}"), None, True),
        (Response(0), replace(SENT, body=b'{"a":1}'), False),
        (Response(0), replace(SENT, body=b'{"a":2}'), True),
        (Response(0), replace(SENT, headers={}), True),
        (Response(0), replace(SENT, body=b"{"), True),
    ],
)
def test_fault_is_marked_where_it_changed_something(
    response: Response, changed: Request | None, is_marked: bool
) -> None:
    fault = InjectedFault(returning(response, changed))
    assert ("x-mock-shaped-by" in fault(ok, SENT).headers) is is_marked
    assert fault.name == "fault own"
