"""The result of the measurement of all faults."""

from __future__ import annotations

import pytest
from mutation.proof import Measured, is_proven, summary
from mutation.reproductions import Kind, Result
from mutation.rows_per_fault import Row


def measured(
    *failed: str, missing: tuple[str, ...] = (), errors: tuple[str, ...] = (), kind: Kind = Kind.REPRODUCED
) -> Measured:
    row = Row("mock/f", ("PUT-STATUS",), failed, errors, (), (), missing)
    return Measured(row, [Result("mock/f", id_, kind) for id_ in failed])


ONE = measured("PUT-STATUS")
TWO = measured("PUT-STATUS", "GET-SAME")


@pytest.mark.parametrize(
    ("faults", "proven"),
    [
        ([ONE, TWO], True),
        ([ONE, TWO, TWO], False),
        ([measured(missing=("PUT-STATUS",))], False),
        ([measured("PUT-STATUS", errors=("GET-SAME: down",))], False),
        ([measured("PUT-STATUS", kind=Kind.STATED)], True),
        ([measured("PUT-STATUS", kind=Kind.SAME)], False),
    ],
)
def test_proof_needs_few_rows_and_honest_scripts(faults: list[Measured], proven: bool) -> None:
    assert is_proven(faults) is proven


def test_summary_states_rows_and_scripts() -> None:
    lines = list(summary([ONE, TWO, measured("PUT-STATUS", kind=Kind.SAME)]))
    assert lines[0] == "1.33 failing rows a fault over 3 faults, 2 at most (target 1.5)"
    assert f"     1 {Kind.SAME}" in lines


def test_only_other_results_than_one_reproduced_row_are_remarked() -> None:
    assert list(ONE.remarks()) == []
    assert list(TWO.remarks()) == ["mock/f: 2 failed: PUT-STATUS GET-SAME"]
