"""Checks of every response, whatever the request: server errors, JSON, schema, stack traces, headers.

Each check is a function from an exchange to a violation. The suite runs them on every exchange.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from contract_tests import json_text
from contract_tests.assertions.attribution import RESPONSES
from contract_tests.assertions.responses import is_normalizing_redirect
from contract_tests.assertions.stack_traces import find_stack_trace
from contract_tests.client.exchange import NOT_JSON, Exchange, header_in, other_host
from contract_tests.client.retry import another_time
from contract_tests.contract.openapi import case_details, operation_of, validators
from contract_tests.exceptions import Violation
from contract_tests.oracle.comparison import OWNED, find_difference, pointer, show
from contract_tests.oracle.hostile_input import is_hostile
from contract_tests.text import shorten

Check: TypeAlias = Callable[[Exchange], Violation | None]

JSON_MEDIA_TYPE = re.compile(r"application/(?:json|[\w.-]+\+json)")
NOT_IMPLEMENTED: Final = 501
NOT_MODIFIED: Final = 304
CONDITIONS: Final = {"if-none-match", "if-modified-since"}  # RFC 9110 section 15.4.5
METHOD_NOT_ALLOWED: Final = 405
FIRST_ERROR: Final = 400

CREATED_FIELDS: Final = {"id": "CREATE-ID", "createdDate": "CREATE-DATE", "lastWorkflowId": "CREATE-WORKFLOW"}
IDENTITY: Final = ("id", "createdDate")

# The requirement that a body other than a JSON object is refused.
VALIDATES: Final = {
    "createCase": "CREATE-VALIDATES",
    **dict.fromkeys(("replaceCase", "updateCase"), "UPDATE-VALIDATES"),
}
UPDATING: Final = ("replaceCase", "updateCase", "transitionCase")

_METHODS_WITHOUT_JSON = {"HEAD", "OPTIONS", "TRACE"}


# Requirements that only bind for requests within the bounds of NO-SERVER-ERROR.
CAUSED_BY_INPUT: Final = ("NO-SERVER-ERROR", "JSON-ONLY", "SCHEMA")


def server_error(exchange: Exchange) -> Violation | None:
    """NO-SERVER-ERROR: no response is a 5xx.

    501 is allowed for token requests, where the vendor documents it, and for undocumented methods. A 503 with
    Retry-After is temporary (RFC 9110 section 15.6.4), so the request did not cause it. The same holds for a 503 that
    makes the client repeat the request more slowly.
    """
    if not exchange.is_server_error:
        return None
    if _another_time(exchange) or exchange.is_repeated:
        return None
    documented = "/oauth2/token" in exchange.url or operation_of(exchange.method, exchange.url) is None
    if exchange.status == NOT_IMPLEMENTED and documented:
        return None
    return Violation("a response below 500 to any request", exchange.summary(), "NO-SERVER-ERROR")


def success_is_json(exchange: Exchange) -> Violation | None:
    """JSON-ONLY: the body of a success is JSON and declared as such (Case APIs, sections 1 to 4)."""
    if not exchange.ok or not _takes_json(exchange):
        return None
    operation = operation_of(exchange.method, exchange.url)
    # A web application in front of the API may show its page for every other path.
    if operation is None:
        return None
    # The requirements of the token endpoint say which requests it grants or refuses.
    if operation == "issueToken" and "access_token" not in exchange.object:
        return None
    return _not_json(exchange, "JSON-ONLY")


def error_is_json(exchange: Exchange) -> Violation | None:
    """JSON-ONLY-ERRORS: the body of a refusal (4xx) is JSON, unless a gateway asks the client to retry.

    A server error fails NO-SERVER-ERROR or HOSTILE-INPUT already, whatever its body. A page with a stack trace fails
    ERRORS-QUIET already.
    """
    if not exchange.refused:
        return None
    if not _takes_json(exchange) or _another_time(exchange) or error_is_quiet(exchange):
        return None
    return _not_json(exchange, "JSON-ONLY-ERRORS")


def _another_time(exchange: Exchange) -> bool:
    return another_time(exchange.status, exchange.headers.get("retry-after"))


def _takes_json(exchange: Exchange) -> bool:
    """Return True if the request accepts JSON; a browser's Accept header allows a page."""
    accept = header_in(exchange.request_headers, "accept") or "*/*"
    return accept.startswith("*/*") or "json" in accept.lower()


def _not_json(exchange: Exchange, requirement: str) -> Violation | None:
    if exchange.method in _METHODS_WITHOUT_JSON or not exchange.body:
        return None
    if not JSON_MEDIA_TYPE.fullmatch(exchange.media_type):
        declared = exchange.headers.get("content-type", "no Content-Type")
        return Violation(
            "a body declared as application/json", f"{exchange.status} with {declared}", requirement
        )
    if exchange.json is NOT_JSON or not _is_strict(exchange.body):
        return Violation("a body that is a JSON text in UTF-8", exchange.summary(), requirement)
    name = _duplicated_owned_name(exchange)
    if name:
        return Violation(f"only one member {name} in the body", exchange.summary(), requirement)
    return None


def _duplicated_owned_name(exchange: Exchange) -> str | None:
    """Return the first name of the server's own fields that occurs twice; clients differ in which one they use.

    See RFC 8259 section 4.
    """
    for name in OWNED:
        if exchange.body.count(f'"{name}"'.encode()) > 1 and exchange.object:
            members: list[tuple[str, Any]] = json_text.loads(exchange.body, object_pairs_hook=list)
            if sum(member == name for member, _ in members) > 1:
                return name
    return None


def _is_strict(body: bytes) -> bool:
    """Return True for strict JSON (RFC 8259): UTF-8 without a byte order mark, and only finite numbers."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        text = body.decode("utf-8")
        # Parsed again only if Python may have been lenient.
        if text[0] == "\ufeff" or "\0" in text:
            return False
        if "NaN" in text or "Infinity" in text:
            json_text.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def conforms_to_schema(exchange: Exchange) -> Violation | None:
    """SCHEMA: the OpenAPI document describes the status code and the body of the operation's response."""
    operation = operation_of(exchange.method, exchange.url)
    if operation is None or exchange.status >= FIRST_ERROR or not _takes_json(exchange):
        return None
    has_condition = any(name.lower() in CONDITIONS for name in exchange.request_headers)
    conditional = operation == "transitionCase" or has_condition
    # The check of a transition knows if it was legal, and so if 304 stands for a success or for a refusal.
    unmodified = exchange.status == NOT_MODIFIED and conditional
    # The requirements of the token endpoint say which requests it grants or refuses.
    other_grant = operation == "issueToken" and "access_token" not in exchange.object
    if unmodified or other_grant or is_normalizing_redirect(exchange):
        return None
    validator = validators().get((operation, str(exchange.status)))
    # A success of another form than documented is covered by the operation's own requirement.
    covered = exchange.ok or exchange.status == NOT_MODIFIED
    own = _response_requirement(operation, exchange) if covered else "SCHEMA"
    if validator is None:
        documented = ", ".join(sorted({status for name, status in validators() if name == operation}))
        return Violation(f"{operation} to return {documented} or refuse with 4xx", exchange.summary(), own)
    if exchange.json is NOT_JSON:
        requirement = "JSON-ONLY" if exchange.body else own
        return Violation(f"a JSON body for {operation}", exchange.summary(), requirement)
    # The vendor leaves open what an object that reports success contains.
    status_object = operation in UPDATING and exchange.object and not exchange.carries_record
    errors = () if status_object else validator.errors(exchange.json)
    error = next((e for e in errors if not _is_case_detail(e)), None)
    if error is None:
        return None
    violation = Violation(
        f"{operation}'s {exchange.status} body to match the OpenAPI document",
        _describe_mismatch(error),
        _schema_requirement(operation, error, exchange.sent),
    )
    if violation.requirement in CREATED_FIELDS.values() and exchange.sent.keys() & CREATED_FIELDS:
        violation.needs = ("CREATE-OWNS",)  # the client's members may replace the server's
    return violation


def _response_requirement(operation: str, exchange: Exchange) -> str:
    """Return the requirement for a success of an operation; of another one if no success was due."""
    if (
        operation in VALIDATES
        and "id" not in exchange.object
        and not _is_strict_object(exchange.request_body)
    ):
        return VALIDATES[operation]
    return RESPONSES.get(operation, "SCHEMA")


def _is_strict_object(body: bytes) -> bool:
    """Return True if each server must read the body as a JSON object."""
    try:
        return bool(body) and isinstance(json_text.loads(body), dict) and _is_strict(body)
    except ValueError:
        return False


def _describe_mismatch(error: Any) -> str:
    """Describe an error of a JSON schema with JSON values, since the library shows Python's."""
    where = "/" + "/".join(pointer(str(part)) for part in error.absolute_path)
    if error.validator == "type":
        types = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        return f"{where} is {show(error.instance)}, which is not of type {' or '.join(types)}"
    return f"{where}: {shorten(error.message, 200)}"


def _schema_requirement(operation: str, error: Any, sent: Mapping[str, Any]) -> str:
    """Return SCHEMA, or the requirement for a server's own field: a create leaves it out or shows it wrongly, or an
    update takes it over from the client.
    """
    if operation == "issueToken":
        return "TOKEN-TTL" if list(error.absolute_path)[:1] == ["expires_in"] else "TOKEN-GRANT"
    if operation != "createCase":
        name = str(next(iter(error.absolute_path), ""))
        is_taken = name in IDENTITY and name in sent and not find_difference(sent[name], error.instance)
        return "UPDATE-IDENTITY" if is_taken and operation in ("replaceCase", "updateCase") else "SCHEMA"
    missing = set(error.validator_value) - set(error.instance) if error.validator == "required" else set()
    names = [name for name in OWNED if name in missing or list(error.absolute_path)[:1] == [name]]
    if not names:
        return "SCHEMA"
    return "CREATE-OWNS" if names[0] in sent and names[0] != "lastWorkflowId" else CREATED_FIELDS[names[0]]


def _is_case_detail(error: Any) -> bool:
    """Return True for a case detail, which clients choose and the ROUND-TRIP requirements cover."""
    return bool(error.absolute_path) and error.absolute_path[0] in case_details()


def error_is_quiet(exchange: Exchange) -> Violation | None:
    """ERRORS-QUIET: an error response contains no stack trace."""
    if exchange.status < FIRST_ERROR:
        return None
    found = find_stack_trace(exchange.text if exchange.json is NOT_JSON else exchange.json)
    if found is None:
        return None
    shown = f"{exchange.status} {shorten(found, 120)}"
    return Violation("an error body without a stack trace", shown, "ERRORS-QUIET")


def not_allowed_names_allowed(exchange: Exchange) -> Violation | None:
    """METHOD-ALLOW: a 405 has an Allow header without the refused method (RFC 9110 section 15.5.6)."""
    if exchange.status != METHOD_NOT_ALLOWED:
        return None
    allow = exchange.headers.get("allow")
    if allow is None:
        return Violation("a 405 with an Allow header", "405 without one", "METHOD-ALLOW")
    if exchange.method in [method.strip().upper() for method in allow.split(",")]:
        return Violation(f"Allow to leave out {exchange.method}", f"Allow: {allow}", "METHOD-ALLOW")
    return None


CHECKS: tuple[Check, ...] = (
    server_error,
    success_is_json,
    error_is_json,
    conforms_to_schema,
    error_is_quiet,
    not_allowed_names_allowed,
)


def find_violations(
    exchange: Exchange, had_hostile_input: Callable[[Exchange], bool] = lambda _: False
) -> Iterator[Violation]:
    """Yield the violations of an exchange.

    `had_hostile_input` returns True if earlier hostile input may have caused them.
    """
    if exchange.failure:
        return
    for check in CHECKS:
        violation = apply(check, exchange, had_hostile_input)
        if violation is not None:
            yield violation


def is_authenticated(exchange: Exchange) -> bool:
    """Return True for a request with credentials of the run, or one that needs none."""
    own = exchange.secrets.own
    is_token_request = operation_of(exchange.method, exchange.url) == "issueToken"
    sent = exchange.request_headers.items()
    return is_token_request or not own or any(_carries(*header, own) for header in sent)


def _carries(name: str, value: str, own: Sequence[str]) -> bool:
    """Return True if a header has one of the credentials in the way that a deployment presents them."""
    if name.lower() == "authorization":
        return value.removeprefix("Bearer ") in own and value.startswith("Bearer ")
    return value in own or value.rstrip('"').endswith(
        tuple(f"{sign}{one}" for one in own for sign in ("=", '="'))
    )


def apply(
    check: Check, exchange: Exchange, had_hostile_input: Callable[[Exchange], bool] = lambda _: False
) -> Violation | None:
    """Return the violation that a check finds, attributed to HOSTILE-INPUT if the input explains it.

    A request that should have been refused for its credentials may get any response, so the violation then needs that
    such requests are refused. A request for another host may reach another site on the same machine.
    """
    if other_host(exchange.url, exchange.request_headers):
        return None
    violation = check(exchange)
    if violation is not None and exchange.status < FIRST_ERROR and not is_authenticated(exchange):
        violation.needs += ("AUTH-REQUIRED", "AUTH-INVALID")
    if violation is not None and violation.requirement in CAUSED_BY_INPUT:
        hostile = is_hostile(exchange.url, exchange.request_headers, exchange.request_body)
        if hostile or had_hostile_input(exchange):
            violation.requirement = "HOSTILE-INPUT"
    return violation
