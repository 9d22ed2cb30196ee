"""The target, deployment and settings of one process, and the client that follows from them.

A pytest-xdist worker takes them from its controller; any other process takes them from the options.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import pytest

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.client.target import RunSettings, Target, connect
from contract_tests.contract.deployment import Deployment
from contract_tests.exceptions import TargetError
from contract_tests.runner import bounds, preflight, xdist_internals
from contract_tests.runner.options import Options
from contract_tests.runner.preflight import create_first_case, read_existing_case, read_unknown_case
from contract_tests.testdata.ids import unknown_id

INPUT: Final = "caseiq_target"
# Settings that a worker takes from its controller.
SHARED: Final = ("run_id", "budget", "max_requests", "rate")


class RunContext:
    """Everything that a process needs to know before its first request."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        self._clients: list[CaseApi] = []
        worker_input = xdist_internals.worker_input(config)
        self.worker = str(worker_input.get("workerid", ""))
        self._given: dict[str, Any] | None = worker_input.get(INPUT)

    @property
    def budget(self) -> int | None:
        """The number of cases that this process may create, as far as known without a target."""
        if self._given is not None:
            budget: int | None = self._given["budget"]
            return budget
        limits = self._options.deployment.limits if self._options.deployment else None
        return self._options.max_cases or (limits.max_cases if limits else None)

    @cached_property
    def target(self) -> Target:
        """The target: --base-url, else the deployment file's, else the one of `pytest_caseiq_target`."""
        if self._given is not None:
            return Target(
                self._given["base_url"], self._given["environment"], embedded=self._given["embedded"]
            )
        if self._options.base_url:
            return Target(self._options.base_url, os.environ)
        target: Target | None = self._config.hook.pytest_caseiq_target(config=self._config)
        if target is None:
            raise pytest.UsageError(
                "no target: give its address with --base-url URL, or base_url in a --deployment file"
            )
        return target

    @cached_property
    def deployment(self) -> Deployment:
        """The deployment: of the --deployment file, else of `pytest_caseiq_deployment`, else the default."""
        if self._options.deployment is not None:
            return self._options.deployment
        offered: Deployment | None = self._config.hook.pytest_caseiq_deployment(config=self._config)
        return offered or Deployment()

    @cached_property
    def settings(self) -> RunSettings:
        """The settings of this process."""
        invocation = self._config.invocation_params.dir
        settings = bounds.resolve(self._options, self.target, self.deployment, invocation)
        return (
            settings
            if self._given is None
            else replace(settings, **{name: self._given[name] for name in SHARED})
        )

    def start(self) -> tuple[CaseApi, Exchange]:
        """Return a client, and its first exchange about a case: a create, or the GET of --read-only.

        Raise pytest.UsageError, with the remedy, if the run cannot start.
        """
        api = self.client()
        ledger = api.session.ledger
        try:
            if self._options.read_only:
                first = read_existing_case(api, self._options.read_only)
                ledger.open()
                return api, first
            bounds.assert_writes_allowed(self._options, self.target, self.settings)
            read_unknown_case(api, unknown_id())
            ledger.open()
            first = create_first_case(api, self._options.requirements)
            if self._options.deployment_file is not None and not self._options.requirements:
                preflight.assert_first_transition(api, first)
            return api, first
        except TargetError as error:
            ledger.discard()
            text = f"{error}{preflight.connection_hint(error, self.target.base_url)}"
            raise pytest.UsageError(api.session.secrets.mask(text)) from None
        except OSError as error:
            raise pytest.UsageError(
                f"{error.filename}: {error.strerror}; name a folder that can be written with --report-dir DIR"
            ) from None

    def client(self, spent: int = 0) -> CaseApi:
        """Return a client for the target. `spent` is how many cases other processes took from the budget."""
        budget = self.settings.budget
        left = None if budget is None else max(0, budget - spent)
        try:
            preflight.assert_plain_token(self.target.environment, self.deployment)
            api = connect(self.target, replace(self.settings, budget=left))
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None
        self._clients.append(api)
        return api

    def assert_sufficient_budget(self, workers: int, spent: int = 0) -> None:
        """Raise UsageError if the budget is too small for the number of workers."""
        if not self.settings.read_only:
            bounds.assert_sufficient(self.settings.budget, workers, spent)

    def worker_input(self, position: int, workers: int, spent: int) -> dict[str, Any]:
        """Return what a worker has to know, with its share of the rate and of the remaining budget."""
        bounds.assert_writes_allowed(self._options, self.target, self.settings)
        self.assert_sufficient_budget(workers, spent)
        settings = self.settings
        left = None if settings.budget is None else settings.budget - spent
        return {
            "base_url": self.target.base_url,
            "environment": {k: v for k, v in self.target.environment.items() if k.startswith("CASEIQ_")},
            "embedded": self.target.embedded,
            "run_id": settings.run_id,
            "budget": bounds.share(left, workers, position),
            "max_requests": bounds.share(settings.max_requests, workers, position),
            "rate": None if settings.rate is None else settings.rate / workers,
        }

    def close(self) -> None:
        """Close the ledger and the connections."""
        for api in self._clients:
            api.session.ledger.close()
            api.session.close()
