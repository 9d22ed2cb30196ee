"""One request and its answer, as evidence: parsed on demand, and shown as a curl line without secrets.

Knows no session and no requirement.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from contract_tests.masking.secrets import MASK, Secrets
from contract_tests.text import SHOWN_CHARACTERS, shorten

TOKEN_VARIABLE: Final = "$CASEIQ_TOKEN"
BASE_VARIABLE: Final = "$BASE_URL"
KEPT_CHARACTERS: Final = 20_000

_PLAIN: Final = re.compile(r"[\w :=*-]*")  # what stands in double quotes as it is
# Headers that a client library adds by itself; they explain nothing in a story.
_NOISE = {"user-agent", "accept-encoding", "connection", "content-length", "accept"}


class _NotJson:
    """The body was no JSON text."""

    def __repr__(self) -> str:
        return "<not JSON>"


NOT_JSON: Final = _NotJson()


@dataclass(frozen=True)
class Exchange:
    """A request as sent and its response as received. `elapsed` and `started` in seconds (epoch)."""

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    started: float
    elapsed: float

    @cached_property
    def json(self) -> Any:
        """The parsed body, or NOT_JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return NOT_JSON

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Refused as the client's fault: any 4xx (RFC 9110 section 15.5)."""
        return 400 <= self.status < 500

    @property
    def unauthorized(self) -> bool:
        return self.status in (401, 403)

    @property
    def object(self) -> Mapping[str, Any]:
        """The body where it is a JSON object, else an empty one."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def sent(self) -> Mapping[str, Any]:
        """The request's body where it is a JSON object, else an empty one."""
        try:
            body = json.loads(self.request_body)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def carries_record(self) -> bool:
        """Whether the answer is the case's record, not a mere status object."""
        return "id" in self.object and "createdDate" in self.object

    def summary(self) -> str:
        return _summary(self.status, self.text)


def _summary(status: int, body: str) -> str:
    return f"{status} {shorten(body)}".rstrip()


def curl(exchange: Exchange, base_url: str, secrets: Secrets, *, limit: int | None = None) -> str:
    """The request as a curl command against $BASE_URL, its credentials replaced by $CASEIQ_TOKEN.

    `limit` cuts a long body, so that the line stays readable; without it the line can be run as it is.
    """
    parts = ["curl"]
    if exchange.method == "HEAD":
        parts.append("--head")
    elif exchange.method != "GET":
        parts += ["-X", exchange.method]
    path = exchange.url.removeprefix(base_url.rstrip("/"))
    target = BASE_VARIABLE + path if path != exchange.url else exchange.url
    parts.append('"' + re.sub(r'([`"\\])', r"\\\1", secrets.mask(target)) + '"')
    for name, value in exchange.request_headers.items():
        if name.lower() in _NOISE:
            continue
        parts += ["-H", _header(name, value, secrets)]
    if exchange.request_body:
        body = secrets.mask(exchange.request_body.decode("utf-8", "backslashreplace"))
        parts += ["--data-binary", shlex.quote(body if limit is None else shorten(body, limit))]
    return " ".join(parts)


def _header(name: str, value: str, secrets: Secrets) -> str:
    if name.lower() not in secrets.headers:
        return shlex.quote(secrets.mask(f"{name}: {value}"))
    for secret in secrets.own:
        before, own, behind = value.partition(secret)
        if own:
            start, end = f"{name}: {secrets.mask(before)}", secrets.mask(behind)
            plain = (
                f'"{start}{TOKEN_VARIABLE}"'
                if _PLAIN.fullmatch(start)
                else f'{shlex.quote(start)}"{TOKEN_VARIABLE}"'
            )
            return plain + (shlex.quote(end) if end else "")
    scheme, _, _ = value.rpartition(" ")
    return shlex.quote(f"{name}: {scheme} {MASK}" if scheme else f"{name}: {MASK}")


def evidence(exchange: Exchange, base_url: str, secrets: Secrets) -> dict[str, Any]:
    """The exchange as plain JSON data without secrets: what reports show and a story is told by.

    `curl` is a line to read, `request_body` the whole body, `response_body` its beginning. Times in seconds.
    """
    # Masked before it is cut: half a secret would be no secret to look for.
    answer = secrets.mask(exchange.text)
    return {
        "method": exchange.method,
        "url": secrets.mask(exchange.url),
        "request_headers": _shown_headers(exchange.request_headers, secrets),
        "request_body": secrets.mask(exchange.request_body.decode("utf-8", "backslashreplace")),
        "status": exchange.status,
        "reason": secrets.mask(exchange.reason),
        "response_headers": _shown_headers(exchange.headers, secrets),
        "response_body": answer[:KEPT_CHARACTERS],
        "started": exchange.started,
        "elapsed": exchange.elapsed,
        "curl": curl(exchange, base_url, secrets, limit=SHOWN_CHARACTERS),
        "answer": _summary(exchange.status, answer),
    }


def _shown_headers(headers: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    return {
        secrets.mask(name): MASK if name.lower() in secrets.headers else secrets.mask(value)
        for name, value in headers.items()
    }
