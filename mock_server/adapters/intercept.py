"""The mock behind `responses`: code that uses `requests` meets the mock at a base URL, and need not change.

    with intercept(build(), "https://tenant.example/api-public/1.0"):
        requests.get("https://tenant.example/api-public/1.0/case/1")

Other addresses are refused with ConnectionError, as `responses` does.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from requests import PreparedRequest
from responses import RequestsMock

from mock_server.adapters.session import request_from, waited
from mock_server.core.messages import Handle
from mock_server.core.service import under

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@contextmanager
def intercept(handle: Handle, base_url: str) -> Iterator[RequestsMock]:
    """Answer every request under `base_url` from the handle, as long as the context lasts."""
    with RequestsMock(assert_all_requests_are_fired=False) as interceptor:
        register(interceptor, handle, base_url)
        yield interceptor


def register(interceptor: RequestsMock, handle: Handle, base_url: str) -> None:
    """Add the mock at `base_url` to an interceptor that is the caller's own."""
    base_url = base_url.rstrip("/")
    moved = under(urlsplit(base_url).path, handle)

    def answer(prepared: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        response = waited(moved(request_from(prepared)))
        return response.status, dict(response.fields()), response.body

    addresses = re.compile(re.escape(base_url) + r"(?:[/?#].*)?$", re.DOTALL)
    for method in METHODS:
        interceptor.add_callback(method, addresses, answer, content_type=None)
