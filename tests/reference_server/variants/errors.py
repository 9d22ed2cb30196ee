"""Correct servers with other error bodies and status codes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from reference_server.catalogue import variant
from reference_server.records import Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response


class ErrorBody(CaseService):
    """Base for servers with their framework's error bodies."""

    def error_body(self, refusal: Refusal) -> Any:
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> Response:
        headers = {"Content-Type": "application/json"} | refusal.headers
        return Response(refusal.status, self.encode(self.error_body(refusal)), headers)


@variant()
class PydanticErrors(ErrorBody):
    """FastAPI: 422 for every invalid body, with a list of errors."""

    def error_body(self, refusal: Refusal) -> Any:
        if refusal.status == 400:
            refusal.status = 422
        if refusal.status != 422:
            return {"detail": refusal.reason}
        return {"detail": [{"type": "value_error", "loc": ["body"], "msg": refusal.reason, "input": None}]}


@variant()
class FieldErrors(ErrorBody):
    """Django REST Framework: 400 for every invalid body, with lists of messages by field."""

    def error_body(self, refusal: Refusal) -> Any:
        if refusal.status in (409, 422):
            refusal.status = 400
        return {"non_field_errors": [refusal.reason]} if refusal.status == 400 else {"detail": refusal.reason}


@variant()
class SpringErrors(ErrorBody):
    """Spring Boot: time, status, error and path, with null for the message."""

    def error_body(self, refusal: Refusal) -> Any:
        return {
            "timestamp": datetime.now(UTC).isoformat(),
            "status": refusal.status,
            "error": refusal.reason,
            "message": None,
            "path": "/case",
        }


@variant()
class ErrorArray(ErrorBody):
    """JSON:API: an array of errors."""

    def error_body(self, refusal: Refusal) -> Any:
        return {"errors": [{"status": str(refusal.status), "title": refusal.reason}]}


@variant()
class JsonStringErrors(ErrorBody):
    """ASP.NET: the error is a JSON string."""

    def error_body(self, refusal: Refusal) -> Any:
        return refusal.reason


class StatusCodes(CaseService):
    """Base for servers that map the status codes of refusals with `codes`."""

    codes: dict[int, int] = {}  # noqa: RUF012

    def refuse(self, refusal: Refusal) -> Response:
        refusal.status = self.codes.get(refusal.status, refusal.status)
        return super().refuse(refusal)


@variant()
class All422(StatusCodes):
    """422 replaces 400, 409 and 415."""

    codes = dict.fromkeys((400, 409, 415), 422)


@variant()
class Forbids(StatusCodes):
    """Invalid credentials get 403, and unknown methods get 404."""

    codes = {401: 403, 405: 404, 415: 400}  # noqa: RUF012


@variant()
class RareErrors(StatusCodes):
    """Refusals have rare status codes."""

    codes = {400: 418, 415: 406, 422: 424, 409: 412, 405: 501}  # noqa: RUF012


@variant("JSON-ONLY-ERRORS")
class HtmlErrors(CaseService):
    """Error bodies are HTML pages."""

    def refuse(self, refusal: Refusal) -> Response:
        page = f"<!doctype html><title>{refusal.status}</title><h1>{refusal.reason}</h1>".encode()
        return Response(refusal.status, page, {"Content-Type": "text/html; charset=utf-8"} | refusal.headers)


@variant()
class EmptyErrors(CaseService):
    """Refusals have no body."""

    def refuse(self, refusal: Refusal) -> Response:
        return Response(refusal.status, b"", refusal.headers)


@variant()
class DetailedErrors(CaseService):
    """Error bodies contain the path and a reference."""

    def finish(self, request: Request, response: Response) -> Response:
        if response.status >= 400:
            document = {
                "error": {
                    "code": "E" + str(response.status),
                    "path": request.target,
                    "ref": str(uuid.uuid4()),
                }
            }
            response.body = self.encode(document)
            response.headers["Content-Type"] = "application/vnd.reference.error+json;v=1"
        return response
