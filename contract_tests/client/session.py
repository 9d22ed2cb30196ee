"""The only way to the target: a requests session that keeps a rate, retries as the target asks, and records everything.

Schemathesis sends through it as well, so that trace, ledger and counts are complete.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from contract_tests.client.connections import Bounds
from contract_tests.client.exchange import Exchange
from contract_tests.client.failures import ERRORS, Cause, Failure, NoResponse, Unavailable, failure_of
from contract_tests.client.ledger import Create
from contract_tests.client.pace import Pace
from contract_tests.client.recording import Recording
from contract_tests.client.retry import SERVICE_UNAVAILABLE, is_rate_limit, requested_wait
from contract_tests.client.silence import Silences
from contract_tests.client.transport import Transport
from contract_tests.exceptions import BudgetSpent, Disabled, TargetError

POOL: Final = 32
ATTEMPTS: Final = 12
FEWEST_ATTEMPTS: Final = 3
LONGEST_WAITS: Final = 120.0  # seconds for all attempts of one request together
COMMON_HEADERS: Final = {
    "User-Agent": "caseiq-contract-suite",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
READING: Final = ("GET", "HEAD")
READ_TRIES: Final = 4
SLOW_TRIES: Final = 2  # of a read without a response in time, because each takes the whole time-out
TOKEN_PATH: Final = "/token"
NEED_LENGTH: Final = ("POST", "PUT", "PATCH")
RESTART: Final = 5.0  # seconds that a target gets to accept connections again
POLL: Final = 0.1
# Repetitions after a 503 without Retry-After. With more of them, the rate is not the cause.
MOST_OVERLOADS: Final = 40


class RecordingSession(requests.Session):
    """A session bound to one target.

    - A request that the response asks to repeat is repeated after the requested wait, up to ATTEMPTS times. Then it
      ends in TargetError, as does all that the test sends afterwards. Later requests get fewer attempts until one
      succeeds, so that a target under maintenance does not delay every test.
    - A target that refuses requests for their rate gets fewer per second, until it does not any more.
    - A request without a complete response raises NoResponse, since no verdict can rest on it. Reads are retried first
      (RFC 9110 section 9.2.2), and any request that could not be sent because no connection was accepted.
    - A target that is silent too often gets no more requests of the kind (see silence.py).
    - Redirects are responses like any other and are not followed.
    - Cookies are not kept: one would authenticate requests that are sent without credentials on purpose.

    `refused_after`: the last request before the target stopped accepting connections, None while it accepts them.
    `silent_after`: a request after which the target accepted connections, but did not respond.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        timeout: float,
        rate: float | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        super().__init__()
        self.base_url = recording.base_url
        self.recording = recording
        self.ledger = recording.ledger
        self.secrets = recording.secrets
        self.trace = recording.trace
        self.timeout = timeout
        self.bounds = bounds or Bounds()
        self.has_sockets = True
        self.read_only = False
        self.max_requests: int | None = None
        self.reserved_requests = 0
        """Requests of `max_requests` that the present check may not send."""
        self.waits_for = ""
        self.dropped_in: set[str] = set()
        self.refused_after: Exchange | None = None
        self.silent_after: Exchange | None = None
        self._last_sent: Exchange | None = None
        self._attempts = ATTEMPTS
        self._gave_up = ""
        self.silences = Silences()
        self.pace = Pace(rate)
        self._overloads = MOST_OVERLOADS
        self._own = threading.local()
        # Read once: requests would look at the environment for each request, and let a netrc entry replace the
        # credentials under test.
        self.proxies.update(get_environ_proxies(self.base_url))
        for proxy in self.proxies.values():
            self.secrets.add_userinfo(proxy)
        self.verify = self.merge_environment_settings(self.base_url, {}, None, None, None)["verify"]
        self.trust_env = False
        self._transport = Transport(self.bounds, pool_connections=POOL, pool_maxsize=POOL)
        self.mount("http://", self._transport)
        self.mount("https://", self._transport)

    @property
    def requests_left(self) -> int | None:
        """The number of requests that may be sent now; None for no bound."""
        if self.max_requests is None:
            return None
        return max(0, self.max_requests - self.reserved_requests - self.requests_sent)

    @property
    def requests_sent(self) -> int:
        return self.recording.requests_sent

    @property
    def responses_received(self) -> int:
        return self.recording.responses_received

    @property
    def watch(self) -> Callable[[Exchange], None] | None:
        """Called with each exchange."""
        return self.recording.watch

    @watch.setter
    def watch(self, watch: Callable[[Exchange], None] | None) -> None:
        self.recording.watch = watch

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Send, retry as the target asks, and record. Options of a single call are ignored."""
        return self._deliver(request)[0]

    def exchange(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Exchange:
        """Send a request to `base_url` + `path`; the path is sent as it is, including its percent-encoding."""
        return self.exchange_at(method, self.base_url + path, headers=headers, body=body)

    def exchange_at(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Exchange:
        """Send a request to any URL: the token endpoint may be outside the base URL."""
        # Prepared by hand, because requests would normalise the URL and tests of unusual ids need their exact bytes.
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = method, url, body
        prepared.headers = CaseInsensitiveDict({**COMMON_HEADERS, **headers})
        if "Transfer-Encoding" in prepared.headers:
            pass  # the body is sent in chunks
        elif body is not None:
            prepared.headers["Content-Length"] = str(len(body))
        elif method in NEED_LENGTH:
            prepared.headers["Content-Length"] = "0"
        return self._deliver(prepared)[1]

    def _deliver(self, request: requests.PreparedRequest) -> tuple[requests.Response, Exchange]:
        if self.read_only and request.method not in READING and not (request.url or "").endswith(TOKEN_PATH):
            raise Disabled("the run may only read")
        if self._gave_up:
            raise TargetError(self._gave_up)
        if self.requests_left == 0:
            raise BudgetSpent(f"--max-requests {self.max_requests} is reached")
        self.silences.check(request)
        if not self.recording.is_create(request.method, request.url):
            return self._attempt(request)
        with self.recording.ledger.create(request.url or "") as create:
            return self._attempt(request, create)

    def _attempt(
        self, request: requests.PreparedRequest, create: Create | None = None
    ) -> tuple[requests.Response, Exchange]:
        attempts, waited = self._attempts, 0.0
        for attempt in range(attempts):
            response, started, sent = self._transfer(request)
            wait = requested_wait(response, attempt, overloads=self._overloads > 0)
            self._last_sent = exchange = self.recording.add(
                request, response, started, create, is_repeated=wait is not None
            )
            refused = wait is not None and is_rate_limit(response)
            self.pace.note(sent, refused=refused)
            self._overloads -= refused and response.status_code == SERVICE_UNAVAILABLE
            if wait is None:
                self._attempts = ATTEMPTS if attempt else attempts
                return response, exchange
            if waited + wait > LONGEST_WAITS:
                break
            waited += wait
            self.waits_for = f"{wait:.0f} s, as the target asks ({response.status_code})"
            time.sleep(wait)
            self.waits_for = ""
        self._attempts = max(FEWEST_ATTEMPTS, attempts // 2)
        unavailable = Unavailable(exchange, attempt + 1)
        self._gave_up = str(unavailable)
        raise unavailable

    def resume(self) -> None:
        """Send requests again, although the target asked to repeat one later."""
        self._gave_up = ""

    def _transfer(self, request: requests.PreparedRequest) -> tuple[requests.Response, float, float]:
        """Return the whole response, and when it was requested (wall clock, pace). Raises NoResponse at the end."""
        tries = 0
        while True:
            tries += 1
            sent = self.pace.wait()
            started = time.time()
            try:
                response = self._send_once(request)
            except ERRORS as error:
                failure = failure_of(error)
                retried = self._is_retried(request, failure, tries)
                exchange = self.recording.add_failure(request, started, failure.text, retried=retried)
                self._note_failure(exchange, failure)
                if not retried:
                    # The chain of causes has many frames, which pytest takes long to format.
                    raise NoResponse(exchange, failure) from None
            else:
                self.silences.end(request)
                self.refused_after = None
                return response, started, sent

    def _send_once(self, request: requests.PreparedRequest) -> requests.Response:
        adapter = getattr(self._own, "adapter", None) or self.get_adapter(request.url or "")
        return adapter.send(
            request,
            timeout=min(self.timeout, self.bounds.seconds),
            verify=True if self.verify is None else self.verify,
            cert=self.cert,
            proxies=self.proxies,
        )

    def _is_retried(self, request: requests.PreparedRequest, failure: Failure, tries: int) -> bool:
        if failure.cause is Cause.UNTRUSTED:
            return False
        if failure.cause is Cause.UNREACHABLE:  # the request was not sent, whatever its method
            return (
                tries == 1
                and self._last_sent is not None
                and not self.refused_after
                and self.recovers(RESTART)
            )
        most = SLOW_TRIES if failure.cause is Cause.SILENT else READ_TRIES
        return request.method in READING and tries < most

    def _note_failure(self, exchange: Exchange, failure: Failure) -> None:
        self.dropped_in.add(self.ledger.test)
        if failure.cause is Cause.SILENT:
            self.silences.add(exchange)
        if failure.cause is Cause.UNREACHABLE:
            self.refused_after = self.refused_after or self._last_sent
        elif self._last_sent is None or not self._last_sent.failure:
            # A process that ends may also reset the connections of later requests.
            self._last_sent = exchange

    def recovers(self, within: float) -> bool:
        """Return True once the target accepts connections, False if it does not for `within` seconds."""
        if not self.has_sockets:
            return True
        place = urlsplit(next(iter(self.proxies.values()), "") or self.base_url)
        port = place.port or (443 if place.scheme == "https" else 80)
        until = time.monotonic() + within
        while True:
            with suppress(OSError):
                socket.create_connection((place.hostname or "", port), timeout=max(POLL, within)).close()
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(POLL)

    @contextmanager
    def other_connection(self) -> Iterator[None]:
        """Send the requests of this thread over a new connection, which other workers of the target may serve."""
        if not self.has_sockets:
            yield
            return
        self._own.adapter = Transport(self.bounds, pool_connections=1, pool_maxsize=1)
        try:
            yield
        finally:
            self._own.adapter.close()
            del self._own.adapter

    def end_reuse(self) -> None:
        """Send each further request on a connection of its own."""
        self._transport.reuse.allowed = False

    def tls(self) -> ssl.SSLContext:
        """Return a context that trusts the same certificates, for a connection outside this session."""
        trusted = self.verify if isinstance(self.verify, str) else DEFAULT_CA_BUNDLE_PATH
        folder = Path(trusted).is_dir()
        return ssl.create_default_context(
            cafile=None if folder else trusted, capath=trusted if folder else None
        )

    def begin_test(self, name: str) -> None:
        """Start a trace for another test, which may retry what the previous test gave up."""
        self._gave_up = ""
        self.recording.begin_test(name)
