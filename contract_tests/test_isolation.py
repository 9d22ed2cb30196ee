"""Case APIs section 5: operations on one case do not change another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from contract_tests.assertions.attribution import FOUNDATION, VALUES
from contract_tests.assertions.case import WRITES, Case, NewCase
from contract_tests.assertions.no_effect import Attempt, assert_no_effect, refused_attempt
from contract_tests.client.api import JSON, case_path
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT
from contract_tests.testdata.ids import unknown_id
from contract_tests.testdata.updates import polluting

requirement = pytest.mark.requirement
needs = pytest.mark.needs
pytestmark = pytest.mark.needs(*FOUNDATION, *VALUES, "UPDATE-VISIBLE")


@requirement("UPDATE-ISOLATED")
def test_case_shows_no_field_of_another_case(new_case: NewCase) -> None:
    full, bare = new_case(ORDINARY).adopt_shown(), new_case({"testSummary": "bare"}).adopt_shown()
    theirs = {*ORDINARY, *REPLACEMENT} - {"testSummary"}
    found = comparison.find_remaining(theirs, bare.created_record)
    if found:
        raise Violation("a new case without fields that only another case has", found)
    writes: list[tuple[Case, Callable[[], Any]]] = [
        (full, full.read),
        (full, lambda: full.replace(REPLACEMENT)),
        (bare, lambda: bare.replace({"testSummary": "bare still"})),
        (full, lambda: full.update({"testHeadcount": 9})),
        (bare, lambda: bare.update({"testSummary": "bare again"})),
    ]
    for written, write in writes:
        write()
        written.adopt_shown()
        full.assert_shows()
        bare.assert_shows(gone=theirs)


@requirement("UPDATE-ISOLATED")
def test_prototype_members_do_not_reach_another_case(case: Case, new_case: NewCase) -> None:
    # In JavaScript, a careless merge of these members sets them for every object.
    other = new_case(REPLACEMENT)
    name = "testPollutedLater"
    api, pollution = case.api, polluting(name)
    sends: list[Callable[[Mapping[str, Any]], Any]] = [
        lambda payload: api.call("PATCH", case_path(case.id), payload),
        lambda payload: api.call("PUT", case_path(case.id), api.with_required(payload)),
        lambda payload: api.call("POST", "/case", api.with_required(payload)),
    ]
    for send in sends:
        if send(pollution).refused:  # a server may refuse one of the members
            for member, value in pollution.items():
                send({member: value})
        other.assert_shows(gone=[name])
    new_case({"testSummary": "after pollution"}).assert_shows(gone=[name])


@requirement("UPDATE-ISOLATED")
def test_create_does_not_change_an_existing_case(case: Case, new_case: NewCase) -> None:
    for _, status in case.api.deployment.workflow.walk(1):
        case.transition(status)
    before = case.snapshot()
    new_case(REPLACEMENT)
    case.assert_unchanged(before, gone={"testClosing"})


@requirement("UPDATE-ISOLATED")
@needs("TRANSITION-UNKNOWN", "UPDATE-UNKNOWN", "UPDATE-REFUSED-INERT")
def test_refused_requests_elsewhere_change_nothing(new_case: NewCase) -> None:
    # A refusal may end the transaction of the last accepted write, whatever case that was.
    other = new_case(REPLACEMENT)

    def attempts(case: Case) -> Iterator[Attempt]:
        api, body = case.api, {"testSummary": "refused"}
        array: dict[str, Any] = {"body": b"[]", "headers": {"Content-Type": JSON}}
        transition = partial(api.transition, status="NoSuchStatus", workflow_id=other.workflow_id())
        yield refused_attempt("a refused create", partial(api.raw, "POST", "/case", **array))
        for method in WRITES:
            elsewhere = partial(api.raw, method, case_path(other.id), **array)
            yield refused_attempt(f"a refused {method} of another case", elsewhere)
            unknown = partial(api.call, method, case_path(unknown_id()), api.complete(body))
            yield refused_attempt(f"a {method} of an unknown id", unknown)
        yield refused_attempt("a transition of an unknown id", partial(transition, unknown_id()))
        yield refused_attempt("a refused transition of another case", partial(transition, other.id))

    assert_no_effect(new_case().adopt_shown(), attempts)


@requirement("UPDATE-ISOLATED")
def test_operations_do_not_change_another_case(new_case: NewCase) -> None:
    older, twin = new_case(REPLACEMENT), new_case(ORDINARY)
    case = new_case(ORDINARY)
    younger = new_case(ORDINARY)
    others = {
        name: (other, other.snapshot())
        for name, other in (("older", older), ("twin", twin), ("younger", younger))
    }
    workflow = case.api.deployment.workflow
    steps: list[tuple[str, Callable[[], Any]]] = [
        # Before any other write: the values of equal cases may still be the same objects in the server's memory.
        (
            "PATCH",
            lambda: case.update(
                {name: {"testInside": "mine"} for name, value in ORDINARY.items() if isinstance(value, dict)}
            ),
        ),
        ("PUT", lambda: case.replace(REPLACEMENT)),
        (
            "PATCH",
            lambda: case.update(
                {"testSummary": "mine alone", "testLocation": {"site": "Bern"}, "testTags": ["mine"]}
            ),
        ),
        *((f"transition {status}", partial(case.transition, status)) for _, status in workflow.walk(3)),
        ("a refused transition", lambda: case.api.transition(case.id, "NoSuchStatus", "none")),
        ("PUT of nothing", lambda: case.api.replace(case.id, {})),
        ("a create", lambda: new_case({"testSummary": "unrelated"})),
    ]
    for what, step in steps:
        step()
        for name, (other, before) in others.items():
            try:
                other.assert_unchanged(before, gone={"testAssessor"})
            except Violation as violation:
                raise Violation(
                    f"{what} on one case not to change the {name} case", violation.actual
                ) from None
