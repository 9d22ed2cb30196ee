"""Credentials from the environment, and the lifetimes that a token endpoint may state."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock

from contract_tests.assertions.invalid_credentials import invalid_credentials
from contract_tests.client.credentials import DEFAULT_LIFETIME, LONGEST_LIFETIME, _lifetime
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Auth, Deployment, Scheme
from contract_tests.exceptions import TargetError
from mock_server import Auth as MockAuth
from mock_server import Settings

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-secret"}
TOKEN = {"CASEIQ_TOKEN": "dev-token"}


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5_000, "1e400"])
def test_endless_lifetime_is_used(number: str) -> None:
    def state(_: Request, response: Response) -> Response:
        document = json.loads(response.body or b"{}")
        if "access_token" in document:
            text = json.dumps(document | {"expires_in": "?"}).replace('"?"', number)
            return Response(response.status, text.encode(), {"Content-Type": "application/json"})
        return response

    settings = Settings(auth=MockAuth(scheme="oauth2", client_secrets=("dev-secret",)))  # type: ignore[arg-type]
    with running(AlteredMock(settings, change=state)) as url:
        api = connect(Target(url, CLIENT), RunSettings(Deployment(auth=Auth(scheme=Scheme.OAUTH2))))
        assert api.create({}).ok
        assert sum("token" in one.url for one in api.trace) == 1


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        (600, 600),
        (0.5, 0.5),
        (10**400, LONGEST_LIFETIME),
        (math.inf, LONGEST_LIFETIME),
        (math.nan, DEFAULT_LIFETIME),
        (0, DEFAULT_LIFETIME),
        (-1, DEFAULT_LIFETIME),
        (True, DEFAULT_LIFETIME),
        ("600", DEFAULT_LIFETIME),
        (None, DEFAULT_LIFETIME),
    ],
)
def test_stated_lifetime_is_bounded(stated: Any, seconds: float) -> None:
    assert _lifetime(stated) == seconds


@pytest.mark.parametrize("token", ["dev-token\n", "dev-token…", "dev\x00token"])
def test_token_that_cannot_be_sent_is_refused_unseen(token: str) -> None:
    with pytest.raises(TargetError, match="CASEIQ_TOKEN in the environment cannot be sent") as raised:
        connect(Target("http://127.0.0.1:9", {"CASEIQ_TOKEN": token}), RunSettings())
    assert "dev" not in str(raised.value)


@pytest.mark.parametrize(("scheme", "quoted"), [(Scheme.COOKIE, False), (Scheme.BEARER, True)])
def test_quoted_cookie_value_is_no_invalid_credential(scheme: Scheme, quoted: bool) -> None:
    deployment = Deployment(auth=Auth(scheme=scheme))
    api = connect(Target("http://127.0.0.1:9", TOKEN), RunSettings(deployment))
    tried = {value for _, headers in invalid_credentials(api) for value in headers.values()}
    assert any('"dev-token"' in value for value in tried) is quoted


def test_invalid_credentials_are_masked() -> None:
    """The suite's own damaged tokens are secrets, too."""
    token = "Zq8vK3xW7Jr5tY9-Hd2mPb6LcTe4"
    api = connect(Target("http://127.0.0.1:9", {"CASEIQ_TOKEN": token}), RunSettings())
    for description, headers in invalid_credentials(api):
        if "the token" in description and not description.removeprefix("the token ").startswith("'"):
            api.session.secrets.learn(headers, "", {}, "")
            masked = api.session.secrets.mask(f"refused: {headers['Authorization']}")
            pieces = [token[at : at + 10] for at in range(len(token) - 9)]
            shown = [piece for piece in pieces if piece in masked or piece.swapcase() in masked]
            assert not shown, description


def test_redirecting_token_endpoint_is_named_with_its_target() -> None:
    def redirect(request: Request) -> Response:
        return Response(301, b"", {"Location": f"https://tenant.example{request.target}"})

    with running(AlteredMock(before=redirect)) as url, pytest.raises(TargetError) as raised:
        connect(Target(url, CLIENT), RunSettings(Deployment(auth=Auth(scheme=Scheme.OAUTH2)))).create({})
    location = "https://tenant.example/auth/oauth2/token"
    assert str(raised.value).endswith(f"it returned 301 to {location}; give the URL that it redirects to")
