"""The judge judged: each deviation of the mock is caught, at the requirement that it breaks."""

from __future__ import annotations

import pytest
from support.processes import mock
from support.suite_run import judge, judge_well

from contract_tests.contract.requirements import Level, catalogue
from mock_server import build
from mock_server.adapters.session import MockAdapter
from mock_server.faults import FAULTS

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
# What HTTP libraries hide shows on a socket alone; see test_a_body_after_head_is_seen_on_a_socket.
ON_A_SOCKET = {"head-has-a-body"}
IN_PROCESS = [name for name in FAULTS if name not in ON_A_SOCKET]


def test_each_requirement_is_tripped_by_a_fault_aimed_at_it() -> None:
    assert {fault.requirements[0] for fault in FAULTS.values()} == set(catalogue())
    assert {id_ for fault in FAULTS.values() for id_ in fault.requirements} <= set(catalogue())


@pytest.mark.parametrize("name", IN_PROCESS)
def test_a_fault_is_caught_at_its_requirement(name: str) -> None:
    requirement = FAULTS[name].requirements[0]
    environment = CLIENT if requirement.startswith("TOKEN") else None
    adapter = MockAdapter(FAULTS[name](build()))
    judged = judge_well(
        "http://mock.invalid",
        adapter=adapter,
        requirements=[requirement],
        environment=environment,
        until_broken=True,
    )
    assert requirement in judged.failed(), judged.errors()
    must = any(catalogue()[id_].level is Level.MUST for id_ in judged.failed())
    assert judged.exit_status == (1 if must else 0)


def test_a_body_after_head_is_seen_on_a_socket() -> None:
    with mock("--fault", "head-has-a-body") as url:
        assert "HEAD-SAME" in judge(url, requirements=["HEAD-SAME"]).failed()
