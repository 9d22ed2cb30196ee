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

The report of a failing test lists the requests that the mock refused, and the reasons. Every run of pytest loads this
file, so it imports nothing expensive before a test uses the fixture.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mock_server.caseiq_mock import CaseiqMock
    from mock_server.core.settings import Settings

DEPLOYMENT = "caseiq_mock_deployment"
IS_DEPLOYMENT_READ = pytest.StashKey[bool]()
"""The deployment file was read, so no fixture overrides it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        DEPLOYMENT, "deployment file of the tenant that caseiq_mock behaves like, relative to this file"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the refused requests to the report of a failing test."""
    report = yield
    if report.failed and call.when == "call":
        mock: CaseiqMock | None = getattr(item, "funcargs", {}).get("caseiq_mock")
        if mock is not None and mock.refusals:
            report.sections.append(("Requests that caseiq_mock refused", "\n".join(mock.refusals)))
    return report


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
    from mock_server.caseiq_mock import CaseiqMock  # noqa: PLC0415
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
