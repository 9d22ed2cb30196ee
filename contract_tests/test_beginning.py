"""What is begun first of all, to be looked at again at the end of the run (test_whole_run.py)."""

from __future__ import annotations

import pytest

from contract_tests.api import CaseApi
from contract_tests.tokens import InUse, Lived, works
from contract_tests.tracked import Aged
from contract_tests.verdicts import Violation


@pytest.mark.requirement("UPDATE-VISIBLE", "TRANSITION-MOVES")
def test_a_case_shows_what_it_was_left_with(aged: Aged) -> None:
    aged.tracked.agrees()


@pytest.mark.requirement("TOKEN-EXPIRY")
def test_a_token_works_while_it_is_young(
    api: CaseApi, short_lived: InUse, medium_lived: InUse, short_by_form: Lived
) -> None:
    for lived in (short_lived.lived, medium_lived.lived, short_by_form):
        if not works(api, lived.token) and lived.surely_works:
            raise Violation("a new token to work", "401 or 403")
