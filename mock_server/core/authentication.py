"""Authentication schemes as a table, and the check of a request's credentials.

Every comparison takes a time that does not depend on how much of a credential is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import SHORTENED, Request
from mock_server.core.settings import MAX_TTL, Auth, Scheme
from mock_server.core.tokens import Tokens, equals_secret


@dataclass(frozen=True, slots=True)
class SchemeRules:
    """One scheme: how to read and write a credential, the texts of a refusal, and the accepted credentials."""

    read: Callable[[Request, Auth], str | None]
    write: Callable[[Auth, str], Mapping[str, str]]
    """Returns the header fields with a credential."""
    how: str
    challenge: str
    accepts_fixed: bool = True
    """Accepts the fixed credential of the settings."""
    accepts_issued: bool = False
    """Accepts tokens of the token endpoint."""


def bearer_token(request: Request) -> str | None:
    """Return the bearer token of a request, or None."""
    # RFC 6750 section 2.1; the name of a scheme is case-insensitive (RFC 9110 section 11.1).
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


def _read_bearer(request: Request, _auth: Auth) -> str | None:
    return bearer_token(request)


def _write_bearer(_auth: Auth, credential: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def _read_cookie(request: Request, auth: Auth) -> str | None:
    # RFC 6265 section 5.4.
    for pair in request.headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals and name == auth.cookie:
            return value
    return None


def _write_cookie(auth: Auth, credential: str) -> Mapping[str, str]:
    return {"Cookie": f"{auth.cookie}={credential}"}


def _read_header(request: Request, auth: Auth) -> str | None:
    return request.headers.get(auth.header.lower())


def _write_header(auth: Auth, credential: str) -> Mapping[str, str]:
    return {auth.header: credential}


SCHEMES: Mapping[Scheme, SchemeRules] = {
    Scheme.BEARER: SchemeRules(
        _read_bearer,
        _write_bearer,
        "send Authorization: Bearer TOKEN",
        'Bearer realm="cases"',
        accepts_issued=True,
    ),
    Scheme.OAUTH2: SchemeRules(
        _read_bearer,
        _write_bearer,
        "get a token from the token endpoint and send Authorization: Bearer TOKEN",
        'Bearer realm="cases"',
        accepts_fixed=False,
        accepts_issued=True,
    ),
    Scheme.COOKIE: SchemeRules(
        _read_cookie, _write_cookie, "send the cookie {auth.cookie}", 'Cookie realm="cases"'
    ),
    Scheme.HEADER: SchemeRules(
        _read_header, _write_header, "send the header {auth.header}", 'Key realm="cases"'
    ),
}


def valid_credential(auth: Auth, tokens: Tokens) -> str:
    """Return a credential that is accepted: the fixed one, or a new token if the scheme accepts only tokens."""
    rules = SCHEMES.get(auth.scheme)
    return auth.token if rules is None or rules.accepts_fixed else tokens.issue(MAX_TTL)


def credential_headers(auth: Auth, credential: str) -> Mapping[str, str]:
    """Return the header fields with a credential."""
    rules = SCHEMES.get(auth.scheme)
    return {} if rules is None else rules.write(auth, credential)


def credential_fields(auth: Auth) -> frozenset[str]:
    """Return the names of the header fields that carry a credential under any scheme, in lower case."""
    return frozenset(name.lower() for rules in SCHEMES.values() for name in rules.write(auth, ""))


class Authenticator:
    """Checks the credentials of a request. Raises Refused: NO_CREDENTIALS or BAD_CREDENTIALS."""

    def __init__(self, auth: Auth, tokens: Tokens) -> None:
        self._auth = auth
        self._tokens = tokens
        self._rules = SCHEMES.get(auth.scheme)
        self._fixed = auth.token.encode()

    def __call__(self, request: Request) -> None:
        rules = self._rules
        if rules is None:
            return
        credential = rules.read(request, self._auth)
        if credential and (
            (rules.accepts_fixed and equals_secret(credential, self._fixed))
            or (rules.accepts_issued and self._tokens.is_valid(credential))
        ):
            return
        how = rules.how.format(auth=self._auth)
        if not credential:
            raise Refused(Problem.NO_CREDENTIALS, how=how, headers={"www-authenticate": rules.challenge})
        # RFC 6750 section 3.1 has an error code for a refused token, but none for a missing one.
        error = ', error="invalid_token"' if rules.accepts_issued else ""
        headers = {"www-authenticate": rules.challenge + error}
        if rules.accepts_issued and self._tokens.is_expired_early(credential):
            headers |= SHORTENED
        raise Refused(Problem.BAD_CREDENTIALS, how=how, headers=headers)
