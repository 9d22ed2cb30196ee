"""Assertions that values come back as they were sent, value by value, with a control of another kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import unescape
from typing import Any, Final, TypeAlias

from contract_tests.assertions.attribution import needs_of_form, unusable_response
from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.lost_values import round_trip_requirement
from contract_tests.assertions.responses import assert_returned_record
from contract_tests.client.api import JSON, CaseApi, case_path, encode
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent, Violation
from contract_tests.oracle import comparison
from contract_tests.testdata import corpus
from contract_tests.testdata.corpus import batches, letters

BuildFields: TypeAlias = Callable[[Sequence[Any]], dict[str, Any]]
# Controls: a defect in texts does not affect small numbers, and the reverse.
# Neither is sorted, because a server may sort arrays.
SMALL_NUMBERS: Final = tuple(number * 37 % 101 for number in range(1, 101))
PLAIN_TEXTS: Final = tuple(f"plain{letters(number)}" for number in SMALL_NUMBERS)
BEFORE: Final = {"testSummary": "before"}
# Splits of a refused batch, by which a writer finds the refused values. A PUT creates no cases, so it runs
# first and remembers these values for the other methods.
SPLITS: Final = {"PUT": 400}
FEW_SPLITS: Final = 12
# Requirements whose violation says nothing about the stored values.
UNREADABLE: Final = ("CREATE-READ-YOUR-WRITE", "GET-SAME", "GET-SAFE", "UPDATE-VISIBLE", "NO-SERVER-ERROR")
MARKUP: Final = re.compile(r"[<>&]|--|/\*|\*/|%[sdn]")


class Writer:
    """Stores payloads by one method, and reads them. One case serves many PUTs, because each replaces everything."""

    def __init__(
        self,
        api: CaseApi,
        method: str,
        batch: int = 24,
        serialize: Callable[[Any], bytes] = encode,
        media_type: str = JSON,
    ) -> None:
        self.api = api
        self.method = method
        self.batch = batch
        self.serialize = serialize
        self.media_type = media_type
        self._splits = SPLITS.get(method, FEW_SPLITS)
        self._case_id = ""

    def _write(self, payload: Mapping[str, Any], *, new_case: bool) -> Exchange:
        if self.method == "POST":
            response = self._send("/case", self.api.with_required(payload))
            self._case_id = str(response.object.get("id") or "")
            return response
        if new_case or not self._case_id or self.method == "PATCH":
            self._case_id = create_case(self.api, BEFORE).id
        whole = self.api.with_required(payload) if self.method == "PUT" else payload
        return self._send(case_path(self._case_id), whole)

    def _send(self, path: str, payload: Mapping[str, Any]) -> Exchange:
        return self.api.raw(self.method, path, self.serialize(payload), {"Content-Type": self.media_type})

    @property
    def case(self) -> Case:
        """The case that was written last."""
        return Case(self.api, self._case_id)

    def store(
        self,
        payload: Mapping[str, Any],
        expected: Mapping[str, Any] | None = None,
        *,
        new_case: bool = True,
    ) -> tuple[bool, str | None]:
        """Write the payload and read it. Return (accepted, difference from `expected`).

        By default the payload is expected as it was sent.
        """
        wanted = payload if expected is None else expected
        self.api.trace.restart()
        response = self._write(payload, new_case=new_case)
        if response.refused:
            return False, None
        if not response.ok or not self._case_id:
            what = f"{self.method} to store the values or to refuse them"
            violation = unusable_response(what, response, None)
            violation.needs = needs_of_form(response)
            raise violation
        try:
            assert_returned_record(response, wanted)
            self.case.assert_shows(wanted)
        except Violation as violation:
            if violation.requirement in UNREADABLE:
                raise
            return True, violation.actual
        return True, None

    def assert_kept(self, payload: Mapping[str, Any], control: Mapping[str, Any] | None = None) -> None:
        """Assert that the payload comes back or is refused.

        `control` has the same shape with values of another kind. If it is lost too, the shape is the cause.
        """
        found = self.store(payload)[1]
        if found is None:
            return
        shown = self.api.trace[-1].object
        requirement = "ROUND-TRIP-MARKUP" if _is_escaped(payload, shown) else None
        if requirement is None:
            with self.api.trace.second_look():
                requirement = self._find_cause(payload, shown, control)
        raise self._lost(found, requirement)

    def _find_cause(
        self, payload: Mapping[str, Any], shown: Mapping[str, Any], control: Mapping[str, Any] | None
    ) -> str | None:
        """Return the requirement that covers the loss of a payload, if a simpler payload shows another cause."""
        lost, found = comparison.first_difference(payload, shown)
        lost_elsewhere = self._find_lost_elsewhere(lost, found)
        if lost_elsewhere:
            return lost_elsewhere
        if _is_reordered(lost, found) or (control is not None and self.store(control)[1] is not None):
            return "ROUND-TRIP-SHAPE"
        if any(type(shown.get(name)) is not type(value) for name, value in payload.items()):
            return None
        inner = isinstance(lost, (str, int, float)) and lost not in payload.values()
        if inner and self.store({"alone": lost})[1] is not None:
            return round_trip_requirement(lost, None)
        for requirement, simplify in SIMPLER.items():
            if requirement == "ROUND-TRIP-NAMES" and not _is_renamed(lost, found):
                continue
            simpler = simplify(payload)
            if simpler != payload and self.store(simpler) == (True, None):
                return requirement
        return None

    def _find_lost_elsewhere(self, lost: Any, found: Any) -> str | None:
        """Return the requirement for a changed text or number that also changes under other names.

        Another text must come back there.
        """
        if isinstance(lost, str) and lost and isinstance(found, str) and not _is_markup(lost):
            is_lost = self._is_only_lost(lost, lambda value: {"alone": [value, {"inner": value}]})
            return "ROUND-TRIP-TEXT" if is_lost else None
        if isinstance(lost, (int, float)) and not isinstance(lost, bool) and found is not None:
            is_lost = self._is_only_lost(lost, lambda value: {"alone": value, "inner": [value]})
            return "ROUND-TRIP-NUMBER" if is_lost else None
        return None

    def _is_only_lost(self, lost: Any, build: Callable[[Any], Mapping[str, Any]]) -> bool:
        """Return True if a payload with the value does not come back, and the same with a plain text does."""
        return self.store(build(lost))[1] is not None and self.store(build(PLAIN_TEXTS[0])) == (True, None)

    def _lost(self, found: str, requirement: str | None = None) -> Violation:
        return Violation(f"what {self.method} stored to come back as sent", found, requirement)

    def assert_round_trip(
        self, values: Sequence[Any], builders: Sequence[BuildFields], controls: Sequence[Any]
    ) -> None:
        """Assert that each value comes back, or is refused, in every payload built from it.

        The first builder makes plain fields. A batch of values is sent at once. If that is refused, its halves are
        sent; if it differs, the half that differs, for the shortest reproduction. `controls` are values of another
        kind, at least as many as a batch has.
        """
        for batch in batches(values, self.batch):
            self.api.trace.next_attempt()
            self._assert_batch(batch, builders, builders, controls)

    def _assert_batch(
        self,
        batch: Sequence[Any],
        builders: Sequence[BuildFields],
        all_builders: Sequence[BuildFields],
        controls: Sequence[Any],
    ) -> None:
        together = self._merge(builders, batch)
        if not together:
            return
        accepted, found = self.store(together, new_case=False)
        if found:
            self._raise_shortest(batch, all_builders, controls, found)
        elif not accepted and len(batch) == len(builders) == 1:
            self.api.refused_values.add((builders[0].__name__, repr(batch[0])))
        elif not accepted and self._splits:
            self._splits -= 1
            middle = len(batch) // 2
            if middle:
                self._assert_batch(batch[:middle], builders, all_builders, controls)
                self._assert_batch(batch[middle:], builders, all_builders, controls)
            else:
                for build in builders:
                    self._assert_batch(batch, (build,), all_builders, controls)

    def _raise_shortest(
        self, batch: Sequence[Any], builders: Sequence[BuildFields], controls: Sequence[Any], found: str
    ) -> None:
        plain, *shaped = builders
        try:
            batch = self._smallest_differing(batch, builders)
            if len(batch) == 1:
                self.assert_kept(plain(batch))
                for build in shaped:
                    self.assert_kept(build(batch), build(controls[:1]))
            control = self._merge(builders, controls[: len(batch)])
            self.assert_kept(self._merge(builders, batch), control)
        except BudgetSpent:
            raise self._lost(found) from None

    def _smallest_differing(self, batch: Sequence[Any], builders: Sequence[BuildFields]) -> Sequence[Any]:
        """Return one value that does not come back, or several that only differ together."""
        while len(batch) > 1:
            middle = len(batch) // 2
            halves = (batch[:middle], batch[middle:])
            differing = (half for half in halves if self._differs(self._merge(builders, half)))
            half = next(differing, None)
            if half is None:
                return batch
            batch = half
        return batch

    def _differs(self, payload: Mapping[str, Any]) -> bool:
        return bool(payload) and self.store(payload, new_case=False)[1] is not None

    def _merge(self, builders: Sequence[BuildFields], values: Sequence[Any]) -> dict[str, Any]:
        """Return one payload with the fields of every builder, without the values that were refused before."""
        refused = self.api.refused_values
        payload: dict[str, Any] = {}
        for build in builders:
            some = (
                [value for value in values if (build.__name__, repr(value)) not in refused]
                if refused
                else values
            )
            payload |= build(some) if some else {}
        return payload


def _with_plain_names(value: Any) -> Any:
    """Return the value with the names of inner members replaced by letters."""
    if isinstance(value, dict):
        return {letters(i): _with_plain_names(member) for i, member in enumerate(value.values())}
    return [_with_plain_names(item) for item in value] if isinstance(value, list) else value


def _with_plain_members(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload with the names of inner members replaced."""
    return {name: _with_plain_names(value) for name, value in payload.items()}


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return the value with each text changed, except names."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _map_texts(member, change) for name, member in value.items()}
    return [_map_texts(item, change) for item in value] if isinstance(value, list) else value


def _without_markup(payload: Mapping[str, Any]) -> Any:
    """Return the payload with HTML's characters and SQL's comments replaced in each text."""
    return _map_texts(payload, partial(MARKUP.sub, "x"))


FORMULAS: Final = ("=", "+", "-", "@")


def _is_markup(text: str) -> bool:
    return text in corpus.MARKUP or MARKUP.search(text) is not None


def _is_reordered(sent: Any, shown: Any) -> bool:
    """Return True for arrays of the same items in another order."""
    both = isinstance(sent, list) and isinstance(shown, list)
    return both and sorted(map(repr, sent)) == sorted(map(repr, shown))


def _is_renamed(sent: Any, shown: Any) -> bool:
    """Return True if an object has other names, or lacks some."""
    return isinstance(sent, dict) and isinstance(shown, dict) and sent.keys() != shown.keys()


def _is_escaped(payload: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Return True if the first wrong value is a text that is escaped for HTML, or for a spreadsheet."""
    sent, other = comparison.first_difference(payload, shown)
    if not isinstance(sent, str) or not isinstance(other, str):
        return False
    return unescape(other) == sent or (sent.startswith(FORMULAS) and other == f"'{sent}")


# If a payload is lost, and the simpler one is not, the difference between them is the cause.
SIMPLER: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "ROUND-TRIP-NAMES": _with_plain_members,
    "ROUND-TRIP-MARKUP": _without_markup,
}
