"""The token endpoint (vendor: Auth API page; RFC 6749)."""

from __future__ import annotations

import base64
import re
import uuid
from itertools import product
from typing import Any, Final

import pytest

from contract_tests.assertions.tokens import (
    DEFAULT_TTL,
    LONGEST_TTL,
    TimedToken,
    assert_granted,
    is_token_accepted,
    names_number,
)
from contract_tests.client.api import JSON, CaseApi
from contract_tests.client.credentials import FORM, TokenEndpoint, bearer
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle.comparison import show
from contract_tests.testdata.corpus import ORDINARY

requirement = pytest.mark.requirement

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
NOT_IMPLEMENTED: Final = 501
USES: Final = 30
FEW: Final = 4  # failures in a row; after more, some servers lock a client out


def _assert_not_granted(response: Exchange, what: str) -> None:
    if not response.refused and response.status != NOT_IMPLEMENTED:
        raise Violation(f"no token for {what}", response.summary())


def _assert_error(response: Exchange, status: int, error: str, what: str) -> Exchange:
    if response.status != status or response.object.get("error") != error:
        raise Violation(f'{status} with "error": "{error}" for {what}', response.summary())
    return response


@requirement("TOKEN-GRANT")
def test_granted_tokens_work(api: CaseApi, endpoint: TokenEndpoint) -> None:
    for _ in range(2):
        # A server that accepts only its newest token violates TOKEN-EXPIRY.
        if not is_token_accepted(api, assert_granted(endpoint.post()).object["access_token"]):
            raise Violation("a granted token to be accepted", api.trace[-1].summary())


@requirement("TOKEN-GRANT")
def test_form_request_is_granted_a_token(api: CaseApi, endpoint: TokenEndpoint) -> None:
    # RFC 6749 section 4.4.2.
    for kind in (FORM, f"{FORM};charset=UTF-8"):
        response = assert_granted(endpoint.post(kind))
        if not is_token_accepted(api, response.object["access_token"]):
            raise Violation("a token granted to a form request to be accepted", api.trace[-1].summary())


@requirement("TOKEN-BAD-CLIENT")
def test_wrong_clients_are_refused(endpoint: TokenEndpoint) -> None:
    secret, client = endpoint.client_secret, endpoint.client_id
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("a wrong secret", {"client_secret": f"not-{uuid.uuid4()}"}),
        ("the secret without its last character", {"client_secret": secret[:-1]}),
        ("the secret with an additional character", {"client_secret": secret + "x"}),
        ("the client id as secret", {"client_secret": client}),
        ("a wrong client id", {"client_id": f"unknown-{uuid.uuid4()}"}),
        ("both wrong", {"client_id": "unknown", "client_secret": "wrong"}),
        ("the secret twice", {"client_secret": secret * 2}),
        ("the secret with blanks around it", {"client_secret": f" {secret} "}),
        ("a long secret", {"client_secret": "x" * 2000}),
        ("id and secret interchanged", {"client_id": secret, "client_secret": client}),
        ("a wrong secret and a ttl", {"client_secret": "wrong", "ttl": 60}),
        *(
            (f"the secret {wildcard}", {"client_secret": wildcard})
            for wildcard in ("*", "%", ".*", "null", "undefined")
        ),
        ("a pattern of the secret", {"client_secret": f"{secret[:-1]}%"}),
        ("a regular expression for the secret", {"client_secret": f"{re.escape(secret[:-1])}."}),
        ("a pattern of the client id", {"client_id": f"{client[:-1]}%"}),
    ]
    if secret.swapcase() != secret:
        wrong.append(
            ("the secret with upper and lower case interchanged", {"client_secret": secret.swapcase()})
        )
    for number, (kind, (what, changes)) in enumerate(product((JSON, FORM), wrong)):
        endpoint.trace.assert_allowance()
        if number % FEW == 0:
            assert_granted(endpoint.post())
        _assert_error(endpoint.post(kind, **changes), UNAUTHORIZED, "invalid_client", f"{what}, as {kind},")
    assert_granted(endpoint.post())
    for name, kind in product(("client_secret", "client_id"), (JSON, FORM)):
        # A firewall may refuse these with its own response.
        injected: dict[str, Any] = {name: "' OR '1'='1' --"}
        _assert_not_granted(endpoint.post(kind, **injected), f"an injected {name}, as {kind},")
    for name in ("client_secret", "client_id"):
        # Some parsers of forms read this as an object with an operator of a query language.
        operator: dict[str, Any] = {f"{name}[$ne]": ""}
        what = f"the form field {name}[$ne] instead of {name}"
        _assert_not_granted(endpoint.post(FORM, without=[name], **operator), what)


# Empty values and wrong types. They may be refused as malformed or as wrong.
NO_TEXTS: Final[tuple[Any, ...]] = ("", None, [], {}, {"$ne": ""}, True, 0)


@requirement("TOKEN-BAD-CLIENT")
@pytest.mark.parametrize("name", ["client_secret", "client_id"])
def test_missing_id_or_secret_is_refused(endpoint: TokenEndpoint, name: str) -> None:
    for number, value in enumerate(NO_TEXTS):
        if number % FEW == 0:
            assert_granted(endpoint.post())
        _assert_not_granted(endpoint.post(**{name: value}), f"the {name} {show(value)}")
    assert_granted(endpoint.post())
    for kind in (JSON, FORM):
        _assert_not_granted(endpoint.post(kind, without=[name]), f"no {name}, as {kind},")
    made_up = base64.b64encode(f"{endpoint.client_id}:wrong".encode()).decode()
    headers = {"Authorization": f"Basic {made_up}"}
    for without in (["client_id", "client_secret"], ["client_secret"]):
        _assert_not_granted(endpoint.post(FORM, headers=headers, without=without), "wrong Basic credentials")


@requirement("TOKEN-BAD-GRANT")
def test_other_grants_are_refused(endpoint: TokenEndpoint) -> None:
    for grant in (
        "password",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "implicit",
        "client_credential",
        "xclient_credentials",
    ):
        for kind in (JSON, FORM):
            endpoint.trace.assert_allowance()
            response = endpoint.post(kind, grant_type=grant)
            _assert_error(
                response, NOT_IMPLEMENTED, "unsupported_grant_type", f"the grant {grant}, as {kind},"
            )
    for value in NO_TEXTS:
        _assert_not_granted(endpoint.post(grant_type=value), f"the grant {show(value)}")
    for kind in (JSON, FORM):
        _assert_not_granted(endpoint.post(kind, without=["grant_type"]), f"no grant, as {kind},")


@requirement("TOKEN-TTL")
def test_ttl_sets_the_lifetime(endpoint: TokenEndpoint) -> None:
    # A tenant may have a lower maximum.
    longest = assert_granted(endpoint.post(ttl=LONGEST_TTL)).object.get("expires_in") or LONGEST_TTL
    for kind, ttl in product((JSON, FORM), (60, LONGEST_TTL, 1)):
        lifetime = assert_granted(endpoint.post(kind, ttl=ttl)).object.get("expires_in")
        if not _fits(lifetime, min(ttl, longest)):
            raise Violation(f"expires_in to be the requested ttl {ttl}", show(lifetime))
    lifetime = assert_granted(endpoint.post()).object.get("expires_in")
    if not _fits(lifetime, min(DEFAULT_TTL, longest)):
        raise Violation(f"expires_in to be {DEFAULT_TTL} without a ttl", show(lifetime))


def _fits(lifetime: Any, ttl: int) -> bool:
    """Return True if `expires_in` is absent or fits the `ttl`, perhaps minus the time since the grant."""
    return lifetime is None or ttl - 1 <= lifetime <= ttl


NO_NUMBERS: Final[tuple[Any, ...]] = ("soon", [], {}, True)
OUT_OF_RANGE: Final = (0, -1, LONGEST_TTL + 1, LONGEST_TTL + 0.5, 86_400, 2**31, 2**32 + 60)


@requirement("TOKEN-TTL")
def test_ttl_out_of_range_is_refused(endpoint: TokenEndpoint) -> None:
    for value in NO_NUMBERS:
        endpoint.trace.next_attempt()
        _assert_not_granted(endpoint.post(ttl=value), f"the ttl {show(value)}")
    for kind, ttl in product((JSON, FORM), OUT_OF_RANGE):
        endpoint.trace.next_attempt()
        what = f"the ttl {ttl}, as {kind},"
        response = _assert_error(endpoint.post(kind, ttl=ttl), BAD_REQUEST, "invalid_request", what)
        description = str(response.object.get("error_description", ""))
        if not (names_number(description, ttl) and names_number(description, LONGEST_TTL)):
            raise Violation(f"an error_description with {ttl} and {LONGEST_TTL}", show(description))


@requirement("TOKEN-SCOPE")
def test_scopes_are_refused(endpoint: TokenEndpoint) -> None:
    _assert_not_granted(endpoint.post(scope=["cases"]), "a scope in an array")
    for kind, scope in product((JSON, FORM), ("cases", "read write", "openid", "*")):
        endpoint.trace.assert_allowance()
        what = f"the scope {scope}, as {kind},"
        _assert_error(endpoint.post(kind, scope=scope), BAD_REQUEST, "invalid_scope", what)


@requirement("TOKEN-EXPIRY")
@pytest.mark.needs("TOKEN-GRANT")
def test_token_works_repeatedly(api: CaseApi, endpoint: TokenEndpoint, long_lived: TimedToken) -> None:
    for _ in range(5):
        assert_granted(endpoint.post())  # a grant must not revoke other tokens
    for use in range(USES):
        if not is_token_accepted(api, long_lived.token) and long_lived.is_surely_valid:
            raise Violation(
                f"a token to work for the {use + 1}th time before it expires", api.trace[-1].summary()
            )


@requirement("TOKEN-GRANT")
def test_granted_token_works_for_a_create(api: CaseApi, endpoint: TokenEndpoint) -> None:
    for kind in (JSON, FORM):
        token = assert_granted(endpoint.post(kind)).object["access_token"]
        response = api.unauthenticated("POST", "/case", api.complete(ORDINARY), bearer(token))
        if response.unauthorized:
            raise Violation("a granted token to be accepted for a create", response.summary())
