"""handle(Request) -> Response: route, authenticate, validate, operate.

Credentials are checked before the body or the store is looked at, so that a stranger learns nothing.
This is the one place where a problem becomes a response. Which document and which functions it serves is
told from outside: the API of cases and the mock's control API are both pipelines.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from mock_server.core import json_codec
from mock_server.core.errors import TITLES, Finding, Problem, Refused, refused_for
from mock_server.core.json_codec import Json
from mock_server.core.messages import Request, Response
from mock_server.core.openapi import Body, Contract, Operation, Place
from mock_server.core.operations import Call
from mock_server.core.validation import explain

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PROBLEM = {"content-type": "application/problem+json"}
SERVER_FAULT = 500

CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Allow, Location, Preference-Applied, Retry-After, WWW-Authenticate, "
    "X-Mock-Ignored, X-Mock-Shaped-By",
}

_log = logging.getLogger(__name__)


def completed(request: Request, response: Response, *, cors: bool = True) -> Response:
    """The response as it answers this request: to HEAD, and to a page of another site where that is let in."""
    if request.method == "HEAD" and response.body:
        # RFC 9110 section 9.3.2: the fields of a GET, the length included, and no content.
        length = {"content-length": str(len(response.body))}
        response = replace(response, headers={**response.headers, **length}, body=b"")
    return with_cors(request, response) if cors else response


def with_cors(request: Request, response: Response) -> Response:
    """The response as a page of another site may read it (Fetch standard, section 3.2)."""
    if "origin" not in request.headers:
        return response
    return replace(response, headers={**response.headers, **CORS})


Subject = TypeVar("Subject")
"""What a pipeline's functions work on, besides the call."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a pipeline asks of every request."""

    admit: Callable[[Request], None]
    """Raises Refused for credentials that do not let in."""
    body: int
    """Bytes of a body at most."""
    nesting: int
    """Levels of a body at most."""
    count: Callable[[], None] | None = None
    """Called first, to refuse what is too much."""
    cors: bool = True
    """Pages of other sites may call it."""
    strict: bool = False
    """Parameters have to fit the document; those of the query come with those of the path."""
    self_validating: frozenset[str] = frozenset()
    """Operations that hold their body against the document themselves."""
    signpost: str = ""
    """Says where to look to whom asks for a path that is not there; a sentence, with a space in front."""


class Pipeline(Generic[Subject]):
    """The handle of one API. Raises RuntimeError if operationIds and functions do not match one to one."""

    def __init__(
        self,
        document: Contract,
        functions: Mapping[str, Callable[[Subject, Call], Response]],
        subject: Subject,
        rules: Rules,
    ) -> None:
        documented = document.operation_ids()
        if documented != set(functions):
            odd = ", ".join(sorted(documented ^ set(functions)))
            raise RuntimeError(f"the contract's operationIds and the mock's functions do not match: {odd}")
        self._contract = document
        self._functions = functions
        self._subject = subject
        self._rules = rules
        self._admit, self._count = rules.admit, rules.count

    def __call__(self, request: Request) -> Response:
        response = self._answer(request)
        if request.method == "HEAD" or "origin" in request.headers:
            return completed(request, response, cors=self._rules.cors)
        return response

    def _answer(self, request: Request) -> Response:
        operation = None
        try:
            # Not to a preflight: what becomes of one, a browser tells nobody.
            if self._count is not None and request.method != "OPTIONS":
                self._count()
            place, found = self._contract.find(request.path, self._rules.signpost)
            if request.method == "OPTIONS":
                return _options(request, place, cors=self._rules.cors)
            operation = place.operations.get(request.method)
            if operation is None:
                raise Refused(
                    Problem.METHOD_NOT_ALLOWED,
                    method=request.method[:20],
                    allow=place.allow,
                    headers={"allow": place.allow},
                )
            if operation.secured:
                self._admit(request)
            parameters = _parameters(request, operation, found) if self._rules.strict else found
            payload = self._payload(request, operation) if operation.bodies else None
            return self._functions[operation.id](self._subject, Call(parameters, payload))
        except Refused as refused:
            return refusal(refused, oauth=operation is not None and operation.oauth_errors)
        except Exception:
            # A client shall never see a half answer, nor the owner of the mock miss a defect.
            _log.exception("%s %s failed", request.method, request.path)
            return refusal(Refused(Problem.BROKEN))

    def _payload(self, request: Request, operation: Operation) -> Json:
        if len(request.body) > self._rules.body:
            raise Refused(Problem.BODY_TOO_LARGE, limit=self._rules.body)
        kind, body = _body(request, operation)
        if not request.body:
            raise Refused(Problem.NO_BODY)
        payload = _form(request.body) if kind == FORM else json_codec.parse(request.body, self._rules.nesting)
        if operation.id not in self._rules.self_validating and not body.validator.is_valid(payload):
            raise refused_for(Problem.INVALID, explain(body.schema, payload), "the body")
        return payload


def _parameters(request: Request, operation: Operation, path: Mapping[str, str]) -> Mapping[str, Json]:
    """Path and query parameters as the document's types; of a repeated name the last wins."""
    if operation.parameters is None:
        return path
    types = {name: schema.get("type") for name, schema in operation.parameters.schema["properties"].items()}
    try:
        query = dict(parse_qsl(request.query, keep_blank_values=True, errors="strict", max_num_fields=100))
        given = {
            name: _number(text) if types.get(name) == "integer" else text for name, text in query.items()
        }
        parameters = {**given, **path}
        valid = operation.parameters.validator.is_valid(parameters)
    except ValueError:
        # What was percent-encoded is no UTF-8.
        raise refused_for(Problem.INVALID_PARAMETER, [Finding("", "is not readable")], "it") from None
    if not valid:
        findings = explain(operation.parameters.schema, parameters)
        raise refused_for(Problem.INVALID_PARAMETER, findings, "it")
    return parameters


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else text


def _body(request: Request, operation: Operation) -> tuple[str, Body]:
    # A body without a media type may be examined (RFC 9110 section 8.3): here it counts as JSON.
    sent = request.headers.get("content-type", JSON)
    kind = sent if sent in operation.bodies else sent.partition(";")[0].strip().lower()
    body = operation.bodies.get(kind)
    if body is None:
        accepted = ", ".join(operation.bodies)
        field = "accept-patch" if request.method == "PATCH" else "accept"  # RFC 5789; RFC 9110 section 12.5.1
        raise Refused(
            Problem.MEDIA_TYPE, sent=kind[:80] or "nothing", accepted=accepted, headers={field: accepted}
        )
    return kind, body


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Refused(Problem.INVALID_REQUEST, reason="the form is not readable") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        # RFC 6749 section 3.2
        raise Refused(Problem.INVALID_REQUEST, reason="a parameter is given more than once")
    return form


def _options(request: Request, place: Place, *, cors: bool) -> Response:
    """What the place allows; to a preflight also in the words of CORS (Fetch standard, section 3.2)."""
    headers = {"allow": place.allow}
    if cors and "access-control-request-method" in request.headers:
        wanted = request.headers.get("access-control-request-headers", "")
        headers |= {
            "access-control-allow-methods": place.allow,
            "access-control-allow-headers": wanted if wanted.isprintable() else "*",
            "access-control-max-age": "600",
        }
    return Response(204, headers)


def refusal(refused: Refused, *, oauth: bool = False) -> Response:
    """A problem as a response: RFC 9457, or RFC 6749 section 5.2 where the contract has OAuth errors."""
    status, code = refused.status, refused.problem.value.oauth
    if oauth and not code and status in (400, 422):
        status, code = 400, "invalid_request"
    if code:
        detail = {"error_description": refused.detail} if refused.detail else {}
        return Response(status, _with(JSON, refused.headers), json_codec.encode({"error": code} | detail))
    code = refused.problem.name.lower().replace("_", "-")
    content: dict[str, Json] = {"detail": refused.detail, "code": code}
    if refused.findings:
        content["errors"] = [{"pointer": f.pointer, "message": f.message} for f in refused.findings]
    return problem(status, content, refused.headers)


def problem(status: int, content: Mapping[str, Json], headers: Mapping[str, str] | None = None) -> Response:
    """A problem detail (RFC 9457) of the usual type."""
    title = TITLES.get(status, "Refused" if status < SERVER_FAULT else "Server Error")
    kind: dict[str, Json] = {"type": "about:blank", "title": title, "status": status}
    return Response(status, {**PROBLEM, **(headers or {})}, json_codec.encode(kind | dict(content)))


def _with(kind: str, headers: Mapping[str, str]) -> dict[str, str]:
    return {"content-type": kind, "cache-control": "no-store", **headers}
