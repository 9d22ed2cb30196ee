"""HTTP in the core: methods, paths, media types and CORS."""

from typing import Any

import pytest
from support.clients import Client, content

from mock_server import Limits, Request, Settings, build

CASE = "/case/0b8f5c1e-7d3a-4e57-9a0c-5d2b1f6c8e94"


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/case", "OPTIONS, POST"),
        (CASE, "GET, HEAD, OPTIONS, PATCH, PUT"),
        (f"{CASE}/transition", "OPTIONS, POST"),
        ("/auth/oauth2/token", "OPTIONS, POST"),
    ],
)
def test_allow_lists_the_methods_of_a_path(client: Client, path: str, allow: str) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"} - set(
        allow.split(", ")
    ):
        response = client(method, path)
        assert (response.status, response.headers["allow"]) == (405, allow)
    options = client("OPTIONS", path)
    assert (options.status, options.headers["allow"], options.body) == (204, allow, b"")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "*",
        "case",
        "//case",
        "/case/",
        "/cases",
        "/Case",
        "/case/x/",
        "/case/x/y",
        "/case//transition",
        "/%",
    ],
)
def test_unknown_paths_get_404(client: Client, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = client(method, path)
        assert (response.status, content(response)["code"]) == (404, "unknown-path")


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_root_explains_the_paths(prefix: str) -> None:
    root = Client(build(Settings(prefix=prefix)))("GET", "/")
    assert content(root)["detail"] == (
        f"No operation has this path. Cases are at {prefix}/case, the console at /_mock/, "
        "the API reference at /_mock/docs."
    )


def test_percent_encoded_path_is_equivalent(client: Client) -> None:
    case = client.create()
    assert client.read(case["id"].replace("-", "%2D")) == case
    assert client("GET", f"/c%61se/{case['id']}").status == 200
    assert client("GET", f"/case%2F{case['id']}").status == 404


def test_head_returns_get_without_content(client: Client) -> None:
    case = client.create({"ä": "ö"})
    get, head = client("GET", f"/case/{case['id']}"), client("HEAD", f"/case/{case['id']}")
    assert (head.status, head.body) == (200, b"")
    assert head.fields() == get.fields()
    missing = client("HEAD", CASE)
    assert (missing.status, missing.body) == (404, b"")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON ;x=y", 201),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/merge-patch+json", 415),
        ("application/xml", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        ("é" * 5000, 415),
    ],
)
def test_media_types_are_checked(client: Client, kind: str, status: int) -> None:
    response = client("POST", "/case", body=b"{}", content_type=kind)
    assert response.status == status
    if status == 415:
        assert response.headers["accept"] == "application/json"


def test_body_without_a_media_type_is_json(client: Client) -> None:
    headers = {"authorization": "Bearer dev-token"}
    assert client.handle(Request("POST", "/case", headers, b'{"a": 1}')).status == 201


def test_refused_patch_has_accept_patch(client: Client) -> None:
    response = client("PATCH", CASE, body=b"{}", content_type="application/merge-patch+json")
    assert (response.status, response.headers["accept-patch"]) == (415, "application/json")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/case", CASE, f"{CASE}/transition", "/nowhere"])
def test_responses_have_cors_headers_for_any_origin(client: Client, method: str, path: str) -> None:
    response = client(method, path, {}, origin="http://localhost:3000")
    assert response.headers["access-control-allow-origin"] == "*"
    assert "Location" in response.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in client(method, path, {}).headers


def test_preflight_needs_no_credentials(client: Client) -> None:
    client.token = None
    response = client(
        "OPTIONS",
        CASE,
        origin="null",
        access_control_request_method="PATCH",
        access_control_request_headers="authorization,content-type,x-trace",
    )
    assert (response.status, response.body) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "authorization,content-type,x-trace"


def test_preflight_repeats_no_unprintable_text(client: Client) -> None:
    response = client(
        "OPTIONS", CASE, access_control_request_method="GET", access_control_request_headers="a\r\nb: c"
    )
    assert response.headers["access-control-allow-headers"] == "*"


def test_prefix_applies_to_all_but_the_root_token_endpoint() -> None:
    client = Client(build(Settings(prefix="/api-public/1.0")))
    assert client("POST", "/api-public/1.0/case", {}).status == 201
    grant = {"grant_type": "client_credentials", "client_id": "dev-client", "client_secret": "dev-key-0"}
    for path in ("/auth/oauth2/token", "/api-public/1.0/auth/oauth2/token"):
        assert client("POST", path, grant).status == 200
    for path in ("/case", "/api-public/1.0", "/api-public/1.0case", "/api-public/1.00/case", "/auth/x", ""):
        assert content(client("POST", path, {}))["code"] == "unknown-path"


@pytest.mark.parametrize("prefix", ["api", "/", "/a/", "//a", "/a b", "/a?b", "/é"])
def test_prefix_must_be_a_path(prefix: str) -> None:
    with pytest.raises(ValueError, match="a prefix is a path"):
        Settings(prefix=prefix)


def test_rate_limit_sets_retry_after(client_of: Any, clock: Any) -> None:
    client = client_of(Settings(limits=Limits(rate=2)))
    statuses = [client("GET", CASE).status for _ in range(4)]
    assert statuses == [404, 404, 429, 429]
    refused = client("GET", CASE)
    assert (refused.headers["retry-after"], content(refused)["code"]) == ("1", "too-many-requests")
    clock.seconds += 0.5
    assert [client("GET", CASE).status for _ in range(2)] == [404, 429]
    clock.seconds -= 100
    assert client("GET", CASE).status == 429
    clock.seconds += 100
    assert [client("GET", CASE).status for _ in range(3)] == [404, 404, 429]


def test_rate_below_one_still_allows_a_request(client_of: Any) -> None:
    client = client_of(Settings(limits=Limits(rate=0.25)))
    assert client("GET", CASE).status == 404
    assert client("GET", CASE).headers["retry-after"] == "4"


def test_defect_of_the_mock_becomes_a_json_error(client_of: Any, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def get(self, case_id: str) -> None:
            raise OSError("disk on fire")

    response = client_of(Settings(), store=Broken())("GET", CASE)
    assert (response.status, content(response)["code"]) == (500, "broken")
    assert b"disk" not in response.body
    assert "disk on fire" in caplog.text


def test_generated_requests_get_json_and_no_5xx(client: Client) -> None:
    paths = [
        "",
        "\0",
        "é",
        "/case",
        "/case/%",
        "/case/\ud800",
        "/case/%ED%A0%80",
        "/case/" + "a/" * 1000,
        "?",
        "#",
    ]
    headers: list[dict[str, str]] = [
        {},
        {"authorization": "\ud800"},
        {"content-type": "\udfff"},
        {"origin": ""},
    ]
    for path in paths:
        for method in ("GET", "POST", "PATCH", "\ud800", ""):
            for fields in headers:
                for body in (b"", b"\xff", b"{}", b"[" * 5000):
                    request = Request(method, path, {"authorization": "Bearer dev-token"} | fields, body)
                    response = client.handle(request)
                    assert response.status < 500
                    assert response.status == 201 or content(response)["status"] == response.status
