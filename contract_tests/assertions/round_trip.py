"""Does what an operation stores come back as it was sent? Written and read value by value, with a control.

Knows no pytest, and of the requirements only that a lost shape is not a lost text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.responses import assert_returned_record
from contract_tests.client.api import JSON, CaseApi, case_path, encode
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent, Violation
from contract_tests.testdata.corpus import batches, letters

Make: TypeAlias = Callable[[Sequence[Any]], dict[str, Any]]
# Controls: nothing that happens to a text happens to a small number, and the reverse.
SMALL_NUMBERS: Final = tuple(range(1, 101))
PLAIN_TEXTS: Final = tuple(f"plain{letters(index)}" for index in range(100))
BEFORE: Final = {"testSummary": "before"}


class Writer:
    """Stores payloads by one method, and reads them. A PUT replaces all, so one case serves many of them."""

    def __init__(
        self, api: CaseApi, method: str, batch: int = 24, notation: Callable[[Any], bytes] = encode
    ) -> None:
        self.api = api
        self.method = method
        self.batch = batch
        self.notation = notation
        self._case_id = ""

    def _write(self, payload: Mapping[str, Any], *, fresh: bool) -> Exchange:
        if self.method == "POST":
            answer = self._send("/case", self.api.exactly(payload))
            self._case_id = str(answer.object.get("id") or "")
            return answer
        if fresh or not self._case_id or self.method == "PATCH":
            self._case_id = create_case(self.api, BEFORE).id
        whole = self.api.exactly(payload) if self.method == "PUT" else payload
        return self._send(case_path(self._case_id), whole)

    def _send(self, path: str, payload: Mapping[str, Any]) -> Exchange:
        return self.api.raw(self.method, path, self.notation(payload), {"Content-Type": JSON})

    @property
    def case(self) -> Case:
        """The case written last."""
        return Case(self.api, self._case_id)

    def store(
        self, payload: Mapping[str, Any], expected: Mapping[str, Any] | None = None, *, fresh: bool = True
    ) -> tuple[bool, str | None]:
        """Write the payload, into a fresh case if asked, and read it: (was it accepted, what is different).

        It should come back as it was sent, or else as `expected`.
        """
        wanted = payload if expected is None else expected
        self.api.trace.restart()
        answer = self._write(payload, fresh=fresh)
        if answer.refused:
            return False, None
        if not answer.ok or not self._case_id:
            raise Violation(f"{self.method} to store the values or to refuse them", answer.summary())
        try:
            assert_returned_record(answer, wanted)
            self.case.assert_shows(wanted)
        except Violation as violation:
            return True, violation.actual
        return True, None

    def assert_kept(self, payload: Mapping[str, Any], control: Mapping[str, Any] | None = None) -> None:
        """The payload comes back or is refused.

        `control` has values of another kind in the same shape: where those are lost as well, the shape is at fault.
        """
        found = self.store(payload)[1]
        if found is None:
            return
        shape = False
        with self.api.trace.second_look():
            shape = control is not None and self.store(control)[1] is not None
        raise self._lost(found, shape=shape)

    def _lost(self, found: str, *, shape: bool = False) -> Violation:
        expected = f"what {self.method} stored to come back as sent"
        return Violation(expected, found, "ROUND-TRIP-SHAPE" if shape else None)

    def assert_round_trip(
        self, values: Sequence[Any], makes: Sequence[Make], controls: Sequence[Any]
    ) -> None:
        """Each value comes back, or is refused, in every payload that `makes` makes of it, a plain field first.

        All at once; only where that is refused or differs, one by one, for the shortest story. `controls`: values
        of another kind, at least as many as a batch holds.
        """
        plain, *shaped = makes
        for batch in batches(values, self.batch):
            together = merged(makes, batch)
            accepted, found = self.store(together, fresh=False)
            if accepted and found is None:
                continue
            try:
                for value in batch:
                    self.assert_kept(plain([value]))
                    for make in shaped:
                        self.assert_kept(make([value]), make(controls[:1]))
                if found:
                    self.assert_kept(together, merged(makes, controls[: len(batch)]))
            except BudgetSpent:
                if found:
                    raise self._lost(found) from None
                raise


def merged(makes: Sequence[Make], values: Sequence[Any]) -> dict[str, Any]:
    """One payload of everything that `makes` make of the values."""
    return {name: value for make in makes for name, value in make(values).items()}
