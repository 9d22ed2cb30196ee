"""Parallel clients end together, even if some of them could not start."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from contract_tests.assertions import parallel


def test_interrupt_during_start_leaves_no_client_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(ThreadPoolExecutor):
        begun = 0

        def submit(self, *called: Any, **named: Any) -> Future[Any]:
            self.begun += 1
            if self.begun == 3:
                raise KeyboardInterrupt
            return super().submit(*called, **named)

    monkeypatch.setattr(parallel, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        parallel.together([lambda: None] * 4)
