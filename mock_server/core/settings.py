"""How one tenant differs from another: plain values, checked when made, and nothing else.

The tables are those of a deployment file ([auth], [case], [workflow], [limits]); the defaults are the
tenant that a developer wants who gives no options.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from mock_server.core.workflow import Workflow

MAX_TTL = 3600
"""Seconds; the vendor's Auth API page allows no longer life."""

DEEPEST = 200
"""Levels of nesting that can be allowed: the JSON parser and the validators recurse."""

TOKEN_PATH = "/auth/oauth2/token"
"""Where the contract has the token endpoint."""

CONTROL = "/_mock"
"""Path of the mock's own control API, at the root whatever the prefix."""


class Scheme(StrEnum):
    """How a client authenticates."""

    BEARER = "bearer"
    OAUTH2 = "oauth2"
    COOKIE = "cookie"
    HEADER = "header"
    NONE = "none"


class IdFormat(StrEnum):
    """What the ids of cases look like: UUIDs, or numbers as in the vendor's update examples."""

    UUID = "uuid"
    ANY = "any"


class UpdateResponse(StrEnum):
    """What PUT, PATCH and a transition answer with."""

    RECORD = "record"
    STATUS = "status"


def credential(text: str) -> str:
    """The text, if a header field can carry it as a credential. Raises ValueError."""
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("a token, client id or secret is visible ASCII text without spaces")
    return text


@dataclass(frozen=True, slots=True)
class Auth:
    """Who gets in, and how."""

    scheme: Scheme = Scheme.BEARER
    token: str = "dev-token"
    """The fixed credential: bearer token, cookie value or header value."""
    client_id: str = "dev-client"
    client_secrets: tuple[str, ...] = ("dev-key-0", "dev-key-1")
    """The service account's API keys, apiKey0 and apiKey1: two, so that one can be changed at a time."""
    ttl: float = 600
    """Seconds that a token lives whose request names no ttl."""
    longest_life: float = MAX_TTL
    """Seconds that a token lives at most, whatever was asked; `expires_in` says what it got."""
    shortened_life: float | None = None
    """The same for a while, as trouble: an answer that this shaped says so."""
    cookie: str = "session"
    header: str = "X-Api-Key"
    token_path: str = TOKEN_PATH
    """Where else the token endpoint lies, from the host's root; it always answers at the contract's, too."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scheme", Scheme(self.scheme))
        for secret in (self.token, self.client_id, *self.client_secrets):
            credential(secret)
        if not (0 < self.ttl <= MAX_TTL and 0 < self.longest_life <= MAX_TTL):
            raise ValueError(f"a token lives more than 0 and at most {MAX_TTL} seconds")


@dataclass(frozen=True, slots=True)
class CaseRules:
    """What this tenant's cases are like."""

    id_format: IdFormat = IdFormat.UUID
    required: frozenset[str] = frozenset()
    """Fields that a create or replace must name."""
    update_response: UpdateResponse = UpdateResponse.RECORD

    def __post_init__(self) -> None:
        object.__setattr__(self, "id_format", IdFormat(self.id_format))
        object.__setattr__(self, "update_response", UpdateResponse(self.update_response))
        object.__setattr__(self, "required", frozenset(self.required))


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much."""

    head: int = 64 * 1024
    """Bytes of a request's header fields, where a socket is involved."""
    body: int = 1024 * 1024
    """Bytes of a request body."""
    control_body: int = 32 * 1024 * 1024
    """Bytes of a request body of the control API, which takes whole states."""
    nesting: int = 100
    """Levels of objects and arrays inside each other."""
    patience: float = 60
    """Seconds that a request has to arrive, and a client to take its answers or send the next; at most twice as many
    pass before it loses the connection."""
    rate: float | None = None
    """Requests a second, over all clients; None is no limit."""

    def __post_init__(self) -> None:
        if not 1 <= self.nesting <= DEEPEST:
            raise ValueError(f"the nesting limit lies between 1 and {DEEPEST}")
        if min(self.head, self.body) < 1 or self.patience <= 0 or (self.rate is not None and self.rate <= 0):
            raise ValueError("limits are greater than 0")

    def body_at(self, path: str) -> int:
        """Bytes that the body of a request with this path (or target) may have."""
        return self.control_body if path.startswith(CONTROL) else self.body


@dataclass(frozen=True, slots=True)
class Settings:
    """One tenant."""

    auth: Auth = field(default_factory=Auth)
    case: CaseRules = field(default_factory=CaseRules)
    workflow: Workflow = field(default_factory=Workflow)
    limits: Limits = field(default_factory=Limits)
    prefix: str = ""
    """Path under which the API lives, such as "/api-public/1.0"; the token endpoint is at the root too."""

    def __post_init__(self) -> None:
        if self.prefix and not re.fullmatch(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+", self.prefix):
            raise ValueError(f"a prefix is a path such as /api-public/1.0, not {self.prefix!r}")
        if self.prefix.startswith(CONTROL):
            raise ValueError(f"a prefix does not begin with {CONTROL}, which is the mock's own")

    @property
    def token_path(self) -> str:
        """The path of the token endpoint, from the host's root."""
        moved = self.auth.token_path != TOKEN_PATH
        return self.auth.token_path if moved else self.prefix + TOKEN_PATH
