"""Intercepts calls of the library `requests` to a base URL, so that code under test needs no change.

    with intercept(build(), "https://tenant.example/api-public/1.0"):
        requests.get("https://tenant.example/api-public/1.0/case/1")

The interception uses the library `responses`, which refuses other addresses with ConnectionError.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from requests import PreparedRequest
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


def register(interceptor: RequestsMock, handle: Handle, base_url: str) -> None:
    """Add a mock at `base_url` to an existing interceptor."""
    base_url = base_url.rstrip("/")
    under_base = under_prefix(urlsplit(base_url).path, handle)

    def respond(prepared: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        response = wait_delay(under_base(request_from(prepared)))
        return response.status, dict(response.fields()), response.body

    addresses = re.compile(re.escape(base_url) + r"(?:[/?#].*)?$", re.DOTALL)
    for method in METHODS:
        interceptor.add_callback(method, addresses, respond, content_type=None)
