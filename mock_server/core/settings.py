"""The settings of one tenant: plain values, checked when they are created.

The classes are the tables of a deployment file: [auth], [case], [workflow] and [limits]. The defaults suit a
developer who gives no options.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from mock_server.core.workflow import Workflow

MAX_TTL = 3600
"""Longest life of a token in seconds, from the vendor's Auth API page."""

DEEPEST = 200
"""Greatest nesting limit: the JSON parser and the validators are recursive."""

TOKEN_PATH = "/auth/oauth2/token"
"""Path of the token endpoint in the contract."""

CONTROL = "/_mock"
"""Path of the mock's control API. It is at the root under any prefix."""


class Scheme(StrEnum):
    """An authentication scheme."""

    BEARER = "bearer"
    OAUTH2 = "oauth2"
    COOKIE = "cookie"
    HEADER = "header"
    NONE = "none"


class IdFormat(StrEnum):
    """The form of case ids: UUIDs, or numbers as in the vendor's update examples."""

    UUID = "uuid"
    ANY = "any"


class UpdateResponse(StrEnum):
    """The content of a successful PUT, PATCH or transition response."""

    RECORD = "record"
    STATUS = "status"


class ShownAs(StrEnum):
    """The form in which a record shows a field without a value."""

    NULL = "null"
    ABSENT = "absent"


class LastWorkflowId(StrEnum):
    """The value of `lastWorkflowId` after a transition: a new one, or the one before."""

    CHANGES = "changes"
    STAYS = "stays"


def check_credential(text: str) -> str:
    """Return the text if a header field can carry it as a credential. Raises ValueError."""
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("a token, client id or secret is visible ASCII text without spaces")
    return text


@dataclass(frozen=True, slots=True)
class Auth:
    """Credentials, and the scheme that carries them."""

    scheme: Scheme = Scheme.BEARER
    token: str = "dev-token"
    """The fixed credential: bearer token, cookie value or header value."""
    client_id: str = "dev-client"
    client_secrets: tuple[str, ...] = ("dev-key-0", "dev-key-1")
    """The service account's API keys, apiKey0 and apiKey1. There are two, so that each can be replaced alone."""
    ttl: float = 600
    """Life of a token in seconds if the request has no ttl."""
    longest_life: float = MAX_TTL
    """Greatest life of a token in seconds. A longer ttl is reduced to it, as `expires_in` shows."""
    shortened_life: float | None = None
    """A smaller greatest life for tests. A response that it changed is marked."""
    cookie: str = "session"
    header: str = "X-Api-Key"
    token_path: str = TOKEN_PATH
    """A second path of the token endpoint, from the host's root. The contract's path works as well."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scheme", Scheme(self.scheme))
        for secret in (self.token, self.client_id, *self.client_secrets):
            check_credential(secret)
        if not (0 < self.ttl <= MAX_TTL and 0 < self.longest_life <= MAX_TTL):
            raise ValueError(f"a token life is greater than 0 and at most {MAX_TTL} seconds")


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The rules for this tenant's cases."""

    id_format: IdFormat = IdFormat.UUID
    required: frozenset[str] = frozenset()
    """Fields that a create or replace must have."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Sample record of a closed schema: no other fields and types are accepted. Empty for an open schema."""
    accepts_null: bool = True
    """A client may set the fields of a closed schema to null."""
    update_response: UpdateResponse = UpdateResponse.RECORD
    null_fields: ShownAs = ShownAs.NULL
    """A field that a client sets to null."""
    omitted_fields: ShownAs = ShownAs.ABSENT
    """A field that a replacement leaves out."""
    last_workflow_id: LastWorkflowId = LastWorkflowId.CHANGES

    def __post_init__(self) -> None:
        object.__setattr__(self, "id_format", IdFormat(self.id_format))
        object.__setattr__(self, "update_response", UpdateResponse(self.update_response))
        object.__setattr__(self, "null_fields", ShownAs(self.null_fields))
        object.__setattr__(self, "omitted_fields", ShownAs(self.omitted_fields))
        object.__setattr__(self, "last_workflow_id", LastWorkflowId(self.last_workflow_id))
        object.__setattr__(self, "required", frozenset(self.required))


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of requests."""

    head: int = 64 * 1024
    """Bytes of a request's header fields, over a socket."""
    body: int = 1024 * 1024
    """Bytes of a request body."""
    control_body: int = 32 * 1024 * 1024
    """Bytes of a request body of the control API, which accepts whole states."""
    nesting: int = 100
    """Levels of nested objects and arrays."""
    patience: float = 60
    """Seconds for a request to arrive, for a client to read its responses, and for an idle connection. After at most
    twice this time, the connection is closed."""
    rate: float | None = None
    """Requests a second over all clients; None means no limit."""

    def __post_init__(self) -> None:
        if not 1 <= self.nesting <= DEEPEST:
            raise ValueError(f"the nesting limit is between 1 and {DEEPEST}")
        if min(self.head, self.body) < 1 or self.patience <= 0 or (self.rate is not None and self.rate <= 0):
            raise ValueError("limits are greater than 0")


@dataclass(frozen=True, slots=True)
class Settings:
    """One tenant."""

    auth: Auth = field(default_factory=Auth)
    case: CaseRules = field(default_factory=CaseRules)
    workflow: Workflow = field(default_factory=Workflow)
    limits: Limits = field(default_factory=Limits)
    prefix: str = ""
    """Path of the API, such as "/api-public/1.0". The token endpoint is at the root, too."""
    document: Path | None = None
    """File of another version of the OpenAPI document, with the same operations; None for the project's own."""
    with_list: bool = False
    """Adds GET /case, a list of cases, which the contract does not have."""

    def __post_init__(self) -> None:
        if self.prefix and not re.fullmatch(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+", self.prefix):
            raise ValueError(f"a prefix is a path such as /api-public/1.0, not {self.prefix!r}")
        if self.prefix.startswith(CONTROL):
            raise ValueError(f"a prefix cannot begin with {CONTROL}, the path of the control API")

    @property
    def token_path(self) -> str:
        """The path of the token endpoint, from the host's root."""
        has_own_path = self.auth.token_path != TOKEN_PATH
        return self.auth.token_path if has_own_path else self.prefix + TOKEN_PATH
