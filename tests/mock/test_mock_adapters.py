"""Adapters: equal responses of all, and the behaviour of each towards its client."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import requests
from support.clients import SERVER_SET, Client

from mock_server import Handle, Request, Response, Settings, build
from mock_server.adapters.asgi import application
from mock_server.adapters.intercept import intercept, register
from mock_server.adapters.session import MockAdapter
from mock_server.core.messages import Execution

BASE = "https://tenant.example/api-public/1.0"
TOKEN = {"Authorization": "Bearer dev-token"}
CASE = "/case/0b8f5c1e-7d3a-4e57-9a0c-5d2b1f6c8e94"


def by_asgi(handle: Handle, *, blocking: bool = False, chunks: int = 1) -> Handle:
    """Return a handle that uses the ASGI application, with the body in several pieces."""
    serve = application(handle, schedule=lambda _: Execution.IN_THREAD if blocking else Execution.AT_ONCE)

    def send_and_receive(request: Request) -> Response:
        size = max(1, -(-len(request.body) // chunks))
        pieces = [request.body[i : i + size] for i in range(0, len(request.body), size)] or [b""]
        fields = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()
        ]
        if request.body:
            fields.append((b"content-length", str(len(request.body)).encode()))
        scope = {
            "type": "http",
            "method": request.method,
            "path": request.path,
            "raw_path": request.path.encode("latin-1"),
            "query_string": request.query.encode(),
            "headers": fields,
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(serve(scope, receive, send))
        start, body = sent
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], headers, body["body"])

    return send_and_receive


def by_session(handle: Handle) -> Handle:
    session = requests.Session()
    session.mount("https://tenant.example", MockAdapter(handle))
    return lambda request: by_requests(request, session.send)


def by_interceptor(handle: Handle) -> Handle:
    def send_and_receive(request: Request) -> Response:
        with intercept(handle, "https://tenant.example"):
            return by_requests(request, requests.Session().send)

    return send_and_receive


def by_requests(request: Request, send: Callable[..., requests.Response]) -> Response:
    prepared = requests.Request(request.method, "https://tenant.example").prepare()
    # Set after the preparation, which would normalise the path.
    prepared.url = f"https://tenant.example{request.path}"
    prepared.headers.update(request.headers)
    if request.body:
        prepared.prepare_body(request.body, None)
    else:
        prepared.headers.pop("Content-Length", None)
    received = send(prepared, allow_redirects=False)
    headers = {name.lower(): value for name, value in received.headers.items()}
    return Response(received.status_code, headers, received.content)


ADAPTERS: dict[str, Callable[[Handle], Handle]] = {
    "asgi": by_asgi,
    "asgi, in threads": lambda handle: by_asgi(handle, blocking=True),
    "asgi, in pieces": lambda handle: by_asgi(handle, chunks=7),
    "session": by_session,
    "interceptor": by_interceptor,
}

AUTHORIZED = {"authorization": "Bearer dev-token"}
JSON = AUTHORIZED | {"content-type": "application/json"}
REQUESTS = [
    Request("POST", "/case", JSON, '{"b": "ü\\u0000", "a": [1.0, 2e300, 18446744073709551617]}'.encode()),
    Request("GET", "/case/00000000-0000-4000-8000-000000000000", AUTHORIZED),
    Request("HEAD", "/case/00000000-0000-4000-8000-000000000000", AUTHORIZED),
    Request("PATCH", "/case/00000000-0000-4000-8000-000000000000", JSON, b'{"c": null}'),
    Request("PUT", "/case/00000000-0000-4000-8000-000000000000", JSON, b'{"d": 1}'),
    Request(
        "POST", "/case/00000000-0000-4000-8000-000000000000/transition", JSON, b'{"caseStatus": "Close"}'
    ),
    Request("GET", "/case/00000000-0000-4000-8000-000000000000"),
    Request("GET", "/case/a%2Fb%00%ff", AUTHORIZED),
    Request("GET", "//case/../x", AUTHORIZED),
    Request("DELETE", "/case", AUTHORIZED),
    Request("POST", "/case", JSON, b"{"),
    Request("POST", "/case", JSON | {"content-type": "text/plain"}, b"{}"),
    Request("POST", "/case", JSON, b'{"a":"' + b"x" * 2**20 + b'"}'),
    Request("POST", "/case", AUTHORIZED),
    Request("OPTIONS", "/case", {"origin": "null", "access-control-request-method": "POST"}),
    Request(
        "POST", "/auth/oauth2/token", {"content-type": "application/json"}, b'{"grant_type": "password"}'
    ),
]


def numbered() -> Handle:
    ids = iter(f"00000000-0000-4000-8000-{n:012}" for n in range(99))
    return build(now=lambda: 0.0, new_id=lambda: next(ids))


@pytest.mark.parametrize("name", ADAPTERS)
def test_all_adapters_return_the_same_responses(name: str) -> None:
    direct, adapted = numbered(), ADAPTERS[name](numbered())
    for request in REQUESTS:
        expected, got = direct(request), adapted(request)
        assert replace(got, headers={}) == replace(expected, headers={})
        assert got.headers == expected.fields()


@contextmanager
def mounted(prefix: str = "/api-public/1.0") -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount(BASE, MockAdapter(build(), prefix=prefix))
        yield session


def test_session_adapter_behaves_like_a_server() -> None:
    with mounted() as session:
        created = session.post(f"{BASE}/case", json={"a": 1}, headers=TOKEN, timeout=5)
        assert (created.status_code, created.reason) == (201, "Created")
        assert created.headers["Content-Type"] == "application/json"
        assert created.url == f"{BASE}/case"
        assert created.raw.version == 11
        assert created.elapsed.total_seconds() < 5
        assert created.request.headers["Content-Length"] == "8"
        url = requests.compat.urljoin(created.url, created.headers["Location"])
        assert session.get(url, headers=TOKEN).json() == created.json()
        assert session.get(f"{url}?a=b", headers=TOKEN).text == created.text
        assert session.head(url, headers=TOKEN).headers["Content-Length"] == created.headers["Content-Length"]
        with pytest.raises(requests.HTTPError, match="401 Client Error: Unauthorized"):
            session.get(url).raise_for_status()
        streamed = session.get(url, headers=TOKEN, stream=True)
        assert b"".join(streamed.iter_content(7)) == created.content


@pytest.mark.parametrize(
    "body",
    [
        '{"a": "ü"}',
        '{"a": "ü"}'.encode(),
        bytearray(b'{"a": "\xc3\xbc"}'),
        BytesIO(b'{"a": "\xc3\xbc"}'),
        iter([b'{"a": "\xc3', b'\xbc"}']),
    ],
)
def test_session_adapter_accepts_all_kinds_of_bodies(body: Any) -> None:
    with mounted() as session:
        headers = TOKEN | {"Content-Type": "application/json"}
        assert session.post(f"{BASE}/case", data=body, headers=headers).json()["a"] == "ü"


def test_session_adapter_accepts_headers_as_bytes() -> None:
    with mounted() as session:
        assert (
            session.get(f"{BASE}/case/x", headers={b"Authorization": b"Bearer dev-token"}).status_code == 404
        )  # type: ignore[dict-item]


def test_interceptor_handles_requests_of_unchanged_code() -> None:
    with intercept(build(), BASE) as calls:
        case = requests.post(f"{BASE}/case", json={"a": 1}, headers=TOKEN).json()
        assert requests.get(f"{BASE}/case/{case['id']}?x=1", headers=TOKEN).json() == case
        assert requests.get(f"{BASE}{CASE}").headers["WWW-Authenticate"] == 'Bearer realm="cases"'
        assert requests.request("TRACE", f"{BASE}/case").status_code == 405
        assert len(calls.calls) == 4
        for other in (
            "https://tenant.example/case",
            "https://tenant.example/api-public/1.0x/case",
            "http://other/",
        ):
            with pytest.raises(requests.ConnectionError):
                requests.get(other)


def test_interceptor_can_belong_to_the_caller() -> None:
    responses = pytest.importorskip("responses")
    with responses.RequestsMock() as own:
        own.get("https://elsewhere.example/", json={"other": True})
        register(own, build(), BASE + "/")
        assert requests.get("https://elsewhere.example/").json() == {"other": True}
        assert requests.get(f"{BASE}/case/x").status_code == 401
        own.assert_all_requests_are_fired = False


def test_handle_is_thread_safe() -> None:
    client = Client(build(Settings()))
    case = client.create()
    start = threading.Barrier(6)

    def patch(name: str) -> None:
        start.wait()
        for n in range(40):
            assert client("PATCH", f"/case/{case['id']}", {f"{name}{n}": n}).status == 200

    threads = [threading.Thread(target=patch, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.read(case["id"])) == len(SERVER_SET) + 6 * 40


def test_parallel_transitions_succeed_once() -> None:
    client = Client(build())
    case = client.create()
    start = threading.Barrier(8)
    statuses: list[int] = []

    def close() -> None:
        start.wait()
        statuses.append(client.move(case, "Close").status)

    threads = [threading.Thread(target=close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7


def test_large_content_is_complete_over_a_socket() -> None:
    with mounted() as session:
        assert json.loads(session.get(f"{BASE}/nowhere").content)["status"] == 404


@pytest.mark.parametrize("name", list(ADAPTERS))
def test_adapters_delay_a_response(name: str) -> None:
    handle = ADAPTERS[name](lambda request: Response(200, {}, b"", delay=0.05))
    began = time.perf_counter()
    assert handle(Request("GET", "/case/1")).status == 200
    assert time.perf_counter() - began >= 0.05
