"""Parallel clients end together, also where they could not all begin."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from contract_tests import test_concurrency


def test_an_interrupt_before_all_have_begun_leaves_none_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(ThreadPoolExecutor):
        begun = 0

        def submit(self, *called: Any, **named: Any) -> Future[Any]:
            self.begun += 1
            if self.begun == 3:
                raise KeyboardInterrupt
            return super().submit(*called, **named)

    monkeypatch.setattr(test_concurrency, "ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        test_concurrency.together([lambda: None] * 4)
