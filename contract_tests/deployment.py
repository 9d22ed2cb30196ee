"""How one deployment differs from the document: what its answers may look like, and what it demands.

Every field has a default that accepts each reading which the catalogue accepts. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contract_tests.workflow import Workflow


class Scheme(StrEnum):
    """How a client proves who it is."""

    BEARER = "bearer"
    OAUTH2 = "oauth2"
    NONE = "none"


class IdFormat(StrEnum):
    """What a case's id looks like."""

    UUID = "uuid"
    ANY = "any"


class UpdateResponse(StrEnum):
    """What an update or a transition answers (Case APIs, sections 3 and 4: "updated record or status")."""

    RECORD = "record"
    STATUS = "status"
    EITHER = "either"


@dataclass(frozen=True)
class Auth:
    """Authentication. `token_url` is absolute, or starts with "/" at the host's root, or is relative to the base URL.

    `ttl`: the lifetime to ask of the token endpoint, in seconds; None asks for none.
    """

    scheme: Scheme = Scheme.BEARER
    token_url: str = "auth/oauth2/token"
    ttl: int | None = None


@dataclass(frozen=True)
class CaseRules:
    """What holds for cases. Times in seconds."""

    id_format: IdFormat = IdFormat.UUID
    required: Mapping[str, Any] = field(default_factory=dict)
    update_response: UpdateResponse = UpdateResponse.EITHER
    consistency_wait: float = 0.0
    clock_skew: float = 300.0
    tag_field: str = "contractTestRun"


@dataclass(frozen=True)
class Limits:
    """`timeout`: seconds a request; `rate`: requests a second, None for no limit."""

    timeout: float = 30.0
    rate: float | None = None


@dataclass(frozen=True)
class Deployment:
    """All of it. `status_field` None means: under any name that a status goes by."""

    auth: Auth = field(default_factory=Auth)
    case: CaseRules = field(default_factory=CaseRules)
    workflow: Workflow = field(default_factory=Workflow)
    status_field: str | None = None
    limits: Limits = field(default_factory=Limits)
    disabled: Mapping[str, str] = field(default_factory=dict)
