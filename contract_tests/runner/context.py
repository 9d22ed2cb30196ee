"""What one process of a run judges, and within which bounds: as its options say, or a worker's controller.

Knows pytest's configuration and the target; knows no requirement and no verdict.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import pytest

from contract_tests.client.api import CaseApi
from contract_tests.client.exchange import Exchange
from contract_tests.client.target import Reach, Target, connect, first_case, must_answer, must_exist
from contract_tests.exceptions import TargetError
from contract_tests.runner.options import Options, must_allow_writes, must_suffice, reach_of, share, target_of
from contract_tests.testdata.ids import unknown_id

INPUT: Final = "caseiq_target"
SHARED: Final = ("run_id", "budget", "rate")  # of the reach: what the workers of a run have together


class Aim:
    """The target and the reach of this process, and the way to a client that works."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        self._clients: list[CaseApi] = []

    @property
    def _input(self) -> dict[str, Any]:
        """What pytest-xdist handed to this worker; nothing in any other process."""
        return getattr(self._config, "workerinput", {})

    @property
    def worker(self) -> str:
        """The worker's name; empty in any other process."""
        return str(self._input.get("workerid", ""))

    @property
    def budget(self) -> int | None:
        """The cases that this process may create, as far as that is known before there is a target."""
        return self._input[INPUT]["budget"] if INPUT in self._input else self._options.max_cases

    @cached_property
    def target(self) -> Target:
        given = self._input.get(INPUT)
        if given is None:
            return target_of(self._config, self._options)
        return Target(
            given["base_url"], given["environment"], self._options.deployment, embedded=given["embedded"]
        )

    @cached_property
    def reach(self) -> Reach:
        reach = reach_of(self._options, self.target, self._config.invocation_params.dir)
        given = self._input.get(INPUT)
        return reach if given is None else replace(reach, **{name: given[name] for name in SHARED})

    def begin(self) -> tuple[CaseApi, Exchange]:
        """A client, and the answer to the run's first request about a case: created now, or the one to be read.

        Is the target there, do the credentials work, may the run write? Raises pytest.UsageError with the remedy.
        """
        api = self.client()
        try:
            if self._options.read_only:
                first = must_exist(api, self._options.read_only)
                api.session.ledger.open()
                return api, first
            must_answer(api, unknown_id())
            must_allow_writes(self._options, self.target)
            api.session.ledger.open()
            return api, first_case(api)
        except TargetError as error:
            api.session.ledger.discard()
            raise pytest.UsageError(api.session.secrets.mask(str(error))) from None
        except OSError as error:
            raise pytest.UsageError(
                f"{error.filename}: {error.strerror}; --report-dir DIR names a folder that can be written"
            ) from None

    def client(self, spent: int = 0) -> CaseApi:
        """A client for the target; `spent`: cases that others have taken from the budget. Raises pytest.UsageError."""
        left = None if self.reach.budget is None else max(0, self.reach.budget - spent)
        try:
            api = connect(self.target, replace(self.reach, budget=left))
        except TargetError as error:
            raise pytest.UsageError(str(error)) from None
        self._clients.append(api)
        return api

    def must_suffice(self, workers: int, spent: int = 0) -> None:
        """Stops a run whose budget is too small for so many workers."""
        if not self._options.read_only:
            must_suffice(self.reach.budget, workers, spent)

    def for_worker(self, place: int, workers: int, spent: int) -> dict[str, Any]:
        """What worker number `place` of so many has to know, with its share of the rate and of the budget left."""
        must_allow_writes(self._options, self.target)
        self.must_suffice(workers, spent)
        left = None if self.reach.budget is None else self.reach.budget - spent
        return {
            "base_url": self.target.base_url,
            "environment": {k: v for k, v in self.target.environment.items() if k.startswith("CASEIQ_")},
            "embedded": self.target.embedded,
            "run_id": self.reach.run_id,
            "budget": share(left, workers, place),
            "rate": None if self.reach.rate is None else self.reach.rate / workers,
        }

    def close(self) -> None:
        """Let go of the ledger and of the connections."""
        for api in self._clients:
            api.session.ledger.close()
            api.session.close()
