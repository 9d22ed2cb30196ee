"""How a request authenticates, as a table of schemes, and who gets in.

It reads headers and compares; to a client it issues nothing. Every comparison takes a time that does not depend
on how much of a credential is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mock_server.core.errors import Problem, Refused
from mock_server.core.messages import SHORTENED, Request
from mock_server.core.settings import MAX_TTL, Auth, Scheme
from mock_server.core.tokens import Tokens, same


@dataclass(frozen=True, slots=True)
class Way:
    """One scheme: where the credential stands, what a refusal tells the client, and what is accepted."""

    read: Callable[[Request, Auth], str | None]
    write: Callable[[Auth, str], Mapping[str, str]]
    """The header fields that carry a credential."""
    how: str
    challenge: str
    fixed: bool = True
    """The fixed credential of the settings is accepted."""
    issued: bool = False
    """Tokens of the token endpoint are accepted."""


def bearer(request: Request) -> str | None:
    """The bearer token that a request shows."""
    # RFC 6750 section 2.1; the name of a scheme is case-insensitive (RFC 9110 section 11.1).
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else None


def _bearer(request: Request, _auth: Auth) -> str | None:
    return bearer(request)


def _in_bearer(_auth: Auth, credential: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def _cookie(request: Request, auth: Auth) -> str | None:
    # RFC 6265 section 5.4.
    for pair in request.headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals and name == auth.cookie:
            return value
    return None


def _header(request: Request, auth: Auth) -> str | None:
    return request.headers.get(auth.header.lower())


WAYS: Mapping[Scheme, Way] = {
    Scheme.BEARER: Way(
        _bearer, _in_bearer, "send Authorization: Bearer TOKEN", 'Bearer realm="cases"', issued=True
    ),
    Scheme.OAUTH2: Way(
        _bearer,
        _in_bearer,
        "get a token from the token endpoint and send Authorization: Bearer TOKEN",
        'Bearer realm="cases"',
        fixed=False,
        issued=True,
    ),
    Scheme.COOKIE: Way(
        _cookie,
        lambda auth, credential: {"Cookie": f"{auth.cookie}={credential}"},
        "send the cookie {auth.cookie}",
        'Cookie realm="cases"',
    ),
    Scheme.HEADER: Way(
        _header,
        lambda auth, credential: {auth.header: credential},
        "send the header {auth.header}",
        'Key realm="cases"',
    ),
}


def valid(auth: Auth, tokens: Tokens) -> str:
    """A credential that gets in: the fixed one, or a new token where that is not accepted."""
    way = WAYS.get(auth.scheme)
    return auth.token if way is None or way.fixed else tokens.issue(MAX_TTL)


def carrying(auth: Auth, credential: str) -> Mapping[str, str]:
    """The header fields by which a request shows a credential."""
    way = WAYS.get(auth.scheme)
    return {} if way is None else way.write(auth, credential)


class Doorkeeper:
    """Lets a request in or raises Refused: NO_CREDENTIALS or BAD_CREDENTIALS."""

    def __init__(self, auth: Auth, tokens: Tokens) -> None:
        self._auth = auth
        self._tokens = tokens
        self._way = WAYS.get(auth.scheme)
        self._fixed = auth.token.encode()

    def __call__(self, request: Request) -> None:
        way = self._way
        if way is None:
            return
        credential = way.read(request, self._auth)
        if credential and (
            (way.fixed and same(credential, self._fixed)) or (way.issued and self._tokens.accepts(credential))
        ):
            return
        how = way.how.format(auth=self._auth)
        if not credential:
            raise Refused(Problem.NO_CREDENTIALS, how=how, headers={"www-authenticate": way.challenge})
        # RFC 6750 section 3.1 has an error code for a refused token, and none for an absent one.
        error = ', error="invalid_token"' if way.issued else ""
        headers = {"www-authenticate": way.challenge + error}
        if way.issued and self._tokens.cut_short(credential):
            headers |= SHORTENED
        raise Refused(Problem.BAD_CREDENTIALS, how=how, headers=headers)
