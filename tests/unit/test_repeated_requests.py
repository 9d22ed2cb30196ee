"""Failures that a request does not have if it is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from reference_server.sockets import Handler, Request, Response, running
from support.altered_mock import AlteredMock

from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.exceptions import Violation
from contract_tests.results.collector import Run
from contract_tests.results.repeated_requests import MOST, RepeatedRequests
from contract_tests.results.verdicts import Verdict


class _NoBodyRead(Handler):
    """Refuses requests without credentials before their body is read."""

    def read_body(self) -> bytes:
        return super().read_body() if "Authorization" in self.headers else b""


class _Server(AlteredMock):
    def __init__(self, handler: type[Handler] = _NoBodyRead) -> None:
        super().__init__(before=_refuse_without_credentials)
        self.handler = handler


def _refuse_without_credentials(request: Request) -> Response | None:
    if "authorization" in request.headers:
        return None
    return Response(401, b"{}", {"Content-Type": "application/json", "WWW-Authenticate": "Bearer"})


@contextmanager
def connected(service: AlteredMock) -> Iterator[CaseApi]:
    with running(service) as url:
        api = connect(Target(url, {"CASEIQ_TOKEN": "dev-token"}), RunSettings())
        yield api
        api.session.close()


def spoilt(api: CaseApi, case_id: str, method: str = "PUT") -> Exchange:
    """Return the response to a GET after a refused request on the same connection."""
    api.unauthenticated(method, case_path(case_id), {"testSummary": "refused"}, {})
    return api.get(case_id)


def test_connection_that_the_previous_request_spoils_is_named() -> None:
    with connected(_Server()) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        run.begin("test")
        response = spoilt(api, run.case_id)
        assert response.refused
        before = list(api.trace)
        findings = run.conclude("test", ["GET-SAME"], Violation("GET to return 200", response.summary()))
        found = next(one for one in findings if one.requirement == "GET-SAME")
        expected = f"(200 on a new connection: PUT /case/{run.case_id}, to which the target responded with 401, spoils"
        assert expected in found.actual
        assert list(api.trace) == before


def test_spoilt_connection_fails_one_requirement_and_is_avoided() -> None:
    with connected(_Server()) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        run.begin("test")
        violation = Violation("GET to return 200", spoilt(api, run.case_id).summary())
        run.conclude("test", ["GET-SAME"], violation)
        assert run.is_repeatable
        assert not run.broken
        run.begin("test")
        assert spoilt(api, run.case_id).status == 200
        failed, passed = run.conclude("test", ["GET-SAME"], None)[::-1]
        assert (passed.requirement, passed.verdict) == ("GET-SAME", Verdict.PASSED)
        assert (failed.requirement, failed.verdict) == ("NO-SERVER-ERROR", Verdict.FAILED)
        assert [one["method"] for one in failed.exchanges][-2:] == ["PUT", "GET"]
        assert not run.is_repeatable


def test_connection_that_an_earlier_request_spoils_is_named() -> None:
    with connected(_Server()) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        run.begin("test")
        api.unauthenticated("PUT", case_path(run.case_id), {"testSummary": "refused"}, {})
        with api.session.other_connection():
            api.get(run.case_id)
        violation = Violation("GET to return 200", api.get(run.case_id).summary())
        findings = run.conclude("test", ["GET-SAME"], violation)
        found = next(one for one in findings if one.requirement == "GET-SAME")
        assert f": PUT /case/{run.case_id}, to which the target responded with 401, spoils" in found.actual


def test_body_of_a_get_that_spoils_a_connection_is_hostile() -> None:
    with connected(_Server()) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        run.begin("test")
        violation = Violation("GET to return 200", spoilt(api, run.case_id, "GET").summary())
        run.conclude("test", ["GET-SAME"], violation)
        assert run.conclude("test", ["GET-SAME"], None)[-1].requirement == "HOSTILE-INPUT"


def test_refusal_on_each_connection_is_not_explained() -> None:
    with connected(_Server(Handler)) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        api.unauthenticated("PUT", case_path(run.case_id), {"testSummary": "refused"}, {})
        response = api.get("00000000-0000-4000-8000-000000000000")
        sent = api.session.requests_sent
        assert explanation_of(run, response) is None
        assert api.session.requests_sent == sent + 1


def test_refusal_that_does_not_come_again_is_named() -> None:
    refusals = [Response(404, b"{}", {"Content-Type": "application/json"})]

    def once(request: Request) -> Response | None:
        return refusals.pop() if request.method == "GET" and refusals else None

    with connected(AlteredMock(before=once)) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        api.update(run.case_id, {"testSummary": "new"})
        found = explanation_of(run, api.get(run.case_id))
        assert found is not None
        assert found.startswith("repeated, the same request returns 200: the response depends on time, or on")


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_writes_that_took_effect_are_not_repeated(method: str) -> None:
    with connected(_Server(Handler)) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        response = api.create({"testSummary": "next"}) if method == "POST" else api.get("unknown")
        sent = api.session.requests_sent
        assert explanation_of(run, response) is None  # a create was before both
        assert api.session.requests_sent == sent


def test_number_of_attempts_is_bounded() -> None:
    with connected(_Server()) as api:
        run = Run(api, api.create({"testSummary": "first"}))
        connections = RepeatedRequests(api)
        api.session.watch = connections
        found = []
        for _ in range(MOST + 1):
            response = spoilt(api, run.case_id)
            found.append(connections.explain(Violation("200", response.summary()), list(api.trace)))
        assert [one is not None for one in found] == [True] * MOST + [False]


def explanation_of(run: Run, response: Exchange) -> str | None:
    violation = Violation("200", response.summary())
    connections = RepeatedRequests(run.api)
    for exchange in run.api.trace:
        connections(exchange)
    return connections.explain(violation, list(run.api.trace))
