"""Faults in access control: missing credentials that are accepted, and refused requests with an effect."""

from __future__ import annotations

import threading
import time
from typing import Any

from reference_server.catalogue import fault
from reference_server.records import Call, Refusal
from reference_server.service import CaseService
from reference_server.sockets import Handler, Request, Response

# No credentials


class PublicOperations(CaseService):
    """Base for servers that skip authentication for some calls."""

    def is_public(self, call: Call) -> bool:
        """Return True if the call needs no credentials."""
        raise NotImplementedError

    def authenticate(self, call: Call) -> None:
        if not self.is_public(call):
            super().authenticate(call)


@fault("AUTH-REQUIRED")
class PublicTransitions(PublicOperations):
    """Transitions need no credentials."""

    def is_public(self, call: Call) -> bool:
        return call.operation == "transition"


@fault("AUTH-REQUIRED")
class PublicPatches(PublicOperations):
    """A PATCH without an Authorization header skips the filter."""

    def is_public(self, call: Call) -> bool:
        return call.operation == "patch" and "authorization" not in call.request.headers


@fault("HEAD-SAME")
class PublicHead(PublicOperations):
    """The filter lists HTTP methods, and HEAD is missing from the list."""

    def is_public(self, call: Call) -> bool:
        return call.request.method == "HEAD"


@fault("AUTH-REQUIRED")
class PublicOptions(CaseService):
    """A resource object responds to OPTIONS, which needs no credentials, with its whole state."""

    def respond(self, request: Request) -> Response:
        parts = request.target.strip("/").split("/")
        record = self.rows.load(parts[1]) if len(parts) == 2 and request.method == "OPTIONS" else None
        if record is None:
            return super().respond(request)
        return self.json_response(200, {"methods": ["GET", "PUT", "PATCH"], "resource": self.render(record)})


@fault("AUTH-REQUIRED")
class PublicTransitionsWithoutBody(PublicOperations):
    """The filter reads the body, and skips a request that has none. The handler then takes the next status."""

    def is_public(self, call: Call) -> bool:
        return call.operation == "transition" and not call.request.body

    def transition(self, call: Call) -> Response:
        if call.request.body:
            return super().transition(call)
        record = self.load(call)
        return self.updated(call, self.transitioned(record, "Closed"))


@fault("AUTH-NO-ORACLE")
class TagInRefusal(CaseService):
    """A filter adds the ETag of the case to each response, also to a refusal."""

    def finish(self, request: Request, response: Response) -> Response:
        parts = request.target.strip("/").split("/")
        record = self.rows.load(parts[1]) if len(parts) == 2 else None
        if record is not None:
            response.headers["ETag"] = f'"{hash(repr(record))}"'
        return super().finish(request, response)


@fault("AUTH-REQUIRED")
class PublicWithTrailingSlash(PublicOperations):
    """The filter covers /case only, but the router also accepts /case/."""

    def is_public(self, call: Call) -> bool:
        return call.request.method == "POST" and call.request.target == "/case/"


@fault("AUTH-REQUIRED")
class PublicPutsFromLocalhost(PublicOperations):
    """A PUT with `X-Forwarded-For: 127.0.0.1` needs no credentials."""

    def is_public(self, call: Call) -> bool:
        return call.operation == "put" and call.request.headers.get("x-forwarded-for") == "127.0.0.1"


@fault("AUTH-REQUIRED")
class RecordInRefusal(CaseService):
    """The status is 401, but the handler continues and returns the record."""

    def get(self, call: Call) -> Response:
        response = super().get(call)
        if "authorization" not in call.request.headers:
            response.status, response.headers["WWW-Authenticate"] = 401, "Bearer"
        return response

    def authenticate(self, call: Call) -> None:
        if call.operation != "get" or "authorization" in call.request.headers:
            super().authenticate(call)


@fault("AUTH-REQUIRED")
class PublicOnceClosed(PublicOperations):
    """A closed case can be read without credentials."""

    def is_public(self, call: Call) -> bool:
        record = self.rows.load(call.id)
        return call.operation == "get" and record is not None and record.status == "Closed"


@fault("AUTH-REQUIRED")
class CachesAuthentication(CaseService):
    """After a valid request, the server accepts requests without credentials for five seconds."""

    until = 0.0

    def authenticate(self, call: Call) -> None:
        if "authorization" not in call.request.headers and time.monotonic() < self.until:
            return
        super().authenticate(call)
        self.until = time.monotonic() + 5


class ConnectionHandler(Handler):
    """Handler that records the connection of the current request."""

    def serve(self) -> None:
        seen.connection = self.connection
        super().serve()


seen = threading.local()


@fault("AUTH-REQUIRED")
class AuthenticatesConnections(CaseService):
    """Credentials are valid for the rest of the connection."""

    handler = ConnectionHandler

    def __init__(self) -> None:
        super().__init__()
        self.authenticated: set[Any] = set()

    def authenticate(self, call: Call) -> None:
        if "authorization" in call.request.headers or seen.connection not in self.authenticated:
            super().authenticate(call)
            self.authenticated.add(seen.connection)


@fault("AUTH-REQUIRED")
class UnauthenticatedIs404(CaseService):
    """A request without valid credentials gets 404 for every case."""

    def unauthorized(self) -> Refusal:
        return Refusal(404, "no such case")


# Effects and information without authentication


class ExecutesBeforeRefusing(CaseService):
    """Base for servers that execute an operation and then refuse the client."""

    operation = ""

    def authenticate(self, call: Call) -> None:
        try:
            super().authenticate(call)
        except Refusal:
            if call.operation == self.operation and self.rows.load(call.id):
                getattr(self, self.operation)(call)
            raise


@fault("AUTH-INERT")
class UnauthenticatedPutsExecute(ExecutesBeforeRefusing):
    """An unauthenticated PUT is executed, then refused."""

    operation = "put"


@fault("AUTH-INERT")
class UnauthenticatedPatchesExecute(ExecutesBeforeRefusing):
    """An unauthenticated PATCH is executed, then refused."""

    operation = "patch"


@fault("AUTH-INERT")
class UnauthenticatedTransitionsExecute(ExecutesBeforeRefusing):
    """An unauthenticated transition is executed, then refused."""

    operation = "transition"


@fault("AUTH-CHALLENGE")
class NoChallengeOnWrite(CaseService):
    """Only the refusal of a GET has a WWW-Authenticate header."""

    def finish(self, request: Request, response: Response) -> Response:
        if request.method != "GET":
            response.headers.pop("WWW-Authenticate", None)
        return response


@fault("AUTH-NO-ORACLE")
class LooksUpBeforeAuthenticating(CaseService):
    """An unauthenticated PUT gets 404 if the case does not exist."""

    def authenticate(self, call: Call) -> None:
        if call.operation == "put":
            self.load(call)
        super().authenticate(call)


@fault("AUTH-NO-ORACLE")
class RefusalShowsExistence(CaseService):
    """The refusal has another text if the case exists."""

    def authenticate(self, call: Call) -> None:
        try:
            super().authenticate(call)
        except Refusal as refusal:
            if call.operation == "get" and self.rows.load(call.id):
                refusal.reason = "you may not see this case"
            raise


@fault("AUTH-REQUIRED")
class PublicForBrowsers(PublicOperations):
    """A client that accepts HTML gets the case without credentials."""

    def is_public(self, call: Call) -> bool:
        return "text/html" in call.request.headers.get("accept", "")


@fault("AUTH-INVALID")
class AnyTokenOnceClosed(PublicOperations):
    """Closed cases require a token, but accept any."""

    def is_public(self, call: Call) -> bool:
        record = self.rows.load(call.id)
        bearer = call.request.headers.get("authorization", "").startswith("Bearer ")
        return bearer and record is not None and record.status == "Closed"


@fault("AUTH-REQUIRED")
class PublicList(CaseService):
    """GET /case lists all cases, and needs no credentials."""

    def perform(self, request: Request) -> Response:
        if (request.method, request.target) == ("GET", "/case"):
            records = map(self.rows.load, self.rows.texts)
            return self.json_response(200, {"records": [self.render(one) for one in records if one]})
        return super().perform(request)
