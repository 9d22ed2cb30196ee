"""The judge judged: a deviation of the mock is caught, at the requirement that it breaks."""

from __future__ import annotations

import pytest
from judging import judge

from contract_tests.requirements import catalogue
from mock_server import build
from mock_server.adapters.session import MockAdapter
from mock_server.faults import FAULTS

CLIENT = {"CASEIQ_CLIENT_ID": "dev-client", "CASEIQ_CLIENT_SECRET": "dev-key-0"}
# A body after HEAD shows on a socket alone.
FIRST = {f.requirements[0]: f.name for f in reversed(FAULTS.values()) if f.name != "head-has-a-body"}


def test_there_are_many_and_each_names_what_it_breaks() -> None:
    assert len(FAULTS) >= 70
    assert {id_ for fault in FAULTS.values() for id_ in fault.requirements} <= set(catalogue())


@pytest.mark.parametrize(("requirement", "name"), FIRST.items())
def test_a_fault_is_caught_at_its_requirement(requirement: str, name: str) -> None:
    environment = CLIENT if requirement.startswith("TOKEN") else None
    adapter = MockAdapter(FAULTS[name](build()))
    judged = judge(
        "http://mock.invalid", adapter=adapter, requirements=[requirement], environment=environment
    )
    assert requirement in judged.failed()
