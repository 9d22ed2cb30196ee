"""A case used once more, where cases are dear: put back to what a new one shows. Knows no pytest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from contract_tests.assertions.case import Case
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY

T = TypeVar("T")


def reset_case(case: Case) -> Case | None:
    """The case, put back to what a new ordinary one shows, in a state where it can go the same ways.

    None where that does not work.
    """
    had, status = (
        set(case.fields),
        comparison.status_of(case.created_record, case.api.deployment.status_field),
    )
    moved = case.id in case.api.moved
    try:
        if moved and case.status() != status and not _moved_on(case):
            return None
        case.replace(ORDINARY)
        record = case.assert_shows(gone=had - set(case.fields))
    except Violation:
        return None
    return case if moved or case.status(record) == status else None


def _moved_on(case: Case) -> bool:
    """Move the case to where it accepts what a new one does; whether that was possible."""
    workflow = case.api.deployment.workflow
    state = case.api.moved.get(case.id, workflow.initial)
    for _ in workflow.states():
        if workflow.contradicts(state, case.status()) or state == workflow.initial:
            return False
        if set(workflow.legal(state)) == set(workflow.legal(workflow.initial)):
            return True
        if not workflow.legal(state):
            return False
        state = workflow.legal(state)[0]
        case.transition(state)
    return False


def check_on_one_case(
    new_case: Callable[[], Case], items: Iterable[T], check: Callable[[Case, T], None]
) -> None:
    """The check for each item, one after the other on one case; where it fails, again on a case of its own.

    One case costs little on a target where nothing can be deleted; the second try tells the shorter story.
    """
    shared = new_case().adopt_shown()
    for item in items:
        try:
            check(shared, item)
        except Violation:
            with shared.api.trace.second_look():
                check(new_case().adopt_shown(), item)
            raise
        shared = reset_case(shared) or new_case().adopt_shown()
