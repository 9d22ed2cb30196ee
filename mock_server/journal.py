"""The last exchanges: what was asked, what was answered, and what was wrong, in words.

Rules: an exchange costs one append while it happens, and is made readable when somebody reads; memory is bounded,
since long bodies are cut; no credential leaves this file.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from mock_server.behaviour.behaviour import FIRST_REFUSAL
from mock_server.core import json_codec
from mock_server.core.messages import IGNORED, SHAPED_BY, Request, Response
from mock_server.core.service import Locate
from mock_server.masking import Mask

MOST = 1000
"""Exchanges that are kept."""
LONGEST_BODY = 16 * 1024
"""Bytes of a body that are shown."""

Readable = dict[str, Any]
"""An exchange as JSON; control.yaml has its schema."""


class Exchange(NamedTuple):
    """One exchange as it was recorded."""

    number: int
    began: float
    """Seconds since the epoch, as is `ended`."""
    ended: float
    request: Request
    response: Response


class Journal:
    """The exchanges of one mock, numbered from 1; a number is never used again."""

    def __init__(self, locate: Locate, mask: Mask, tell: Callable[[Readable], None] | None = None) -> None:
        """`tell` is called with each exchange at once."""
        self._locate = locate
        self._mask = mask
        self._tell = tell
        # What is cut may end within a secret; with so many bytes more, it ends behind it.
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
        if self._tell is not None:
            self._tell(self.readable(exchange))

    def clear(self) -> None:
        """Forget all exchanges; numbers go on."""
        self._exchanges.clear()

    @property
    def last(self) -> int:
        """The number of the last exchange; 0 where there is none."""
        try:
            return self._exchanges[-1].number
        except IndexError:
            return 0

    def read(self, *, after: int = 0, case: str | None = None, limit: int = MOST) -> list[Readable]:
        """Exchanges in order, the first `limit` behind the number `after`, only those about `case` if it is given."""
        found = []
        for exchange in list(self._exchanges):
            if exchange.number <= after or (case is not None and self._case(exchange) != case):
                continue
            found.append(self.readable(exchange))
            if len(found) == limit:
                break
        return found

    def readable(self, exchange: Exchange) -> Readable:
        """An exchange in words, its credentials masked."""
        request, response, text = exchange.request, exchange.response, self._mask.text
        operation = self._locate(request)[0]
        shaped = response.headers.get(SHAPED_BY)
        milliseconds = (max(0.0, exchange.ended - exchange.began) + response.delay) * 1000
        case = self._case(exchange)
        return {
            "number": exchange.number,
            "time": datetime.fromtimestamp(exchange.began, UTC).isoformat(timespec="milliseconds"),
            "milliseconds": round(milliseconds, 2),
            "operation": operation.id if operation else None,
            "case": None if case is None else text(case),
            "request": {
                "method": text(request.method),
                "path": text(request.path),
                "query": text(request.query),
                "headers": self._mask.headers(request.headers),
                "body": text(request.body)[:LONGEST_BODY],
            },
            "response": {
                "status": response.status,
                "headers": self._mask.headers(response.fields()),
                "body": text(response.body)[:LONGEST_BODY],
            },
            **self._wrong(response),
            "shaped_by": shaped.split(", ") if shaped else [],
        }

    def _case(self, exchange: Exchange) -> str | None:
        operation, parameters = self._locate(exchange.request)
        if "id" in parameters:
            return parameters["id"]
        if operation is None:
            return None
        # A new case is known from the answer.
        return exchange.response.headers.get("location", "").rpartition("case/")[2] or None

    def _wrong(self, response: Response) -> Mapping[str, Any]:
        told = _told(response) if response.status >= FIRST_REFUSAL else {}
        problems: Iterator[Any] = (
            told.get(name) for name in ("detail", "error_description", "error", "title")
        )
        problem = next((text for text in problems if isinstance(text, str) and text), None)
        errors = told.get("errors")
        return {
            "problem": None if problem is None else self._mask.text(problem),
            "findings": [
                {"pointer": self._mask.text(one["pointer"]), "message": self._mask.text(one["message"])}
                for one in (errors if isinstance(errors, list) else [])
                if isinstance(one, dict) and {"pointer", "message"} <= one.keys()
            ],
        }


def line(exchange: Readable) -> str:
    """An exchange as one line, such as "12:03:04 PATCH /case/7 422 3 ms  /canceled is a string and …"."""
    request, response = exchange["request"], exchange["response"]
    time = datetime.fromisoformat(exchange["time"]).astimezone()
    findings: Sequence[Mapping[str, str]] = exchange["findings"]
    wrong = "; ".join(f"{one['pointer'] or 'the body'} {one['message']}" for one in findings)
    ignored = response["headers"].get(IGNORED, "")
    words = [wrong or exchange["problem"] or "", ignored, f"[{', '.join(exchange['shaped_by'])}]"]
    path = request["path"] + ("?" + request["query"] if request["query"] else "")
    text = (
        f"{time:%H:%M:%S} {request['method']} {path} {response['status']} {exchange['milliseconds']:.0f} ms"
    )
    more = " ".join(word for word in words if word not in ("", "[]"))
    return printable(f"{text}  {more}" if more else text)


def printable(text: str) -> str:
    """The text on one line of a terminal, whatever a client sent."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _told(response: Response) -> Mapping[str, Any]:
    try:
        value = json_codec.load(response.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
