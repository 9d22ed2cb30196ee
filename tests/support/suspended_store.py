"""A store whose calls are suspended in an event loop, as those of the server's requests are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from mock_server.core.store import Page, Store, Stored
from mock_server.suspension import Call


class SuspendedStore:
    """Runs the calls of any thread as suspendable calls in one event loop."""

    may_block = may_block_reads = True

    def __init__(self, store: Store) -> None:
        self.store = store
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._runner.run, args=(self._stop.wait(),))
        self._thread.start()

    def add(self, *cases: tuple[str, Stored]) -> None:
        self._wait_for(lambda: self.store.add(*cases))

    def get(self, case_id: str) -> Stored | None:
        found: Stored | None = self._wait_for(lambda: self.store.get(case_id))
        return found

    def update(self, case_id: str, change: Callable[[Stored], Stored]) -> Stored | None:
        changed: Stored | None = self._wait_for(lambda: self.store.update(case_id, change))
        return changed

    def items(self) -> Iterator[tuple[str, Stored]]:
        return self.store.items()

    def page(self, sort: str, *, descending: bool, limit: int, offset: int) -> Page | None:
        return self.store.page(sort, descending=descending, limit=limit, offset=offset)

    def restore(self, cases: Iterable[tuple[str, Stored]], *, if_empty: bool = False) -> bool:
        return self.store.restore(cases, if_empty=if_empty)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._runner.close()
        self.store.close()

    def _wait_for(self, function: Callable[[], Any]) -> Any:
        outcome: Future[Any] = Future()
        self._loop.call_soon_threadsafe(start_call, function, outcome)
        return outcome.result(60)


def start_call(function: Callable[[], Any], outcome: Future[Any]) -> None:
    """Start a suspendable call in the running event loop. `outcome` gets its result or its exception."""

    def run() -> None:
        try:
            result = function()
        except Exception as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    Call(run).switch()
