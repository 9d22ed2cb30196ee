"""Server that leaks credentials in headers, bodies, errors and cookies, in many encodings.

The mock handles the requests, and its responses are extended. The server records the tokens and cookies that it issued.
"""

from __future__ import annotations

import base64
import json
import random
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, quote_plus
from zlib import crc32

from reference_server.sockets import Handler, Request, Response

from mock_server import Handle
from mock_server import Request as MockRequest

FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "json": lambda text: json.dumps(text)[1:-1],
    "nested": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "escaped": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "percents": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "html": escape,
    "base64": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "shout": str.upper,
    "shell": shlex.quote,
    "csv": lambda text: text.replace('"', '""'),
    "hex": lambda text: text.encode().hex(),
    "json64": lambda text: base64.b64encode(json.dumps({"t": text}).encode()).decode(),
    "form64": lambda text: base64.b64encode(f"a=b&t={quote_plus(text)}".encode()).decode(),
    "double64": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "utf16": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
}
CREDENTIALS: Final = ("authorization", "cookie", "x-api-key", "x-tenant-key")
LONG: Final = (150, 380, 19_400)  # characters before a secret, so that truncation would split it


@dataclass
class LeakyServer:
    """Service around `handle`, the mock; it accepts the Authorization values in `admits` as the mock's token."""

    handle: Handle
    admits: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    handler: type[Handler] = Handler
    issued: set[str] = field(default_factory=set)
    _responses: int = 0
    _cookie: str = ""
    _lock: Any = field(default_factory=Lock)
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    def respond(self, request: Request) -> Response:
        """Return the mock's response with the credentials of the request and a new cookie."""
        path, _, query = request.target.partition("?")
        authorization = request.headers.get("authorization", "")
        headers = {**request.headers, "authorization": self.admits.get(authorization, authorization)}
        response = self.handle(MockRequest(request.method, path, headers, request.body, query))
        with self._lock:
            if self._responses % 25 == 0:
                self._cookie = f"{self._random.getrandbits(96):024x}"
            self._responses += 1
            cookie = self._cookie
            secrets = [*self._shown(request), cookie, *sorted(self.issued)[:3]]
            self.issued.add(cookie)
            body, status = self._add_secrets(request.body, response.body, response.status, secrets)
            self._remember(body)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        headers |= {f"X-Echo-{name}": form(secrets[0])[:4000] for name, form in FORMS.items()}
        headers |= {"Set-Cookie": f"trace={cookie}; Path=/", "X-Old-Cookie": min(self.issued)}
        return Response(status, body, headers)

    def _remember(self, body: bytes) -> None:
        try:
            token = json.loads(body).get("access_token")
        except (ValueError, AttributeError):
            return
        if token:
            self.issued.add(token)

    def _shown(self, request: Request) -> list[str]:
        """Return the credentials of a request, and the body of a token request."""
        values = [request.headers[name] for name in CREDENTIALS if name in request.headers]
        shown = [value.rpartition(" ")[2].rpartition("session=")[2] for value in values]
        if b"client_secret" in request.body:
            shown.append(request.body.decode("utf-8", "replace"))
        return shown or ["none"]

    def _add_secrets(
        self, request_body: bytes, body: bytes, status: int, secrets: list[str]
    ) -> tuple[bytes, int]:
        kind = crc32(request_body) % 40
        leaked = " ".join(form(secret) for secret in secrets for form in FORMS.values())
        long = "".join("." * before + secrets[0] for before in (LONG if kind % 8 == 1 else LONG[:2]))
        if kind == 0:
            return f"Traceback (most recent call last):\n {leaked}{long}".encode(), 500
        try:
            content = json.loads(body)
        except ValueError:
            return body, status
        if not isinstance(content, dict):
            return body, status
        if kind < 4:
            return json.dumps(
                {"error": leaked, **content, "testSummary": secrets[0], secrets[0]: long}
            ).encode(), status
        return json.dumps({"hello": secrets[0], **content, "leaked": leaked, "long": long}).encode(), status
