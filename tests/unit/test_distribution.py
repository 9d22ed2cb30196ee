"""The controller of a run that is spread over processes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.results.summary import Counted, Outcome
from contract_tests.runner.context import INPUT
from contract_tests.runner.distribution import Controller
from contract_tests.runner.hooks import OUTPUT
from contract_tests.runner.selection import Checks

SECRETS = (["token"], [])


@pytest.fixture
def conformance() -> Any:
    context = SimpleNamespace(
        worker_input=lambda place, workers, spent: {"place": place, "workers": workers, "spent": spent}
    )
    return SimpleNamespace(context=context, outcome=Outcome(), worker_secrets=[], checks=Checks())


def test_worker_gets_its_place_and_the_spent_cases(conformance: Any) -> None:
    conformance.outcome.total.created = 3
    specs = ["first", "second"]
    node = SimpleNamespace(
        workerinput={}, nodemanager=SimpleNamespace(specs=specs), gateway=SimpleNamespace(spec=specs[1])
    )
    Controller(conformance).pytest_configure_node(node)
    assert node.workerinput[INPUT] == {"place": 1, "workers": 2, "spent": 3}


def test_counts_of_workers_are_added(conformance: Any) -> None:
    controller = Controller(conformance)
    for requests in (10, 20):
        output = {
            "counted": Counted(requests, created=2).to_json(),
            "secrets": SECRETS,
            "checks": {f"test_{requests}": ["SCHEMA"]},
        }
        controller.pytest_testnodedown(SimpleNamespace(workeroutput={OUTPUT: output}))
    assert (conformance.outcome.total.requests, conformance.outcome.total.created) == (30, 4)
    assert conformance.worker_secrets == [SECRETS, SECRETS]
    assert conformance.checks.selected == {"test_10": ["SCHEMA"], "test_20": ["SCHEMA"]}


def test_killed_worker_adds_nothing(conformance: Any) -> None:
    Controller(conformance).pytest_testnodedown(SimpleNamespace())
    assert conformance.outcome.total == Counted()
