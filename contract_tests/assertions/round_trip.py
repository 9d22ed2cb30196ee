"""Assertions that values come back as they were sent, value by value, with a control of another kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.responses import assert_returned_record
from contract_tests.client.api import JSON, CaseApi, case_path, encode
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent, Violation
from contract_tests.testdata.corpus import batches, letters

BuildFields: TypeAlias = Callable[[Sequence[Any]], dict[str, Any]]
# Controls: a defect in texts does not affect small numbers, and the reverse.
SMALL_NUMBERS: Final = tuple(range(1, 101))
PLAIN_TEXTS: Final = tuple(f"plain{letters(index)}" for index in range(100))
BEFORE: Final = {"testSummary": "before"}


class Writer:
    """Stores payloads by one method, and reads them. One case serves many PUTs, because each replaces everything."""

    def __init__(
        self, api: CaseApi, method: str, batch: int = 24, serialize: Callable[[Any], bytes] = encode
    ) -> None:
        self.api = api
        self.method = method
        self.batch = batch
        self.serialize = serialize
        self._case_id = ""

    def _write(self, payload: Mapping[str, Any], *, new_case: bool) -> Exchange:
        if self.method == "POST":
            response = self._send("/case", self.api.exactly(payload))
            self._case_id = str(response.object.get("id") or "")
            return response
        if new_case or not self._case_id or self.method == "PATCH":
            self._case_id = create_case(self.api, BEFORE).id
        whole = self.api.exactly(payload) if self.method == "PUT" else payload
        return self._send(case_path(self._case_id), whole)

    def _send(self, path: str, payload: Mapping[str, Any]) -> Exchange:
        return self.api.raw(self.method, path, self.serialize(payload), {"Content-Type": JSON})

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
            raise Violation(f"{self.method} to store the values or to refuse them", response.summary())
        try:
            assert_returned_record(response, wanted)
            self.case.assert_shows(wanted)
        except Violation as violation:
            return True, violation.actual
        return True, None

    def assert_kept(self, payload: Mapping[str, Any], control: Mapping[str, Any] | None = None) -> None:
        """Assert that the payload comes back or is refused.

        `control` has the same shape with values of another kind. If it is lost too, the shape is the cause.
        """
        found = self.store(payload)[1]
        if found is None:
            return
        shape_lost = False
        with self.api.trace.second_look():
            shape_lost = control is not None and self.store(control)[1] is not None
        raise self._lost(found, "ROUND-TRIP-SHAPE" if shape_lost else None)

    def _lost(self, found: str, requirement: str | None = None) -> Violation:
        return Violation(f"what {self.method} stored to come back as sent", found, requirement)

    def assert_round_trip(
        self, values: Sequence[Any], builders: Sequence[BuildFields], controls: Sequence[Any]
    ) -> None:
        """Assert that each value comes back, or is refused, in every payload built from it.

        The first builder makes plain fields. A batch of values is sent at once; only if that is refused or
        differs, one value at a time, for the shortest reproduction. `controls` are values of another kind, at
        least as many as a batch has.
        """
        plain, *shaped = builders
        for batch in batches(values, self.batch):
            together = merge_fields(builders, batch)
            accepted, found = self.store(together, new_case=False)
            if accepted and found is None:
                continue
            try:
                for value in batch:
                    self.assert_kept(plain([value]))
                    for build in shaped:
                        self.assert_kept(build([value]), build(controls[:1]))
                if found:
                    self.assert_kept(together, merge_fields(builders, controls[: len(batch)]))
            except BudgetSpent:
                if found:
                    raise self._lost(found) from None
                raise


def merge_fields(builders: Sequence[BuildFields], values: Sequence[Any]) -> dict[str, Any]:
    """Return one payload with the fields of every builder."""
    return {name: value for build in builders for name, value in build(values).items()}
