"""Requests that got no complete response: what failed, and whether the request may have reached the target."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

import requests
import urllib3

from contract_tests.client.connections import ResponseTooLarge
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import TargetError
from contract_tests.text import shorten

PROXY_VARIABLES: Final = "HTTP_PROXY or HTTPS_PROXY"
REMEDY: Final = "; --ca-bundle FILE names certificates to trust"
ERRORS: Final = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException)


class Cause(StrEnum):
    """Why there is no response."""

    UNREACHABLE = "no connection"  # so the request was not sent
    SILENT = "no complete response in time"
    BROKEN = "the connection failed"
    OVERSIZED = "the response is larger than the limit"
    UNTRUSTED = "the certificate is not trusted, or TLS is not spoken"


class Failure(NamedTuple):
    cause: Cause
    text: str


class NoResponse(TargetError):
    """A request without a complete response. `exchange` is that request; `failure` says what happened."""

    def __init__(self, exchange: Exchange, failure: Failure) -> None:
        super().__init__(f"{exchange.method} {exchange.url}: {failure.text}")
        self.exchange = exchange
        self.failure = failure


class Unavailable(TargetError):
    """A request that the target asked to repeat later, each time. `exchange` is its last attempt."""

    def __init__(self, exchange: Exchange, attempts: int) -> None:
        asked = shorten(exchange.headers.get("retry-after", "absent"), 40)
        text = f"returned {exchange.status} {attempts} times (Retry-After: {asked})"
        super().__init__(f"{exchange.method} {exchange.url} {text}")
        self.exchange = exchange


def failure_of(error: Exception) -> Failure:
    """Return what an error of requests or urllib3 says, without its nesting."""
    causes = [*_causes(error)]
    innermost = str(causes[-1]) or type(causes[-1]).__name__
    if any(isinstance(one, (requests.exceptions.SSLError, ssl.SSLError)) for one in causes):
        text = f"TLS failed: {innermost}"
        return Failure(Cause.UNTRUSTED, text + REMEDY if "CERTIFICATE_VERIFY_FAILED" in text else text)
    if any(isinstance(one, urllib3.exceptions.NewConnectionError) for one in causes):
        by_proxy = any(isinstance(one, urllib3.exceptions.ProxyError) for one in causes)
        via = f" to the proxy that {PROXY_VARIABLES} names" if by_proxy else ""
        return Failure(Cause.UNREACHABLE, f"connection{via} failed: {innermost}")
    if any(isinstance(one, urllib3.exceptions.ConnectTimeoutError) for one in causes):
        return Failure(Cause.SILENT, "no connection in time")
    if any(
        isinstance(one, (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)) for one in causes
    ):
        slow = "response is not complete" in innermost
        return Failure(Cause.SILENT, innermost if slow else "no response in time")
    is_oversized = any(isinstance(one, ResponseTooLarge) for one in causes)
    return Failure(Cause.OVERSIZED if is_oversized else Cause.BROKEN, f"connection failed: {innermost}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if inner is not None:
            error = inner
