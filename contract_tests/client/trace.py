"""The request log of the current test: the exchanges that reproduce its failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import overload

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import AllowanceSpent, BudgetSpent


class Trace:
    """The exchanges since the last restart, oldest first. Several threads may add to it.

    `allowance` is the number of requests after which the check starts no further attempt; None for no limit. The first
    attempt is always allowed, even if the fixtures and the preparation have sent as many requests.
    """

    def __init__(self) -> None:
        self.allowance: int | None = None
        self._added = 0
        self._has_attempt = False
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            return iter(list(self._exchanges))

    @overload
    def __getitem__(self, place: int) -> Exchange: ...

    @overload
    def __getitem__(self, place: slice) -> list[Exchange]: ...

    def __getitem__(self, place: int | slice) -> Exchange | list[Exchange]:
        with self._lock:
            return self._exchanges[place]

    def add(self, exchange: Exchange) -> None:
        with self._lock:
            self._added += 1
            self._exchanges.append(exchange)

    def begin(self) -> None:
        """Start a check, without exchanges and without a limit."""
        self.allowance, self._added, self._has_attempt = None, 0, False
        self.restart()

    @property
    def is_limited(self) -> bool:
        """True if the check has an allowance, so that its first attempts must be those that reveal most."""
        return self.allowance is not None

    @property
    def added(self) -> int:
        """The number of requests since the start of the check."""
        return self._added

    def assert_allowance(self) -> None:
        """Note the start of an attempt. Raise AllowanceSpent, which ends the check as passed, if it is not allowed."""
        if not self.begin_attempt():
            raise AllowanceSpent

    def begin_attempt(self) -> bool:
        """Note the start of an attempt. Return False if the check has sent as many requests as it is allowed."""
        is_first, self._has_attempt = not self._has_attempt, True
        return is_first or self.allowance is None or self._added < self.allowance

    def next_attempt(self) -> None:
        """Restart for an attempt that is independent of the earlier ones, if the check may go on."""
        self.assert_allowance()
        self.restart()

    def restart(self, *kept: Exchange) -> None:
        """Forget all exchanges but `kept`: a failure is reproduced from these and from what follows."""
        with self._lock:
            self._exchanges = [*kept]

    @contextmanager
    def probe(self) -> Iterator[None]:
        """Forget what the block sends only to find the cause of a failure, unless it raises an exception."""
        before = list(self)
        yield
        self.restart(*before)

    @contextmanager
    def second_look(self) -> Iterator[None]:
        """Record apart what is sent only to find a shorter reproduction.

        If the block raises a violation, its own exchanges stay. Otherwise, and if the budget of cases ends inside it,
        the exchanges from before the block come back. The check's allowance does not end the block: it would turn the
        violation into a pass.
        """
        before, allowance = list(self), self.allowance
        self.allowance = None
        self.restart()
        with suppress(BudgetSpent):
            yield
        self.restart(*before)
        self.allowance = allowance
