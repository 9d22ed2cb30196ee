"""Faults in HTTP and JSON: media types, methods, schemas and error bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Fields, Record, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Request, Response

# Media types and schemas


@fault("JSON-ONLY")
class IdTwice(CaseService):
    """The serialiser writes the id twice."""

    def encode(self, document: Any) -> bytes:
        body = super().encode(document)
        if not isinstance(document, dict) or "createdDate" not in document:
            return body
        return body[:-1] + f', "id": "{document["id"]}"}}'.encode()


@fault("JSON-ONLY")
class GetIsHtml(CaseService):
    """GET returns JSON labelled as text/html."""

    def get(self, call: Call) -> Response:
        response = super().get(call)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response


@fault("JSON-ONLY")
class TransitionHasNoMediaType(CaseService):
    """The response to a transition has no media type."""

    def transition(self, call: Call) -> Response:
        response = super().transition(call)
        del response.headers["Content-Type"]
        return response


@fault("JSON-ONLY")
class UpdateHasGuardPrefix(CaseService):
    """The response to an update starts with a prefix against script inclusion."""

    def updated(self, call: Call, record: Record) -> Response:
        response = super().updated(call, record)
        response.body = b")]}',\n" + response.body
        return response


@fault("JSON-ONLY-ERRORS")
class NotFoundIsAPage(CaseService):
    """404 is an HTML page; other errors are JSON."""

    def refuse(self, refusal: Refusal) -> Response:
        if refusal.status == 404:
            return Response(404, b"<h1>Not found</h1>", {"Content-Type": "text/html"})
        return super().refuse(refusal)


@fault("JSON-ONLY-ERRORS")
class ErrorIsMislabelled(CaseService):
    """The 400 response is plain text labelled as JSON."""

    def refuse(self, refusal: Refusal) -> Response:
        response = super().refuse(refusal)
        if refusal.status == 400:
            response.body = refusal.reason.encode()
        return response


@fault("CREATE-STORES")
class FlagsAsText(CaseService):
    """`canceled` is shown as text."""

    def render(self, record: Record) -> Fields:
        shown = super().render(record)
        return shown | {"canceled": str(shown.get("canceled", False)).lower()}


@fault("SCHEMA")
class ClosedHasNoWorkflow(CaseService):
    """A closed case shows null as its workflow id."""

    def owned(self, record: Record) -> Fields:
        gone = {"lastWorkflowId": None} if record.status == "Closed" else {}
        return super().owned(record) | gone


@fault("TRANSITION-ILLEGAL")
class RefusedWith304(CaseService):
    """An illegal transition returns 304."""

    def refuse(self, refusal: Refusal) -> Response:
        return Response(304) if refusal.status == 409 else super().refuse(refusal)


@fault("SCHEMA")
class UpdateReturnsTrue(CaseService):
    """The response to an update is `true`."""

    def update_body(self, call: Call, record: Record) -> Any:
        return True


# Methods and media types of requests


class MoreMethods(CaseService):
    """Base for servers with undocumented methods."""

    def extra(self, request: Request, call: Call) -> Response | None:
        """Return the response of an extra method, or None."""
        raise NotImplementedError

    def perform(self, request: Request) -> Response:
        parts = request.target.split("?")[0].strip("/").split("/")
        call = Call("", parts[1] if len(parts) > 1 else "", request)
        if "authorization" in request.headers and call.id and (response := self.extra(request, call)):
            return response
        return super().perform(request)


@fault("METHOD-UNKNOWN")
class DeleteClosesSilently(MoreMethods):
    """DELETE returns 405 but closes the case."""

    def extra(self, request: Request, call: Call) -> Response | None:
        if request.method == "DELETE" and (record := self.rows.load(call.id)):
            self.rows.save(self.transitioned(record, "Closed"))
        return None


@fault("METHOD-UNKNOWN")
class PostUpdates(MoreMethods):
    """A POST to a case acts as PATCH."""

    def extra(self, request: Request, call: Call) -> Response | None:
        if request.method == "POST" and not request.target.endswith("transition") and self.rows.load(call.id):
            return self.patch(call)
        return None


@fault("METHOD-UNKNOWN")
class PutMakesTransition(MoreMethods):
    """A PUT to the transition path makes the transition."""

    def extra(self, request: Request, call: Call) -> Response | None:
        wanted = request.method == "PUT" and request.target.endswith("transition") and self.rows.load(call.id)
        return self.transition(call) if wanted else None


@fault("METHOD-ALLOW")
class NoAllow(CaseService):
    """A 405 response for a transition has no Allow header."""

    def finish(self, request: Request, response: Response) -> Response:
        if "transition" in request.target:
            response.headers.pop("Allow", None)
        return response


@fault("MEDIA-TYPE-CASE")
class MediaTypeIsCaseSensitive(CaseService):
    """The media type of a transition is compared with letter case."""

    def read(self, call: Call) -> Fields:
        if call.operation == "transition" and "JSON" in call.request.headers.get("content-type", ""):
            raise Refusal(415, "send application/json")
        return super().read(call)


@fault("MEDIA-TYPE")
class PutIgnoresMediaType(CaseService):
    """PUT accepts any media type."""

    def read(self, call: Call) -> Fields:
        self.lenient = call.operation == "put"
        return super().read(call)

    def check_media_type(self, media_type: str) -> None:
        if not self.lenient:
            super().check_media_type(media_type)


TRACE = """Traceback (most recent call last):
  File "/srv/cases/views.py", line 88, in update
    document = json.loads(body)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"""


@fault("ERRORS-QUIET")
class TracesOnBadJson(CaseService):
    """The response to malformed JSON contains a stack trace."""

    def refuse(self, refusal: Refusal) -> Response:
        response = super().refuse(refusal)
        if refusal.status == 400:
            response.body = self.encode({"message": refusal.reason, "debug": TRACE})
        return response


@fault("METHOD-UNKNOWN")
class DeleteCancelsSilently(CaseService):
    """DELETE returns 405 but marks the case as cancelled."""

    def respond(self, request: Request) -> Response:
        record = self.rows.load(request.target.rpartition("/")[2])
        if request.method == "DELETE" and record is not None:
            self.rows.save(replace(record, fields=record.fields | {"canceled": True}))
        return super().respond(request)


@fault("CREATE-VALIDATES", "UPDATE-VALIDATES", "TRANSITION-WORKFLOW", "TRANSITION-STATUS-KNOWN")
class RefusalsAreSuccesses(CaseService):
    """The status of a refused body is 200, and its JSON says that it was refused."""

    def refuse(self, refusal: Refusal) -> Response:
        response = super().refuse(refusal)
        return replace(response, status=200) if refusal.status in (400, 409, 422) else response
