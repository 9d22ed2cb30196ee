"""Creates whose response repeats that of an earlier one: the failure names a cache, and no other requirement fails."""

from __future__ import annotations

import pytest
from support import report_samples as samples
from support.in_process import connected

from contract_tests.assertions.case import create_case
from contract_tests.exceptions import Violation
from contract_tests.results.cached_creates import CACHED, CachedCreates
from mock_server import Request, Response
from mock_server.core.messages import Handle

BODY = b'{"testSummary": "x"}'


def cached(handle: Handle) -> Handle:
    """Return a server with a cache in front that repeats its response to an equal POST."""
    kept: dict[bytes, Response] = {}

    def respond(request: Request) -> Response:
        if request.method != "POST" or request.path != "/case":
            return handle(request)
        if request.body not in kept:
            kept[request.body] = handle(request)
        return kept[request.body]

    return respond


def test_known_id_in_a_create_is_no_new_case() -> None:
    api = connected(cached)
    create_case(api)
    with pytest.raises(Violation, match="each create to return a new id") as raised:
        create_case(api)
    assert raised.value.requirement == "CREATE-ID-UNIQUE"
    create_case(api, {"testSummary": "another body"})


def test_equal_responses_to_equal_creates_come_from_a_cache() -> None:
    explanation = CachedCreates()
    violation = Violation("a new id", "an old one", "CREATE-ID-UNIQUE")
    create = samples.exchange("POST", "/case", BODY, status=201)
    explanation(create)
    assert explanation.explain(violation, [create]) is None
    explanation(
        samples.exchange("POST", "/case", BODY, status=201, answer=samples.RECORD.replace("10:00", "11:00"))
    )
    assert explanation.explain(violation, [create]) is None
    explanation(create)
    assert explanation.explain(violation, [create]) == CACHED
    assert explanation.explain(Violation("a", "b", "GET-SAME"), [create]) is None
