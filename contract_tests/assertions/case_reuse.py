"""Reuse of a case: reset it to its initial state, so that a run with a small budget creates fewer cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from contract_tests.assertions.case import Case
from contract_tests.client.failures import Cause, NoResponse
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY

T = TypeVar("T")


def reset_case(case: Case) -> Case | None:
    """Reset the case to the record of a new one, in a state that accepts the same transitions.

    Return None if that is not possible.
    """
    old_fields = set(case.fields)
    status = comparison.status_of(case.created_record, case.api.deployment.status_field)
    moved = case.id in case.api.last_status
    try:
        if not moved and _shows_created_record(case):
            return case.adopt_created()
        if moved and case.status() != status and not _return_to_start(case):
            return None
        case.replace(ORDINARY)
        record = case.assert_shows(gone=old_fields - set(case.fields))
    except Violation:
        return None
    except NoResponse as error:
        if error.failure.cause is not Cause.BROKEN:
            raise
        return None  # The server cannot send what an earlier check stored.
    is_initial = moved or case.status(record) == status
    return case if is_initial and _has_its_identity(case, record) else None


def _has_its_identity(case: Case, record: Mapping[str, Any]) -> bool:
    """Return True if the record shows the id and the date of the create, which an earlier check may have changed."""
    created = case.created_record.get("createdDate")
    return record.get("id") == case.id and comparison.is_same_date(created, record.get("createdDate"))


def _shows_created_record(case: Case) -> bool:
    """Return True if GET shows what the create returned. An update may have renewed `lastWorkflowId`."""
    record = dict(case.read())
    created = dict(case.created_record)
    for one in (record, created):
        one.pop("lastWorkflowId", None)
    return record.keys() == created.keys() and comparison.find_field_difference(created, record) is None


def _return_to_start(case: Case) -> bool:
    """Bring the case into a state with the transitions of a new one. Return False if there is no way."""
    workflow = case.api.deployment.workflow
    state = case.api.last_status.get(case.id, workflow.initial)
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
    new_case: Callable[[], Case],
    items: Iterable[T],
    check: Callable[[Case, T], None],
    repeated: str | None = None,
) -> None:
    """Run the check for each item on one case. If it fails, repeat it on a new case.

    One case is cheap on a target that cannot delete cases; the repetition gives a shorter reproduction. If the new
    case passes, the violation belongs to `repeated`, because it depends on the items before.
    """
    shared = new_case().adopt_shown()
    for item in items:
        try:
            check(shared, item)
        except Violation as violation:
            with shared.api.trace.second_look():
                check(new_case().adopt_shown(), item)
            if repeated and violation.requirement is None:
                violation.belongs_to(repeated)
            raise
        shared = reset_case(shared) or new_case().adopt_shown()
