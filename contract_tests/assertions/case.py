"""The sentences that checks are made of: create a case, change it, read it, and see what it shows.

Turns answers into violations by the model; which requirement is at stake, the caller knows. Knows no pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from contract_tests.client.api import CaseApi, Payload, case_path
from contract_tests.client.exchange import Exchange
from contract_tests.contract.deployment import IdFormat, UpdateResponse
from contract_tests.exceptions import Violation, attributed_to
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import ORDINARY

CREATED: Final = 201
OK: Final = 200


@dataclass(frozen=True)
class Snapshot:
    """What a case showed at one moment: the fields that the suite stored, and what the server owns."""

    fields: Mapping[str, Any]
    created: Any
    status: Any
    workflow_id: Any


class Case:
    """One case that this run created: its `id`, the record that its create `answered`, the `fields` it must show."""

    def __init__(
        self,
        api: CaseApi,
        case_id: str,
        fields: Mapping[str, Any] | None = None,
        answered: Mapping[str, Any] | None = None,
    ) -> None:
        self.api = api
        self.id = case_id
        self.fields = dict(fields or {})
        self.answered = dict(answered or {})

    @property
    def id_format(self) -> IdFormat:
        """What the ids of its deployment look like."""
        return self.api.deployment.case.id_format

    # -- reading

    def read(self) -> Mapping[str, Any]:
        """The record as GET shows it now."""
        answer = self.api.get(self.id)
        if answer.status != OK or not answer.object:
            raise Violation("GET to answer 200 with the case", answer.summary())
        return answer.object

    def shows(
        self, expected: Mapping[str, Any] | None = None, *, gone: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """The record by GET, which must show `expected` (by default all that is stored) and none of `gone`."""
        return self.must_show(self.read(), expected, gone=gone)

    def must_show(
        self,
        record: Mapping[str, Any],
        expected: Mapping[str, Any] | None = None,
        *,
        gone: Iterable[str] = (),
    ) -> Mapping[str, Any]:
        """The same of a `record` that was read already."""
        wanted = self.fields if expected is None else self.api.taken(expected)
        found = comparison.fields_difference(wanted, record) or comparison.still_there(gone, record)
        if found:
            raise Violation("GET to show the record as stored", found)
        return record

    def status(self, record: Mapping[str, Any] | None = None) -> Any:
        """The status that `record`, or else the record read now, shows."""
        shown = self.read() if record is None else record
        return comparison.status_of(shown, self.api.deployment.status_field)

    def told_status(self, answer: Exchange, record: Mapping[str, Any]) -> Any:
        """The status that an update's `answer` tells, where it is the record; else the one that `record` shows.

        A status object may have a `status` of its own, such as "updated": what counts is the name that `record`
        has for it.
        """
        name = comparison.status_name(record, self.api.deployment.status_field)
        if name is None or not is_record(answer, (*self.fields, name)):
            return self.status(record)
        return answer.object.get(name)

    def workflow_id(self) -> Any:
        """`lastWorkflowId` as GET shows it now."""
        return self.read().get("lastWorkflowId")

    def snapshot(self) -> Snapshot:
        record = self.read()
        return Snapshot(
            fields={name: record.get(name) for name in self.fields},
            created=record.get("createdDate"),
            status=self.status(record),
            workflow_id=record.get("lastWorkflowId"),
        )

    def unchanged_since(self, before: Snapshot, *, gone: Iterable[str] = (), accepted: bool = False) -> None:
        """The record by GET, which must show what `before` showed, and none of `gone`.

        `accepted`: an update that should change nothing was carried out; it may have renewed `lastWorkflowId`.
        """
        record = self.read()
        workflow_id = record.get("lastWorkflowId")
        found = (
            comparison.fields_difference(before.fields, record)
            or comparison.still_there(gone, record)
            or _changed(
                "createdDate", comparison.moment(before.created), comparison.moment(record.get("createdDate"))
            )
            or _changed("the status", before.status, self.status(record))
            or (None if accepted else _changed("lastWorkflowId", before.workflow_id, workflow_id))
        )
        if found:
            raise Violation("the case to be as before", found)

    def as_shown(self) -> Case:
        """The case, of which only what it shows now must stay.

        What its creation, or an update, did to the fields is for other rows than the one that asks for this.
        """
        answer = self.api.get(self.id)
        if answer.status == OK and answer.object:
            self.keep(answer.object)
        return self

    def keep(self, record: Mapping[str, Any]) -> None:
        """Of the fields, what the record shows must stay."""
        self.fields = {name: record[name] for name in self.fields if name in record}

    # -- writing

    def replace(self, payload: Payload) -> Exchange:
        """PUT, which must be carried out."""
        return self._replaced(self.api.replace(self.id, payload), payload)

    def may_replace(self, payload: Payload) -> bool:
        """The same, with values that may be refused; whether they were taken."""
        answer = self.api.replace(self.id, payload)
        if not answer.refused:
            self._replaced(answer, payload)
        return not answer.refused

    def _replaced(self, answer: Exchange, payload: Payload) -> Exchange:
        must_be_taken(answer, "PUT")
        self.fields = comparison.stored_fields(self.api.complete(payload))
        return answer

    def update(self, payload: Payload) -> Exchange:
        """PATCH, which must be carried out."""
        return self._patched(self.api.update(self.id, payload), self.api.taken(payload))

    def may_update(self, payload: Payload) -> bool:
        """The same, with values that may be refused, such as a number for a text; whether they were taken."""
        answer = self.api.call("PATCH", case_path(self.id), payload)
        if not answer.refused:
            self._patched(answer, payload)
        return not answer.refused

    def update_as_created(self, payload: Payload) -> bool:
        """PATCH, which must be carried out unless a create with the same values is refused, too; whether it was.

        A tenant may refuse empty values, as it may refuse others; a handler of PATCH alone may not.
        """
        answer = self.api.update(self.id, payload)
        if answer.refused and self.api.create(payload).refused:
            return False
        self._patched(answer, self.api.taken(payload))
        return True

    def _patched(self, answer: Exchange, payload: Payload) -> Exchange:
        must_be_taken(answer, "PATCH")
        self.fields = {**self.fields, **comparison.stored_fields(payload)}
        return answer

    def move(self, status: str) -> Exchange:
        """A transition with the lastWorkflowId read last, which must be carried out."""
        answer = self.api.transition(self.id, status, self.workflow_id())
        return must_be_taken(answer, f"the transition to {status}")

    def moved(self, times: int) -> Case:
        """The case, moved along its workflow so many times."""
        with attributed_to("TRANSITION-CYCLE"):
            for _, status in self.api.deployment.workflow.walk(times):
                self.move(status)
        return self

    def try_move(self, status: str) -> Exchange:
        """The same, whatever the answer."""
        return self.api.transition(self.id, status, self.workflow_id())


Write: TypeAlias = Callable[[Case, Payload], Exchange]

# An update by its method, whatever the answer.
WRITES: Final[Mapping[str, Write]] = {
    "PUT": lambda case, payload: case.api.replace(case.id, payload),
    "PATCH": lambda case, payload: case.api.update(case.id, payload),
}


def _changed(what: str, before: Any, after: Any) -> str | None:
    return (
        None
        if before == after
        else f"{what} is {comparison.show(after)} instead of {comparison.show(before)}"
    )


def created(api: CaseApi, payload: Payload = ORDINARY) -> Case:
    """A new case; a create that is refused, or answered without an id, is a violation."""
    return case_of(api, api.create(payload), payload)


def another_case(api: CaseApi, payload: Payload = ORDINARY) -> Case:
    """The same, where a failing create is told as what it is, whatever the check is about."""
    answer = api.create(payload)
    with attributed_to("CREATE-ID" if answer.ok else "CREATE-STATUS"):
        return case_of(api, answer, payload)


class NewCase(Protocol):
    """`another_case` on the run's target."""

    def __call__(self, payload: Payload = ORDINARY) -> Case: ...


def case_of(api: CaseApi, answer: Exchange, payload: Payload) -> Case:
    """The case that a create's `answer` is about."""
    if not answer.ok or not isinstance(answer.object.get("id"), str) or not answer.object["id"]:
        raise Violation("POST /case to answer 201 with an id", answer.summary())
    return Case(api, answer.object["id"], comparison.stored_fields(api.complete(payload)), answer.object)


def keep_unusual(case: Case, unusual: Payload) -> bool:
    """Put unusual values, or fields of unusual names, into the case; False where a deployment refuses them.

    What an update does to them is for the ROUND-TRIP rows: the case has to go on showing what it shows now.
    """
    if case.api.replace(case.id, unusual).refused:
        return False
    sent = case.api.complete(unusual)
    case.fields = {name: value for name, value in case.read().items() if name in sent}
    return True


def must_be_ok(answer: Exchange, what: str) -> Exchange:
    """The answer, which must be a 200 with a JSON object."""
    if answer.status != OK or not isinstance(answer.json, dict):
        raise Violation(f"{what} to be answered 200 with a JSON object", answer.summary())
    return answer


def must_be_as_pinned(answer: Exchange, what: str, pinned: UpdateResponse) -> None:
    """The record or a status object, where the deployment says which."""
    if pinned is UpdateResponse.RECORD and not answer.carries_record:
        raise Violation(f"{what} to answer with the record", answer.summary())
    if pinned is UpdateResponse.STATUS and answer.carries_record:
        raise Violation(f"{what} to answer with a status object", answer.summary())


def must_be_taken(answer: Exchange, what: str) -> Exchange:
    """The answer, which must say that the request was carried out; how it says so, the STATUS rows judge."""
    if not answer.ok:
        raise Violation(f"{what} to be carried out", answer.summary())
    return answer


def must_be_refused(answer: Exchange, what: str) -> Exchange:
    """The answer, which must be a 4xx."""
    if not answer.refused:
        raise Violation(f"{what} to be refused with 4xx", answer.summary())
    return answer


def is_record(answer: Exchange, fields: Iterable[str]) -> bool:
    """Whether an update's answer is the record, which has at least one of `fields`.

    One with none of them is a status object, even if it names the case and its date.
    """
    return answer.carries_record and any(name in answer.object for name in fields)


def must_show_if_record(answer: Exchange, expected: Mapping[str, Any], *, gone: Iterable[str] = ()) -> None:
    """An update's answer that carries the record must show the update.

    A PATCH may be answered with what it changed alone, beside the case's identity.
    """
    gone = tuple(gone)
    if not is_record(answer, (*expected, *gone)):
        return
    shown = expected.keys() & answer.object.keys()
    if answer.method == "PATCH" and shown <= answer.sent.keys():
        expected = {name: value for name, value in expected.items() if name in answer.sent}
    found = comparison.fields_difference(expected, answer.object) or comparison.still_there(
        gone, answer.object
    )
    if found:
        raise Violation("the returned record to show the update", found)


def must_show_state_if_record(answer: Exchange, case: Case, record: Mapping[str, Any]) -> None:
    """An answer that carries the record shows the status and the `lastWorkflowId` of `record`, the GET after it."""
    if not answer.carries_record:
        return
    pairs = {
        "lastWorkflowId": (answer.object.get("lastWorkflowId"), record.get("lastWorkflowId")),
        "the status": (case.told_status(answer, record), case.status(record)),
    }
    for what, (told, shown) in pairs.items():
        if told is not None and told != shown:
            raise Violation(
                f"{what} in the returned record to be {comparison.show(shown)}", comparison.show(told)
            )
