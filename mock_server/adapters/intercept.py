"""Intercepts calls of the library `requests` to a base URL, so that code under test needs no change.

    with intercept(build(), "https://tenant.example/api-public/1.0"):
        requests.get("https://tenant.example/api-public/1.0/case/1")

The interception uses the library `responses`, which refuses other addresses with ConnectionError.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import responses
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from responses import RequestsMock

from mock_server.adapters.session import request_from, wait_delay
from mock_server.core.messages import Handle
from mock_server.core.service import under_prefix

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@contextmanager
def intercept(handle: Handle, base_url: str) -> Iterator[RequestsMock]:
    """Handle every request under `base_url` with the handle while the context is active."""
    with RequestsMock(assert_all_requests_are_fired=False) as interceptor:
        register(interceptor, handle, base_url)
        yield interceptor


def register(interceptor: RequestsMock, handle: Handle, base_url: str) -> Callable[[], None]:
    """Add a mock at `base_url` to an existing interceptor, and return a function that removes it."""
    base_url = base_url.rstrip("/")
    under_base = under_prefix(urlsplit(base_url).path, handle)

    def respond(prepared: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        response = wait_delay(under_base(request_from(prepared)))
        return response.status, dict(response.fields()), response.sent_body

    addresses = re.compile(re.escape(base_url) + r"(?:[/?#].*)?$", re.DOTALL)
    for method in METHODS:
        interceptor.add_callback(method, addresses, respond, content_type=None)

    def remove() -> None:
        for method in METHODS:
            interceptor.remove(method, addresses)

    return remove


def choose_interceptor(own: Sequence[RequestsMock]) -> RequestsMock:
    """Return the active default interceptor, or else a new one. `own` are earlier interceptors of the caller.

    Raises RuntimeError if another interceptor is active: the order in which both stop would leave requests patched.
    """
    if is_active(responses.mock):
        return responses.mock
    is_patched = HTTPAdapter.send.__module__ != HTTPAdapter.__module__
    if is_patched and not any(map(is_active, own)):
        raise RuntimeError(
            "another interceptor of requests is active; call intercept() before it starts, and add its responses to "
            "the interceptor that intercept() returns, or use @responses.activate"
        )
    return RequestsMock(assert_all_requests_are_fired=False)


def is_default(interceptor: RequestsMock) -> bool:
    """Return True for the interceptor of `@responses.activate`."""
    return interceptor is responses.mock


def is_active(interceptor: RequestsMock) -> bool:
    """Return True if an interceptor has been started. `responses` has no public way to find out."""
    return interceptor._patcher is not None
