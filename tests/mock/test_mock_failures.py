"""Failures that spoil the response of an operation, over each adapter."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import requests
from support.clients import Client, content, records, shaped
from support.wire import GET, POST, exchange_bytes

from mock_server import Mock, MockAdapter, intercept, serving

TENANT = "https://tenant.example"
HEADERS = {"Authorization": "Bearer dev-token"}


@contextmanager
def by_socket(mock: Mock) -> Iterator[tuple[requests.Session, str]]:
    with serving(mock.handle) as url, requests.Session() as session:
        yield session, url


@contextmanager
def by_session(mock: Mock) -> Iterator[tuple[requests.Session, str]]:
    with requests.Session() as session:
        session.mount(TENANT, MockAdapter(mock.handle))
        yield session, TENANT


@contextmanager
def by_interception(mock: Mock) -> Iterator[tuple[requests.Session, str]]:
    with intercept(mock.handle, TENANT), requests.Session() as session:
        yield session, TENANT


WAYS = pytest.mark.parametrize("connect", [by_socket, by_session, by_interception])
Connect = Callable[[Mock], AbstractContextManager[tuple[requests.Session, str]]]


@WAYS
@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_incomplete_response_raises_an_error_in_the_client(connect: Connect, kind: str) -> None:
    mock = Mock()
    mock.fail_next(kind=kind, operation="createCase")
    with connect(mock) as (session, url):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            session.post(f"{url}/case", json={"a": 1}, headers=HEADERS, timeout=5)
        assert session.post(f"{url}/case", json={"a": 2}, headers=HEADERS, timeout=5).status_code == 201
    # The operation was performed, although the client received no response.
    assert [case["a"] for case in records(mock)] == [1, 2]
    assert mock.journal.read()[0]["shaped_by"] == [f"failure {kind}"]


@WAYS
def test_html_page_replaces_the_response(connect: Connect) -> None:
    mock = Mock()
    mock.fail_next(kind="not-json")
    with connect(mock) as (session, url):
        response = session.post(f"{url}/case", json={}, headers=HEADERS, timeout=5)
        assert (response.status_code, response.headers["content-type"]) == (201, "text/html; charset=utf-8")
        assert response.text.startswith("<!doctype html>")


def test_dropped_connection_sends_earlier_responses() -> None:
    mock = Mock()
    mock.fail_next(kind="drop", operation="createCase")
    transport = exchange_bytes(GET + POST + GET, handle=mock.handle)
    assert transport.statuses() == [404]
    assert transport.closed


def test_truncated_response_has_the_whole_length() -> None:
    mock = Mock()
    mock.fail_next(kind="truncate")
    transport = exchange_bytes(POST + GET, handle=mock.handle)
    head, _, body = transport.written.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert (transport.statuses(), len(body), transport.ended) == ([201], length // 2, True)


def test_failure_can_be_limited_to_a_case() -> None:
    mock = Mock()
    ask = Client(mock.handle)
    first, second = ask.create(), ask.create()
    mock.fail_next(500, case=second["id"], operation="getCase")
    assert ask("GET", f"/case/{first['id']}").status == 200
    assert ask("PATCH", f"/case/{second['id']}", {}).status == 200
    failed = ask("GET", f"/case/{second['id']}")
    assert (failed.status, shaped(failed), content(failed)["status"]) == (500, ["failure"], 500)
    assert ask("GET", f"/case/{second['id']}").status == 200


def test_unknown_kind_of_failure_is_refused() -> None:
    with pytest.raises(ValueError, match="the kind of a failure is one of status, drop, truncate, not-json"):
        Mock().fail_next(kind="burn")
