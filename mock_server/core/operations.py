# ruff: noqa: N802 - each function bears the operationId of the contract that it carries out
"""One function for each operationId of the contract.

Here stands only what a schema cannot say: identity, lifecycle, merging, grants. A function gets a call
that is routed, authenticated and validated, and returns a response or raises Refused; a refusal has
changed nothing.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from mock_server.core import json_codec
from mock_server.core.errors import Problem, Refused
from mock_server.core.json_codec import Json
from mock_server.core.messages import SHORTENED, Response
from mock_server.core.settings import MAX_TTL, IdFormat, Scheme, Settings, UpdateResponse
from mock_server.core.store import Store, Stored
from mock_server.core.tokens import Tokens

JSON = {"content-type": "application/json"}
NO_STORE = JSON | {"cache-control": "no-store", "pragma": "no-cache"}
"""RFC 6749 section 5.1: no cache may keep a token."""

DEMANDING = frozenset({"createCase", "replaceCase"})
"""The operations whose body is a whole case, so that a tenant's required fields must be in it."""
SELF_VALIDATING = frozenset({"issueToken"})
"""Operations with an order of errors of their own: OAuth tells an unknown grant from a malformed request."""
TOKENS_FOR = frozenset({Scheme.BEARER, Scheme.OAUTH2, Scheme.NONE})
"""The schemes under which service accounts exist."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """The one tenant that a mock plays: its settings, its state, its sources of time and ids."""

    settings: Settings
    store: Store
    tokens: Tokens
    today: Callable[[], float]
    """Seconds since the epoch, for the dates in records."""
    new_id: Callable[[], str]
    owned: frozenset[str]
    """Fields that a client cannot set; they are ignored in a body."""


class Call(NamedTuple):
    """One call of an operation."""

    parameters: Mapping[str, Json]
    """Those in the path, decoded; with those of the query, where the API has some."""
    payload: Json = None


Function = Callable[[Tenant, Call], Response]


def createCase(tenant: Tenant, call: Call) -> Response:
    """Store a new case (section 1 of the vendor's page). Location is from RFC 9110 section 9.3.3."""
    state = tenant.settings.workflow.initial
    record = new_record(tenant, state)
    case_id = record["id"]
    record.update(_details(tenant, call.payload))
    text = json_codec.encode(record)
    tenant.store.add((case_id, Stored(state, text)))
    # Relative to the request's own address, so that it is right under any prefix and host.
    return Response(201, {**JSON, "location": f"case/{case_id}"}, text)


def getCase(tenant: Tenant, call: Call) -> Response:
    """The case as it is (section 2)."""
    case = tenant.store.get(call.parameters["id"])
    if case is None:
        raise Refused(Problem.UNKNOWN_CASE)
    return Response(200, JSON, case.text)


def replaceCase(tenant: Tenant, call: Call) -> Response:
    """Put the payload in place of everything but identity and status (section 3)."""
    details = _details(tenant, call.payload)

    def replaced(case: Stored) -> Stored:
        record = json_codec.load(case.text)
        kept = {name: value for name, value in record.items() if name in tenant.owned}
        return Stored(case.state, json_codec.encode(kept | details))

    return _updated(tenant, call, replaced)


def updateCase(tenant: Tenant, call: Call) -> Response:
    """Give the named fields new values: null is stored, arrays and objects are replaced whole (section 3)."""
    details = _details(tenant, call.payload)

    def updated(case: Stored) -> Stored:
        return Stored(case.state, json_codec.encode(json_codec.load(case.text) | details))

    return _updated(tenant, call, updated)


def transitionCase(tenant: Tenant, call: Call) -> Response:
    """Move the case in its workflow and give it a new `lastWorkflowId` (section 4)."""
    workflow, wanted = tenant.settings.workflow, call.payload["caseStatus"]
    # Made before the store holds the case for us, since it may be made with a look into the store.
    workflow_id = tenant.new_id()

    def moved(case: Stored) -> Stored:
        record = json_codec.load(case.text)
        if call.payload["workflowId"] != record["lastWorkflowId"]:
            raise Refused(Problem.WRONG_WORKFLOW)
        state = workflow.move(case.state, wanted)
        changes = {"lastWorkflowId": workflow_id, workflow.status_field: workflow.shows(state)}
        return Stored(state, json_codec.encode(record | changes))

    return _updated(tenant, call, moved)


def issueToken(tenant: Tenant, call: Call) -> Response:
    """The client-credentials grant (vendor's Auth API page; RFC 6749 sections 4.4 and 5)."""
    auth, payload = tenant.settings.auth, call.payload
    if auth.scheme not in TOKENS_FOR:
        raise Refused(Problem.NO_TOKENS)
    if not isinstance(payload, dict):
        raise Refused(Problem.INVALID_REQUEST, reason="the request is not an object")
    for name in ("grant_type", "client_id", "client_secret"):
        if not isinstance(payload.get(name), str):
            raise Refused(Problem.INVALID_REQUEST, reason=f"{name} must be given, as a string")
    if payload["grant_type"] != "client_credentials":
        raise Refused(Problem.UNSUPPORTED_GRANT)
    if not tenant.tokens.knows(payload["client_id"], payload["client_secret"]):
        raise Refused(Problem.INVALID_CLIENT, headers={"www-authenticate": 'Bearer realm="tokens"'})
    if "scope" in payload:
        raise Refused(Problem.INVALID_SCOPE)
    usual = min(_ttl(payload.get("ttl", auth.ttl)), auth.longest_life)
    life = min(usual, auth.shortened_life or usual)
    # RFC 6749 section 5.1 counts in seconds, and many a client reads an integer alone.
    told = int(life) if life == int(life) else life
    token = {"access_token": tenant.tokens.issue(life, usual), "token_type": "Bearer", "expires_in": told}
    headers = NO_STORE if life == usual else NO_STORE | SHORTENED
    return Response(200, headers, json_codec.encode(token))


OPERATIONS: Mapping[str, Function] = {
    function.__name__: function
    for function in (createCase, getCase, replaceCase, updateCase, transitionCase, issueToken)
}


def new_record(tenant: Tenant, state: str) -> dict[str, Any]:
    """What the tenant itself says about a new case in a state."""
    workflow = tenant.settings.workflow
    return {
        "id": shown_id(tenant.new_id(), tenant.settings.case.id_format),
        "createdDate": _date(tenant.today()),
        "lastWorkflowId": tenant.new_id(),
        workflow.status_field: workflow.shows(state),
    }


def shown_id(new: str, id_format: IdFormat) -> str:
    """A new UUID as the id of a case."""
    if id_format is IdFormat.UUID:
        return new
    # A number as text, made from the UUID so that it is as unique and as repeatable.
    return str(int(new.replace("-", ""), 16) % 10**18)


_VERSION_4 = 4 << 76 | 2 << 62
_RANDOM = (1 << 128) - 1 & ~(15 << 76) & ~(3 << 62)


_ids = Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.seed)


def uuid4(random: Callable[[int], int] = _ids.getrandbits) -> str:
    """A random UUID (RFC 9562 section 5.4), several times as fast as the standard library's.

    Ids are no secrets, so they need no cryptographic source. This one is their own, since tests seed the common one,
    and Hypothesis does before each example: the same ids would come again.
    """
    digits = (random(128) & _RANDOM | _VERSION_4).to_bytes(16, "big").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _details(tenant: Tenant, payload: dict[str, Any]) -> dict[str, Any]:
    if tenant.owned.isdisjoint(payload):
        return payload
    return {name: value for name, value in payload.items() if name not in tenant.owned}


def _updated(tenant: Tenant, call: Call, change: Callable[[Stored], Stored]) -> Response:
    case = tenant.store.update(call.parameters["id"], change)
    if case is None:
        raise Refused(Problem.UNKNOWN_CASE)
    if tenant.settings.case.update_response is UpdateResponse.STATUS:
        return Response(200, JSON, b'{"status":"ok"}')
    return Response(200, JSON, case.text)


def _ttl(ttl: Json) -> float:
    # A form has only text (RFC 6749 section 4.4.2), and true is a number to Python.
    try:
        seconds = float("nan") if isinstance(ttl, bool) else float(ttl)
    except (TypeError, ValueError, OverflowError):
        seconds = float("nan")
    if not 0 < seconds <= MAX_TTL:
        reason = f"ttl is {str(ttl)[:40]} and must be a number of seconds above 0, at most {MAX_TTL}"
        raise Refused(Problem.INVALID_REQUEST, reason=reason)
    return seconds


def _date(seconds: float) -> str:
    """RFC 3339, in UTC, with milliseconds."""
    whole = int(seconds // 1)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03}Z"


@lru_cache(maxsize=1)
def _second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
