"""Entries of a ledger."""

from __future__ import annotations

from pathlib import Path

from contract_tests.client.ledger import Ledger, written

URL = "https://tenant.example/case"


def create(ledger: Ledger, case_id: str | None) -> None:
    """Enter a create; without an id, the target refused it."""
    with ledger.create(URL) as one:
        if case_id is None:
            one.refuse()
        else:
            one.complete(case_id, f"{URL}/{case_id}")


def ids(path: Path, run: str = "run-1") -> list[str]:
    """Return the ids of the cases in a file."""
    return [line["id"] for line in written(path, run)]
