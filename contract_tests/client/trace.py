"""The request log of the current test: the exchanges that reproduce its failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import overload

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent


class Trace:
    """The exchanges since the last restart, oldest first. Several threads may add to it."""

    def __init__(self) -> None:
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
            self._exchanges.append(exchange)

    def restart(self, *kept: Exchange) -> None:
        """Forget all exchanges but `kept`: a failure is reproduced from these and from what follows."""
        with self._lock:
            self._exchanges = [*kept]

    @contextmanager
    def second_look(self) -> Iterator[None]:
        """Record apart what is sent only to find a shorter reproduction.

        If the block raises a violation, its own exchanges stay. Otherwise, and if the budget of cases ends inside it,
        the exchanges from before the block come back.
        """
        before = list(self)
        self.restart()
        with suppress(BudgetSpent):
            yield
        self.restart(*before)
