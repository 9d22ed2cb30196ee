"""The record of all that a run sends: trace, ledger, secrets, counts, and whoever watches the exchanges."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import requests

from contract_tests.client.exchange import Exchange
from contract_tests.client.ledger import Ledger
from contract_tests.client.trace import Trace
from contract_tests.masking.secrets import Secrets

UNKNOWN: Final = "unknown: the create was"
GATEWAY_FAILED: Final = (502, 504)


class Recording:
    """What has been sent to one target, and what came back. Several threads may record."""

    def __init__(self, base_url: str, ledger: Ledger, secrets: Secrets) -> None:
        self.base_url = base_url
        self.ledger = ledger
        self.secrets = secrets
        self.trace = Trace()
        self.requests_sent = 0
        self.watch: Callable[[Exchange], None] | None = None
        self._lock = threading.Lock()
        self._cases_path = re.compile(re.escape(base_url) + r"/case/?(?:\?.*)?")

    def begin_test(self, name: str) -> None:
        self.ledger.test = name
        self.trace.restart()

    def is_create(self, method: str | None, url: str | None) -> bool:
        return method == "POST" and bool(self._cases_path.fullmatch(url or ""))

    @contextmanager
    def create(self, url: str) -> Iterator[None]:
        """Enter a create in the ledger that ends without a response. Raises BudgetSpent if no case is left."""
        with self.ledger.reserved():
            try:
                yield
            except BaseException:  # also Ctrl-C: the target may have created a case
                self.ledger.enter(f"{UNKNOWN} not answered", url)
                raise

    def add(
        self, request: requests.PreparedRequest, response: requests.Response, content: bytes, started: float
    ) -> Exchange:
        """Record a request that was sent at `started`, and its response with this content."""
        body = request.body or b""
        exchange = Exchange(
            method=request.method or "",
            url=request.url or "",
            request_headers=dict(request.headers),
            request_body=body.encode() if isinstance(body, str) else bytes(body),
            status=response.status_code,
            reason=response.reason or "",
            headers=response.headers,
            body=content,
            started=started,
            elapsed=time.time() - started,
            base_url=self.base_url,
            secrets=self.secrets,
        )
        self._learn(exchange)
        if self.is_create(exchange.method, exchange.url):
            self._enter(exchange)
        with self._lock:
            self.requests_sent += 1
        self.trace.add(exchange)
        if self.watch is not None:
            self.watch(exchange)
        return exchange

    def _enter(self, create: Exchange) -> None:
        """Enter the case that a create has made, or may have made, in the ledger."""
        case_id = create.object.get("id")
        if create.ok and case_id and isinstance(case_id, (str, int)):
            self.ledger.enter(str(case_id), f"{self.base_url}/case/{quote(str(case_id), safe='')}")
        elif create.ok or create.status in GATEWAY_FAILED:
            self.ledger.enter(f"{UNKNOWN} answered {create.status} without an id", create.url)

    def _learn(self, exchange: Exchange) -> None:
        """Keep secret what this exchange shows of credentials."""
        request_body = exchange.request_body.decode("utf-8", "replace")
        self.secrets.learn(exchange.request_headers, request_body, exchange.headers, exchange.text)
