"""The pipeline, the list of cases, the chain of middlewares, the catalogue of faults, and the edges of the mock."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mock_server.adapters.http_parser import RequestParser
from mock_server.adapters.tls import create_context
from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import Failure, Failures
from mock_server.behaviour.middleware import (
    Chain,
    Latency,
    Outage,
    Prefer,
    build_chain,
    inner_middlewares,
    mark_shaped,
)
from mock_server.caseiq_mock import CaseiqMock
from mock_server.cli.options import add_options, check_options
from mock_server.control.behaviour import addFailure, changeBehaviour, getBehaviour, listFailures, listFaults
from mock_server.control.cases import listCases, readCase
from mock_server.core import openapi
from mock_server.core.case_list import CaseList
from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import Request, Response
from mock_server.core.operations import Call
from mock_server.core.pipeline import CORS, complete, problem_response, refusal_response, with_cors
from mock_server.core.service import build, create_locate
from mock_server.core.settings import Limits, Settings
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.groups import FAULTS, GROUPS
from mock_server.faults.named_fault import NamedFault
from mock_server.mock import Mock

TOKEN = {"authorization": "Bearer dev-token"}


def send(
    handle: Any, method: str, path: str, payload: Any = None, query: str = "", **headers: str
) -> Response:
    body = b"" if payload is None else json.dumps(payload).encode()
    kind = {} if payload is None else {"content-type": "application/json"}
    response: Response = handle(Request(method, path, {**TOKEN, **kind, **headers}, body, query))
    return response


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/case/x", TOKEN, b"", 404),
        ("GET", "/case/x", {}, b"", 401),
        ("GET", "/nowhere", TOKEN, b"", 404),
        ("DELETE", "/case/x", TOKEN, b"", 405),
        ("POST", "/case", {**TOKEN, "content-type": "application/json"}, b"{", 400),
        ("POST", "/case", {**TOKEN, "content-type": "application/json"}, b"[]", 422),
        ("POST", "/case", {**TOKEN, "content-type": "text/plain"}, b"{}", 415),
        (
            "POST",
            "/case",
            {**TOKEN, "content-type": "application/json"},
            b"{" + b" " * 1024 * 1024 + b"}",
            413,
        ),
        (
            "POST",
            "/case",
            {**TOKEN, "content-type": "application/json"},
            b'{"a":' * 101 + b"1" + b"}" * 101,
            400,
        ),
        ("POST", "/case", {"content-type": "application/json"}, b"{", 401),
        ("POST", "/case", {**TOKEN, "content-type": "application/json"}, b"{}", 201),
    ],
)
def test_pipeline_checks_in_order(
    method: str, path: str, headers: Mapping[str, str], body: bytes, status: int
) -> None:
    response = build(Settings())(Request(method, path, headers, body))
    assert response.status == status
    if status >= 400:
        assert response.headers["content-type"].startswith("application/problem+json")
        assert json.loads(response.body)["status"] == response.status


def test_wrong_method_lists_the_allowed_ones() -> None:
    response = send(build(Settings()), "DELETE", "/case/x")
    assert {"GET", "PATCH", "PUT"} <= set(response.headers["allow"].split(", "))


def test_rate_limit_refuses_with_retry_after() -> None:
    handle = build(Settings(limits=Limits(rate=1)))
    assert [send(handle, "GET", "/case/x").status for _ in range(2)] == [404, 429]
    assert send(handle, "GET", "/case/x").headers["retry-after"] == "1"


def test_head_has_the_length_of_get() -> None:
    head = complete(Request("HEAD", "/"), Response(200, {}, b"abc"))
    assert (head.body, head.headers["content-length"]) == (b"", "3")
    assert complete(Request("GET", "/"), Response(200, {}, b"abc")).body == b"abc"
    page = Request("GET", "/", {"origin": "http://h"})
    assert with_cors(page, Response(200)).headers == CORS
    assert complete(page, Response(200), cors=False).headers == {}
    assert with_cors(Request("GET", "/"), Response(200)).headers == {}


def test_refusal_is_a_problem() -> None:
    response = refusal_response(
        Refused(Problem.TOO_MANY_REQUESTS, rate=1, wait=2, headers={"retry-after": "2"})
    )
    assert (response.status, response.headers["retry-after"]) == (429, "2")
    assert json.loads(problem_response(503, {"detail": "x"}).body)["detail"] == "x"


@pytest.fixture
def listing() -> Any:
    handle = build(Settings(with_list=True))
    for number in range(3):
        send(handle, "POST", "/case", {"n": number, "s": f"t{number}"})
    return handle


@pytest.mark.parametrize(
    ("query", "count", "numbers"),
    [
        ("", 3, [0, 1, 2]),
        ("limit=2", 3, [0, 1]),
        ("offset=1", 3, [1, 2]),
        ("limit=1&offset=2", 3, [2]),
        ("limit=1000", 3, [0, 1, 2]),
        ("s=t1", 1, [1]),
        ("n=2", 1, [2]),
        ("n=2&s=t1", 0, []),
        ("missing=", 0, []),
    ],
)
def test_list_selects_cases(listing: Any, query: str, count: int, numbers: list[int]) -> None:
    response = send(listing, "GET", "/case", query=query)
    body = json.loads(response.body)
    assert (body["count"], [one["n"] for one in body["records"]]) == (count, numbers)
    assert "not part of the contract" in response.headers["x-mock-extension"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "a=%ff", "limit=1e1"])
def test_list_refuses_other_pages(listing: Any, query: str) -> None:
    assert send(listing, "GET", "/case", query=query).status == 422


def test_list_keeps_the_other_operations(listing: Any) -> None:
    assert isinstance(listing, CaseList)
    assert send(listing, "GET", "/case", authorization="").status == 401
    assert send(listing, "HEAD", "/case").body == b""
    assert {"GET", "HEAD", "POST"} <= set(send(listing, "PATCH", "/case").headers["allow"].split(", "))
    assert send(build(Settings()), "GET", "/case").status == 405


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tls-cert", "a.pem"], "must be used together"),
        (["--tls-key", "a.pem"], "must be used together"),
        (["--watch"], "--watch needs --deployment"),
    ],
)
def test_conflicting_options_are_refused(options: list[str], words: str) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises(ValueError, match=words):
        check_options(parser.parse_args(options))


def test_options_become_settings_and_behaviour() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = check_options(
        parser.parse_args(["--port", "0", "--rate-limit", "5", "--outage", "--token", "t"])
    )
    assert (options.port, options.behaviour.rate, options.behaviour.outage) == (0, 5, True)
    assert (options.settings.auth.token, options.store, options.reload) == ("t", "memory", None)
    assert options.host in options.control_hosts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("nothing", "contains no certificate in PEM format"),
        ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "contains no private key"),
    ],
)
def test_unusable_certificate_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    if content is not None:
        certificate.write_text(content)
        key.write_text("no key")
    with pytest.raises(ValueError, match=words):
        create_context(certificate, key)


def test_damaged_certificate_is_named(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ValueError, match=r"--tls-cert .*: the certificate is damaged"):
        create_context(certificate, key)


def call(payload: Any = None, **parameters: Any) -> Call:
    return Call(parameters, payload)


def test_control_functions_show_and_change_the_mock() -> None:
    mock = Mock()
    response = send(mock.handle, "POST", "/case", {"a": 1})
    case_id = json.loads(response.body)["id"]
    listed = json.loads(listCases(mock, call(search="", sort="-createdDate", limit=5, offset=0)).body)
    assert (listed["total"], listed["cases"][0]["state"], listed["cases"][0]["moves"]) == (
        1,
        "Open",
        ["Close"],
    )
    assert json.loads(readCase(mock, call(id=case_id)).body)["case"]["a"] == 1
    with pytest.raises(Refused):
        readCase(mock, call(id="unknown"))
    assert changeBehaviour(mock, call({"outage": True})).status == 200
    assert json.loads(getBehaviour(mock, call()).body)["outage"] is True
    addFailure(mock, call({"status": 500, "times": 2}))
    assert json.loads(listFailures(mock, call()).body)["failures"][0]["times"] == 2
    assert "put-merges" in listFaults(mock, call()).body.decode()


def test_fixture_describes_its_mock() -> None:
    mock = CaseiqMock(Mock(), ExitStack(), ExitStack())
    assert mock.headers == {"Authorization": f"Bearer {mock.token}"}
    assert (mock.cases, mock.journal, mock.refusals) == ([], [], [])
    assert [one["a"] for one in mock.seed([{"a": 1}, {"a": 2}])] == [1, 2]
    assert [one["a"] for one in mock.cases] == [1, 2]
    mock.reset()
    assert mock.cases == []


def test_contract_has_the_five_operations() -> None:
    document = openapi.load(None)
    template, parameters = document.find("/case/x")
    assert parameters == {"id": "x"}
    assert {"GET", "PUT", "PATCH"} <= set(template.operations)


class Received:
    """A parser with the requests that it hands over."""

    def __init__(self, **limits: int) -> None:
        self.requests: list[tuple[Request, bool]] = []
        self.continued = 0
        self.parser = RequestParser(
            Limits(**limits),
            lambda request, keeps: self.requests.append((request, keeps)),
            self._continue,
            lambda request: 10,
        )

    def _continue(self) -> None:
        self.continued += 1

    def feed(self, data: bytes, size: int) -> None:
        for start in range(0, len(data), size):
            self.parser.feed(data[start : start + size])


POST = b"POST /case/a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_request_is_parsed_in_any_segments(size: int) -> None:
    received = Received()
    received.feed(POST + b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", size)
    (first, keeps), (second, keeps_second) = received.requests
    assert (first.method, first.path, first.query, first.body) == ("POST", "/case/a%20b", "x=1&y", b"abc")
    assert (first.headers["x-a"], first.headers["host"]) == ("1, 2", "h")
    assert (second.method, second.path, keeps, keeps_second) == ("GET", "/", True, False)
    assert received.parser.begun == 2
    assert not received.parser.is_partial


@pytest.mark.parametrize("size", [1, 9, 1000])
def test_offer_of_http_2_is_ignored(size: int) -> None:
    received = Received()
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"
    received.feed(POST.replace(b"X-A: 1\r\n", offer), size)
    assert [request.body for request, _ in received.requests] == [b"abc"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"nonsense\r\n\r\n", Problem.NOT_HTTP),
        (b"GET / HTTP/1.1\r\n\r\n", Problem.NOT_HTTP),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Problem.NOT_HTTP),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 300 + b"\r\n\r\n", Problem.HEAD_TOO_LARGE),
        (b"GET /" + b"x" * 300, Problem.HEAD_TOO_LARGE),
    ],
)
def test_other_input_is_refused(data: bytes, problem: Problem) -> None:
    received = Received(head=256)
    with pytest.raises(Refused) as refused:
        received.feed(data, 50)
    assert refused.value.problem is problem
    assert received.requests == []
    assert received.parser.is_partial


def test_client_that_waits_is_sent_a_continue() -> None:
    received = Received()
    received.feed(POST.replace(b"X-A: 1", b"Expect: 100-continue").removesuffix(b"abc"), 1000)
    assert (received.continued, received.requests) == (1, [])
    assert received.parser.is_partial
