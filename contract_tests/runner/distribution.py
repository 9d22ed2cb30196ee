"""The hooks of the controller of pytest-xdist, which spreads the checks over worker processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from contract_tests.contract.requirements import catalogue
from contract_tests.results.summary import Counted, of_session
from contract_tests.runner import xdist_internals
from contract_tests.runner.context import INPUT
from contract_tests.runner.hooks import OUTPUT, Conformance
from contract_tests.runner.progress import counts_of


class Controller:
    """Sends each worker its target and its share of the limits, and adds up what the workers counted."""

    def __init__(self, conformance: Conformance) -> None:
        self._conformance = conformance
        self._context = conformance.context
        self._outcome = conformance.outcome

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: Sequence[Any]) -> None:
        """Send the first requests: a worker could not report why the run cannot start."""
        self._context.assert_sufficient_budget(len(specs))
        api, first = self._context.start()
        self._conformance.start(first)
        self._outcome.add(of_session(api.session))
        self._conformance.worker_secrets.append(api.session.secrets.values)
        self._conformance.progress.update_worker("main", counts_of(api.session))
        self._conformance.show_start(
            self._conformance.options.requirements or catalogue().keys(), api, sends=False
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send a worker its target and its share of the limits."""
        position, workers = xdist_internals.position_of(node)
        data = self._context.worker_input(position, workers, self._outcome.total.created)
        xdist_internals.send_to_worker(node, INPUT, data)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the counts of a worker that has ended."""
        output = xdist_internals.worker_output(node, OUTPUT)
        if output is not None:
            self._outcome.add(Counted(**output["counted"]))
            self._conformance.worker_secrets.append(output["secrets"])
            self._conformance.checks.select(output["checks"])
