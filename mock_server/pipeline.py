"""handle(Request) -> Response: route, authenticate, validate, operate.

Credentials are checked before the body or the store is looked at, so that a stranger learns nothing.
This is the one place where a problem becomes a response.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from mock_server import contract, json_text
from mock_server.contract import Body, Contract, Operation, Place
from mock_server.credentials import Doorkeeper
from mock_server.errors import TITLES, Problem, Refused
from mock_server.explain import explain
from mock_server.json_text import Json
from mock_server.messages import Handle, Request, Response
from mock_server.operations import DEMANDING, OPERATIONS, Call, Tenant, uuid4
from mock_server.rate import Rate
from mock_server.settings import Settings
from mock_server.store import MemoryStore, Store
from mock_server.tokens import Tokens

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PROBLEM = {"content-type": "application/problem+json"}

SELF_VALIDATING = frozenset({"issueToken"})
"""Operations with an order of errors of their own: OAuth tells an unknown grant from a malformed request."""

CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Allow, Location, Retry-After, WWW-Authenticate",
}

_log = logging.getLogger(__name__)


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
    settings = settings or Settings()
    document = contract.load()
    _check_operations({operation.id for operation in document.operations()})
    document = document.demanding(settings.case.required, DEMANDING)
    tokens = Tokens(settings.auth.client_id, settings.auth.client_secrets, now)
    identity = {"id", "createdDate", "lastWorkflowId", "caseStatus", settings.workflow.status_field}
    tenant = Tenant(
        settings, store or MemoryStore(), tokens, now, new_id, owned=document.read_only | identity
    )
    return under(settings.prefix, Pipeline(document, tenant))


def _check_operations(documented: set[str]) -> None:
    if documented != set(OPERATIONS):
        odd = ", ".join(sorted(documented ^ set(OPERATIONS)))
        raise RuntimeError(f"the contract's operationIds and the mock's functions do not match: {odd}")


def under(prefix: str, handle: Handle) -> Handle:
    """The handle, moved under a path prefix; the token endpoint answers at the root as well."""
    if not prefix:
        return handle

    def moved(request: Request) -> Response:
        path = request.path
        if path.startswith(prefix + "/"):
            path = path[len(prefix) :]
        elif not path.startswith("/auth/"):
            path = ""
        return handle(replace(request, path=path))

    return moved


class Pipeline:
    """The handle of one mock."""

    def __init__(self, document: Contract, tenant: Tenant) -> None:
        self._contract = document
        self._tenant = tenant
        self._limits = tenant.settings.limits
        self._admit = Doorkeeper(tenant.settings.auth, tenant.tokens)
        rate = self._limits.rate
        self._count = Rate(rate, tenant.now) if rate else None

    def __call__(self, request: Request) -> Response:
        response = self._answer(request)
        if request.method == "HEAD":
            # RFC 9110 section 9.3.2: the fields of a GET, the length included, and no content.
            length = {"content-length": str(len(response.body))}
            response = replace(response, headers={**response.headers, **length}, body=b"")
        if "origin" in request.headers:
            response = replace(response, headers={**response.headers, **CORS})
        return response

    def _answer(self, request: Request) -> Response:
        operation = None
        try:
            if self._count is not None:
                self._count()
            place, parameters = self._contract.find(request.path)
            if request.method == "OPTIONS":
                return _options(request, place)
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
            payload = self._payload(request, operation) if operation.bodies else None
            return OPERATIONS[operation.id](self._tenant, Call(parameters, payload))
        except Refused as refused:
            return refusal(refused, oauth=operation is not None and operation.oauth_errors)
        except Exception:
            # A client shall never see a half answer, nor the owner of the mock miss a defect.
            _log.exception("%s %s failed", request.method, request.path)
            return refusal(Refused(Problem.BROKEN))

    def _payload(self, request: Request, operation: Operation) -> Json:
        if len(request.body) > self._limits.body:
            raise Refused(Problem.BODY_TOO_LARGE, limit=self._limits.body)
        kind, body = _body(request, operation)
        if not request.body:
            raise Refused(Problem.NO_BODY)
        payload = _form(request.body) if kind == FORM else json_text.parse(request.body, self._limits.nesting)
        if operation.id not in SELF_VALIDATING and not body.validator.is_valid(payload):
            findings = explain(body.schema, payload)
            first = f"{findings[0].pointer or 'the body'} {findings[0].message}"
            raise Refused(Problem.INVALID, first=first, findings=findings)
        return payload


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


def _options(request: Request, place: Place) -> Response:
    """What the place allows; to a preflight also in the words of CORS (Fetch standard, section 3.2)."""
    headers = {"allow": place.allow}
    if "access-control-request-method" in request.headers:
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
        return Response(status, _with(JSON, refused.headers), json_text.encode({"error": code} | detail))
    content: dict[str, Json] = {
        "type": "about:blank",
        "title": TITLES[status],
        "status": status,
        "detail": refused.detail,
        "code": refused.problem.name.lower().replace("_", "-"),
    }
    if refused.findings:
        content["errors"] = [{"pointer": f.pointer, "message": f.message} for f in refused.findings]
    return Response(status, {**PROBLEM, **refused.headers}, json_text.encode(content))


def _with(kind: str, headers: Mapping[str, str]) -> dict[str, str]:
    return {"content-type": kind, "cache-control": "no-store", **headers}
