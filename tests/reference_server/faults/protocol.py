"""Servers that are wrong about HTTP and JSON: media types, methods, schemas, what errors tell."""

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
    """A serialiser that writes the id as a member of its own, and once more among the others."""

    def encode(self, document: Any) -> bytes:
        body = super().encode(document)
        if not isinstance(document, dict) or "createdDate" not in document:
            return body
        return body[:-1] + f', "id": "{document["id"]}"}}'.encode()


@fault("JSON-ONLY")
class GetIsHtml(CaseService):
    """JSON that a GET calls text/html."""

    def get(self, call: Call) -> Response:
        response = super().get(call)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response


@fault("JSON-ONLY")
class MoveIsUntyped(CaseService):
    """The answer to a transition has no media type."""

    def transition(self, call: Call) -> Response:
        response = super().transition(call)
        del response.headers["Content-Type"]
        return response


@fault("JSON-ONLY")
class Guarded(CaseService):
    """A prefix against script inclusion before the JSON of an update."""

    def updated(self, call: Call, record: Record) -> Response:
        response = super().updated(call, record)
        response.body = b")]}',\n" + response.body
        return response


@fault("JSON-ONLY-ERRORS")
class NotFoundIsAPage(CaseService):
    """404 is a page, whatever else errors are."""

    def refuse(self, refusal: Refusal) -> Response:
        if refusal.status == 404:
            return Response(404, b"<h1>Not found</h1>", {"Content-Type": "text/html"})
        return super().refuse(refusal)


@fault("JSON-ONLY-ERRORS")
class ErrorsOnlySayJson(CaseService):
    """A refused body is answered with plain words, labelled as JSON."""

    def refuse(self, refusal: Refusal) -> Response:
        response = super().refuse(refusal)
        if refusal.status == 400:
            response.body = refusal.reason.encode()
        return response


@fault("CREATE-STORES")
class FlagsAsText(CaseService):
    """`canceled` is stored as a text."""

    def render(self, record: Record) -> Fields:
        shown = super().render(record)
        return shown | {"canceled": str(shown.get("canceled", False)).lower()}


@fault("SCHEMA")
class ClosedHasNoWorkflow(CaseService):
    """A closed case shows null for its workflow, and can be reopened with the old one."""

    def owned(self, record: Record) -> Fields:
        gone = {"lastWorkflowId": None} if record.status == "Closed" else {}
        return super().owned(record) | gone


@fault("TRANSITION-ILLEGAL")
class RefusedWith304(CaseService):
    """An illegal move is not modified."""

    def refuse(self, refusal: Refusal) -> Response:
        return Response(304) if refusal.status == 409 else super().refuse(refusal)


@fault("SCHEMA")
class UpdatesAnswerTrue(CaseService):
    """The answer to an update is the JSON text `true`."""

    def outcome(self, call: Call, record: Record) -> Any:
        return True


# Methods and media types of requests


class MoreMethods(CaseService):
    """Knows methods that the document does not have."""

    def more(self, request: Request, call: Call) -> Response | None:
        raise NotImplementedError

    def perform(self, request: Request) -> Response:
        parts = request.target.split("?")[0].strip("/").split("/")
        call = Call("", parts[1] if len(parts) > 1 else "", request)
        if "authorization" in request.headers and call.id and (answer := self.more(request, call)):
            return answer
        return super().perform(request)


@fault("METHOD-UNKNOWN")
class Deletes(MoreMethods):
    def more(self, request: Request, call: Call) -> Response | None:
        if request.method != "DELETE" or not self.rows.texts.pop(call.id, None):
            return None
        return Response(204)


@fault("METHOD-UNKNOWN")
class DeletesAndDeniesIt(MoreMethods):
    """DELETE is answered with 405, and the case is closed."""

    def more(self, request: Request, call: Call) -> Response | None:
        if request.method == "DELETE" and (record := self.rows.load(call.id)):
            self.rows.save(self.moved(record, "Closed"))
        return None


@fault("METHOD-UNKNOWN")
class PostUpdates(MoreMethods):
    """A POST on a case is a PATCH."""

    def more(self, request: Request, call: Call) -> Response | None:
        if request.method == "POST" and not request.target.endswith("transition") and self.rows.load(call.id):
            return self.patch(call)
        return None


@fault("METHOD-UNKNOWN")
class PutMoves(MoreMethods):
    """A transition may come by PUT."""

    def more(self, request: Request, call: Call) -> Response | None:
        wanted = request.method == "PUT" and request.target.endswith("transition") and self.rows.load(call.id)
        return self.transition(call) if wanted else None


@fault("METHOD-ALLOW")
class NoAllow(CaseService):
    """405 on a transition does not tell what is allowed."""

    def dress(self, request: Request, response: Response) -> Response:
        if "transition" in request.target:
            response.headers.pop("Allow", None)
        return response


@fault("MEDIA-TYPE")
class PutReadsAnything(CaseService):
    def read(self, call: Call) -> Fields:
        self.lenient = call.operation == "put"
        return super().read(call)

    def accept(self, media_type: str) -> None:
        if not self.lenient:
            super().accept(media_type)


TRACE = """Traceback (most recent call last):
  File "/srv/cases/views.py", line 88, in update
    document = json.loads(body)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"""


@fault("ERRORS-QUIET")
class TracesOnBadJson(CaseService):
    """A body that is no JSON is refused with the parser's trace."""

    def refuse(self, refusal: Refusal) -> Response:
        response = super().refuse(refusal)
        if refusal.status == 400:
            response.body = self.encode({"message": refusal.reason, "debug": TRACE})
        return response


@fault("ERRORS-QUIET")
class TracesOnUnknownIds(CaseService):
    """A case that is not there is an exception of the framework, shown with its trace."""

    def refuse(self, refusal: Refusal) -> Response:
        response = super().refuse(refusal)
        if refusal.status == 404:
            where = "\n\tat com.cases.Store.find(Store.java:41)\n\tat com.cases.Cases.get(Cases.java:12)"
            response.body = self.encode({"error": "Not Found", "trace": "NoSuchElementException" + where})
        return response


@fault("METHOD-UNKNOWN")
class DeleteCancels(CaseService):
    """DELETE is answered 405, and marks the case as cancelled."""

    def respond(self, request: Request) -> Response:
        record = self.rows.load(request.target.rpartition("/")[2])
        if request.method == "DELETE" and record is not None:
            self.rows.save(replace(record, fields=record.fields | {"canceled": True}))
        return super().respond(request)
