"""What is written first of all, to be looked at again at the end of the run (test_whole_run.py)."""

from __future__ import annotations

import pytest

from contract_tests.tracked import Aged


@pytest.mark.requirement("UPDATE-VISIBLE", "TRANSITION-MOVES")
def test_a_case_shows_what_it_was_left_with(aged: Aged) -> None:
    aged.tracked.agrees()
