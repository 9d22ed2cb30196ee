"""The latest exchanges of a mock, with an explanation of each refusal.

Rules: recording an exchange costs one append; it is formatted when somebody reads it. Memory is bounded, because long
bodies are truncated. All credentials are masked.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from mock_server.core import json_codec
from mock_server.core.errors import FIRST_REFUSAL
from mock_server.core.messages import IGNORED, SHAPED_BY, Request, Response
from mock_server.core.service import Locate
from mock_server.masking import Mask

MOST = 1000
"""Number of exchanges in the journal."""
LONGEST_BODY = 16 * 1024
"""Bytes of a body in an entry."""

Entry = dict[str, Any]
"""An exchange as JSON; control.yaml has its schema."""


class Exchange(NamedTuple):
    """One recorded exchange."""

    number: int
    began: float
    """Seconds since the epoch, as is `ended`."""
    ended: float
    request: Request
    response: Response


class Journal:
    """The exchanges of one mock, numbered from 1. A number is never used again."""

    def __init__(
        self, locate: Locate, mask: Mask, on_exchange: Callable[[Entry], None] | None = None
    ) -> None:
        """Create an empty journal; `on_exchange` is called with each new entry."""
        self._locate = locate
        self._mask = mask
        self._on_exchange = on_exchange
        # A body may be cut inside a secret. With this many more bytes, the secret is complete and can be masked.
        self._kept = LONGEST_BODY + mask.longest
        self._exchanges: deque[Exchange] = deque(maxlen=MOST)
        self._numbers = count(1)

    def add(self, began: float, ended: float, request: Request, response: Response) -> None:
        """Record an exchange."""
        if len(request.body) > self._kept:
            request = replace(request, body=request.body[: self._kept])
        if len(response.body) > self._kept:
            response = replace(response, body=response.body[: self._kept])
        exchange = Exchange(next(self._numbers), began, ended, request, response)
        self._exchanges.append(exchange)
        if self._on_exchange is not None:
            self._on_exchange(self.entry(exchange))

    def change(self, locate: Locate, mask: Mask) -> None:
        """Use another function that finds operations, and another mask, also for earlier exchanges."""
        self._locate, self._mask = locate, mask

    def clear(self) -> None:
        """Remove all exchanges. The numbers continue."""
        self._exchanges.clear()

    @property
    def last(self) -> int:
        """The number of the last exchange; 0 if there is none."""
        try:
            return self._exchanges[-1].number
        except IndexError:
            return 0

    def read(self, *, after: int = 0, case: str | None = None, limit: int = MOST) -> list[Entry]:
        """Return entries in order: the first `limit` with a number above `after`, and only about `case` if given."""
        found = []
        for exchange in list(self._exchanges):
            if exchange.number <= after or (case is not None and self._case_id(exchange) != case):
                continue
            found.append(self.entry(exchange))
            if len(found) == limit:
                break
        return found

    def entry(self, exchange: Exchange) -> Entry:
        """Format an exchange, with credentials masked."""
        request, response, mask = exchange.request, exchange.response, self._mask.text
        operation = self._locate(request)[0]
        shaped_by = response.headers.get(SHAPED_BY)
        milliseconds = (max(0.0, exchange.ended - exchange.began) + response.delay) * 1000
        case = self._case_id(exchange)
        return {
            "number": exchange.number,
            "time": datetime.fromtimestamp(exchange.began, UTC).isoformat(timespec="milliseconds"),
            "milliseconds": round(milliseconds, 2),
            "operation": operation.id if operation else None,
            "case": None if case is None else mask(case),
            "request": {
                "method": mask(request.method),
                "path": mask(request.path),
                "query": mask(request.query),
                "headers": self._mask.headers(request.headers),
                "body": mask(request.body)[:LONGEST_BODY],
            },
            "response": {
                "status": response.status,
                "headers": self._mask.headers(response.fields()),
                "body": mask(response.body)[:LONGEST_BODY],
            },
            **self._explanation(response),
            "shaped_by": shaped_by.split(", ") if shaped_by else [],
        }

    def _case_id(self, exchange: Exchange) -> str | None:
        operation, parameters = self._locate(exchange.request)
        if "id" in parameters:
            return parameters["id"]
        if operation is None:
            return None
        # The id of a new case is in the response.
        return exchange.response.headers.get("location", "").rpartition("case/")[2] or None

    def _explanation(self, response: Response) -> Mapping[str, Any]:
        """Return the reason for a refusal, and its findings."""
        body = _json_object(response) if response.status >= FIRST_REFUSAL else {}
        reasons = (body.get(name) for name in ("detail", "error_description", "error", "title"))
        problem = next((reason for reason in reasons if isinstance(reason, str) and reason), None)
        errors = body.get("errors")
        return {
            "problem": None if problem is None else self._mask.text(problem),
            "findings": [
                {"pointer": self._mask.text(one["pointer"]), "message": self._mask.text(one["message"])}
                for one in (errors if isinstance(errors, list) else [])
                if isinstance(one, dict) and {"pointer", "message"} <= one.keys()
            ],
        }


def format_line(entry: Entry) -> str:
    """Format an entry as one line, such as "12:03:04 PATCH /case/7 422 3 ms  /canceled is a string and …"."""
    request, response = entry["request"], entry["response"]
    time = datetime.fromisoformat(entry["time"]).astimezone()
    findings: Sequence[Mapping[str, str]] = entry["findings"]
    errors = "; ".join(f"{one['pointer'] or 'the body'} {one['message']}" for one in findings)
    ignored = response["headers"].get(IGNORED, "")
    notes = [errors or entry["problem"] or "", ignored, f"[{', '.join(entry['shaped_by'])}]"]
    path = request["path"] + ("?" + request["query"] if request["query"] else "")
    text = f"{time:%H:%M:%S} {request['method']} {path} {response['status']} {entry['milliseconds']:.0f} ms"
    more = " ".join(note for note in notes if note not in ("", "[]"))
    return printable(f"{text}  {more}" if more else text)


def printable(text: str) -> str:
    """Escape all characters that could disturb a terminal, including line ends."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _json_object(response: Response) -> Mapping[str, Any]:
    try:
        value = json_codec.load(response.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
