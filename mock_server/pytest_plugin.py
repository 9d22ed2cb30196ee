"""The pytest fixture `caseiq_mock`: a mock of the Case APIs for the tests of any project, reset for each test.

    def test_over_a_socket(caseiq_mock):
        app = App(caseiq_mock.url, caseiq_mock.token)
        app.report("Badge printed twice")
        assert [case["summary"] for case in caseiq_mock.cases] == ["Badge printed twice"]

    def test_in_process(caseiq_mock):  # for code that uses requests; no server is started
        caseiq_mock.intercept("https://tenant.example/api-public/1.0")
        caseiq_mock.fail_next(503, times=2)
        App("https://tenant.example/api-public/1.0", caseiq_mock.token).report("Sent again")
        assert [one["response"]["status"] for one in caseiq_mock.journal] == [503, 503, 201]

The tenant comes from a deployment file, named by `caseiq_mock_deployment = "tenant.toml"` in pytest's settings, or
from a fixture that overrides the one here:

    @pytest.fixture(scope="session")
    def caseiq_mock_settings():
        return Settings(prefix="/api-public/1.0", case=CaseRules(required={"caseType"}))

Every run of pytest loads this file, so it imports nothing expensive before a test uses the fixture.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from typing import Unpack

    from responses import RequestsMock

    from mock_server.core.messages import Request, Response
    from mock_server.core.settings import Settings
    from mock_server.mock import Mock

DEPLOYMENT = "caseiq_mock_deployment"
IS_DEPLOYMENT_READ = pytest.StashKey[bool]()
"""The deployment file was read, so no fixture overrides it."""


class Changes(TypedDict, total=False):
    """The arguments of `behave`. None or an empty list switches a behaviour off."""

    latency: float | tuple[float, float] | None
    """Delay of each response in seconds, or the least and the greatest delay."""
    faults: Sequence[str]
    """Names from `caseiq-mock --list-faults`, or a single name."""
    rate: float | None
    """Requests a second; further requests get 429."""
    token_life: float | None
    """Longest life of a new token, in seconds."""
    outage: bool
    """Every request gets a 503."""


class CaseiqMock:
    """A mock, reachable over a socket at `url`, or in process after `intercept`."""

    def __init__(self, mock: Mock, session: ExitStack, test: ExitStack) -> None:
        """Wrap a mock. `session` and `test` close resources at the end of the session and of each test."""
        self._mock = mock
        self._session = session
        self._test = test
        self._bases: dict[str, list[str]] = {}

    @property
    def settings(self) -> Settings:
        """The settings of the tenant."""
        return self._mock.settings

    @property
    def token(self) -> str:
        """A valid bearer token, cookie value or key. With OAuth2, each access returns a new token for an hour."""
        return self._mock.token

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields with a valid credential, under any scheme."""
        return self._mock.headers

    @cached_property
    def url(self) -> str:
        """The base URL of a server on a free port of this machine. The first access starts the server."""
        from mock_server.adapters.thread import serving  # noqa: PLC0415

        server = serving(self._mock.handle, limits=self.settings.limits, blocking=lambda: self._mock.blocking)
        return self._session.enter_context(server) + self.settings.prefix

    def intercept(self, base_url: str) -> RequestsMock:
        """Handle requests of the library `requests` to this base URL, without a socket.

        Lasts until the test or a `with` block ends. Returns an interceptor of the library `responses`, which can
        mock other addresses; until then, `requests` cannot connect to any other address. Raises ValueError for an
        invalid base URL.
        """
        from responses import RequestsMock  # noqa: PLC0415

        from mock_server.adapters.intercept import register  # noqa: PLC0415

        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(
                f"{base_url!r} is not a base URL; give one such as https://tenant.example/api-public/1.0"
            )
        self._bases.setdefault(f"{parts.scheme}://{parts.netloc}", []).append(parts.path.rstrip("/"))
        interceptor = RequestsMock(assert_all_requests_are_fired=False)
        # requests uses only the last interceptor, so it needs the earlier base URLs as well.
        for host in self._bases:
            register(interceptor, partial(self._handle_for_host, host), host)
        self._test.callback(interceptor.reset)
        self._test.callback(interceptor.stop)
        interceptor.start()
        return interceptor

    def _handle_for_host(self, host: str, request: Request) -> Response:
        """Return the response of a host that has the API under its base paths."""
        for base in self._bases[host]:
            if request.path.startswith(f"{base}/") and request.path != self.settings.auth.token_path:
                moved = self.settings.prefix + request.path.removeprefix(base)
                return self._mock.handle(replace(request, path=moved))
        return self._mock.handle(request)

    @property
    def cases(self) -> list[dict[str, Any]]:
        """The records of all cases, oldest first."""
        return [json.loads(case.text) for _, case in self._mock.store.items()]

    @property
    def journal(self) -> list[dict[str, Any]]:
        """The exchanges of this test, oldest first, at most 1,000, in the format of `GET /_mock/journal`."""
        return self._mock.journal.read()

    def seed(self, data: str | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add cases, and return their records.

        `data` is "demo" for invented cases, or a list of cases; missing fields are set as for a new case. Raises
        ValueError with a line for each field that the contract does not allow.
        """
        before = len(self.cases)
        with _refusals_as_value_errors():
            self._mock.seed(data if isinstance(data, str) else [dict(case) for case in data])
        return self.cases[before:]

    def fail_next(
        self, status: int = 503, *, times: int = 1, operation: str | None = None, delay: float = 0.0
    ) -> None:
        """Let the next requests fail, each after `delay` seconds. `operation` is the operationId of these requests.

        Raises ValueError for a status below 400 and for an unknown operation.
        """
        with _refusals_as_value_errors():
            self._mock.fail_next(status, times=times, operation=operation, delay=delay)

    def behave(self, **changes: Unpack[Changes]) -> None:
        """Change the behaviour until the test ends. Raises ValueError for a wrong value, TypeError for a name."""
        values: dict[str, Any] = dict(changes)
        if isinstance(values.get("latency"), int | float):
            values["latency"] = (values["latency"], values["latency"])
        if "faults" in values:
            faults = values["faults"]
            values["faults"] = (faults,) if isinstance(faults, str) else tuple(faults)
        self._mock.behave(**values)

    def reset(self) -> None:
        """Remove all cases, snapshots, journal entries and pending failures, and restore the initial behaviour."""
        self._mock.reset()
        for name in self._mock.snapshots.names():
            self._mock.snapshots.delete(name)

    def end_test(self) -> None:
        """Remove all interceptors, so that `requests` connects again."""
        self._test.close()
        self._bases.clear()


@contextmanager
def _refusals_as_value_errors() -> Iterator[None]:
    """Turn a refusal of the mock into a ValueError with a line for each finding."""
    from mock_server.core.errors import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as refused:
        raise ValueError("\n".join(f"{one.pointer} {one.message}" for one in refused.findings)) from None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        DEPLOYMENT, "deployment file of the tenant that caseiq_mock behaves like, relative to this file"
    )


@pytest.fixture(scope="session")
def caseiq_mock_settings(pytestconfig: pytest.Config) -> Settings:
    """The settings of the tenant that `caseiq_mock` behaves like. A project can override this fixture."""
    from mock_server.core.deployment import load  # noqa: PLC0415
    from mock_server.core.settings import Settings  # noqa: PLC0415

    name = pytestconfig.getini(DEPLOYMENT)
    if not name:
        return Settings()
    pytestconfig.stash[IS_DEPLOYMENT_READ] = True
    folder = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    try:
        return load(Path(folder, name), Settings())
    except ValueError as error:
        raise pytest.fail.Exception(f"{DEPLOYMENT}: {error}", pytrace=False) from None


@pytest.fixture(scope="session")
def caseiq_mock_session(pytestconfig: pytest.Config, caseiq_mock_settings: Settings) -> Iterator[CaseiqMock]:
    """The mock of the whole session, without resets: for fixtures that give its address to a program once."""
    from mock_server.mock import Mock  # noqa: PLC0415

    if pytestconfig.getini(DEPLOYMENT) and IS_DEPLOYMENT_READ not in pytestconfig.stash:
        pytest.fail(
            f"{DEPLOYMENT} names a file, but a fixture caseiq_mock_settings overrides it: remove one of them, or let "
            "the fixture request the caseiq_mock_settings that it overrides",
            pytrace=False,
        )
    with ExitStack() as session, ExitStack() as test:
        yield CaseiqMock(Mock(caseiq_mock_settings), session, test)


@pytest.fixture
def caseiq_mock(caseiq_mock_session: CaseiqMock) -> Iterator[CaseiqMock]:
    """The mock of the session, reset for this test."""
    caseiq_mock_session.reset()
    yield caseiq_mock_session
    caseiq_mock_session.end_test()
