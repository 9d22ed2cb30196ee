"""The middlewares around the API, by the behaviour that a user sets."""

from __future__ import annotations

import pytest

from mock_server.behaviour.behaviour import Behaviour
from mock_server.behaviour.failures import Failure, Failures
from mock_server.behaviour.middleware import (
    Chain,
    Latency,
    Outage,
    Prefer,
    build_chain,
    inner_middlewares,
    mark_shaped,
)
from mock_server.core.messages import Request, Response
from mock_server.core.service import create_locate
from mock_server.core.settings import Settings
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.groups import FAULTS, GROUPS
from mock_server.faults.named_fault import NamedFault


def ok(_request: Request) -> Response:
    return Response(200, {}, b"{}")


def chain(behaviour: Behaviour, failures: Failures | None = None) -> Chain:
    settings = Settings()
    return build_chain(
        ok, inner_middlewares(behaviour, None), behaviour, failures or Failures(),
        locate=create_locate(settings), uniform=lambda low, high: (low + high) / 2,
    )  # fmt: skip


def test_chain_has_the_middlewares_of_the_behaviour() -> None:
    failures = Failures()
    failures.add(Failure())
    behaviour = Behaviour(latency=(1, 3), outage=True, rate=5, faults=("text-trimmed", "put-merges"))
    assert str(chain(behaviour, failures)) == (
        "preflight bypass → latency → failures → outage → prefer → fault put-merges → fault text-trimmed "
        "→ rate limit → api"
    )
    assert str(chain(Behaviour())) == "prefer → api"
    assert len(chain(Behaviour())) == 1
    assert isinstance(next(iter(chain(Behaviour()))), Prefer)


def test_latency_and_outage_mark_their_responses() -> None:
    delayed = Latency((1, 3), lambda low, high: low + high)(ok, Request("GET", "/case/x"))
    assert (delayed.delay, delayed.headers) == (4, {"x-mock-shaped-by": "latency"})
    assert Outage()(ok, Request("GET", "/case/x")).status == 503
    marked = mark_shaped(mark_shaped(Response(200), "a"), "b", 0.5)
    assert (marked.headers["x-mock-shaped-by"], marked.delay) == ("a, b", 0.5)


@pytest.mark.parametrize(
    ("prefer", "status", "delay", "applied", "ignored"),
    [
        ("code=404", 404, 0, "code=404", None),
        ("code=503, delay=1500", 503, 1.5, "code=503, delay=1500", None),
        ("delay=10", 200, 0.01, "delay=10", None),
        ("code=299", 200, 0, None, "Prefer: the contract has no example of a 299 response to this request"),
        ("code=1", 200, 0, None, "Prefer: code takes a status from 200 to 599"),
        ("wait=5", 200, 0, None, None),
    ],
)
def test_preferred_response_is_returned(
    prefer: str, status: int, delay: float, applied: str | None, ignored: str | None
) -> None:
    response = chain(Behaviour()).handle(Request("GET", "/case/x", {"prefer": prefer}))
    assert (response.status, response.delay) == (status, delay)
    assert response.headers.get("preference-applied") == applied
    assert response.headers.get("x-mock-ignored") == ignored


def test_catalogue_finds_shipped_and_own_faults() -> None:
    own = NamedFault("own-fault", "GET-SAME", "Does something else.", lambda handle: handle)
    catalogue = Catalogue([own])
    assert catalogue.find("own-fault") is own
    assert catalogue.find("put-merges") is FAULTS["put-merges"]
    assert [group.title for group in catalogue.groups()][-1] == "Your own faults"
    assert len(Catalogue().groups()) == len(GROUPS)
    with pytest.raises(ValueError, match="did you mean put-merges"):
        catalogue.find("put-merge")
    with pytest.raises(ValueError, match="not int"):
        catalogue.find(1)
    with pytest.raises(ValueError, match="already has a fault 'put-merges'"):
        catalogue.add(NamedFault("put-merges", "GET-SAME", "Another.", lambda handle: handle))
