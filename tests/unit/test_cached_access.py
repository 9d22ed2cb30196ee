"""Records that are shown without credentials, by a cache or always."""

from __future__ import annotations

import pytest
from support.in_process import Fault, connected

from contract_tests.client.api import CaseApi, case_path
from contract_tests.exceptions import Violation
from contract_tests.results.cached_access import CACHED, MOST, CachedAccess
from mock_server import Request, Response
from mock_server.adapters.session import Handle

VIOLATION = Violation("401", "200")


def cache(handle: Handle) -> Handle:
    """Respond to a GET of a known path without looking at credentials."""
    known: dict[str, Response] = {}

    def cached(request: Request) -> Response:
        response = handle(request)
        if request.method != "GET":
            return response
        if response.status == 200:
            known[request.path] = response
        return known.get(request.path, response)

    return cached


def read_without_credentials(api: CaseApi, access: CachedAccess, *, first: bool) -> str | None:
    """Return the explanation for a GET without credentials, after one with credentials if `first` is True."""
    api.session.watch = access
    api.trace.restart()
    path = case_path(api.create({}).object["id"])
    if first:
        api.call("GET", path)
    api.unauthenticated("GET", path, None, {})
    return access.explain(VIOLATION, list(api.trace))


def test_record_that_only_a_cache_shows_is_explained() -> None:
    api = connected(cache)
    access = CachedAccess(api)
    assert read_without_credentials(api, access, first=True) == CACHED
    assert access.origin is not None
    assert [access.origin.method, access.origin.url] == ["GET", api.trace[-1].url]


@pytest.mark.parametrize(
    ("fault", "first"), [("auth-missing-on-get", True), ("auth-missing-on-get", False), (cache, False)]
)
def test_other_records_are_not_explained(fault: str | Fault, first: bool) -> None:
    api = connected(fault)
    access = CachedAccess(api)
    assert read_without_credentials(api, access, first=first) is None
    assert access.origin is None


def test_probes_leave_the_trace_and_create_few_cases() -> None:
    api = connected("auth-missing-on-get")
    access = CachedAccess(api)
    for _ in range(2 * MOST):
        read_without_credentials(api, access, first=True)
        assert len(api.trace) == 3
    assert api.session.ledger.created == 2 * MOST + MOST
