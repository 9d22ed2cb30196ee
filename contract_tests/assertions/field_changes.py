"""Assertions that one update gives many fields their new values, to find values that a server confuses.

A server may change a value while it stores it. Each new value is therefore also stored in a control field, and the
changed field must look like its control.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from contract_tests.assertions.case import Case
from contract_tests.assertions.responses import assert_accepted
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import letters

Fields: TypeAlias = Mapping[str, Any]
Pairs: TypeAlias = Sequence[tuple[Any, Any]]
Write: TypeAlias = Callable[[Fields, Fields], Exchange]
"""An update that sets the first fields to their values and keeps the second ones."""


def assert_values_change(case: Case, pairs: Pairs, write: Write, arrays: str | None = None) -> None:
    """Assert for each pair that `write` changes a field from the old value to the new one.

    `arrays`: the requirement for a pair of arrays, if it is another one.
    """
    case.api.require_free_fields()
    # All pairs in one update; if that is refused or fails, one by one, for the shortest reproduction.
    start = len(case.api.trace)
    found = find_unchanged(case, pairs, write)
    if found == "":
        return
    together = case.api.trace[start:]
    for pair in pairs:
        case.api.trace.restart()
        alone = find_unchanged(case, [pair], write)
        if alone:
            requirement = arrays if _differs_in_arrays(case.api.trace[-1]) else None
            expected = f"{comparison.show(pair[0])} to become {comparison.show(pair[1])}"
            raise Violation(expected, alone, requirement)
    if found is not None:
        case.api.trace.restart(*together)
        raise Violation("an update of several fields to change each of them", found)


def _differs_in_arrays(read: Exchange) -> bool:
    """Return True if the field of the first pair, and its control field, are both arrays."""
    first = letters(0)
    return all(isinstance(read.object.get(f"{name}{first}"), list) for name in ("testPair", "testControl"))


def assert_values_change_after_transition(case: Case, pairs: Pairs, write: Write) -> None:
    """Assert the same for a case after two transitions, which a server may handle by other code."""
    case.advance(2)
    if not write({"testSummary": "after transitions"}, {}).refused:
        assert_values_change(case, pairs, write)


def find_unchanged(case: Case, pairs: Pairs, write: Write) -> str | None:
    """Store the old values, then write the new ones. Return the first difference, or None if a value is refused."""
    old = {f"testPair{letters(i)}": pair[0] for i, pair in enumerate(pairs)}
    new = {f"testPair{letters(i)}": pair[1] for i, pair in enumerate(pairs)}
    control = {f"testControl{letters(i)}": pair[1] for i, pair in enumerate(pairs)}
    for fields, others in (({**old, **control}, {}), (new, control)):
        response = write(fields, others)
        if response.refused:
            return None
        assert_accepted(response, "the update")
    record = case.read()
    expected = {name: record.get(f"testControl{name.removeprefix('testPair')}") for name in new}
    return comparison.find_field_difference(expected, record) or ""
