"""Turning the values of many fields into others by one update, to see which a server takes for the same.

A value that the server changes on its way is no finding here: each new value also stands beside, in a field of its
own, and has to look as it looks there. Knows no requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contract_tests.assertions.case import Case
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import letters

Fields = Mapping[str, Any]
Write = Callable[[Fields, Fields], Exchange]
"""An update that gives the first fields their values and leaves the second ones as they are."""


def assert_values_change(case: Case, pairs: Sequence[tuple[Any, Any]], write: Write) -> None:
    """Each pair's old value, once `write` has put the new one in its place, must be gone."""
    # All at once; only where that is refused or differs one by one, for the shortest story.
    together = _turned(case, pairs, write)
    if together == "":
        return
    for pair in pairs:
        case.api.trace.restart()
        found = _turned(case, [pair], write)
        if found:
            raise Violation(f"{comparison.show(pair[0])} to become {comparison.show(pair[1])}", found)
    if together is not None:
        raise Violation("each field in an update of many to have its new value", together)


def assert_values_change_after_transition(case: Case, pairs: Sequence[tuple[Any, Any]], write: Write) -> None:
    """The same for a case that has moved on, which is another path through a server, where it takes updates."""
    for _, status in case.api.deployment.workflow.walk(2):
        case.transition(status)
    if not write({"testSummary": "moved"}, {}).refused:
        assert_values_change(case, pairs, write)


def _turned(case: Case, pairs: Sequence[tuple[Any, Any]], write: Write) -> str | None:
    """Store the pairs' old values, then write the new ones: what is different; None where a value is refused."""
    old = {f"testPair{letters(i)}": pair[0] for i, pair in enumerate(pairs)}
    new = {f"testPair{letters(i)}": pair[1] for i, pair in enumerate(pairs)}
    control = {f"testControl{letters(i)}": pair[1] for i, pair in enumerate(pairs)}
    if write({**old, **control}, {}).refused or write(new, control).refused:
        return None
    record = case.read()
    expected = {name: record.get(f"testControl{name.removeprefix('testPair')}") for name in new}
    return comparison.find_field_difference(expected, record) or ""
