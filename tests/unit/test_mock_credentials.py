"""Authentication schemes, tokens and the token endpoint."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from support.clients import Client, Clock, content

from mock_server import Auth, Request, Scheme, Settings, build

CASE = "/case/0b8f5c1e-7d3a-4e57-9a0c-5d2b1f6c8e94"
GRANT = {"grant_type": "client_credentials", "client_id": "dev-client", "client_secret": "dev-key-0"}


def ask(client: Client, grant: Any = GRANT, **changes: Any) -> Any:
    return client("POST", "/auth/oauth2/token", {**grant, **changes})


def token(client: Client, **changes: Any) -> str:
    response = content(ask(client, **changes))
    assert isinstance(response["access_token"], str)
    return response["access_token"]


def test_fixed_token_is_accepted(client: Client) -> None:
    for value in ("Bearer dev-token", "bearer dev-token", "BEARER  dev-token"):
        assert client("GET", CASE, authorization=value).status == 404


@pytest.mark.parametrize(
    ("value", "challenge"),
    [
        (None, 'Bearer realm="cases"'),
        ("", 'Bearer realm="cases"'),
        ("Bearer", 'Bearer realm="cases"'),
        ("Bearer ", 'Bearer realm="cases"'),
        ("dev-token", 'Bearer realm="cases"'),
        ("Basic ZGV2OnRva2Vu", 'Bearer realm="cases"'),
        ("Bearer dev-toke", 'Bearer realm="cases", error="invalid_token"'),
        ("Bearer dev-tokenn", 'Bearer realm="cases", error="invalid_token"'),
        ("Bearer Dev-Token", 'Bearer realm="cases", error="invalid_token"'),
        ("Bearer dev-token, Bearer dev-token", 'Bearer realm="cases", error="invalid_token"'),
        ("Bearer \xff\u20ac\ud800", 'Bearer realm="cases", error="invalid_token"'),
        ("Bearer " + "A" * 100_000, 'Bearer realm="cases", error="invalid_token"'),
    ],
)
def test_other_credentials_are_refused(client: Client, value: str | None, challenge: str) -> None:
    case = client.create({"a": 1})
    client.token = None
    more = {} if value is None else {"authorization": value}
    move = {"caseStatus": "Close", "workflowId": case["lastWorkflowId"]}
    responses = [
        client("POST", "/case", {}, **more),
        *(client(method, f"/case/{case['id']}", {"a": 2}, **more) for method in ("GET", "PUT", "PATCH")),
        client("POST", f"/case/{case['id']}/transition", move, **more),
    ]
    for response in responses:
        assert (response.status, response.headers["www-authenticate"]) == (401, challenge)
        assert content(response)["title"] == "Unauthorized"
    client.token = "dev-token"
    assert client.read(case["id"]) == case


def test_unauthenticated_client_learns_nothing(client: Client) -> None:
    case = client.create()
    client.token = None
    for method, body in (("GET", None), ("PUT", b"{"), ("PATCH", b"x" * 2_000_000)):
        assert client(method, f"/case/{case['id']}", body=body) == client(method, CASE, body=body)
    assert client("PUT", CASE, body=b"{}", content_type="text/plain").status == 401


def test_scheme_none_needs_no_credentials(client_of: Any) -> None:
    client = client_of(Settings(auth=Auth(scheme=Scheme.NONE)))
    client.token = None
    assert client.create({"a": 1})["a"] == 1
    assert client("GET", CASE, authorization="Basic x").status == 404


def test_cookie_can_be_the_credential(client_of: Any) -> None:
    client = client_of(Settings(auth=Auth(scheme=Scheme.COOKIE, cookie="sid", token="s3cret=")))
    client.token = None
    assert client("GET", CASE, cookie="a=b; sid=s3cret=; c").status == 404
    for cookie in ("sid=", "sid", "xsid=s3cret=", "sid=s3cret", ""):
        assert client("GET", CASE, cookie=cookie).status == 401
    assert client("GET", CASE, authorization="Bearer s3cret=").status == 401


def test_header_can_be_the_credential(client_of: Any) -> None:
    client = client_of(Settings(auth=Auth(scheme=Scheme.HEADER, header="X-Tenant-Key", token="k")))
    assert client("GET", CASE, x_tenant_key="k").status == 404
    refused = client("GET", CASE, x_tenant_key="K")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Key realm="cases"')


def test_oauth2_accepts_only_issued_tokens(client_of: Any) -> None:
    client = client_of(Settings(auth=Auth(scheme=Scheme.OAUTH2)))
    assert client("GET", CASE).status == 401
    client.token = token(client)
    assert client("GET", CASE).status == 404


@pytest.mark.parametrize("scheme", [Scheme.COOKIE, Scheme.HEADER])
def test_other_schemes_have_no_token_endpoint(client_of: Any, scheme: Scheme) -> None:
    response = ask(client_of(Settings(auth=Auth(scheme=scheme))))
    assert (response.status, content(response)["code"]) == (404, "no-tokens")


@pytest.mark.parametrize("secret", ["dev-key-0", "dev-key-1"])
def test_token_is_granted_for_either_key(client: Client, secret: str) -> None:
    client.token = None
    response = ask(client, client_secret=secret)
    granted = content(response)
    assert response.status == 200
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 600)
    assert response.headers["cache-control"] == "no-store"
    client.token = granted["access_token"]
    assert client.create()


def test_token_request_may_be_a_form(client: Client) -> None:
    body = urlencode(GRANT | {"ttl": "900.5"}).encode()
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    response = client("POST", "/auth/oauth2/token", body=body, content_type=kind)
    assert (response.status, content(response)["expires_in"]) == (200, 900.5)


@pytest.mark.parametrize("ttl", [1, 2, 0.5, 3600, 3600.0])
def test_token_expires_after_its_ttl(client: Client, clock: Clock, ttl: float) -> None:
    response = content(ask(client, ttl=ttl))
    assert response["expires_in"] == ttl
    client.token = response["access_token"]
    clock.seconds += ttl - 0.01
    assert client("GET", CASE).status == 404
    clock.seconds += 0.01
    refused = client("GET", CASE)
    assert refused.status == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    client.token = token(client)
    assert client("GET", CASE).status == 404


def test_longest_life_limits_the_ttl(client_of: Any, clock: Clock) -> None:
    client = client_of(Settings(auth=Auth(longest_life=2)))
    response = content(ask(client, ttl=900))
    assert response["expires_in"] == 2
    client.token = response["access_token"]
    clock.seconds += 2
    assert client("GET", CASE).status == 401


@pytest.mark.parametrize(
    ("changes", "status", "error", "words"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", ""),
        ({"client_secret": ""}, 401, "invalid_client", ""),
        ({"client_id": "nobody"}, 401, "invalid_client", ""),
        ({"client_id": "\x00ü"}, 401, "invalid_client", ""),
        ({"grant_type": "password"}, 501, "unsupported_grant_type", ""),
        ({"grant_type": ""}, 501, "unsupported_grant_type", ""),
        ({"grant_type": None}, 400, "invalid_request", "grant_type"),
        ({"client_id": 5}, 400, "invalid_request", "client_id"),
        ({"client_secret": ["dev-key-0"]}, 400, "invalid_request", "client_secret"),
        ({"ttl": 0}, 400, "invalid_request", "ttl is 0 and"),
        ({"ttl": -1}, 400, "invalid_request", "ttl is -1 and"),
        ({"ttl": 3601}, 400, "invalid_request", "ttl is 3601 and"),
        ({"ttl": 7200.5}, 400, "invalid_request", "at most 3600"),
        ({"ttl": 10**400}, 400, "invalid_request", "at most 3600"),
        ({"ttl": "soon"}, 400, "invalid_request", "ttl is soon and"),
        ({"ttl": "nan"}, 400, "invalid_request", "ttl"),
        ({"ttl": True}, 400, "invalid_request", "ttl"),
        ({"ttl": None}, 400, "invalid_request", "ttl"),
        ({"ttl": {}}, 400, "invalid_request", "ttl"),
        ({"scope": "cases"}, 400, "invalid_scope", "scope"),
        ({"scope": ""}, 400, "invalid_scope", "scope"),
        ({"scope": None}, 400, "invalid_scope", "scope"),
    ],
)
def test_invalid_grant_is_refused(
    client: Client, changes: dict[str, Any], status: int, error: str, words: str
) -> None:
    response = ask(client, **changes)
    error_body = content(response)
    assert (response.status, error_body["error"]) == (status, error)
    assert words in error_body.get("error_description", "")
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert response.headers["cache-control"] == "no-store"
    assert b"dev-key" not in response.body


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(101)), "application/x-www-form-urlencoded"),
        (b"grant_type", "application/x-www-form-urlencoded"),
    ],
)
def test_malformed_grant_is_refused(client: Client, body: bytes, kind: str) -> None:
    response = client("POST", "/auth/oauth2/token", body=body, content_type=kind)
    assert (response.status, content(response)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("kind", "body", "status"), [("text/plain", b"{}", 415), ("application/json", b" " * 2**21, 413)]
)
def test_other_errors_of_the_token_endpoint_are_problems(
    client: Client, kind: str, body: bytes, status: int
) -> None:
    response = client("POST", "/auth/oauth2/token", body=body, content_type=kind)
    assert (response.status, content(response)["status"]) == (status, status)


def test_forged_token_is_refused(client: Client) -> None:
    good = token(client)
    assert good not in {token(client), "dev-token"}
    flipped = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(len(good))]
    for bad in [
        *flipped,
        good[:-4],
        good + "AAAA",
        "AAAA" + good,
        good[:9] + "!" + good[9:],
        good[::-1],
        "=",
        "....",
        "é",
    ]:
        client.token = bad
        assert client("GET", CASE).status == 401


def test_token_is_valid_at_all_mocks_with_the_same_keys(clock: Clock) -> None:
    first, second = Client(build(now=clock)), Client(build(now=clock))
    second.token = token(first)
    assert second("GET", CASE).status == 404
    other = Client(build(Settings(auth=Auth(client_secrets=("k0", "k1"))), now=clock), second.token)
    assert other("GET", CASE).status == 401


@pytest.mark.parametrize("changes", [{"token": ""}, {"token": "a b"}, {"token": "ü"}, {"client_id": "\n"}])
def test_credentials_must_be_visible_ascii(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        Auth(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"ttl": 0}, {"ttl": 3601}, {"longest_life": 0}, {"scheme": "digest"}])
def test_other_authentication_settings_are_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"token life|not a valid"):
        Auth(**changes)


def test_secret_never_appears_in_the_repr_of_a_refusal(client: Client) -> None:
    response = client.handle(Request("GET", CASE, {"authorization": "Bearer s3cret"}))
    assert "s3cret" not in json.dumps(content(response))
