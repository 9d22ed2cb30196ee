"""A request and its response: parsed on demand, and turned into evidence without secrets once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from contract_tests import json_text
from contract_tests.client.curl import curl_line
from contract_tests.masking.secrets import MASK, Secrets
from contract_tests.text import beginning, shorten

KEPT_CHARACTERS: Final = 20_000

BAD_REQUEST: Final = 400
SERVER_ERROR: Final = 500

_BEARER: Final = re.compile(r"[Bb]earer +[A-Za-z0-9._~+/-]+=*")  # RFC 6750 section 2.1
_INVALID_REQUEST: Final = re.compile(r"""\s*bearer\b.*\berror\s*=\s*"?invalid_request\b""", re.IGNORECASE)


class _NotJson:
    """Marks a body that is not a JSON text."""

    def __repr__(self) -> str:
        return "<not JSON>"


NOT_JSON: Final = _NotJson()


@dataclass(frozen=True)
class Exchange:
    """A request as sent and its response as received. `started` in seconds since the epoch, `elapsed` in seconds.

    `failure` says why there is no response; the status is 0 then. `is_repeated` is True if its response made the client
    repeat the request. `base_url` and `secrets` are those of the run.
    """

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
    base_url: str = field(default="", repr=False)
    secrets: Secrets = field(default_factory=Secrets, repr=False, compare=False)
    failure: str = ""
    is_repeated: bool = False

    @cached_property
    def json(self) -> Any:
        """The parsed body, or NOT_JSON."""
        try:
            return json_text.loads(self.body)
        except ValueError:
            return NOT_JSON

    @property
    def text(self) -> str:
        """The body as text, with a replacement character for each byte that is not UTF-8."""
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
        return BAD_REQUEST <= self.status < SERVER_ERROR

    @property
    def is_server_error(self) -> bool:
        """True for any 5xx (RFC 9110 section 15.6), and for a larger code."""
        return self.status >= SERVER_ERROR

    @property
    def unauthorized(self) -> bool:
        """Refused for its credentials: 401 or 403, or 400 for a missing or malformed bearer token.

        The 400 says `error="invalid_request"` in a Bearer challenge (RFC 6750 section 3.1).
        """
        if self.status != BAD_REQUEST:
            return self.status in (401, 403)
        malformed = not _BEARER.fullmatch(header_in(self.request_headers, "authorization"))
        return malformed and bool(_INVALID_REQUEST.match(self.headers.get("www-authenticate", "")))

    @property
    def object(self) -> Mapping[str, Any]:
        """The body if it is a JSON object, otherwise an empty one."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def sent(self) -> Mapping[str, Any]:
        """The request's body if it is a JSON object, otherwise an empty one."""
        try:
            body = json_text.loads(self.request_body)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def is_create(self) -> bool:
        """True for a request that should create a case, whatever the response."""
        return self.method == "POST" and self.url.partition("?")[0].endswith("/case")

    @property
    def carries_record(self) -> bool:
        """True if the body is the case's record, and not a mere status object."""
        return "id" in self.object and "createdDate" in self.object

    def summary(self) -> str:
        """Return status and body on one line, or why there is no response."""
        return _summary(self.status, self.text) if not self.failure else f"no response: {self.failure}"

    @cached_property
    def evidence(self) -> dict[str, Any]:
        """The exchange as plain JSON data without secrets, for reports and reproductions. Times in seconds.

        `curl` is the request as a command, `request_body` the whole body, `response_body` its beginning. Its texts are
        marked to be shortened (see text.py).
        """
        mask = self.secrets.mask_whole
        response = self.text
        return {
            "method": self.method,
            "url": mask(self.url),
            "request_headers": self._masked_headers(self.request_headers),
            "request_body": mask(self._request_text),
            "status": self.status,
            "reason": mask(self.reason),
            "response_headers": self._masked_headers(self.headers),
            "response_body": mask(beginning(response, KEPT_CHARACTERS)),
            "started": self.started,
            "elapsed": self.elapsed,
            "curl": curl_line(
                self.method,
                self.url,
                self.request_headers,
                self.request_body,
                base_url=self.base_url,
                secrets=self.secrets,
            ),
            "response": mask(self.summary()),
        }

    @property
    def _request_text(self) -> str:
        return self.request_body.decode("utf-8", "backslashreplace")

    def _masked_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        mask = self.secrets.mask_whole
        return {
            mask(name): MASK if name.lower() in self.secrets.headers else mask(value)
            for name, value in headers.items()
        }


def header_in(headers: Mapping[str, str], name: str) -> str:
    """Return the value of the header with a name in lower case; empty if there is none."""
    return next((value for one, value in headers.items() if one.lower() == name), "")


def other_host(url: str, headers: Mapping[str, str]) -> str:
    """Return the Host header if it names another host than the URL; empty if it does not."""
    host = header_in(headers, "host")
    return "" if host.lower() == urlsplit(url).netloc.rpartition("@")[2].lower() else host


def quote_id(case_id: str) -> str:
    """Return an id as one segment of a path. An id from a response may contain lone surrogates."""
    return quote(case_id.encode("utf-8", "surrogatepass"), safe="")


def unquote_id(segment: str) -> str:
    """Return the id that `quote_id` made a segment of a path."""
    data = unquote_to_bytes(segment)
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _summary(status: int, body: str) -> str:
    return f"{status} {shorten(body)}".rstrip()
