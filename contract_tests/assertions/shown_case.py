"""The record of a case as GET shows it: reading, snapshots, and assertions about fields, status and workflow.

Assertions raise violations without naming a requirement; the calling check knows which one applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from contract_tests.assertions.attribution import needs_of_form, read_again, unusable_response, wrong_record
from contract_tests.assertions.lost_cases import find_lost_to_new_cases
from contract_tests.assertions.responses import OK, is_record
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.client.session import READING
from contract_tests.contract.deployment import IdFormat
from contract_tests.contract.openapi import operation_of
from contract_tests.exceptions import Violation
from contract_tests.oracle import comparison

MOST_READS: Final = 5


@dataclass(frozen=True)
class Snapshot:
    """The state of a case at one moment: the fields that the suite stored, and the server's own values.

    `names` contains every member that the record showed with a value.
    """

    fields: Mapping[str, Any]
    names: frozenset[str]
    created: Any
    status: Any
    workflow_id: Any


class ShownCase:
    """One case of this run.

    `fields` must be shown by GET; `created_record` is the record in the create's response.
    """

    def __init__(
        self,
        api: CaseApi,
        case_id: str,
        fields: Mapping[str, Any] | None = None,
        created_record: Mapping[str, Any] | None = None,
    ) -> None:
        self.api = api
        self.id = case_id
        self.fields = dict(fields or {})
        self.created_record = dict(created_record or {})
        self._read = False
        self._status_before: Any = None

    @property
    def id_format(self) -> IdFormat:
        """The format of the deployment's ids."""
        return self.api.deployment.case.id_format

    def read(self) -> Mapping[str, Any]:
        """Return the record as GET shows it."""
        response = self.api.get(self.id)
        if response.status == OK and any(name in response.object for name in comparison.OWNED):
            self._read = True
            return response.object
        requirement: str | None = "GET-SAME"
        written = self._writes_since_read()
        if not self._read and response.refused:
            is_created_late = self._is_latest_created() or self._is_shown_now()
            requirement = "CREATE-READ-YOUR-WRITE" if is_created_late else None
        elif self._read and {*written} == {"transitionCase"}:
            # Other checks would take the state in which a case cannot be read for their own subject.
            requirement = "TRANSITION-ONLY-STATUS"
        elif self._read and self._is_written_since_read():
            is_unstable = response.refused and not written and self._is_shown_now()
            requirement = "GET-SAME" if is_unstable else None
        remark = find_lost_to_new_cases(self.api, self.id) if response.refused else None
        if remark:
            requirement = "UPDATE-ISOLATED"
        violation = unusable_response("GET to return 200 with the case", response, requirement)
        violation.actual += f" ({remark})" if remark else ""
        violation.needs = needs_of_form(response)
        if case_path(self.id) in self.api.moved_paths and requirement != "TRANSITION-ONLY-STATUS":
            violation.needs += ("TRANSITION-ONLY-STATUS",)
        raise violation

    def _is_shown_now(self) -> bool:
        """Return True if one of a few more GETs shows the case, so that no refused request has removed it."""
        with self.api.trace.probe():
            return any(self.api.get(self.id).ok for _ in range(MOST_READS))

    def _is_latest_created(self) -> bool:
        """Return True if the last create in the trace is the one of this case."""
        creates = [one for one in self.api.trace if one.method == "POST" and one.url.endswith("/case")]
        return bool(creates) and creates[-1].object.get("id") == self.id

    def _is_written_since_read(self) -> bool:
        """Return True if a request other than GET followed the last GET that showed the case."""
        path = case_path(self.id)
        for exchange in reversed(list(self.api.trace)):
            if path in exchange.url and exchange.method not in READING:
                return True
            if path in exchange.url and exchange.object:
                return exchange.status != OK
        return False

    def _writes_since_read(self) -> list[str]:
        """Return the operations that were accepted since the last GET that showed the case."""
        found = []
        for exchange in reversed(list(self.api.trace)[:-1]):
            if case_path(self.id) not in exchange.url or not exchange.ok:
                continue
            if exchange.method in READING and exchange.object:
                break
            found.append(operation_of(exchange.method, exchange.url) or "")
        return found

    def assert_shows(
        self, expected: Mapping[str, Any] | None = None, *, gone: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """Assert that GET shows `expected`, by default every stored field, and none of `gone`."""
        return self.assert_record_shows(self.read(), expected, gone=gone)

    def assert_record_shows(
        self,
        record: Mapping[str, Any],
        expected: Mapping[str, Any] | None = None,
        *,
        gone: Iterable[str] = (),
    ) -> Mapping[str, Any]:
        """Assert that `record` shows `expected`, by default every stored field, and none of `gone`."""
        wanted = self.fields if expected is None else self.api.accepted(expected)
        gone = list(gone)
        found = comparison.find_field_difference(wanted, record) or comparison.find_remaining(gone, record)
        if found:
            violation = Violation("GET to show the record as stored", found)
            raise wrong_record(self.api, self.id, record, {**dict.fromkeys(gone), **wanted}, violation)
        return record

    def status(self, record: Mapping[str, Any] | None = None) -> Any:
        """Return the status in `record`, or in a record read now."""
        shown = self.read() if record is None else record
        return comparison.status_of(shown, self.api.deployment.status_field)

    def returned_status(self, response: Exchange, record: Mapping[str, Any]) -> Any:
        """Return the status in the record that an update returned, or in `record` if it returned none.

        A status object may have a `status` of its own, such as "updated", so only the field in which `record`
        shows the status counts.
        """
        name = comparison.status_name(record, self.api.deployment.status_field)
        if name is None or not is_record(response, (*self.fields, name)):
            return self.status(record)
        return response.object.get(name)

    def assert_returned_state(self, response: Exchange, record: Mapping[str, Any]) -> None:
        """Assert that a returned record shows the same status and `lastWorkflowId` as `record`, the next GET."""
        if not response.carries_record:
            return
        pairs = {
            "lastWorkflowId": (response.object.get("lastWorkflowId"), record.get("lastWorkflowId")),
            "the status": (self.returned_status(response, record), self.status(record)),
        }
        for what, (returned, shown) in pairs.items():
            if returned is not None and returned != shown:
                expected = f"{what} in the returned record to be {comparison.show(shown)}"
                violation = Violation(expected, comparison.show(returned))
                violation.needs = ("SCHEMA",) if shown is None else ()
                raise violation

    def workflow_id(self) -> Any:
        """Return `lastWorkflowId` as GET shows it."""
        return self.read().get("lastWorkflowId")

    def snapshot(self) -> Snapshot:
        """Return the state that GET shows."""
        record = self.read()
        return Snapshot(
            fields={name: record.get(name) for name in self.fields},
            names=frozenset(name for name, value in record.items() if value is not None),
            created=record.get("createdDate"),
            status=self.status(record),
            workflow_id=record.get("lastWorkflowId"),
        )

    def assert_unchanged(self, before: Snapshot, *, gone: Iterable[str] = (), accepted: bool = False) -> None:
        """Assert that GET shows the same as `before`, and none of `gone` that it did not show before.

        `accepted`: an update without effect was accepted, and may have renewed `lastWorkflowId`.
        """
        record = self.read()
        found = self._find_change(before, record, gone, accepted=accepted)
        if found is None:
            return
        violation = Violation("the case to be as before", found)
        again = read_again(self.api, self.id, lambda shown: self._differs(shown, record))
        if again is not None:
            late = self._find_change(before, again, gone, accepted=accepted) is None
            if late:
                raise violation.shown_late("UPDATE-VISIBLE")
            raise violation.belongs_to("GET-SAFE", by_reads=True)
        if found.startswith("createdDate"):
            wrong_record(self.api, self.id, record, {"createdDate": before.created}, violation)
        raise violation

    def _find_change(
        self, before: Snapshot, record: Mapping[str, Any], gone: Iterable[str], *, accepted: bool
    ) -> str | None:
        created = record.get("createdDate")
        is_same_date = comparison.moment(before.created) == comparison.moment(created)
        found = (
            comparison.find_field_difference(before.fields, record)
            or comparison.find_remaining(set(gone) - before.names, record)
            or (None if is_same_date else _find_change("createdDate", before.created, created))
            or _find_change("the status", before.status, self.status(record))
        )
        if found or accepted:
            return found
        return _find_change("lastWorkflowId", before.workflow_id, record.get("lastWorkflowId"))

    def _differs(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Return True if two records differ in what must stay without a write."""
        names = (*self.fields, "createdDate", "lastWorkflowId")
        changed = any(one.get(name) != other.get(name) for name in names)
        return changed or self.status(one) != self.status(other)

    def adopt_shown(self) -> Self:
        """Expect from now on only what GET shows now; other requirements cover the difference."""
        response = self.api.get(self.id)
        if response.status == OK and response.object:
            self._read = True
            self.adopt(response.object)
        return self

    def adopt(self, record: Mapping[str, Any]) -> None:
        """Expect from now on the values of `record`, for the fields that it shows."""
        self.fields = {name: record[name] for name in self.fields if name in record}


def _find_change(what: str, before: Any, after: Any) -> str | None:
    if before == after:
        return None
    return f"{what} is {comparison.show(after)} instead of {comparison.show(before)}"
