"""Faults of servers with several workers, without chunked transfer coding, or that a request stops."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import ClassVar

from reference_server.catalogue import fault
from reference_server.records import Call, Fields
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response


class CachingHandler(Handler):
    """Keeps the responses to GET until another request arrives on the same connection."""

    forgets: ClassVar[tuple[str, ...]] = ("POST", "PUT", "PATCH")

    def setup(self) -> None:
        super().setup()
        self.kept: dict[str, Response] = {}

    def serve(self) -> None:
        if self.command == "GET" and self.path in self.kept:
            self.read_body()
            request = Request(self.command, self.path, {}, b"")
            self.write(request, replace(self.kept[self.path]))
            return
        if self.command in self.forgets:
            self.kept.clear()
        super().serve()

    def write(self, request: Request, response: Response) -> None:
        if request.method == "GET" and response.status == 200:
            self.kept[self.path] = response
        super().write(request, response)


@fault("UPDATE-VISIBLE")
class EachWorkerCachesReads(CaseService):
    """Each worker caches the cases that it reads, and serves one connection."""

    handler = CachingHandler


class ChunksHandler(Handler):
    """Reads no body without a Content-Length."""

    def read_body(self) -> bytes:
        body = super().read_body()
        return b"" if "Content-Length" not in self.headers else body


@fault("CREATE-STORES")
class ChunkedCreateIsEmpty(CaseService):
    """A create in chunks is stored as an empty case."""

    handler = ChunksHandler

    def parse(self, body: bytes) -> object:
        return super().parse(body or b"{}")


@fault("UPDATE-VISIBLE")
class ChunkedPatchIsIgnored(CaseService):
    """A PATCH in chunks returns 200 and changes nothing."""

    def fields(self, call: Call) -> Fields:
        chunked = call.operation == "patch" and "transfer-encoding" in call.request.headers
        return {} if chunked else super().fields(call)


@fault("TRANSITION-MOVES")
class ChunkedTransitionIsIgnored(CaseService):
    """A transition in chunks returns 200 and changes nothing."""

    def transition(self, call: Call) -> Response:
        if "transfer-encoding" in call.request.headers:
            return self.json_response(200, self.update_body(call, self.load(call)))
        return super().transition(call)


@fault("ROUND-TRIP-TEXT")
class CharsetIsLatin1(CaseService):
    """A body whose media type has a charset is read as Latin-1."""

    def read(self, call: Call) -> Fields:
        if "charset" in call.request.headers.get("content-type", ""):
            text = call.request.body.decode("latin-1")
            call = replace(call, request=replace(call.request, body=text.encode()))
        return super().read(call)


@fault("UPDATE-VISIBLE")
class CachesReadsOfAnyMediaType(CaseService):
    """A cache in front of the server keeps the response to a client that accepts any media type."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, Response] = {}

    def get(self, call: Call) -> Response:
        response = super().get(call)
        accepted = call.request.headers.get("accept") == "*/*"
        return self.kept.setdefault(call.id, response) if accepted else response


class DyingHandler(Handler):
    """Stops the whole server if the service asks for it."""

    def serve(self) -> None:
        try:
            super().serve()
        except SystemExit:
            self.close_connection = True
            threading.Thread(target=self.stop, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Dies(CaseService):
    """Base for servers that some requests stop."""

    handler = DyingHandler

    def is_fatal(self, request: Request) -> bool:
        raise NotImplementedError

    def perform(self, request: Request) -> Response:
        if self.is_fatal(request):
            raise SystemExit
        return super().perform(request)


@fault("NO-SERVER-ERROR")
class DeepNestingStopsTheServer(Dies):
    """A body with 1,000 levels overflows the stack of the process."""

    def is_fatal(self, request: Request) -> bool:
        return b"[" * 1000 in request.body


@fault("NO-SERVER-ERROR")
class MalformedPathStopsTheServer(Dies):
    """Invalid percent-encoding raises an unhandled exception."""

    def is_fatal(self, request: Request) -> bool:
        return "%zz" in request.target


@fault("NO-SERVER-ERROR")
class NullReasonStopsTheServer(Dies):
    """A transition with an array as reason stops the process."""

    def is_fatal(self, request: Request) -> bool:
        return b'"reason": []' in request.body


@fault("LINEARIZABLE")
class PatchWritesOldStatus(CaseService):
    """A PATCH writes the status back that it read 4 ms earlier."""

    def patch(self, call: Call) -> Response:
        record = self.load(call)
        fields = self.fields(call)
        self.lock.release()
        try:
            threading.Event().wait(0.004)
        finally:
            self.lock.acquire()
        now = replace(self.load(call), status=record.status)
        return self.updated(call, self.merged(now, fields))


@fault("LINEARIZABLE")
class PutWritesOldStatus(CaseService):
    """A PUT writes the whole row, with the status that it read 4 ms earlier."""

    def put(self, call: Call) -> Response:
        record = self.load(call)
        fields = self.fields(call)
        self.lock.release()
        try:
            threading.Event().wait(0.004)
        finally:
            self.lock.acquire()
        return self.updated(call, self.replaced(record, fields))


class Latin1Handler(Handler):
    """Encodes bodies in Latin-1 after it has sent their length. Another letter ends the connection."""

    def write_body(self, body: bytes) -> None:
        text = json.dumps(json.loads(body or b"{}"), ensure_ascii=False)
        if max(text) > "\xff":
            self.close_connection = True
        else:
            super().write_body(body)


class WideCharactersEndTheResponse(CaseService):
    """Starman in front of an application that does not encode its text: the response ends before such a body.

    It is not among the faults, because many checks end with an error before one finds the cause.
    """

    handler = Latin1Handler


class KeepsConnectionHandler(Handler):
    """Does not read the body of a request without a valid credential, and keeps the connection."""

    def read_body(self) -> bytes:
        return super().read_body() if "dev-token" in self.headers.get("Authorization", "") else b""


class LeavesBodiesOfUnknownClients(CaseService):
    """SWI-Prolog: a request is refused before its body is read, which is then taken for the next request.

    It is not among the faults, because the checks of single requirements reuse a connection at random.
    """

    handler = KeepsConnectionHandler
