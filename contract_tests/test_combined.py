"""Combined checks of a brief run: few requests that serve many requirements.

One record contains a large part of the corpus, and one GET shows the effect of an update on all of it. If the record
differs, the detailed checks of the same requirements find the smallest example and the requirement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import pytest

from contract_tests.assertions.attribution import FOUNDATION
from contract_tests.assertions.case import Case, case_from_response
from contract_tests.assertions.lost_values import round_trip_requirement
from contract_tests.assertions.packed_values import accepted_parts
from contract_tests.assertions.responses import assert_returned_record
from contract_tests.assertions.retrieval import assert_shows_as_created
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.testdata.packed import ODD_ALONE, ODD_TOGETHER, PACKED_VALUES

requirement = pytest.mark.requirement
pytestmark = [pytest.mark.combined, pytest.mark.stage("first"), pytest.mark.needs(*FOUNDATION)]

MOST_PARTS: Final = 4  # a server with a small limit of the size gets the rest from the detailed checks
THOROUGHLY: Final = ("texts", "numbers, shapes and names")
BARE: Final = {"testSummary": "One field is left"}
EFFECTS: Final = ("CREATE-STORES", "PUT-REPLACES", "PATCH-PARTIAL", "PATCH-EMPTY", "TRANSITION-ONLY-STATUS")
VERIFIED: Final[Mapping[str, Sequence[str]]] = {
    "texts": ("ROUND-TRIP-TEXT", "ROUND-TRIP-MARKUP"),
    "numbers, shapes and names": ("ROUND-TRIP-NAMES", "ROUND-TRIP-NUMBER", "ROUND-TRIP-SHAPE"),
    "longer texts": ("ROUND-TRIP-TEXT",),
    "long texts": ("ROUND-TRIP-TEXT",),
}


@pytest.mark.parametrize(
    "packed", [pytest.param(name, marks=requirement(*ids, *EFFECTS)) for name, ids in VERIFIED.items()]
)
def test_operations_keep_all_values(api: CaseApi, case: Case, packed: str) -> None:
    api.require_free_fields()
    parts = accepted_parts(case, PACKED_VALUES[packed])[:MOST_PARTS]
    thoroughly = packed in THOROUGHLY
    moves = api.deployment.workflow.walk((2 if thoroughly else 1) * len(parts))
    for part in parts:
        values = _Values(case, part)
        if len(parts) == 1:
            values.assert_shown(case.api.trace[-1], case.read())
        else:
            values.write("PUT")
        values.assert_kept(islice(moves, 2 if thoroughly else 1), thoroughly=thoroughly)


class _Values:
    """A payload that the case accepts by PUT, and that each operation must keep."""

    def __init__(self, case: Case, payload: Mapping[str, Any]) -> None:
        self.case = case
        self.api = case.api
        self.payload = payload

    def assert_kept(self, moves: Iterable[tuple[str, str]], *, thoroughly: bool) -> None:
        """Assert that updates, transitions and a create keep it; `thoroughly`: in each state of the case."""
        case = self.case
        self._assert_kept_by_updates()
        case.replace(BARE)
        with attributed_to("PUT-REPLACES"):
            case.assert_shows(gone=set(self.payload) - set(case.fields))
        self.write("PATCH")
        for _, status in moves:
            response = case.transition(status)
            with attributed_to("TRANSITION-ONLY-STATUS"):
                case.assert_shows()
                assert_returned_record(response, case.fields)
            if thoroughly:
                self.write("PATCH")
        if thoroughly:
            self.write("PUT")
        self._assert_created()

    def write(self, method: str) -> None:
        """Write the payload, and assert that GET and a returned record show it. It may be refused."""
        case = self.case
        accepted = case.try_replace(self.payload) if method == "PUT" else case.try_update(self.payload)
        if accepted:
            self.assert_shown(case.api.trace[-1], case.read())

    def assert_shown(self, response: Exchange, record: Mapping[str, Any]) -> None:
        """Assert that a record, and the response to a write if it is one, show the payload."""
        for shown in (record, response.object if response.carries_record else record):
            found = comparison.find_field_difference(self.payload, shown)
            if found and (shown is record or response.object.keys() >= self.payload.keys()):
                raise Violation(
                    f"what {response.method} stored to come back as sent",
                    found,
                    round_trip_requirement(self.payload, {**shown}),
                )

    def _assert_kept_by_updates(self) -> None:
        self.api.update(self.case.id, {})  # a server may refuse it
        self.case.update({"testOther": "first", "testOthers": ["one"]})
        with attributed_to("PATCH-PARTIAL"):
            self.case.assert_shows()

    def _assert_created(self) -> None:
        response = self.api.create(self.payload)
        if response.refused:
            return
        case = case_from_response(self.api, response, self.payload)
        self.assert_shown(response, assert_shows_as_created(case))


# -- input that may be refused


@pytest.mark.stage("hostile")
@requirement("NO-SERVER-ERROR")
def test_odd_payloads_cause_no_server_error(api: CaseApi, case: Case) -> None:
    for payload in ODD_TOGETHER:
        whole = api.complete(payload)
        for method, path, body in (
            ("PUT", case_path(case.id), whole),
            ("PATCH", case_path(case.id), payload),
            ("POST", "/case", whole),
        ):
            api.trace.restart()
            _assert_no_server_error(api.call(method, path, body))
            _assert_no_server_error(api.get(case.id))
    for number, payload in enumerate(ODD_ALONE):
        api.trace.restart()
        _assert_no_server_error(api.call(("PUT", "PATCH")[number % 2], case_path(case.id), payload))
    _assert_no_server_error(api.get(case.id))


def _assert_no_server_error(response: Exchange) -> None:
    if response.is_server_error:
        raise Violation("a response below 500 to any request", response.summary())
