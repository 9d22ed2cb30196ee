"""The API of one tenant: the contract's operations behind a pipeline, under the tenant's addresses."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from mock_server.core import openapi
from mock_server.core.authentication import Doorkeeper
from mock_server.core.errors import Refused
from mock_server.core.messages import Handle, Request
from mock_server.core.openapi import Operation
from mock_server.core.operations import DEMANDING, OPERATIONS, SELF_VALIDATING, Tenant, uuid4
from mock_server.core.pipeline import Pipeline, Rules
from mock_server.core.rate_limit import Rate
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
    """A mock of the tenant in `settings`, with an empty store of its own unless one is given.

    `now` gives seconds since the epoch, `new_id` a new UUID. Raises RuntimeError if the contract's
    operationIds and the functions of operations.py do not match one to one.
    """
    return serving(tenant_of(settings or Settings(), store or MemoryStore(), now=now, new_id=new_id), now)


def tenant_of(
    settings: Settings,
    store: Store,
    *,
    now: Callable[[], float],
    new_id: Callable[[], str],
    today: Callable[[], float] | None = None,
) -> Tenant:
    """The tenant in `settings`; `today` gives the dates in records where they do not follow `now`."""
    tokens = Tokens(settings.auth.client_id, settings.auth.client_secrets, now)
    return Tenant(settings, store, tokens, today or now, new_id, owned(settings))


def owned(settings: Settings) -> frozenset[str]:
    """The fields of a record that only the server sets."""
    identity = {"id", "createdDate", "lastWorkflowId", "caseStatus", settings.workflow.status_field}
    return openapi.load().read_only | identity


def serving(tenant: Tenant, now: Callable[[], float]) -> Handle:
    """The API of a tenant; `now` in seconds is what its rate is counted by."""
    settings = tenant.settings
    document = openapi.load().demanding(settings.case.required, DEMANDING)
    admit = Doorkeeper(settings.auth, tenant.tokens)
    rate = settings.limits.rate
    count = Rate(rate, now) if rate else None
    signpost = f" Cases live at {settings.prefix}/case, the console at {CONTROL}/, the API reference at {CONTROL}/docs."
    body, nesting = settings.limits.body, settings.limits.nesting
    rules = Rules(admit, body, nesting, count, self_validating=SELF_VALIDATING, signpost=signpost)
    handle = Pipeline(document, OPERATIONS, tenant, rules)
    if not settings.prefix and settings.auth.token_path == TOKEN_PATH:
        return handle
    return _moved(address(settings), handle)


def address(settings: Settings) -> Callable[[str], str]:
    """From the path of a request to the path in the contract; "" where the tenant has nothing."""
    prefix, token_path = settings.prefix, settings.auth.token_path
    return lambda path: TOKEN_PATH if path == token_path else _below(prefix, path)


def under(prefix: str, handle: Handle) -> Handle:
    """The handle, moved under a path prefix; the token endpoint answers at the root as well."""
    return _moved(partial(_below, prefix), handle) if prefix else handle


def _moved(to: Callable[[str], str], handle: Handle) -> Handle:
    return lambda request: handle(replace(request, path=to(request.path)))


def _below(prefix: str, path: str) -> str:
    if path.startswith(prefix + "/"):
        return path[len(prefix) :]
    return path if path.startswith("/auth/") else ""


Locate = Callable[[Request], tuple[Operation | None, Mapping[str, str]]]
"""The operation that a request names, if there is one, and its path parameters."""


def locating(settings: Settings) -> Locate:
    """Where requests go with these settings."""
    document, to = openapi.load(), address(settings)

    def locate(request: Request) -> tuple[Operation | None, Mapping[str, str]]:
        try:
            place, parameters = document.find(to(request.path))
        except Refused:
            return None, {}
        return place.operations.get(request.method), parameters

    return locate
