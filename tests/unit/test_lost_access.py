"""A token that the target refuses during a run is an error, and no failure of the target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock

from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.exceptions import Violation
from contract_tests.results.collector import Run
from contract_tests.results.lost_access import ATTEMPTS
from contract_tests.results.verdicts import Verdict

REFUSED = Response(401, b"{}", {"Content-Type": "application/json", "WWW-Authenticate": "Bearer"})


class _Refusing(AlteredMock):
    """Refuses the requests for which `refuses` returns True."""

    def __init__(self) -> None:
        super().__init__(before=lambda request: REFUSED if self.refuses(request) else None)
        self.refuses: Callable[[Request], bool] = lambda _: False


TOKEN = {"CASEIQ_TOKEN": "dev-token"}
SERVICE_ACCOUNT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}


@contextmanager
def started(server: _Refusing, credentials: dict[str, str] = TOKEN) -> Iterator[Run]:
    """Yield a run that has created and read a case, and starts a test."""
    with running(server) as url:
        api: CaseApi = connect(Target(url, credentials), RunSettings())
        run = Run(api, api.create({"testSummary": "first"}))
        api.get(run.case_id)
        run.begin("test")
        yield run
        api.session.close()


def verdict(run: Run, error: BaseException | None) -> Verdict:
    return run.conclude("test", ["GET-SAME"], error)[0].verdict


@pytest.mark.parametrize("error", [Violation("GET to return 200", "401"), None], ids=["violation", "pass"])
def test_expired_token_is_an_error(error: BaseException | None) -> None:
    server = _Refusing()
    with started(server) as run:
        server.refuses = lambda _: True
        assert run.api.get(run.case_id).status == 401
        sent = list(run.api.trace)
        assert verdict(run, error) is Verdict.ERROR
        assert "no longer accepts the token" in run.lost_access.reason
        assert list(run.api.trace) == sent


def test_refusal_of_one_operation_stays_a_failure() -> None:
    server = _Refusing()
    with started(server) as run:
        server.refuses = lambda request: request.method == "PATCH"
        response = run.api.update(run.case_id, {"testSummary": "changed"})
        assert verdict(run, Violation("PATCH to return 200", response.summary())) is Verdict.FAILED
        assert not run.lost_access.reason


def test_servers_without_shared_tokens_stay_a_failure() -> None:
    server = _Refusing()
    with started(server) as run:
        refusals = iter([True] * ATTEMPTS + [False])
        server.refuses = lambda _: next(refusals)
        response = run.api.get(run.case_id)
        assert verdict(run, Violation("GET to return 200", response.summary())) is Verdict.FAILED


def test_refusal_of_other_credentials_is_no_loss() -> None:
    with started(_Refusing()) as run:
        run.api.unauthenticated("GET", case_path(run.case_id), None, {})
        sent = run.api.session.requests_sent
        assert verdict(run, None) is Verdict.PASSED
        assert run.api.session.requests_sent == sent


def test_refused_service_account_stays_a_failure() -> None:
    server = _Refusing()
    with started(server, SERVICE_ACCOUNT) as run:
        server.refuses = lambda request: "/case" in request.target
        response = run.api.get(run.case_id)
        sent = run.api.session.requests_sent
        assert verdict(run, Violation("GET to return 200", response.summary())) is Verdict.FAILED
        assert run.api.session.requests_sent == sent
