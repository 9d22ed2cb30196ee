"""Detection of a server that loses a case when others are created, such as a store with a limited number of cases."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent

MOST_CREATES: Final = 8


def find_lost_to_new_cases(api: CaseApi, case_id: str) -> str | None:
    """Return a remark if the creates since the case was last shown are the reason that GET refuses it.

    The proof is a new case that GET shows, and refuses after as many creates. Both cases are read twice, because a
    server may refuse some requests at random. Requests that prove nothing are removed from the trace.
    """
    before = list(api.trace)
    count = _creates_since_shown(before, case_id)
    if not 0 < count <= MOST_CREATES or not api.get(case_id).refused:
        api.trace.restart(*before)
        return None
    with suppress(BudgetSpent):
        new_id = str(api.create({"testSummary": "kept"}).object.get("id"))
        if api.get(new_id).ok:
            for _ in range(count):
                api.create({"testSummary": "another case"})
            if api.get(new_id).refused and api.get(new_id).refused:
                return f"a new case was refused, too, after {count} more create request" + "s" * (count > 1)
    api.trace.restart(*before)
    return None


def _creates_since_shown(trace: Sequence[Exchange], case_id: str) -> int:
    """Return how many cases were created since a response showed the case; 0 if it was updated since then."""
    count = 0
    for exchange in reversed(trace):
        if exchange.object.get("id") == case_id and exchange.ok:
            return count
        if exchange.is_create and exchange.ok:
            count += 1
        elif case_path(case_id) in exchange.url and exchange.ok:
            return 0
    return 0
