"""What holds for the run as a whole; collected last, when all the other checks have left their traces."""

from __future__ import annotations

import pytest

from contract_tests import model
from contract_tests.payloads import ORDINARY
from contract_tests.run import Run
from contract_tests.verdicts import Violation

requirement = pytest.mark.requirement


@requirement("UPDATE-ISOLATED")
def test_the_runs_first_case_is_as_it_was_left(run: Run) -> None:
    # Everything that ran before this check is "another case's operation".
    case = run.first_case()
    record = case.read()
    found = model.fields_difference(ORDINARY, record)
    if found:
        raise Violation("the run's first case to show what was stored", found)


@requirement("CREATE-ID-UNIQUE")
def test_no_id_was_given_twice_in_the_whole_run(run: Run) -> None:
    repeated = run.api.session.ledger.repeated()
    if repeated:
        raise Violation("an id of its own for each create of the run", f"{repeated[0]} was given more than once")
