"""The steps from a request to a response: route, authenticate, validate, operate.

Credentials are checked before the body and the store are read, so an unauthenticated client learns nothing from them.
The API of cases and the control API of the mock are both pipelines, each with its own document and functions.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from mock_server.core import json_codec
from mock_server.core.errors import TITLES, Finding, Problem, Refused, refused_with
from mock_server.core.json_codec import Json
from mock_server.core.messages import Request, Response
from mock_server.core.openapi import CompiledSchema, Contract, Operation, PathTemplate
from mock_server.core.operations import Call
from mock_server.core.validation import explain

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PROBLEM = {"content-type": "application/problem+json"}
FIRST_SERVER_ERROR = 500

CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Allow, Location, Preference-Applied, Retry-After, WWW-Authenticate, "
    "X-Mock-Extension, X-Mock-Ignored, X-Mock-Shaped-By",
}

_log = logging.getLogger(__name__)


def complete(request: Request, response: Response, *, cors: bool = True) -> Response:
    """Adapt a response to its request: drop the body for HEAD, and add CORS headers for other origins."""
    if request.method == "HEAD" and response.body:
        # RFC 9110 section 9.3.2: the header fields of a GET, including the length, without content.
        length = {"content-length": str(len(response.body))}
        response = replace(response, headers={**response.headers, **length}, body=b"")
    return with_cors(request, response) if cors else response


def with_cors(request: Request, response: Response) -> Response:
    """Add CORS headers if the request comes from a page (Fetch standard, section 3.2)."""
    if "origin" not in request.headers:
        return response
    return replace(response, headers={**response.headers, **CORS})


Subject = TypeVar("Subject")
"""The first argument of a pipeline's functions."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a pipeline for every request."""

    authenticate: Callable[[Request], None]
    """Raises Refused for missing or wrong credentials."""
    body_limit: int
    """Bytes of a body."""
    nesting_limit: int
    """Levels of a body."""
    limit_rate: Callable[[], None] | None = None
    """Called first; raises Refused for too many requests."""
    cors: bool = True
    """Pages of other sites may call the API."""
    strict_parameters: bool = False
    """Parameters must fit the document, and query parameters are passed to the functions."""
    self_validating: frozenset[str] = frozenset()
    """Operations that validate their body themselves."""
    hint: str = ""
    """Appended to the detail of a 404; starts with a space."""


class Pipeline(Generic[Subject]):
    """The handle of one API. Raises RuntimeError if operationIds and functions do not match."""

    def __init__(
        self,
        document: Contract,
        functions: Mapping[str, Callable[[Subject, Call], Response]],
        subject: Subject,
        rules: Rules,
    ) -> None:
        documented = document.operation_ids()
        if documented != set(functions):
            unmatched = ", ".join(sorted(documented ^ set(functions)))
            raise RuntimeError(
                f"the operationIds of the contract and the functions do not match: {unmatched}"
            )
        self._contract = document
        self._functions = functions
        self._subject = subject
        self._rules = rules
        self._authenticate, self._limit_rate = rules.authenticate, rules.limit_rate

    def __call__(self, request: Request) -> Response:
        response = self._respond(request)
        if request.method == "HEAD" or "origin" in request.headers:
            return complete(request, response, cors=self._rules.cors)
        return response

    def _respond(self, request: Request) -> Response:
        operation = None
        try:
            # Preflights do not count, because a browser does not report why one failed.
            if self._limit_rate is not None and request.method != "OPTIONS":
                self._limit_rate()
            template, found = self._contract.find(request.path, self._rules.hint)
            if request.method == "OPTIONS":
                return _options_response(request, template, cors=self._rules.cors)
            operation = template.operations.get(request.method)
            if operation is None:
                raise Refused(
                    Problem.METHOD_NOT_ALLOWED,
                    method=request.method[:20],
                    allow=template.allow,
                    headers={"allow": template.allow},
                )
            if operation.secured:
                self._authenticate(request)
            parameters = (
                _parse_parameters(request, operation, found) if self._rules.strict_parameters else found
            )
            payload = self._parse_body(request, operation) if operation.bodies else None
            return self._functions[operation.id](self._subject, Call(parameters, payload))
        except Refused as refused:
            return refusal_response(refused, oauth=operation is not None and operation.oauth_errors)
        except Exception:
            # The client gets a complete response, and the log shows the defect.
            _log.exception("%s %s failed", request.method, request.path)
            return refusal_response(Refused(Problem.BROKEN))

    def _parse_body(self, request: Request, operation: Operation) -> Json:
        if len(request.body) > self._rules.body_limit:
            raise Refused(Problem.BODY_TOO_LARGE, limit=self._rules.body_limit)
        media_type, body = _media_type(request, operation)
        if not request.body:
            raise Refused(Problem.NO_BODY)
        if media_type == FORM:
            payload = _parse_form(request.body)
        else:
            payload = json_codec.parse(request.body, self._rules.nesting_limit)
        if operation.id not in self._rules.self_validating and not body.validator.is_valid(payload):
            raise refused_with(Problem.INVALID, explain(body.schema, payload), "the body")
        return payload


def _parse_parameters(request: Request, operation: Operation, path: Mapping[str, str]) -> Mapping[str, Json]:
    """Return path and query parameters in the document's types. If a name is repeated, the last value wins."""
    if operation.parameters is None:
        return path
    types = {name: schema.get("type") for name, schema in operation.parameters.schema["properties"].items()}
    try:
        query = dict(parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=100))
        given = {
            name: _number(text) if types.get(name) == "integer" else text for name, text in query.items()
        }
        parameters = {**given, **path}
        is_valid = operation.parameters.validator.is_valid(parameters)
    except ValueError:
        # The percent-encoded bytes are not UTF-8.
        raise refused_with(Problem.INVALID_PARAMETER, [Finding("", "is not UTF-8")], "it") from None
    if not is_valid:
        findings = explain(operation.parameters.schema, parameters)
        raise refused_with(Problem.INVALID_PARAMETER, findings, "it")
    return parameters


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else text


def _media_type(request: Request, operation: Operation) -> tuple[str, CompiledSchema]:
    # A body without a media type may be examined (RFC 9110 section 8.3): here it counts as JSON.
    sent = request.headers.get("content-type", JSON)
    media_type = sent if sent in operation.bodies else sent.partition(";")[0].strip().lower()
    body = operation.bodies.get(media_type)
    if body is None:
        accepted = ", ".join(operation.bodies)
        field = "accept-patch" if request.method == "PATCH" else "accept"  # RFC 5789; RFC 9110 section 12.5.1
        raise Refused(
            Problem.MEDIA_TYPE,
            sent=media_type[:80] or "(empty)",
            accepted=accepted,
            headers={field: accepted},
        )
    return media_type, body


def _parse_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Refused(Problem.INVALID_REQUEST, reason="the form is not readable") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        # RFC 6749 section 3.2
        raise Refused(Problem.INVALID_REQUEST, reason="a parameter is given more than once")
    return form


def _options_response(request: Request, template: PathTemplate, *, cors: bool) -> Response:
    """Respond to OPTIONS with the allowed methods, and a preflight with CORS headers (Fetch standard, section 3.2)."""
    headers = {"allow": template.allow}
    if cors and "access-control-request-method" in request.headers:
        requested = request.headers.get("access-control-request-headers", "")
        headers |= {
            "access-control-allow-methods": template.allow,
            "access-control-allow-headers": requested if requested.isprintable() else "*",
            "access-control-max-age": "600",
        }
    return Response(204, headers)


def refusal_response(refused: Refused, *, oauth: bool = False) -> Response:
    """Return a refusal as a response: RFC 9457, or RFC 6749 section 5.2 if the contract has OAuth errors."""
    status, code = refused.status, refused.problem.value.oauth
    if oauth and not code and status in (400, 422):
        status, code = 400, "invalid_request"
    if code:
        headers = {"content-type": JSON, "cache-control": "no-store", **refused.headers}
        detail = {"error_description": refused.detail} if refused.detail else {}
        return Response(status, headers, json_codec.encode({"error": code} | detail))
    code = refused.problem.name.lower().replace("_", "-")
    content: dict[str, Json] = {"detail": refused.detail, "code": code}
    if refused.findings:
        content["errors"] = [{"pointer": f.pointer, "message": f.message} for f in refused.findings]
    return problem_response(status, content, refused.headers)


def problem_response(
    status: int, content: Mapping[str, Json], headers: Mapping[str, str] | None = None
) -> Response:
    """Return a problem detail (RFC 9457) of the type about:blank."""
    title = TITLES.get(status, "Refused" if status < FIRST_SERVER_ERROR else "Server Error")
    members: dict[str, Json] = {"type": "about:blank", "title": title, "status": status}
    return Response(status, {**PROBLEM, **(headers or {})}, json_codec.encode(members | dict(content)))
