"""The fixture `caseiq_mock`: a mock of the Case APIs for the tests of any project, reset before each.

    def test_over_a_socket(caseiq_mock):
        app = App(base_url=caseiq_mock.url, token=caseiq_mock.token)
        app.report("Badge printed twice")
        assert [case["summary"] for case in caseiq_mock.cases] == ["Badge printed twice"]

    def test_in_process(caseiq_mock):                       # for code that uses requests: no server is started
        caseiq_mock.intercept("https://tenant.example/api-public/1.0")
        caseiq_mock.fail_next(status=503, times=2)
        App(base_url="https://tenant.example/api-public/1.0", token=caseiq_mock.token).report("Sent again")
        assert [one["response"]["status"] for one in caseiq_mock.journal] == [503, 503, 201]

Which tenant it plays says a deployment file, by `caseiq_mock_deployment = "tenant.toml"` in pytest's settings, or
an overridden fixture:

    @pytest.fixture(scope="session")
    def caseiq_mock_settings():
        return Settings(prefix="/api-public/1.0", case=CaseRules(required={"caseType"}))

Nothing is imported before a test asks for the fixture: this file is loaded in every run of pytest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from responses import RequestsMock

    from mock_server.messages import Handle, Request, Response
    from mock_server.mock import Mock
    from mock_server.settings import Settings

DEPLOYMENT = "caseiq_mock_deployment"


class CaseiqMock:
    """One mock and the ways to it. Everything but `url` and `intercept` is the same by both."""

    def __init__(self, mock: Mock, session: ExitStack) -> None:
        """`session` closes what lasts as long as the mock."""
        self._mock = mock
        self._session = session
        self._test = ExitStack()
        self._intercepted: list[str] = []

    @property
    def settings(self) -> Settings:
        """The tenant that it plays."""
        return self._mock.settings

    @property
    def token(self) -> str:
        """A credential that never expires: the bearer token, cookie or header value of `settings.auth`."""
        return self.settings.auth.token

    @cached_property
    def url(self) -> str:
        """The base URL of a real server on a free port, started when it is first asked for."""
        from mock_server.adapters.thread import serving  # noqa: PLC0415

        server = serving(self._mock.handle, limits=self.settings.limits, blocking=True)
        return self._session.enter_context(server) + self.settings.prefix

    def intercept(self, base_url: str) -> RequestsMock:
        """Answer what `requests` sends to this host, without a socket, until the test ends.

        In a `with` statement until that ends. What is returned is an interceptor of the library `responses`, for
        addresses of the test's own; to all others there is no connection.
        """
        from responses import RequestsMock  # noqa: PLC0415

        from mock_server.adapters.intercept import register  # noqa: PLC0415

        self._intercepted.append(base_url)
        interceptor = RequestsMock(assert_all_requests_are_fired=False)
        # The last one alone is in force, so it knows the others' addresses too.
        for one in self._intercepted:
            register(interceptor, *_at(one, self._mock))
        self._test.callback(interceptor.reset)
        self._test.callback(interceptor.stop)
        interceptor.start()
        return interceptor

    @property
    def cases(self) -> list[dict[str, Any]]:
        """The records of all cases, oldest first."""
        return [json.loads(case.text) for _, case in self._mock.store.items()]

    @property
    def journal(self) -> list[dict[str, Any]]:
        """What was asked and answered in this test, oldest first, in the words of the control API."""
        return self._mock.journal.read()

    def seed(self, data: str | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add cases, "demo" or records of any fields, and return their records, completed as a create would.

        Raises ValueError, which names each field that the contract does not allow.
        """
        before = len(self.cases)
        self._mock.seed(data if isinstance(data, str) else [dict(case) for case in data])
        return self.cases[before:]

    def fail_next(
        self, status: int = 503, *, times: int = 1, operation: str | None = None, delay: float = 0.0
    ) -> None:
        """Refuse the next requests, or those of one operation (by operationId), after `delay` seconds."""
        self._mock.fail_next(status, times=times, operation=operation, delay=delay)

    def behave(self, **changes: Any) -> None:
        """Change the behaviour, for the rest of the test: the fields of `mock_server.behaviour.Behaviour`.

        `latency` in seconds, a number or a pair; `faults`, a list of names; `rate` in requests a second;
        `token_life` in seconds; `outage`. Raises ValueError for what cannot be.
        """
        latency = changes.get("latency")
        if isinstance(latency, int | float):
            changes["latency"] = (float(latency), float(latency))
        if "faults" in changes:
            changes["faults"] = tuple(changes["faults"])
        self._mock.behave(**changes)

    def reset(self) -> None:
        """Forget everything: cases, behaviour, failures to come, journal and snapshots."""

    def end_of_test(self) -> None:
        """Let `requests` connect again."""
        self._test.close()
        self._intercepted.clear()
