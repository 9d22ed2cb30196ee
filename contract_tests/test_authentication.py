"""Sections 1 and 5 of the document, HTTP and OAuth: who may call, and how the others are turned away."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from contract_tests.api import CaseApi, case_path, transition_path, unknown_like
from contract_tests.credentials import FixedToken, TokenEndpoint, bearer
from contract_tests.deployment import Scheme
from contract_tests.exchange import Exchange
from contract_tests.payloads import ORDINARY, REPLACEMENT
from contract_tests.steps import Case, must_not_exist
from contract_tests.strangers import Headers, invalid_credentials, must_look_alike
from contract_tests.tokens import DEFAULT_TTL, LONGEST_TTL, ShortLived, granted, works
from contract_tests.verdicts import Disabled, Unsupported, Violation

requirement = pytest.mark.requirement

BAD_REQUEST: Final = 400
UNAUTHORIZED: Final = 401
NOT_IMPLEMENTED: Final = 501


class Operations:
    """The five operations on one case, sent with other credentials than the run's."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.api = case.api
        move = next(iter(self.api.deployment.workflow.walk(1)))[1]
        self._transition = {"caseStatus": move, "workflowId": case.workflow_id(), "reason": "unauthorized"}

    def rows(self, case_id: str | None = None) -> Iterator[tuple[str, str, str, Any]]:
        """(operation, method, path, payload), valid but for the credentials; on another id if one is given."""
        path, move = case_path(case_id or self.case.id), transition_path(case_id or self.case.id)
        whole = self.api.complete(REPLACEMENT)
        yield "createCase", "POST", "/case", whole
        yield "getCase", "GET", path, None
        yield "replaceCase", "PUT", path, whole
        yield "updateCase", "PATCH", path, {"testSummary": "changed by a stranger"}
        yield "transitionCase", "POST", move, self._transition

    def send(self, headers: Headers, case_id: str | None = None) -> Iterator[tuple[str, Exchange]]:
        for operation, method, path, payload in self.rows(case_id):
            self.api.session.new_story()
            yield operation, self.api.unauthenticated(method, path, payload, headers)


@pytest.fixture
def operations(case: Case) -> Operations:
    """The five operations on an ordinary case."""
    if case.api.deployment.auth.scheme is Scheme.NONE:
        raise Disabled("the deployment asks for no credentials")
    return Operations(case)


def _must_be_unauthorized(operation: str, answer: Exchange, what: str) -> None:
    if not answer.unauthorized:
        raise Violation(f"{operation} {what} to be refused with 401 or 403", answer.summary())


@requirement("AUTH-REQUIRED")
def test_without_credentials_every_operation_is_refused(operations: Operations) -> None:
    # In each state of the case: what is open may be guarded while what is closed is not.
    for _, status in [("", ""), *operations.api.deployment.workflow.walk(2)]:
        if status:
            operations.case.move(status)
        for operation, answer in operations.send({}):
            _must_be_unauthorized(operation, answer, "without credentials")


@requirement("AUTH-INVALID")
def test_with_invalid_credentials_every_operation_is_refused(operations: Operations) -> None:
    for what, headers in invalid_credentials(operations.api):
        for operation, answer in operations.send(headers):
            _must_be_unauthorized(operation, answer, f"with {what}")


@requirement("AUTH-INERT")
def test_a_request_refused_for_its_credentials_changes_nothing(operations: Operations) -> None:
    case = operations.case
    before = case.snapshot()
    for headers in ({}, *(headers for _, headers in invalid_credentials(operations.api))):
        for operation, answer in operations.send(headers):
            if not answer.refused:
                continue  # that it had to be, other rows judge
            try:
                case.unchanged_since(before, gone={"testClosing"})
            except Violation as violation:
                raise Violation(f"the refused {operation} to change nothing", violation.actual) from None
            made = answer.object.get("id")
            if operation == "createCase" and isinstance(made, str) and made:
                must_not_exist(operations.api, made, "which a refused create answered")


@requirement("AUTH-CHALLENGE")
def test_a_401_says_how_to_authenticate(operations: Operations) -> None:
    credentials = operations.api.credentials
    if isinstance(credentials, FixedToken) and credentials.scheme is Scheme.COOKIE:
        raise Disabled("HTTP has no challenge for cookie sessions")
    challenged = False
    for headers in ({}, credentials.present("made-up")):
        for operation, answer in operations.send(headers):
            if answer.status != UNAUTHORIZED:
                continue
            challenged = True
            if not answer.headers.get("www-authenticate", "").strip():
                raise Violation(f"{operation}'s 401 with a WWW-Authenticate header", "401 without one")
    if not challenged:
        raise Unsupported("nothing is answered 401")


@requirement("AUTH-NO-ORACLE")
def test_without_credentials_known_and_unknown_ids_look_alike(operations: Operations) -> None:
    for headers in ({}, operations.api.credentials.present("made-up")):
        stranger = unknown_like(operations.case.id)
        known, again, unknown = (list(operations.send(headers, id_)) for id_ in (None, None, stranger))
        for (operation, one), (_, same), (_, other) in zip(known, again, unknown, strict=True):
            must_look_alike(operation, one, same, other)


# -- the token endpoint (vendor: Auth API page; RFC 6749)


def _error(answer: Exchange, status: int, error: str, what: str) -> Exchange:
    if answer.status != status or answer.object.get("error") != error:
        raise Violation(f'{what} to be answered {status} with "error": "{error}"', answer.summary())
    return answer


@requirement("TOKEN-GRANT")
def test_client_credentials_are_granted_a_token_that_works(api: CaseApi, endpoint: TokenEndpoint) -> None:
    tokens = [granted(endpoint.post()).object["access_token"] for _ in range(2)]
    for token in tokens:
        if not works(api, token):
            raise Violation("a granted token to be accepted", "401 or 403")


@requirement("TOKEN-GRANT")
def test_a_token_request_may_come_as_a_form(api: CaseApi, endpoint: TokenEndpoint) -> None:
    # RFC 6749 section 4.4.2.
    form = {
        "grant_type": "client_credentials",
        "client_id": endpoint.client_id,
        "client_secret": endpoint.client_secret,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = granted(
        api.session.exchange_at("POST", endpoint.url, headers=headers, body=urlencode(form).encode())
    )
    if not works(api, answer.object["access_token"]):
        raise Violation("a token granted to a form to be accepted", "401 or 403")


@requirement("TOKEN-BAD-CLIENT")
def test_a_wrong_client_is_refused(endpoint: TokenEndpoint) -> None:
    secret, client = endpoint.client_secret, endpoint.client_id
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("a wrong secret", {"client_secret": f"not-{uuid.uuid4()}"}),
        ("a secret cut by a character", {"client_secret": secret[:-1]}),
        ("a secret with a character more", {"client_secret": secret + "x"}),
        ("the client id as secret", {"client_secret": client}),
        ("a wrong client id", {"client_id": f"nobody-{uuid.uuid4()}"}),
        ("both wrong", {"client_id": "nobody", "client_secret": "nothing"}),
    ]
    for what, changes in wrong:
        _error(endpoint.post(**changes), UNAUTHORIZED, "invalid_client", what)


@requirement("TOKEN-BAD-GRANT")
def test_another_grant_is_refused(endpoint: TokenEndpoint) -> None:
    for grant in (
        "password",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ):
        _error(
            endpoint.post(grant_type=grant), NOT_IMPLEMENTED, "unsupported_grant_type", f"the grant {grant}"
        )


@requirement("TOKEN-TTL")
def test_ttl_sets_the_lifetime_within_its_range(endpoint: TokenEndpoint) -> None:
    # A tenant may let no token live longer than it likes.
    longest = granted(endpoint.post(ttl=LONGEST_TTL)).object.get("expires_in") or LONGEST_TTL
    for ttl in (60, 1):
        lifetime = granted(endpoint.post(ttl=ttl)).object.get("expires_in")
        if not _lives(lifetime, min(ttl, longest)):
            raise Violation(f"expires_in to be the ttl {ttl} that was asked for", repr(lifetime))
    lifetime = granted(endpoint.post()).object.get("expires_in")
    if not _lives(lifetime, min(DEFAULT_TTL, longest)):
        raise Violation(f"expires_in to be {DEFAULT_TTL} where no ttl was asked for", repr(lifetime))
    for ttl in (0, -1, LONGEST_TTL + 1, 86_400):
        answer = _error(endpoint.post(ttl=ttl), BAD_REQUEST, "invalid_request", f"the ttl {ttl}")
        description = str(answer.object.get("error_description", ""))
        if str(ttl) not in description or str(LONGEST_TTL) not in description:
            raise Violation(f"a description that names {ttl} and {LONGEST_TTL}", repr(description))


def _lives(lifetime: Any, ttl: int) -> bool:
    """Whether an `expires_in`, which may be absent, says `ttl`: in full, or without what has passed meanwhile."""
    return lifetime is None or ttl - 1 <= lifetime <= ttl


@requirement("TOKEN-SCOPE")
def test_a_scope_is_refused(endpoint: TokenEndpoint) -> None:
    for scope in ("cases", "read write"):
        answer = _error(endpoint.post(scope=scope), BAD_REQUEST, "invalid_scope", f"the scope {scope!r}")
        if not isinstance(answer.object.get("error_description"), str):
            raise Violation("an error_description", answer.summary())


@requirement("TOKEN-EXPIRY")
def test_a_token_works_until_it_expires(
    api: CaseApi, endpoint: TokenEndpoint, short_lived: ShortLived
) -> None:
    for what in ("", " again", " once more", " a fourth time", " after another was granted"):
        if what.endswith("granted"):
            granted(endpoint.post())
        if not works(api, short_lived.token) and time.time() < short_lived.expires:
            raise Violation(f"a token to work{what} before it expires", "401 or 403")


@requirement("TOKEN-GRANT")
def test_an_ordinary_create_takes_a_granted_token(api: CaseApi, endpoint: TokenEndpoint) -> None:
    token = granted(endpoint.post()).object["access_token"]
    answer = api.unauthenticated("POST", "/case", api.complete(ORDINARY), bearer(token))
    if answer.unauthorized:
        raise Violation("a granted token to be accepted for a create", answer.summary())
