"""The authentication schemes of the deployment file: the mock and the suite know each of them, and agree."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest

from contract_tests.client.credentials import CARRIERS
from contract_tests.client.curl import curl_line
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract import deployment as suite
from contract_tests.contract.requirements import SPEC
from mock_server import Mock
from mock_server.core import deployment as mock_deployment
from mock_server.core.authentication import SCHEMES, Authenticator, credential_headers
from mock_server.core.messages import Request
from mock_server.core.settings import Auth, Scheme, Settings
from mock_server.core.tokens import Tokens

BASE: Final = "https://tenant.example"
AUTH: Final[dict[str, Any]] = json.loads((SPEC / "deployment.schema.json").read_text(encoding="utf-8"))[
    "properties"
]["auth"]["properties"]
NAMES: Final[list[str]] = AUTH["scheme"]["enum"]
# These schemes carry no fixed token.
WITHOUT_TOKEN: Final = {"oauth2", "none"}
# The mock reads the path from this key, and a client requests its own lifetime of a token.
OTHER_KEYS: Final = {"token_url", "ttl"}
fixed = pytest.mark.parametrize("scheme", [name for name in NAMES if name not in WITHOUT_TOKEN])


def test_each_program_knows_the_schemes_of_the_schema() -> None:
    assert {one.value for one in Scheme} == set(NAMES), "complete Scheme in mock_server/core/settings.py"
    assert {one.value for one in suite.Scheme} == set(NAMES), (
        "complete Scheme in contract_tests/contract/deployment.py"
    )
    assert {one.value for one in SCHEMES} == set(NAMES) - {"none"}, (
        "complete SCHEMES in mock_server/core/authentication.py"
    )
    assert {one.value for one in CARRIERS} == set(NAMES) - WITHOUT_TOKEN, (
        "complete CARRIERS in contract_tests/client/credentials.py"
    )


def test_each_program_knows_the_keys_of_the_schema() -> None:
    assert {one.name for one in fields(suite.Auth)} == set(AUTH), (
        "complete Auth in contract_tests/contract/deployment.py"
    )
    assert set(AUTH) - OTHER_KEYS <= {one.name for one in fields(Auth)}, (
        "complete Auth in mock_server/core/settings.py"
    )


@fixed
@pytest.mark.parametrize("with_keys", [False, True], ids=["defaults", "every key"])
def test_mock_accepts_the_credentials_of_the_suite(scheme: str, with_keys: bool, tmp_path: Path) -> None:
    file = tmp_path / "tenant.toml"
    keys = set(AUTH) - OTHER_KEYS - {"scheme"} if with_keys else ()
    file.write_text(
        "\n".join(["[auth]", f'scheme = "{scheme}"', *(f'{key} = "Own"' for key in sorted(keys))])
    )
    auth = mock_deployment.load(file, Settings()).auth
    given = suite.load(file).auth
    assert {key: getattr(auth, key) for key in keys} == dict.fromkeys(keys, "Own")
    sent = CARRIERS[suite.Scheme(scheme)](given, auth.token)
    assert sent == credential_headers(auth, auth.token)
    request = Request("GET", "/case/1", {name.lower(): value for name, value in sent.items()}, b"")
    Authenticator(auth, Tokens(auth.client_id, auth.client_secrets, lambda: 0.0))(request)


@fixed
def test_script_has_the_variable_for_the_token(scheme: str) -> None:
    target = Target(BASE, {"CASEIQ_TOKEN": "Own"})
    deployment = suite.Deployment(auth=suite.Auth(suite.Scheme(scheme)))
    api = connect(target, RunSettings(deployment))
    headers = api.credentials.present("Own")
    line = curl_line("GET", f"{BASE}/case/1", headers, b"", base_url=BASE, secrets=api.session.secrets)
    assert "$CASEIQ_TOKEN" in line, (
        "a script cannot encode the token: let the scheme send it unchanged, or extend contract_tests/client/curl.py"
    )


@fixed
def test_any_value_of_the_carrying_headers_is_masked(scheme: str) -> None:
    keys = {key: f"X-{key}" for key in set(AUTH) - OTHER_KEYS - {"scheme"}}
    given = suite.Auth(suite.Scheme(scheme), **keys)
    api = connect(Target(BASE, {"CASEIQ_TOKEN": "Own"}), RunSettings(suite.Deployment(auth=given)))
    sent = CARRIERS[given.scheme or suite.Scheme.BEARER](given, "other")
    assert {name.lower() for name in sent} <= api.session.secrets.headers
    mock = Mock(Settings(auth=Auth(Scheme(scheme), **keys)))
    mock.handle(Request("GET", "/case/1", {name.lower(): value for name, value in sent.items()}, b""))
    assert "other" not in str(mock.journal.read())
