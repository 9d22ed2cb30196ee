"""The fixture `caseiq_mock` when it is misused, and beside other interceptors of requests."""

import datetime
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
import responses

from mock_server import CaseiqMock, Mock, Settings
from mock_server.behaviour.behaviour import Behaviour

pytest_plugins = ["pytester"]

TENANT = "https://tenant.example"
BASE = f"{TENANT}/api-public/1.0"


@pytest.fixture
def double() -> Iterator[CaseiqMock]:
    with ExitStack() as session, ExitStack() as test:
        double = CaseiqMock(Mock(), session, test)
        yield double
        double.end_test()
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/", timeout=1)
    assert requests.adapters.HTTPAdapter.send.__module__ == "requests.adapters"


def post(double: CaseiqMock, url: str) -> int:
    return requests.post(url, json={}, headers=dict(double.headers), timeout=5).status_code


@pytest.mark.parametrize(
    "path", ["/case", "/", "/api-public/1.0", "/api-public/1.00/case", "/case/api-public/1.0/case"]
)
def test_paths_outside_the_base_url_get_404(double: CaseiqMock, path: str) -> None:
    double.intercept(BASE)
    assert post(double, TENANT + path) == 404
    assert post(double, f"{BASE}/case") == 201
    assert len(double.cases) == 1
    assert f"The test intercepts {BASE}." in double.refusals[0]


def test_token_endpoint_works_at_the_root_of_the_host(double: CaseiqMock) -> None:
    double.intercept(BASE)
    for root in (TENANT, BASE):
        assert post(double, f"{root}/auth/oauth2/token") == 400


@responses.activate
def test_intercept_works_with_responses_activate(double: CaseiqMock) -> None:
    responses.get("https://users.example/me", json={"name": "Ada"})
    assert double.intercept(BASE) is responses.mock
    assert requests.get("https://users.example/me", timeout=5).json() == {"name": "Ada"}
    assert post(double, f"{BASE}/case") == 201
    double.intercept("https://other.example")
    assert post(double, "https://other.example/case") == 201
    with pytest.raises(requests.ConnectionError):
        requests.get("https://elsewhere.example/", timeout=5)


def test_intercept_inside_another_interceptor_explains_the_order(double: CaseiqMock) -> None:
    with responses.RequestsMock(), pytest.raises(RuntimeError, match=r"call intercept\(\) before"):
        double.intercept(BASE)
    with double.intercept(BASE), double.intercept("https://other.example"):
        assert post(double, f"{BASE}/case") == 201


def test_started_interceptor_has_a_patcher() -> None:
    interceptor = responses.RequestsMock()
    assert interceptor._patcher is None
    with interceptor:
        assert interceptor._patcher is not None
    assert interceptor._patcher is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([{"summary": "a"}, {"canceled": "x"}], "row 1, field canceled: is a string and must be a boolean"),
        ([{"state": "Lost", "case": {}}], "row 0, field state: must be one of"),
        ([{"state": "Open", "case": {"owner": 1}}], "row 0, field owner: is an integer"),
        ([{"id": "1"}, {"id": "1"}], "row 1 has the same id as row 0"),
        ({"summary": "a"}, "put a single case into a list"),
        (["a"], "row 0 is of type str"),
        ("cases.json", "seed takes \"demo\" or a list of cases, not 'cases.json'"),
        (7, "put a single case into a list"),
        ([{"a": 1}, {"when": datetime.date(2025, 1, 1)}], "row 1, field when: is not JSON: "),
        ([{"x": float("nan")}], "row 0, field x: is not JSON: "),
    ],
)
def test_wrong_seed_row_is_named(double: CaseiqMock, data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"row|seed") as error:
        double.seed(data)
    assert message in str(error.value)
    assert double.cases == []


def test_milliseconds_instead_of_seconds_are_suspected(double: CaseiqMock) -> None:
    with pytest.raises(ValueError, match=r"did you mean milliseconds\? For 200 ms, write 0\.2"):
        double.behave(latency=200)
    with pytest.raises(ValueError, match=r"For 800 ms, write 0\.8"):
        double.behave(latency=(200, 800))
    with pytest.raises(ValueError, match=r"For 500 ms, write 0\.5"):
        double.fail_next(delay=500)
    with pytest.raises(ValueError, match=r"lower bound first, not 2 to 1 s$"):
        double.behave(latency=(2, 1))


def test_wrong_type_of_a_failure_is_named(double: CaseiqMock) -> None:
    wrong: list[dict[str, Any]] = [{"status": "503"}, {"times": "2"}, {"delay": "1"}, {"times": True}]
    for failure in wrong:
        (value,) = failure.values()
        with pytest.raises(ValueError, match=rf"not {value!r}$"):
            double.fail_next(**failure)


def test_none_switches_a_behaviour_off() -> None:
    mock = Mock()
    with ExitStack() as session, ExitStack() as test:
        double = CaseiqMock(mock, session, test)
        double.behave(latency=0.1, faults=["text-trimmed"], rate=5, token_life=2)
        assert mock.behaviour != Behaviour()
        double.behave(latency=None, faults=None, rate=None, token_life=None)
    assert mock.behaviour == Behaviour()


def test_wrong_operation_is_explained(double: CaseiqMock) -> None:
    with pytest.raises(ValueError, match=r"^operation must be one of"):
        double.fail_next(operation="makeCase")


def test_double_works_without_pytest() -> None:
    with ExitStack() as session, ExitStack() as test:
        double = CaseiqMock(Mock(Settings(prefix="/own")), session, test)
        assert post(double, f"{double.url}/case") == 201
        assert double.refusals == []


def test_report_of_a_failing_test_lists_refused_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
import requests

def test_failing(caseiq_mock):
    headers = {"Authorization": f"Bearer {caseiq_mock.token}"}
    requests.post(caseiq_mock.url + "/case", json={"canceled": "x"}, headers=headers, timeout=5)
    requests.post(caseiq_mock.url + "/case", json={}, headers=headers, timeout=5)
    assert caseiq_mock.cases == []

def test_failing_without_requests(caseiq_mock):
    assert caseiq_mock.cases

def test_passing(caseiq_mock):
    requests.get(caseiq_mock.url + "/case/1", timeout=5)
""")
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["*- Requests that caseiq_mock refused -*", "*POST /case 422 *canceled is a string*"]
    )
    output = result.stdout.str()
    assert output.count("Requests that caseiq_mock refused") == 1
    assert "dev-token" not in output.partition("Requests that")[2]
