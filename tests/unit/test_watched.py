"""Choice of the exchange that shows a violation best, and of the exchanges that belong to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.results.watched import is_better, with_overlapping

URL = "http://h/case"


def exchange(
    method: str = "GET", url: str = URL, *, sent: bytes = b"", shown: Any = None, **more: Any
) -> Exchange:
    times = {"started": 0.0, "elapsed": 0.0, **more}
    body = json.dumps(shown).encode()
    return Exchange(method, url, {}, sent, 200, "", {}, body, **times)


def violation(requirement: str, *needs: str) -> Violation:
    found = Violation("one", "other", requirement)
    found.needs = needs
    return found


@pytest.mark.parametrize(
    ("known", "new", "better"),
    [
        (("SCHEMA", "AUTH-REQUIRED"), ("SCHEMA",), True),
        (("SCHEMA",), ("SCHEMA", "AUTH-REQUIRED"), False),
        (("SCHEMA",), ("SCHEMA",), False),
        (("HOSTILE-INPUT",), ("HOSTILE-INPUT",), True),
    ],
    ids=["no other cause", "another cause", "second", "shorter"],
)
def test_better_exchange_has_no_other_cause_or_is_shorter(
    known: tuple[str, ...], new: tuple[str, ...], better: bool
) -> None:
    long, short = exchange("POST", sent=b"12"), exchange("POST", sent=b"1")
    assert is_better(violation(*new), short, violation(*known), [long]) is better
    assert not is_better(violation("HOSTILE-INPUT"), long, violation("HOSTILE-INPUT"), [short])


def test_exchanges_at_the_same_time_belong_to_a_violation() -> None:
    seen = exchange(started=1.0, elapsed=1.0)
    before, during, after = (exchange(started=at, elapsed=0.5) for at in (0.4, 0.8, 2.0))
    assert with_overlapping([seen], [before, during, seen, after]) == [during, seen]
