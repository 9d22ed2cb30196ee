"""Properties whose server responds differently when an example is repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client.exchange import Exchange
from contract_tests.client.trace import Trace
from contract_tests.exceptions import Violation
from contract_tests.profiles import PROFILES, run_property

FIRST, LATER = (Exchange("GET", url, {}, b"", 200, "OK", {}, b"", 0, 0) for url in ("/1", "/2"))


def test_flaky_violation_is_raised_with_its_exchanges() -> None:
    trace, left = Trace(), iter(range(1))

    @PROFILES["quick"].settings()
    @given(st.integers())
    def check(_: int) -> None:
        trace.restart(LATER)
        if next(left, None) is not None:
            trace.restart(FIRST)
            raise Violation("one thing", "another")

    with pytest.raises(Violation):
        run_property(check, PROFILES["quick"], trace)
    assert list(trace) == [FIRST]
