"""The fixture `caseiq_mock` in a user's project: features, isolation and start-up cost."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mock_server

pytest_plugins = ["pytester"]

COMMON = """
import pytest, requests

BASE = "https://tenant.example/api-public/1.0"

def call(method, url, token="dev-token", **more):
    return requests.request(method, url, headers={"Authorization": f"Bearer {token}"}, timeout=5, **more)
"""


def passes(pytester: pytest.Pytester, tests: str, *options: str, **outcomes: int) -> pytest.RunResult:
    """Run tests after COMMON; all must pass unless `outcomes` is given."""
    pytester.makepyfile(test_project=COMMON + tests)
    result = pytester.runpytest_subprocess("-q", "-W", "error", *options)
    result.assert_outcomes(**outcomes or {"passed": tests.count("def test_")})
    return result


def test_socket_interception_and_seed_share_the_cases(pytester: pytest.Pytester) -> None:
    passes(
        pytester,
        """
def test_socket(caseiq_mock):
    assert caseiq_mock.cases == []
    response = call("POST", caseiq_mock.url + "/case", caseiq_mock.token, json={"summary": "a"})
    assert caseiq_mock.cases == [response.json()]
    assert call("GET", f"{caseiq_mock.url}/case/{response.json()['id']}").json() == response.json()

def test_in_process(caseiq_mock):
    caseiq_mock.intercept(BASE)
    response = call("POST", BASE + "/case", json={"summary": "b"})
    assert caseiq_mock.cases == [response.json()]
    with pytest.raises(requests.ConnectionError):
        call("GET", "https://elsewhere.example/")

def test_seeded(caseiq_mock):
    seeded = caseiq_mock.seed([{"summary": "c"}, {"state": "Close", "case": {"summary": "d"}}])
    assert [case["summary"] for case in seeded] == ["c", "d"]
    assert [case["caseStatus"] for case in seeded] == ["Open", "Close"]
    assert caseiq_mock.cases == seeded
    assert len(caseiq_mock.seed("demo")) == 30
    with pytest.raises(ValueError, match="row 0, field createdDate: "):
        caseiq_mock.seed([{"createdDate": 1}])
    assert len(caseiq_mock.cases) == 32
""",
    )


def test_interception_takes_any_and_several_base_urls(pytester: pytest.Pytester) -> None:
    passes(
        pytester,
        """
from mock_server import Settings

@pytest.fixture(scope="session")
def caseiq_mock_settings():
    return Settings(prefix="/own")

GRANT = {"grant_type": "client_credentials", "client_id": "dev-client", "client_secret": "dev-key-0"}

@pytest.mark.parametrize("base", [BASE, BASE + "/", "http://localhost:1234", "https://t.example/own"])
def test_base(caseiq_mock, base):
    assert caseiq_mock.url.endswith("/own")
    with caseiq_mock.intercept(base):
        base = base.rstrip("/")
        place = call("POST", base + "/case", json={}).headers["Location"]
        assert call("GET", requests.compat.urljoin(base + "/case", place)).ok
        token = call("POST", base + "/auth/oauth2/token", json=GRANT).json()["access_token"]
        assert call("POST", base + "/case", token, json={}).status_code == 201
        assert call("GET", "https://" + base.split("/")[2] + "/elsewhere", json={}).status_code == 404 \
            if base.startswith("https") else True

def test_several(caseiq_mock):
    other = "https://other.example/api"
    caseiq_mock.intercept(BASE)
    with caseiq_mock.intercept(other) as interceptor:
        interceptor.get("https://users.example/me", json={"name": "Ada"})
        assert call("GET", "https://users.example/me").json() == {"name": "Ada"}
        assert call("POST", BASE + "/case", json={}).status_code == 201
        assert call("POST", other + "/case", json={}).status_code == 201
    assert call("POST", BASE + "/case", json={}).status_code == 201
    with pytest.raises(requests.ConnectionError):
        call("GET", other + "/case")
    assert len(caseiq_mock.cases) == 3

def test_no_base(caseiq_mock):
    with pytest.raises(ValueError, match="https://tenant.example"):
        caseiq_mock.intercept("tenant.example")
""",
        passed=6,
    )


def test_each_test_starts_with_a_reset_mock(pytester: pytest.Pytester) -> None:
    passes(
        pytester,
        """
@pytest.mark.parametrize("turn", [1, 2])
def test_as_new(caseiq_mock, turn):
    assert caseiq_mock.cases == caseiq_mock.journal == []
    assert caseiq_mock._mock.snapshots.names() == []
    caseiq_mock._mock.snapshots.save("before", b"[]")
    with pytest.raises(requests.ConnectionError):
        call("GET", BASE)
    assert call("GET", caseiq_mock.url + "/case/1").status_code == 404
    caseiq_mock.seed("demo")
    caseiq_mock.fail_next(500, times=100)
    caseiq_mock.behave(outage=True, latency=0.001)
    caseiq_mock.intercept(BASE)
    assert call("GET", BASE + "/case/1").status_code == 500
    assert turn == 0
""",
        failed=2,
    ).stdout.fnmatch_lines(["*assert 1 == 0", "*assert 2 == 0"])


def test_failures_and_delays_are_simulated_and_logged(pytester: pytest.Pytester) -> None:
    passes(
        pytester,
        """
import time

def test_fail_next(caseiq_mock):
    caseiq_mock.intercept(BASE)
    caseiq_mock.fail_next(times=2, operation="createCase")
    assert call("GET", BASE + "/case/1").status_code == 404
    statuses = [call("POST", BASE + "/case", json={}).status_code for _ in "abc"]
    assert statuses == [503, 503, 201]
    assert [one["response"]["status"] for one in caseiq_mock.journal] == [404, *statuses]
    assert caseiq_mock.journal[1]["shaped_by"] == ["failure"]
    assert len(caseiq_mock.cases) == 1

def test_delay(caseiq_mock):
    caseiq_mock.fail_next(500, delay=0.2)
    begun = time.monotonic()
    assert call("GET", caseiq_mock.url + "/case/1").status_code == 500
    assert time.monotonic() - begun >= 0.2

@pytest.mark.parametrize("wrong", [{"status": 200}, {"times": 0}, {"operation": "makeCase"}, {"delay": -1}])
def test_invalid_arguments(caseiq_mock, wrong):
    with pytest.raises(ValueError):
        caseiq_mock.fail_next(**wrong)
    with pytest.raises(ValueError):
        caseiq_mock.behave(faults=["no-such"])
    with pytest.raises(TypeError, match="latncy.*did you mean latency"):
        caseiq_mock.behave(latncy=1)
    caseiq_mock.intercept(BASE)
    assert call("GET", BASE + "/case/1").status_code == 404

def test_behave(caseiq_mock):
    caseiq_mock.behave(latency=0.1, faults="text-trimmed")
    begun = time.monotonic()
    case = call("POST", caseiq_mock.url + "/case", json={"summary": " a "}).json()
    assert time.monotonic() - begun >= 0.1
    assert case["summary"] == "a"
    caseiq_mock.behave(latency=None, faults=[], outage=True)
    assert call("GET", caseiq_mock.url + "/case/1").status_code == 503
    caseiq_mock.reset()
    assert call("GET", caseiq_mock.url + "/case/1").status_code == 404
    assert len(caseiq_mock.journal) == 1

def test_words(caseiq_mock):
    caseiq_mock.intercept(BASE)
    call("POST", BASE + "/case/1/transition", json={"caseStatus": "Close", "workflowId": 5})
    refused, = caseiq_mock.journal
    assert refused["findings"][0]["pointer"] == "/workflowId"
    assert caseiq_mock.token not in str(refused)
""",
        passed=8,
    )


def test_deployment_file_configures_the_mock(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ncaseiq_mock_deployment = my tenant.toml\n")
    (pytester.path / "my tenant.toml").write_text(
        """
base_url = "https://tenant.example/api-public/1.0"
[auth]
scheme = "oauth2"
[case]
required = { caseType = "Investigation" }
"""
    )
    (pytester.mkdir("deeper") / "test_deeper.py").write_text(
        """
import requests

def test_it(caseiq_mock):
    assert caseiq_mock.url.endswith("/api-public/1.0")
    post = lambda json, headers: requests.post(caseiq_mock.url + "/case", json=json, headers=headers, timeout=5)
    assert post({}, caseiq_mock.headers).status_code == 422
    assert post({"caseType": "x"}, {"Authorization": f"Bearer {caseiq_mock.token}"}).status_code == 201
"""
    )
    pytester.runpytest_subprocess("-q", "-W", "error", "deeper").assert_outcomes(passed=1)


def test_missing_deployment_file_is_reported_in_one_line(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ncaseiq_mock_deployment = absent.toml\n")
    result = passes(pytester, "def test_it(caseiq_mock): pass\ndef test_without(): pass", passed=1, errors=1)
    result.stdout.fnmatch_lines(["caseiq_mock_deployment: *absent.toml: No such file*"])
    result.stdout.no_fnmatch_line("During handling*")
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(("asks", "outcome"), [("", "errors"), ("caseiq_mock_settings", "passed")])
def test_settings_fixture_conflicts_with_deployment_file(
    pytester: pytest.Pytester, asks: str, outcome: str
) -> None:
    pytester.makeini("[pytest]\ncaseiq_mock_deployment = tenant.toml\n")
    (pytester.path / "tenant.toml").touch()
    pytester.makepyfile(f"""
import pytest, mock_server
@pytest.fixture(scope="session")
def caseiq_mock_settings({asks}): return mock_server.Settings(prefix="/own")
def test_it(caseiq_mock): assert caseiq_mock.settings.prefix == "/own"
""")
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes(**{outcome: 1})
    if outcome == "errors":
        result.stdout.fnmatch_lines(
            ["caseiq_mock_deployment names a file, but a fixture caseiq_mock_settings *"]
        )


def test_mock_works_with_xdist_and_session_fixtures(pytester: pytest.Pytester) -> None:
    passes(
        pytester,
        """
@pytest.fixture(scope="session")
def address(caseiq_mock_session):
    return caseiq_mock_session.url

@pytest.mark.parametrize("turn", range(6))
def test_case(address, caseiq_mock, turn):
    assert caseiq_mock.url == address
    call("POST", address + "/case", json={"turn": turn})
    assert [case["turn"] for case in caseiq_mock.cases] == [turn]
""",
        "-n",
        "2",
        passed=6,
    )


def test_unused_fixture_imports_nothing(pytester: pytest.Pytester) -> None:
    loaded = "import sys, mock_server.pytest_plugin; print(*(one for one in sys.modules if one.startswith('mock_server')))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["mock_server", "mock_server.pytest_plugin"]
    passes(
        pytester,
        """
import sys, threading
def test_unused():
    assert "mock_server.mock" not in sys.modules and "uvicorn" not in sys.modules
    assert threading.active_count() == 1
""",
    )


def test_public_names_exist() -> None:
    assert all(getattr(mock_server, name) for name in mock_server.__all__)
    with pytest.raises(AttributeError, match="Mok"):
        _ = mock_server.Mok  # type: ignore[attr-defined]


def test_interception_starts_no_server(pytester: pytest.Pytester) -> None:
    passes(
        pytester,
        """
import sys, threading
def test_in_process(caseiq_mock):
    with caseiq_mock.intercept(BASE):
        assert call("GET", BASE + "/case/1").status_code == 404
    assert "uvicorn" not in sys.modules
    assert threading.active_count() == 1
""",
    )
