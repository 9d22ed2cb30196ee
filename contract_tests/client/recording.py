"""Record of everything that a run sends: trace, ledger, secrets, counts and observers."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests

from contract_tests.client.exchange import Exchange, quote_id
from contract_tests.client.ledger import Create, Ledger
from contract_tests.client.trace import Trace
from contract_tests.masking.secrets import Secrets

GATEWAY_FAILED: Final = (502, 504)


class Recording:
    """Requests to one target and their responses. Several threads may record."""

    def __init__(self, base_url: str, ledger: Ledger, secrets: Secrets) -> None:
        self.base_url = base_url
        self.ledger = ledger
        self.secrets = secrets
        self.trace = Trace()
        self.requests_sent = 0
        self.responses_received = 0
        self.watch: Callable[[Exchange], None] | None = None
        self._lock = threading.Lock()
        self._cases_path = re.compile(re.escape(base_url) + r"/case/?(?:\?.*)?")

    def begin_test(self, name: str) -> None:
        self.ledger.test = name
        self.trace.begin()

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Keep the exchanges inside out of the trace, and do not show them to `watch`."""
        before, watch = list(self.trace), self.watch
        self.watch = None
        try:
            yield
        finally:
            self.watch = watch
            self.trace.restart(*before)

    def is_create(self, method: str | None, url: str | None) -> bool:
        return method == "POST" and bool(self._cases_path.fullmatch(url or ""))

    def add(
        self,
        request: requests.PreparedRequest,
        response: requests.Response,
        started: float,
        create: Create | None = None,
        *,
        is_repeated: bool = False,
    ) -> Exchange:
        """Record a request that was sent at `started`, and its response; complete the ledger if it is a `create`."""
        exchange = self._exchange(
            request,
            started,
            status=response.status_code,
            reason=response.reason or "",
            headers=response.headers,
            body=response.content,
            is_repeated=is_repeated,
        )
        self._learn(exchange)
        if create is not None:
            self._enter(create, exchange)
        self.trace.add(exchange)
        self._show(exchange)
        return exchange

    def add_failure(
        self, request: requests.PreparedRequest, started: float, failure: str, *, retried: bool
    ) -> Exchange:
        """Record a request without a complete response. One that is retried is not part of the trace."""
        exchange = self._exchange(
            request, started, status=0, reason="", headers={}, body=b"", failure=failure
        )
        self._learn(exchange)
        if not retried:
            self.trace.add(exchange)
        self._show(exchange)
        return exchange

    def _exchange(self, request: requests.PreparedRequest, started: float, **received: Any) -> Exchange:
        body = request.body or b""
        return Exchange(
            method=request.method or "",
            url=request.url or "",
            request_headers=dict(request.headers),
            request_body=body.encode() if isinstance(body, str) else bytes(body),
            started=started,
            elapsed=time.time() - started,
            base_url=self.base_url,
            secrets=self.secrets,
            **received,
        )

    def _show(self, exchange: Exchange) -> None:
        with self._lock:
            self.requests_sent += 1
            self.responses_received += not exchange.failure
        if self.watch is not None:
            self.watch(exchange)

    def _enter(self, create: Create, exchange: Exchange) -> None:
        """Complete the ledger with the case that a create has made, or may have made."""
        case_id = exchange.object.get("id")
        if exchange.ok and case_id and isinstance(case_id, (str, int)):
            url = f"{self.base_url}/case/{quote_id(str(case_id))}"
            create.complete(str(case_id), url, is_sent=_is_same_id(exchange.sent.get("id"), case_id))
        elif exchange.ok or exchange.status in GATEWAY_FAILED:
            create.complete(f"unknown: the create returned {exchange.status} without an id", exchange.url)
        else:
            create.refuse()

    def _learn(self, exchange: Exchange) -> None:
        """Keep secret what this exchange shows of credentials."""
        request_body = exchange.request_body.decode("utf-8", "replace")
        self.secrets.learn(exchange.request_headers, request_body, exchange.headers, exchange.text)


def _is_same_id(sent: Any, shown: Any) -> bool:
    """Return True if a target stored the id that a client sent: as it is, as a text, or in other letter case."""
    return str(sent).strip().casefold() == str(shown).strip().casefold()
