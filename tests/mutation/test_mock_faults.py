"""The suite against the mock with a fault: each fault fails at its requirement."""

from __future__ import annotations

import pytest
from faults import FAULTS, MODULES
from support.suite_run import run_suite, run_until_failed
from support.tiers import in_tiers

from contract_tests.contract.requirements import Level, catalogue
from contract_tests.results.verdicts import Verdict
from mock_server import build, serving
from mock_server.adapters.session import MockAdapter

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
# HTTP libraries hide a body after HEAD, so this fault needs a socket: see the last test.
NEEDS_SOCKET = {"head-with-body"}
IN_PROCESS = [name for name in FAULTS if name not in NEEDS_SOCKET]


def class_of(name: str) -> tuple[str, str]:
    return FAULTS[name].requirements[0], MODULES[name]


@pytest.mark.parametrize("name", in_tiers(IN_PROCESS, class_of, str))
def test_fault_fails_its_requirement(name: str) -> None:
    requirement = FAULTS[name].requirements[0]
    environment = CLIENT if requirement.startswith("TOKEN") else None
    adapter = MockAdapter(FAULTS[name](build()))
    result = run_until_failed(
        "http://mock.invalid", adapter=adapter, requirements=[requirement], environment=environment
    )
    assert requirement in result.failed(), result.explain_undetected([requirement], FAULTS[name].summary)
    must = any(catalogue()[id_].level is Level.MUST for id_ in result.failed())
    assert result.exit_status == (1 if must else 0)


def test_body_after_head_fails_on_a_socket() -> None:
    with serving(FAULTS["head-with-body"](build())) as url:
        assert "HEAD-SAME" in run_suite(url, requirements=["HEAD-SAME"]).failed()


@pytest.mark.parametrize(
    ("name", "broken"), [("text-trimmed", "ROUND-TRIP-TEXT"), ("put-merges", "PUT-REPLACES")]
)
def test_explaining_a_fault_uses_no_cases_of_later_checks(name: str, broken: str) -> None:
    adapter = MockAdapter(FAULTS[name](build()))
    result = run_suite("http://mock.invalid", adapter=adapter, environment=CLIENT, profile="brief")
    assert result.failed() == {broken}, result.describe_failures()
    disabled = [id_ for id_, verdict in result.verdicts.items() if verdict is Verdict.DISABLED]
    assert not disabled


@pytest.mark.parametrize("name", ["parallel-creates-lost", "token-never-expires"])
def test_errors_in_html_hide_no_other_fault(name: str) -> None:
    adapter = MockAdapter(FAULTS["errors-in-html"](FAULTS[name](build())))
    result = run_suite("http://mock.invalid", adapter=adapter, environment=CLIENT, profile="brief")
    expected = {"JSON-ONLY-ERRORS", FAULTS[name].requirements[0]}
    assert result.failed() == expected, result.describe_failures()
