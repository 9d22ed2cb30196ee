"""The one way to the target: a requests session that paces, retries what asks for it, and records everything.

Schemathesis and the suite's own calls both go through it, so the trace, the ledger and the counts are whole.
Knows the ledger; knows no requirement.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from contract_tests.client.exchange import Exchange
from contract_tests.client.ledger import Ledger
from contract_tests.client.retry import asked_wait
from contract_tests.client.trace import Trace
from contract_tests.client.transport import Transport
from contract_tests.exceptions import Disabled, TargetError
from contract_tests.masking.secrets import Secrets

POOL: Final = 32
ATTEMPTS: Final = 12
FEWEST_ATTEMPTS: Final = 3
COMMON_HEADERS: Final = {
    "User-Agent": "caseiq-contract-suite",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
READING: Final = ("GET", "HEAD")
READ_TRIES: Final = 4
UNKNOWN: Final = "unknown: the create was"
GATEWAY_FAILED: Final = (502, 504)
TOKEN_PATH: Final = "/token"
UNTRUSTED: Final = "; --ca-bundle FILE names certificates to trust"
NEED_LENGTH: Final = ("POST", "PUT", "PATCH")


class RecordingSession(requests.Session):
    """A session bound to one target.

    - What an answer asks to be sent again is sent again, after the wait that it asks for, up to ATTEMPTS times;
      then TargetError, at once for what else the test sends. From then on it is sent fewer times, until one gets
      through: a target that is closed for maintenance does not hold up every test.
    - A connection that fails raises TargetError: no verdict can rest on it. A read is safe to repeat and is
      tried again first (RFC 9110 section 9.2.2). A create without an answer is entered in the ledger all the same.
    - A redirect is an answer like any other, and is not followed.
    - Cookies are not kept: one would let a request in that is sent without credentials on purpose.
    """

    def __init__(
        self, base_url: str, ledger: Ledger, secrets: Secrets, *, timeout: float, rate: float | None = None
    ) -> None:
        super().__init__()
        self.base_url = base_url.rstrip("/")
        self.ledger = ledger
        self.secrets = secrets
        self.timeout = timeout
        self.requests_sent = 0
        self.has_sockets = True
        self.read_only = False
        self.waits_for = ""
        self.dropped_in: set[str] = set()
        self.trace = Trace()
        self.watch: Callable[[Exchange], None] | None = None
        self._attempts = ATTEMPTS
        self._gave_up = ""
        self._interval = 1 / rate if rate else 0.0
        self._next_slot = 0.0
        self._lock = threading.Lock()
        self._cases_path = re.compile(re.escape(self.base_url) + r"/case/?(?:\?.*)?")
        # Read once: requests would otherwise look at the environment for each request, and let a netrc
        # entry replace the credentials under test.
        self.proxies.update(get_environ_proxies(self.base_url))
        for proxy in self.proxies.values():
            secrets.add_userinfo(proxy)
        self.verify = self.merge_environment_settings(self.base_url, {}, None, None, None)["verify"]
        self.trust_env = False
        adapter = Transport(pool_connections=POOL, pool_maxsize=POOL)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Send, wait where the target asks for it, and record. Options of a single call are not taken."""
        return self._deliver(request)[0]

    def exchange(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Exchange:
        """One request to `base_url` + `path`; the path is sent as it is, percent-encoding included."""
        return self.exchange_at(method, self.base_url + path, headers=headers, body=body)

    def exchange_at(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Exchange:
        """As `exchange`, to any URL: the token endpoint may lie outside the base URL."""
        # Prepared by hand: requests would normalise the URL, and a test of odd ids wants its bytes on the wire.
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = method, url, body
        prepared.headers = CaseInsensitiveDict({**COMMON_HEADERS, **headers})
        if body is not None:
            prepared.headers["Content-Length"] = str(len(body))
        elif method in NEED_LENGTH:
            prepared.headers["Content-Length"] = "0"
        return self._deliver(prepared)[1]

    def _deliver(self, request: requests.PreparedRequest) -> tuple[requests.Response, Exchange]:
        if self.read_only and request.method not in READING and not (request.url or "").endswith(TOKEN_PATH):
            raise Disabled("the run may only read")
        if self._gave_up:
            raise TargetError(self._gave_up)
        creates = request.method == "POST" and self._cases_path.fullmatch(request.url or "")
        if not creates:
            return self._attempt(request)
        with self.ledger.reserved():
            try:
                return self._attempt(request)
            except BaseException:  # Ctrl-C, too, comes while the target may be creating
                self.ledger.enter(f"{UNKNOWN} not answered", request.url or "")
                raise

    def _attempt(self, request: requests.PreparedRequest) -> tuple[requests.Response, Exchange]:
        attempts = self._attempts
        for attempt in range(attempts):
            response, content, started = self._transfer(request)
            exchange = self._record(request, response, content, started)
            wait = asked_wait(response, attempt)
            if wait is None:
                self._attempts = ATTEMPTS if attempt else attempts
                return response, exchange
            self.waits_for = f"{wait:.0f} s, as the target asks ({response.status_code})"
            time.sleep(wait)
            self.waits_for = ""
        self._attempts = max(FEWEST_ATTEMPTS, attempts // 2)
        self._gave_up = f"{request.method} {request.url} was answered {response.status_code} {attempts} times"
        raise TargetError(self._gave_up)

    def _transfer(self, request: requests.PreparedRequest) -> tuple[requests.Response, bytes, float]:
        """The response, its content, and when it was asked for; a read that the connection fails is tried again."""
        adapter = self.get_adapter(request.url or "")
        tries = READ_TRIES if request.method in READING else 1
        for turn in range(tries):
            self._pace()
            started = time.time()
            try:
                response = adapter.send(
                    request,
                    timeout=self.timeout,
                    verify=True if self.verify is None else self.verify,
                    cert=self.cert,
                    proxies=self.proxies,
                )
                return response, response.content, started
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                self.dropped_in.add(self.ledger.test)
                if turn == tries - 1:
                    raise TargetError(f"{request.method} {request.url}: {_reason(error)}") from error
        raise AssertionError("unreachable: the last turn returns or raises")

    def _pace(self) -> None:
        if not self._interval:
            return
        with self._lock:
            now = time.monotonic()
            slot = max(now, self._next_slot)
            self._next_slot = slot + self._interval
        time.sleep(slot - now)

    def _record(
        self, request: requests.PreparedRequest, response: requests.Response, content: bytes, started: float
    ) -> Exchange:
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
        )
        self._learn(exchange)
        if exchange.method == "POST" and self._cases_path.fullmatch(exchange.url):
            self._enter(exchange)
        with self._lock:
            self.requests_sent += 1
        self.trace.add(exchange)
        if self.watch is not None:
            self.watch(exchange)
        return exchange

    def tls(self) -> ssl.SSLContext:
        """What trusts the certificates that this session trusts, for a connection beside it."""
        trusted = self.verify if isinstance(self.verify, str) else DEFAULT_CA_BUNDLE_PATH
        folder = Path(trusted).is_dir()
        return ssl.create_default_context(
            cafile=None if folder else trusted, capath=trusted if folder else None
        )

    def _enter(self, create: Exchange) -> None:
        """Into the ledger with what a create made, or may have made."""
        case_id = create.object.get("id")
        if create.ok and case_id and isinstance(case_id, (str, int)):
            self.ledger.enter(str(case_id), f"{self.base_url}/case/{quote(str(case_id), safe='')}")
        elif create.ok or create.status in GATEWAY_FAILED:
            self.ledger.enter(f"{UNKNOWN} answered {create.status} without an id", create.url)

    def _learn(self, exchange: Exchange) -> None:
        """Whatever this exchange shows of credentials is secret from now on."""
        asked = exchange.request_body.decode("utf-8", "replace")
        self.secrets.learn(exchange.request_headers, asked, exchange.headers, exchange.text)

    def new_test(self, name: str) -> None:
        """Another test begins: it may try again what the one before gave up, and its story is its own."""
        self.ledger.test = name
        self._gave_up = ""
        self.trace.restart()


def _reason(error: Exception) -> str:
    """A failed connection in words, without the library's nesting."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        text = f"TLS failed: {_innermost(error)}"
        return text + UNTRUSTED if "CERTIFICATE_VERIFY_FAILED" in text else text
    if isinstance(error, requests.ConnectionError):
        return f"connection failed: {_innermost(error)}"
    return f"{type(error).__name__}: {error}"


def _innermost(error: BaseException) -> str:
    while (inner := getattr(error, "reason", None) or error.__cause__ or error.__context__) and isinstance(
        inner, BaseException
    ):
        error = inner
    return str(error) or type(error).__name__
