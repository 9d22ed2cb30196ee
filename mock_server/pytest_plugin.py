"""The fixture `caseiq_mock`: a mock of the Case APIs for the tests of any project, as new in each test.

    def test_over_a_socket(caseiq_mock):
        app = App(caseiq_mock.url, caseiq_mock.token)
        app.report("Badge printed twice")
        assert [case["summary"] for case in caseiq_mock.cases] == ["Badge printed twice"]

    def test_in_process(caseiq_mock):  # for code that uses requests; no server is started
        caseiq_mock.intercept("https://tenant.example/api-public/1.0")
        caseiq_mock.fail_next(503, times=2)
        App("https://tenant.example/api-public/1.0", caseiq_mock.token).report("Sent again")
        assert [one["response"]["status"] for one in caseiq_mock.journal] == [503, 503, 201]

The tenant that it plays is that of a deployment file, named by `caseiq_mock_deployment = "tenant.toml"` in pytest's
settings, or of a fixture that a project puts in place of the one here:

    @pytest.fixture(scope="session")
    def caseiq_mock_settings():
        return Settings(prefix="/api-public/1.0", case=CaseRules(required={"caseType"}))

Every run of pytest loads this file, so it imports nothing costly before a test asks for the fixture.
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
PLAYED = pytest.StashKey[bool]()
"""The deployment file was read."""


class Changes(TypedDict, total=False):
    """What `behave` can change; None and an empty list switch off."""

    latency: float | tuple[float, float] | None
    """Seconds that each answer is held back, or the least and the most of them."""
    faults: Sequence[str]
    """Names from `caseiq-mock --list-faults`, or one of them."""
    rate: float | None
    """Requests a second; more are answered 429."""
    token_life: float | None
    """Seconds that a new token lives at most."""
    outage: bool
    """Every request is answered 503."""


class CaseiqMock:
    """One mock, and the ways to it: by socket at `url`, in process by `intercept`."""

    def __init__(self, mock: Mock, session: ExitStack, test: ExitStack) -> None:
        """`session` and `test` close what lasts as long as these."""
        self._mock = mock
        self._session = session
        self._test = test
        self._bases: dict[str, list[str]] = {}

    @property
    def settings(self) -> Settings:
        """The tenant that it plays."""
        return self._mock.settings

    @property
    def token(self) -> str:
        """A bearer token, cookie or key that is accepted; with OAuth2 a new token at each look, for an hour."""
        return self._mock.token

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields that let a request in, whatever the scheme."""
        return self._mock.headers

    @cached_property
    def url(self) -> str:
        """The base URL of a server on a free port of this machine, started by the first look at it."""
        from mock_server.adapters.thread import serving  # noqa: PLC0415

        server = serving(self._mock.handle, limits=self.settings.limits, blocking=lambda: self._mock.blocking)
        return self._session.enter_context(server) + self.settings.prefix

    def intercept(self, base_url: str) -> RequestsMock:
        """Answer what `requests` sends to this base URL, with no socket, until the test or a `with` block ends.

        Returns the interceptor of the library `responses`, for answers of other addresses: to those that it does
        not know nothing can connect meanwhile. Raises ValueError for what is no base URL.
        """
        from responses import RequestsMock  # noqa: PLC0415

        from mock_server.adapters.intercept import register  # noqa: PLC0415

        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(
                f"{base_url!r} is no base URL; give one such as https://tenant.example/api-public/1.0"
            )
        self._bases.setdefault(f"{parts.scheme}://{parts.netloc}", []).append(parts.path.rstrip("/"))
        interceptor = RequestsMock(assert_all_requests_are_fired=False)
        # Only the last interceptor is asked, so it knows the earlier base URLs too.
        for host in self._bases:
            register(interceptor, partial(self._at, host), host)
        self._test.callback(interceptor.reset)
        self._test.callback(interceptor.stop)
        interceptor.start()
        return interceptor

    def _at(self, host: str, request: Request) -> Response:
        """The answer of a host that has the API at its own base paths."""
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
        """The exchanges of this test, oldest first, at most 1,000; each as `GET /_mock/journal` shows it."""
        return self._mock.journal.read()

    def seed(self, data: str | Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add cases, and return their records: invented ones for "demo", or those given, completed as by a create.

        Raises ValueError with a line for each field that the contract does not allow.
        """
        before = len(self.cases)
        with _told_as_value_error():
            self._mock.seed(data if isinstance(data, str) else [dict(case) for case in data])
        return self.cases[before:]

    def fail_next(
        self, status: int = 503, *, times: int = 1, operation: str | None = None, delay: float = 0.0
    ) -> None:
        """Let the next requests fail, each after `delay` seconds; `operation`, an operationId, picks them.

        Raises ValueError for a status that is none of a failure, and for an operation that the contract has not.
        """
        with _told_as_value_error():
            self._mock.fail_next(status, times=times, operation=operation, delay=delay)

    def behave(self, **changes: Unpack[Changes]) -> None:
        """Behave differently for the rest of the test. Raises ValueError for a wrong value, TypeError for a name."""
        told: dict[str, Any] = dict(changes)
        if isinstance(told.get("latency"), int | float):
            told["latency"] = (told["latency"], told["latency"])
        if "faults" in told:
            told["faults"] = (told["faults"],) if isinstance(told["faults"], str) else tuple(told["faults"])
        self._mock.behave(**told)

    def reset(self) -> None:
        """Be as new: no case, no snapshot, an empty journal, no failure to come, the behaviour of the start."""
        self._mock.reset()
        for name in self._mock.snapshots.names():
            self._mock.snapshots.delete(name)

    def end_test(self) -> None:
        """Let `requests` connect again."""
        self._test.close()
        self._bases.clear()


@contextmanager
def _told_as_value_error() -> Iterator[None]:
    """A refusal of the mock in the words of a library: a line for each finding."""
    from mock_server.core.errors import Refused  # noqa: PLC0415

    try:
        yield
    except Refused as refused:
        raise ValueError("\n".join(f"{one.pointer} {one.message}" for one in refused.findings)) from None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(DEPLOYMENT, "deployment file of the tenant that caseiq_mock plays, from this file's folder")


@pytest.fixture(scope="session")
def caseiq_mock_settings(pytestconfig: pytest.Config) -> Settings:
    """The tenant that `caseiq_mock` plays; a project overrides it with settings of its own."""
    from mock_server.core.deployment import load  # noqa: PLC0415
    from mock_server.core.settings import Settings  # noqa: PLC0415

    name = pytestconfig.getini(DEPLOYMENT)
    if not name:
        return Settings()
    pytestconfig.stash[PLAYED] = True
    folder = pytestconfig.inipath.parent if pytestconfig.inipath else pytestconfig.rootpath
    try:
        return load(Path(folder, name), Settings())
    except ValueError as error:
        raise pytest.fail.Exception(f"{DEPLOYMENT}: {error}", pytrace=False) from None


@pytest.fixture(scope="session")
def caseiq_mock_session(pytestconfig: pytest.Config, caseiq_mock_settings: Settings) -> Iterator[CaseiqMock]:
    """The mock of the whole session, never reset: for fixtures that tell a program its address once."""
    from mock_server.mock import Mock  # noqa: PLC0415

    if pytestconfig.getini(DEPLOYMENT) and PLAYED not in pytestconfig.stash:
        pytest.fail(
            f"{DEPLOYMENT} names a file, and a fixture caseiq_mock_settings takes the place of what it says: "
            "drop one of them, or let the fixture ask for the caseiq_mock_settings that it replaces",
            pytrace=False,
        )
    with ExitStack() as session, ExitStack() as test:
        yield CaseiqMock(Mock(caseiq_mock_settings), session, test)


@pytest.fixture
def caseiq_mock(caseiq_mock_session: CaseiqMock) -> Iterator[CaseiqMock]:
    """The mock of the session, as new."""
    caseiq_mock_session.reset()
    yield caseiq_mock_session
    caseiq_mock_session.end_test()
