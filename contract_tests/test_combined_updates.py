"""Combined check of updates and transitions: one long sequence on one case, compared with a model."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION, VALUES
from contract_tests.assertions.case import Case, NewCase
from contract_tests.assertions.field_changes import Pairs, find_unchanged
from contract_tests.assertions.responses import assert_accepted
from contract_tests.assertions.tracked_case import TrackedCase
from contract_tests.client.api import JSON, JSON_TYPES, case_path, encode
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY, REPLACEMENT, STATIC
from contract_tests.testdata.serialization import NOTATIONS
from contract_tests.testdata.update_sequence import (
    BARE,
    FIRST_UPDATES,
    MOVED_UPDATES,
    SINGLE_PATCHES,
    SMUGGLED,
)
from contract_tests.testdata.updates import (
    OTHER_TYPES,
    PAIRS,
    PATH_LIKE_NAMES,
    REPLACED,
    WRITTEN,
    polluting,
)

requirement = pytest.mark.requirement
pytestmark = [pytest.mark.combined, pytest.mark.stage("first"), pytest.mark.needs(*FOUNDATION)]

NOT_MODIFIED: Final = 304
CHOSEN_ID: Final = 12345
POLLUTED: Final = "testPolluted"
LONG_AGO: Final = "2001-02-03T04:05:06Z"
MOVES: Final = 5
NEW_STATES: Final = 2  # moves after which a case is in a state for the first time, by the usual workflow


@requirement(
    "PUT-STATUS", "PUT-REPLACES", "PUT-IDEMPOTENT", "PATCH-STATUS", "PATCH-PARTIAL", "PATCH-EMPTY", "PATCH-REPEATED",
    "PATCH-ARRAYS", "UPDATE-IDENTITY", "UPDATE-VISIBLE", "UPDATE-WORKFLOW-KEPT", "UPDATE-ISOLATED", "CREATE-OWNS",
    "CREATE-STATUS", "TRANSITION-STATUS", "TRANSITION-ONLY-STATUS", "TRANSITION-MOVES", "TRANSITION-CYCLE", "GET-SAFE",
    "TRANSITION-DISTINCT", "ROUND-TRIP-TEXT",
    *VALUES,
)  # fmt: skip
def test_updates_agree_with_the_model(new_case: NewCase) -> None:
    others = _Others(new_case())
    one = TrackedCase(new_case())
    others.add(new_case({}))
    for number, (method, payload) in enumerate(FIRST_UPDATES):
        _update(one, method, payload)
        if number in (0, 2):
            others.assert_unchanged()
    for patches in (SINGLE_PATCHES, OTHER_TYPES[:5], OTHER_TYPES[5:]):
        _patch_without_reads(one, patches)
    _assert_names_are_no_paths(one)
    _assert_values_change(one, PAIRS, REPLACED)
    _write_in_other_forms(one)
    _assert_etag_changes(one, partial(one.update, {"testSummary": ORDINARY["testSummary"][::-1]}))
    _update_for_other_readers(one)
    _pollute(one, others)
    _move(one, others, new_case)
    others.assert_unchanged()


def _update(one: TrackedCase, method: str, payload: Mapping[str, Any]) -> None:
    if method == "PUT":
        one.replace(payload)
    else:
        one.update(payload)


class _Others:
    """Cases that must not change while another one does."""

    def __init__(self, *cases: Case) -> None:
        self._before = [(case, case.snapshot()) for case in cases]

    @property
    def first(self) -> Case:
        return self._before[0][0]

    def add(self, case: Case) -> None:
        self._before.append((case, case.snapshot()))

    def assert_unchanged(self) -> None:
        """Assert that no case has changed, or shows a field of another one."""
        with attributed_to("UPDATE-ISOLATED"):
            for case, before in self._before:
                gone = {"testAssessor", "testClosing", POLLUTED} - before.names
                case.assert_unchanged(before, gone=gone)


def _patch_without_reads(one: TrackedCase, patches: Sequence[Mapping[str, Any]]) -> None:
    """Send patches, which may be refused, and assert that the next GET shows all of them."""
    for patch in patches:
        one.case.try_update(patch)
    with attributed_to("PATCH-PARTIAL"):
        one.case.assert_shows()
    one.replace(ORDINARY)


def _assert_names_are_no_paths(one: TrackedCase) -> None:
    one.api.call("PATCH", case_path(one.case.id), dict(PATH_LIKE_NAMES))
    with attributed_to("PATCH-PARTIAL"):
        one.case.assert_shows()
    one.replace(ORDINARY)


def _assert_values_change(one: TrackedCase, patched: Pairs, replaced: Pairs) -> None:
    """Assert that a PATCH and a PUT give each field its new value, whatever the old one is."""
    if one.api.fixed_fields:
        return
    case, path = one.case, case_path(one.case.id)

    def patch(new: Mapping[str, Any], _: Mapping[str, Any]) -> Exchange:
        return case.api.call("PATCH", path, new)

    def put(new: Mapping[str, Any], others: Mapping[str, Any]) -> Exchange:
        return case.api.call("PUT", path, case.api.with_required({**new, **others}))

    for requirement_, pairs, write in (("PATCH-PARTIAL", patched, patch), ("PUT-REPLACES", replaced, put)):
        found = find_unchanged(case, pairs, write)
        if found:
            raise Violation("an update of several fields to change each of them", found, requirement_)
    one.replace(ORDINARY)


def _write_in_other_forms(one: TrackedCase) -> None:
    """Send updates in chunks, with other media types and in other styles of JSON. They may be refused, or must work."""
    case, api = one.case, one.api
    chunked = {"Content-Type": JSON, "Transfer-Encoding": "chunked"}
    forms: list[tuple[str, Mapping[str, Any], Callable[[Any], bytes], Mapping[str, str]]] = [
        ("PATCH", {"testSummary": "in chunks"}, encode, chunked),
        ("PUT", REPLACEMENT, encode, chunked),
        ("PATCH", {"testSummary": "with a charset"}, encode, {"Content-Type": JSON_TYPES[0]}),
    ]
    if case.try_replace(WRITTEN):  # a server may refuse the texts, but then in each style
        forms += [
            ("PUT", {**REPLACEMENT, **WRITTEN}, encode, {"Content-Type": JSON_TYPES[1]}),
            ("PATCH", WRITTEN, NOTATIONS["indented"], {"Content-Type": JSON}),
            ("PUT", {**WRITTEN, "testHeadcount": 1}, NOTATIONS["escaped"], {"Content-Type": JSON}),
        ]
    for method, payload, serialize, headers in forms:
        sent = api.complete(payload) if method == "PUT" else api.accepted(payload)
        response = api.raw(method, case_path(case.id), serialize(sent), headers)
        if headers is chunked and response.refused:
            continue  # a server may demand a length (RFC 9110 section 15.5.12)
        assert_accepted(response, f"{method} as {headers['Content-Type']}")
        stored = comparison.stored_fields(sent)
        one.set_fields(stored if method == "PUT" else {**case.fields, **stored})
        with attributed_to("UPDATE-VISIBLE" if encode(sent).isascii() else "ROUND-TRIP-TEXT"):
            case.assert_shows(gone=one.gone)
    _put_nothing(one)
    one.replace(ORDINARY)


def _put_nothing(one: TrackedCase) -> None:
    """Send a PUT without the tag of the run, so that it is really empty. A deployment may require fields."""
    response = one.api.raw("PUT", case_path(one.case.id), b"{}", {"Content-Type": JSON})
    if not response.refused:
        assert_accepted(response, "PUT")
        one.set_fields({})
    with attributed_to("PUT-REPLACES"):
        one.assert_agrees()


def _assert_etag_changes(one: TrackedCase, change: Callable[[], Any]) -> None:
    """Assert that a GET with the strong ETag from before a change returns the changed record."""
    path = case_path(one.case.id)
    tag = one.api.get(one.case.id).headers.get("etag")
    change()
    if not tag or tag.startswith("W/"):
        return  # two changes within a second may have one weak ETag
    if one.api.raw("GET", path, None, {"If-None-Match": tag}).status == NOT_MODIFIED:
        raise Violation(
            "GET with the ETag from before a change to return the record", "304", "UPDATE-VISIBLE"
        )


def _update_for_other_readers(one: TrackedCase) -> None:
    """Assert that another connection, which has read the case before, shows an update."""
    with one.api.session.other_connection(), ThreadPoolExecutor(1) as first_connection:
        one.assert_agrees()
        first_connection.submit(one.replace, REPLACEMENT).result()
        with attributed_to("UPDATE-VISIBLE"):
            one.assert_agrees()


def _pollute(one: TrackedCase, others: _Others) -> None:
    """Send names that change every object in JavaScript, and chosen ids. All of it may be refused."""
    api = one.api
    pollution, path = polluting(POLLUTED), case_path(one.case.id)
    whole = api.with_required(pollution)
    for method, target, payload in (
        ("PATCH", path, pollution),
        ("PUT", path, whole),
        ("POST", "/case", whole),
    ):
        api.call(method, target, payload)
    for chosen in ({"id": others.first.id, "createdDate": LONG_AGO}, {"id": CHOSEN_ID, "createdDate": None}):
        response = api.create({**BARE, **chosen})
        case_id = response.object.get("id")
        if response.ok and str(case_id) == str(chosen["id"]):
            raise Violation("a new id for a new case", response.summary(), "CREATE-OWNS")
        record = api.get(case_id).object if response.ok and isinstance(case_id, str) else {}
        if record and (not record.get("createdDate") or record["createdDate"] == LONG_AGO):
            raise Violation("the server to choose createdDate", response.summary(), "CREATE-OWNS")
        if record.get(POLLUTED) is not None:
            raise Violation("a new case without fields of another one", response.summary(), "UPDATE-ISOLATED")
    one.replace(ORDINARY)
    one.update({"id": others.first.id, "createdDate": None, "testSummary": "Not another case"})
    others.assert_unchanged()


def _move(one: TrackedCase, others: _Others, new_case: NewCase) -> None:
    """Send transitions with updates before and after them."""
    names = {"comment": "from the client", "note": "from the client", **STATIC}
    if not one.case.try_update(names):
        for name, value in names.items():
            one.case.try_update({name: value})
    one.case.adopt_shown()  # fields that come back as sent belong to the client
    for number in range(MOVES):
        if number == 1:
            _assert_etag_changes(one, one.transition_next)
        elif number == NEW_STATES:
            _move_without_reads(one)
        else:
            one.transition_next()
        if number == 0:
            # From now on the server may treat them as its own, for example reset them by a PUT.
            one.case.fields = {name: value for name, value in one.case.fields.items() if name not in names}
            others.assert_unchanged()
            new_case({})
            with attributed_to("UPDATE-ISOLATED"):
                one.assert_agrees()
            _send_safe_requests(one)
        if not one.workflow.legal(one.state):
            return
        for method, payload in MOVED_UPDATES if number < NEW_STATES else MOVED_UPDATES[:1]:
            _update_moved(one, method, payload)


def _update_moved(one: TrackedCase, method: str, payload: Mapping[str, Any]) -> None:
    """Update a case after a transition. It may be refused, unless the case is as open as a new one."""
    before, workflow = one.case.fields, one.workflow
    _update(one, method, payload)
    is_open = set(workflow.legal(one.state)) == set(workflow.legal(workflow.initial))
    if one.case.fields is before and is_open and payload:
        what = f"{method} in the state {one.state} to be accepted, as on a new case"
        raise Violation(what, "it was refused", f"{method}-STATUS")


def _send_safe_requests(one: TrackedCase) -> None:
    for method in ("HEAD", "OPTIONS"):
        one.api.raw(method, case_path(one.case.id), None, {})
    with attributed_to("GET-SAFE"):
        one.assert_agrees()


def _move_without_reads(one: TrackedCase) -> None:
    """Send a transition with members that it must not store, and a PATCH, without a read between them."""
    api, case = one.api, one.case
    record = one.assert_agrees()
    for status in one.workflow.legal(one.state)[:1]:
        workflow_id = case.usable_workflow_id(record)
        if api.transition(case.id, status, workflow_id, id=str(uuid.uuid4()), **SMUGGLED).refused:
            assert_accepted(api.transition(case.id, status, workflow_id), f"the transition to {status}")
        patched = case.try_update({"testHeadcount": 7})
        shown = case.status(case.assert_shows(gone=one.gone))
        if shown == one.shown:
            by = "UPDATE-WORKFLOW-KEPT" if patched else "TRANSITION-MOVES"
            raise Violation(f"the transition to {status} to change the status", comparison.show(shown), by)
        one.state, one.shown = status, shown
