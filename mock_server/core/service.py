"""The API of one tenant: the contract's operations behind a pipeline, at the tenant's paths."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from mock_server.core import openapi
from mock_server.core.authentication import Authenticator
from mock_server.core.case_list import CaseList
from mock_server.core.closed_schema import closed_schema
from mock_server.core.errors import Refused
from mock_server.core.messages import Handle, Request, Response
from mock_server.core.openapi import Contract, Operation
from mock_server.core.operations import OPERATIONS, SELF_VALIDATING, WHOLE_CASE, WITH_FIELDS, Tenant, uuid4
from mock_server.core.pipeline import Pipeline, Rules
from mock_server.core.rate_limit import RateLimiter
from mock_server.core.settings import CONTROL, TOKEN_PATH, Settings
from mock_server.core.store import MemoryStore, Store
from mock_server.core.tokens import Tokens


def build(
    settings: Settings | None = None,
    *,
    store: Store | None = None,
    now: Callable[[], float] = time.time,
    new_id: Callable[[], str] = uuid4,
) -> Handle:
    """Build a mock of the tenant in `settings`, with an empty store unless one is given.

    `now` returns seconds since the epoch, `new_id` a new UUID. Raises RuntimeError if the operationIds of the
    contract and the functions in operations.py do not match.
    """
    return build_api(
        create_tenant(settings or Settings(), store or MemoryStore(), now=now, new_id=new_id), now
    )


def create_tenant(
    settings: Settings,
    store: Store,
    *,
    now: Callable[[], float],
    new_id: Callable[[], str],
    today: Callable[[], float] | None = None,
) -> Tenant:
    """Create the tenant in `settings`. `today` returns the dates in records if they differ from `now`."""
    tokens = Tokens(settings.auth.client_id, settings.auth.client_secrets, now)
    return Tenant(settings, store, tokens, today or now, new_id, read_only_fields(settings))


def read_only_fields(settings: Settings) -> frozenset[str]:
    """Return the fields of a record that only the server sets."""
    identity = {"id", "createdDate", "lastWorkflowId", "caseStatus", settings.workflow.status_field}
    return openapi.load(settings.document).read_only | identity


def build_api(tenant: Tenant, now: Callable[[], float]) -> Handle:
    """Build the API of a tenant; `now` returns seconds for its rate limit."""
    settings = tenant.settings
    limits, rate = settings.limits, settings.limits.rate
    hint = f" Cases are at {settings.prefix}/case, the console at {CONTROL}/, the API reference at {CONTROL}/docs."
    rules = Rules(
        Authenticator(settings.auth, tenant.tokens),
        limits.body,
        limits.nesting,
        RateLimiter(rate, now) if rate else None,
        self_validating=SELF_VALIDATING,
        hint=hint,
    )
    handle: Handle = Pipeline(_document(tenant), OPERATIONS, tenant, rules)
    if settings.with_list:
        handle = CaseList(handle, tenant, rules)
    if not settings.prefix and settings.auth.token_path == TOKEN_PATH:
        return handle
    return MappedPaths(path_mapper(settings), handle)


def _document(tenant: Tenant) -> Contract:
    """Return the contract with the tenant's own rules for the bodies of cases."""
    case = tenant.settings.case
    document = openapi.load(tenant.settings.document)
    if case.required:
        document = document.with_rule({"required": sorted(case.required)}, WHOLE_CASE)
    if case.fields:
        rule = closed_schema(case.fields, tenant.read_only, nullable=case.accepts_null)
        document = document.with_rule(rule, WITH_FIELDS)
    return document


class MappedPaths:
    """A handle whose requests get another path first."""

    def __init__(self, to_contract_path: Callable[[str], str], handle: Handle) -> None:
        self._to_contract_path = to_contract_path
        self._handle = handle

    def __call__(self, request: Request) -> Response:
        return self._handle(replace(request, path=self._to_contract_path(request.path)))


def path_mapper(settings: Settings) -> Callable[[str], str]:
    """Return a function from a request's path to the contract's path; "" if the tenant has no such path."""
    prefix, token_path = settings.prefix, settings.auth.token_path

    def to_contract_path(path: str) -> str:
        return TOKEN_PATH if path == token_path else _strip_prefix(prefix, path)

    return to_contract_path


def under_prefix(prefix: str, handle: Handle) -> Handle:
    """Return the handle under a path prefix. The token endpoint stays reachable at the root."""
    return MappedPaths(partial(_strip_prefix, prefix), handle) if prefix else handle


def _strip_prefix(prefix: str, path: str) -> str:
    if path.startswith(prefix + "/"):
        return path[len(prefix) :]
    return path if path.startswith("/auth/") else ""


Locate = Callable[[Request], tuple[Operation | None, Mapping[str, str]]]
"""Returns the operation of a request, or None, and its path parameters."""


def create_locate(settings: Settings) -> Locate:
    """Return the function that finds the operation of a request."""
    document, to_contract_path = openapi.load(settings.document), path_mapper(settings)

    def locate(request: Request) -> tuple[Operation | None, Mapping[str, str]]:
        try:
            template, parameters = document.find(to_contract_path(request.path))
        except Refused:
            return None, {}
        return template.operations.get(request.method), parameters

    return locate
