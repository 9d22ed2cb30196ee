"""The only way to the target: a requests session that keeps a rate, retries as the target asks, and records everything.

Schemathesis sends through it as well, so that trace, ledger and counts are complete.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from contract_tests.client.exchange import Exchange
from contract_tests.client.recording import Recording
from contract_tests.client.retry import asked_wait
from contract_tests.client.transport import Transport
from contract_tests.exceptions import Disabled, TargetError

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
TOKEN_PATH: Final = "/token"
UNTRUSTED: Final = "; --ca-bundle FILE names certificates to trust"
NEED_LENGTH: Final = ("POST", "PUT", "PATCH")


class RecordingSession(requests.Session):
    """A session bound to one target.

    - A request that the response asks to repeat is repeated after the requested wait, up to ATTEMPTS times. Then it
      ends in TargetError, as does all that the test sends afterwards. Later requests get fewer attempts until one
      succeeds, so that a target under maintenance does not delay every test.
    - A failed connection raises TargetError, since no verdict can rest on it. Reads are retried first (RFC 9110
      section 9.2.2). A create without a response is entered in the ledger.
    - Redirects are responses like any other and are not followed.
    - Cookies are not kept: one would authenticate requests that are sent without credentials on purpose.
    """

    def __init__(self, recording: Recording, *, timeout: float, rate: float | None = None) -> None:
        super().__init__()
        self.base_url = recording.base_url
        self.recording = recording
        self.ledger = recording.ledger
        self.secrets = recording.secrets
        self.trace = recording.trace
        self.timeout = timeout
        self.has_sockets = True
        self.read_only = False
        self.waits_for = ""
        self.dropped_in: set[str] = set()
        self._attempts = ATTEMPTS
        self._gave_up = ""
        self._interval = 1 / rate if rate else 0.0
        self._next_slot = 0.0
        self._lock = threading.Lock()
        # Read once: requests would look at the environment for each request, and let a netrc entry replace the
        # credentials under test.
        self.proxies.update(get_environ_proxies(self.base_url))
        for proxy in self.proxies.values():
            self.secrets.add_userinfo(proxy)
        self.verify = self.merge_environment_settings(self.base_url, {}, None, None, None)["verify"]
        self.trust_env = False
        adapter = Transport(pool_connections=POOL, pool_maxsize=POOL)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    @property
    def requests_sent(self) -> int:
        return self.recording.requests_sent

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
        if not self.recording.is_create(request.method, request.url):
            return self._attempt(request)
        with self.recording.create(request.url or ""):
            return self._attempt(request)

    def _attempt(self, request: requests.PreparedRequest) -> tuple[requests.Response, Exchange]:
        attempts = self._attempts
        for attempt in range(attempts):
            response, content, started = self._transfer(request)
            exchange = self.recording.add(request, response, content, started)
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
        """Return the response, its content, and when it was requested; a read whose connection fails is retried."""
        adapter = self.get_adapter(request.url or "")
        tries = READ_TRIES if request.method in READING else 1
        for attempt in range(tries):
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
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                http.client.HTTPException,
            ) as error:
                self.dropped_in.add(self.ledger.test)
                if attempt == tries - 1:
                    raise TargetError(f"{request.method} {request.url}: {_reason(error)}") from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pace(self) -> None:
        if not self._interval:
            return
        with self._lock:
            now = time.monotonic()
            slot = max(now, self._next_slot)
            self._next_slot = slot + self._interval
        time.sleep(slot - now)

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


def _reason(error: Exception) -> str:
    """Describe a failed connection without the nesting of the library."""
    if isinstance(error, requests.Timeout):
        return "no response in time"
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
