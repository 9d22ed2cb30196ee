"""A correct token endpoint that ignores `ttl` and grants an hour."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from reference_server.sockets import Request, Response, running
from support.altered_mock import AlteredMock
from support.suite_run import run_suite

from contract_tests.contract.deployment import Auth, Deployment, Scheme
from contract_tests.results.verdicts import Verdict
from mock_server import Auth as MockAuth
from mock_server import Scheme as MockScheme
from mock_server import Settings

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-secret"}


class HourlyTokens(AlteredMock):
    """Grants an hour, whatever lifetime is requested."""

    def respond(self, request: Request) -> Response:
        if b'"ttl"' in request.body:
            request = replace(request, body=json.dumps(json.loads(request.body) | {"ttl": 3600}).encode())
        return super().respond(request)


@pytest.mark.slow
def test_expiry_after_an_hour_is_unverified_at_once() -> None:
    auth = MockAuth(scheme=MockScheme.OAUTH2, client_secrets=("dev-secret",))
    started = time.monotonic()
    with running(HourlyTokens(Settings(auth=auth))) as url:
        result = run_suite(
            url,
            requirements=["TOKEN-EXPIRY", "TOKEN-GRANT"],
            environment=CLIENT,
            deployment=Deployment(auth=Auth(scheme=Scheme.OAUTH2)),
        )
    assert time.monotonic() - started < 60
    assert not result.failed(), result.describe_failures()
    assert result.verdicts["TOKEN-GRANT"] is Verdict.PASSED
    assert result.verdicts["TOKEN-EXPIRY"] is Verdict.UNVERIFIED
    reasons = {one.reason for one in result.findings if one.verdict is Verdict.UNVERIFIED}
    assert any("3600 s for a ttl of 1, and the run waits 10 s" in reason for reason in reasons), reasons
