# ruff: noqa: N802 - each function is named like its operationId in the contract
"""One function for each operationId of the contract.

These functions do what a schema cannot express: identity, lifecycle, merging and grants. A function gets a call that
is routed, authenticated and validated. It returns a response, or raises Refused and has then changed nothing.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from mock_server.core import json_codec
from mock_server.core.errors import Problem, Refused
from mock_server.core.json_codec import Json
from mock_server.core.messages import SHORTENED, Response
from mock_server.core.settings import (
    MAX_TTL,
    CaseRules,
    IdFormat,
    LastWorkflowId,
    Scheme,
    Settings,
    ShownAs,
    UpdateResponse,
)
from mock_server.core.store import Store, Stored
from mock_server.core.tokens import Tokens

JSON = {"content-type": "application/json"}
NO_STORE = JSON | {"cache-control": "no-store", "pragma": "no-cache"}
"""RFC 6749 section 5.1: no cache may store a token."""

WHOLE_CASE = frozenset({"createCase", "replaceCase"})
"""Operations whose body is a whole case, and so must have the tenant's required fields."""
WITH_FIELDS = WHOLE_CASE | {"updateCase"}
"""Operations whose body contains fields of a case."""
SELF_VALIDATING = frozenset({"issueToken"})
"""Operations that validate their body themselves: OAuth separates an unknown grant from a malformed request."""
WITH_TOKENS = frozenset({Scheme.BEARER, Scheme.OAUTH2, Scheme.NONE})
"""The schemes under which the token endpoint exists."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """The tenant of a mock: its settings, its state, and its sources of time and ids."""

    settings: Settings
    store: Store
    tokens: Tokens
    today: Callable[[], float]
    """Seconds since the epoch, for the dates in records."""
    new_id: Callable[[], str]
    read_only: frozenset[str]
    """Fields that a client cannot set; they are ignored in a body."""


class Call(NamedTuple):
    """One call of an operation."""

    parameters: Mapping[str, Json]
    """The decoded path parameters, and the query parameters if the API has any."""
    payload: Json = None


Function = Callable[[Tenant, Call], Response]


def createCase(tenant: Tenant, call: Call) -> Response:
    """Store a new case (section 1 of the vendor's page). Location is from RFC 9110 section 9.3.3."""
    state = tenant.settings.workflow.initial
    record = new_record(tenant, state)
    case_id = record["id"]
    record.update(_writable(tenant, call.payload))
    text = json_codec.encode(_without_nulls(record, tenant.settings.case))
    tenant.store.add((case_id, Stored(state, text)))
    # Relative to the request's own address, so that it is right under any prefix and host.
    return Response(201, {**JSON, "location": f"case/{case_id}"}, text)


def getCase(tenant: Tenant, call: Call) -> Response:
    """Return the case (section 2)."""
    case = tenant.store.get(call.parameters["id"])
    if case is None:
        raise Refused(Problem.UNKNOWN_CASE)
    return Response(200, JSON, case.text)


def replaceCase(tenant: Tenant, call: Call) -> Response:
    """Replace everything but identity and status by the payload (section 3)."""
    fields, rules = _writable(tenant, call.payload), tenant.settings.case

    def replace(case: Stored) -> Stored:
        record = json_codec.load(case.text)
        if rules.omitted_fields is ShownAs.NULL:
            kept = {name: value if name in tenant.read_only else None for name, value in record.items()}
        else:
            kept = {name: value for name, value in record.items() if name in tenant.read_only}
        return Stored(case.state, json_codec.encode(kept | _without_nulls(fields, rules)))

    return _update(tenant, call, replace)


def updateCase(tenant: Tenant, call: Call) -> Response:
    """Set the given fields: null is stored, arrays and objects are replaced as a whole (section 3)."""
    fields, rules = _writable(tenant, call.payload), tenant.settings.case

    def merge(case: Stored) -> Stored:
        record = json_codec.load(case.text) | fields
        return Stored(case.state, json_codec.encode(_without_nulls(record, rules, fields)))

    return _update(tenant, call, merge)


def transitionCase(tenant: Tenant, call: Call) -> Response:
    """Change the status of the case and give it a new `lastWorkflowId` (section 4)."""
    workflow, wanted = tenant.settings.workflow, call.payload["caseStatus"]
    stays = tenant.settings.case.last_workflow_id is LastWorkflowId.STAYS
    # Created before the store locks the case, because creating an id may read the store.
    workflow_id = call.payload["workflowId"] if stays else tenant.new_id()

    def transition(case: Stored) -> Stored:
        record = json_codec.load(case.text)
        if call.payload["workflowId"] != record["lastWorkflowId"]:
            raise Refused(Problem.WRONG_WORKFLOW)
        state = workflow.transition(case.state, wanted)
        changes = {"lastWorkflowId": workflow_id, workflow.status_field: workflow.shown_name(state)}
        return Stored(state, json_codec.encode(record | changes))

    return _update(tenant, call, transition)


def issueToken(tenant: Tenant, call: Call) -> Response:
    """Grant client credentials (vendor's Auth API page; RFC 6749 sections 4.4 and 5)."""
    auth, payload = tenant.settings.auth, call.payload
    if auth.scheme not in WITH_TOKENS:
        raise Refused(Problem.NO_TOKENS)
    if not isinstance(payload, dict):
        raise Refused(Problem.INVALID_REQUEST, reason="the request is not an object")
    for name in ("grant_type", "client_id", "client_secret"):
        if not isinstance(payload.get(name), str):
            raise Refused(Problem.INVALID_REQUEST, reason=f"{name} is required and must be a string")
    if payload["grant_type"] != "client_credentials":
        raise Refused(Problem.UNSUPPORTED_GRANT)
    if not tenant.tokens.is_client(payload["client_id"], payload["client_secret"]):
        raise Refused(Problem.INVALID_CLIENT, headers={"www-authenticate": 'Bearer realm="tokens"'})
    if "scope" in payload:
        raise Refused(Problem.INVALID_SCOPE)
    usual = min(_ttl(payload.get("ttl", auth.ttl)), auth.longest_life)
    life = min(usual, auth.shortened_life or usual)
    # RFC 6749 section 5.1 counts in seconds, and many clients accept only an integer.
    expires_in = int(life) if life == int(life) else life
    token = {
        "access_token": tenant.tokens.issue(life, usual),
        "token_type": "Bearer",
        "expires_in": expires_in,
    }
    headers = NO_STORE if life == usual else NO_STORE | SHORTENED
    return Response(200, headers, json_codec.encode(token))


OPERATIONS: Mapping[str, Function] = {
    function.__name__: function
    for function in (createCase, getCase, replaceCase, updateCase, transitionCase, issueToken)
}


def new_record(tenant: Tenant, state: str) -> dict[str, Any]:
    """Return the fields that the server sets on a new case."""
    workflow = tenant.settings.workflow
    return {
        "id": format_id(tenant.new_id(), tenant.settings.case.id_format),
        "createdDate": _format_date(tenant.today()),
        "lastWorkflowId": tenant.new_id(),
        workflow.status_field: workflow.shown_name(state),
    }


def format_id(uuid: str, id_format: IdFormat) -> str:
    """Return a UUID as the id of a case."""
    if id_format is IdFormat.UUID:
        return uuid
    # A number as text. Made from the UUID, it is as unique and as repeatable.
    return str(int(uuid.replace("-", ""), 16) % 10**18)


_VERSION_4 = 4 << 76 | 2 << 62
_RANDOM = (1 << 128) - 1 & ~(15 << 76) & ~(3 << 62)


_ids = Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.seed)


def uuid4(random: Callable[[int], int] = _ids.getrandbits) -> str:
    """Return a random UUID (RFC 9562 section 5.4), several times as fast as the standard library.

    Ids are not secret, so they need no cryptographic source. The generator is not Python's shared one: tests and
    Hypothesis seed that, and the ids would repeat.
    """
    digits = (random(128) & _RANDOM | _VERSION_4).to_bytes(16, "big").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _writable(tenant: Tenant, payload: dict[str, Any]) -> dict[str, Any]:
    if tenant.read_only.isdisjoint(payload):
        return payload
    return {name: value for name, value in payload.items() if name not in tenant.read_only}


def _without_nulls(
    record: dict[str, Any], rules: CaseRules, names: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the record without its null fields (only those of `names`), for a tenant that does not show them."""
    if rules.null_fields is ShownAs.NULL or None not in record.values():
        return record
    return {
        name: value
        for name, value in record.items()
        if value is not None or (names is not None and name not in names)
    }


def _update(tenant: Tenant, call: Call, change: Callable[[Stored], Stored]) -> Response:
    case = tenant.store.update(call.parameters["id"], change)
    if case is None:
        raise Refused(Problem.UNKNOWN_CASE)
    if tenant.settings.case.update_response is UpdateResponse.STATUS:
        return Response(200, JSON, b'{"status":"ok"}')
    return Response(200, JSON, case.text)


def _ttl(ttl: Json) -> float:
    # A form has only text (RFC 6749 section 4.4.2), and true is a number in Python.
    try:
        seconds = float("nan") if isinstance(ttl, bool) else float(ttl)
    except (TypeError, ValueError, OverflowError):
        seconds = float("nan")
    if not 0 < seconds <= MAX_TTL:
        reason = f"ttl is {str(ttl)[:40]} and must be a number of seconds above 0, at most {MAX_TTL}"
        raise Refused(Problem.INVALID_REQUEST, reason=reason)
    return seconds


def _format_date(seconds: float) -> str:
    """Return a time as RFC 3339 in UTC with milliseconds."""
    whole = int(seconds // 1)
    return f"{_format_second(whole)}.{int((seconds - whole) * 1000):03}Z"


@lru_cache(maxsize=1)
def _format_second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
