"""Observations of a target's behaviour where the document is silent, as documentation of the tenant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contract_tests.client.exchange import NOT_JSON, Exchange, unquote_id
from contract_tests.oracle.comparison import OWNED, instant, status_name, status_of
from contract_tests.results import observed_workflow
from contract_tests.results.observed_workflow import WorkflowObserver

_PATH: Final = re.compile(r".*/case(?:/(?P<id>[^/?]+)(?P<move>/transition)?)?$")
_UPDATES: Final = ("PUT", "PATCH")
_REFUSED: Final = range(400, 500)
_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class Observer:
    """Listens to exchanges; `observations` says what they showed, as id -> title and text."""

    def __init__(self, status_field: str | None = None, initial: str = "Open") -> None:
        self._status_field = status_field
        self._workflow = WorkflowObserver(initial)
        self._seen: dict[str, set[str]] = defaultdict(set)
        self._records: dict[str, Mapping[str, Any]] = {}
        self._written: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._largest = 0
        self._too_large: int | None = None

    def __call__(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        match = _PATH.match(exchange.url.partition("?")[0])
        if match is None:
            return
        self._sizes(exchange)
        if exchange.status in _REFUSED:
            self._refusal(exchange)
        if match["move"] and exchange.method == "POST":
            self._workflow.add_transition(unquote_id(match["id"]), exchange)
        if not exchange.ok or (match["move"] and exchange.method != "POST"):
            return
        case_id = unquote_id(match["id"] or "") or exchange.object.get("id")
        if not isinstance(case_id, str):
            return
        if exchange.method == "POST" and not match["id"]:
            self._workflow.add_create(case_id)
            self.note("case-id", "a UUID" if _UUID.fullmatch(case_id) else "a string of another form")
        if exchange.carries_record:
            self._workflow.add_record(case_id, exchange, self._status(exchange.object))
        if match["move"] or exchange.method in _UPDATES:
            self.note("update-answer", "the record" if exchange.carries_record else "a status object")
        if exchange.method == "GET":
            self._after_write(case_id, exchange.object)
        elif exchange.method in _UPDATES and not match["move"]:
            self._written[case_id] = (exchange.method, exchange.sent)
        elif exchange.carries_record:
            self._record(case_id, exchange.object)

    def note(self, id_: str, text: str) -> None:
        """Keep what was seen, under the id of a title."""
        self._seen[id_].add(text)

    def _record(self, case_id: str, record: Mapping[str, Any]) -> None:
        before = self._records.get(case_id)
        status = self._status(record)
        if before is not None and self._status(before) != status:
            same = before.get("lastWorkflowId") == record.get("lastWorkflowId")
            self.note("last-workflow-id", "stays when a case moves" if same else "changes when a case moves")
        if isinstance(status, str):
            self.note("status-field", status_name(record, self._status_field) or "")
        if not isinstance(status, (dict, list)):
            self.note("status-names", "no status before the first move" if status is None else f'"{status}"')
        date = record.get("createdDate")
        if before is None or before.get("createdDate") != date:  # or else it was looked at
            proper = instant(date) is not None
            self.note("created-date", date_pattern(str(date)) if proper else "no RFC 3339 date-time in UTC")
        self._records[case_id] = record

    def _status(self, record: Mapping[str, Any]) -> Any:
        return status_of(record, self._status_field)

    def _after_write(self, case_id: str, record: Mapping[str, Any]) -> None:
        """Note how the first GET after an update shows fields that a PUT left out or a PATCH set to null."""
        before = self._records.get(case_id, {})
        method, sent = self._written.pop(case_id, ("", {}))
        if method == "PATCH":
            for name in (name for name, value in sent.items() if value is None and name not in OWNED):
                self.note("patched-null", "is stored as null" if name in record else "removes the field")
        if method == "PUT":
            for name in set(before) - set(sent):
                if name.startswith("test") and record.get(name) is None:
                    self.note("removed-fields", "are shown as null" if name in record else "are absent")
        self._record(case_id, record)

    def _refusal(self, exchange: Exchange) -> None:
        self.note("refusals", str(exchange.status))
        if not exchange.body:
            self.note("error-format", "no body")
        elif exchange.json is NOT_JSON or not isinstance(exchange.json, dict):
            self.note("error-format", exchange.media_type or "no media type")
        else:
            self.note("error-format", f"{exchange.media_type} with {', '.join(sorted(exchange.json))}")

    def _sizes(self, exchange: Exchange) -> None:
        size = len(exchange.request_body)
        if exchange.ok:
            self._largest = max(self._largest, size)
        elif exchange.status == _TOO_LARGE:
            self._too_large = min(size, self._too_large or size)
        elif exchange.status == _TOO_MANY:
            self.note("rate-limit", f"429, Retry-After {exchange.headers.get('retry-after', 'absent')}")
        elif (
            exchange.status == _UNAVAILABLE
            and exchange.json is NOT_JSON
            and "retry-after" not in exchange.headers
        ):
            self.note("rate-limit", "503 without Retry-After")

    def observations(self) -> dict[str, dict[str, str]]:
        """Return the observations so far."""
        found = {
            id_: {"title": TITLES[id_], "text": _joined(self._seen[id_])} for id_ in TITLES if self._seen[id_]
        }
        if self._largest:
            found[SIZE] = _size(self._largest, self._too_large)
        accepted = self._workflow.accepted()
        if accepted:
            found[TRANSITIONS] = observed_workflow.describe(accepted, self._workflow.shown())
        return found


def date_pattern(date: str) -> str:
    """Return the pattern of an RFC 3339 date-time, such as YYYY-MM-DDThh:mm:ss.fffZ."""
    day, time, fraction, offset = date[:10], date[10:19], *_split_fraction(date[19:])
    day = re.sub(r"\d{4}-\d\d-\d\d", "YYYY-MM-DD", day)
    time = re.sub(r"\d\d:\d\d:\d\d", "hh:mm:ss", time)
    return day + time + re.sub(r"\d", "f", fraction) + offset


def _split_fraction(rest: str) -> tuple[str, str]:
    fraction = re.match(r"[.,]\d+", rest)
    end = fraction.end() if fraction else 0
    return rest[:end], rest[end:]


def merged(id_: str, one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Merge the observations of two processes."""
    if id_ == TRANSITIONS:
        return observed_workflow.merge(one, other)
    if id_ != SIZE:
        return {**one, "text": _joined({*one["text"].split("; "), *other["text"].split("; ")})}
    refused = [int(found["refused"]) for found in (one, other) if found["refused"]]
    return _size(max(int(one["accepted"]), int(other["accepted"])), min(refused, default=None))


def _size(accepted: int, refused: int | None) -> dict[str, str]:
    limit = f"; {refused:,} bytes are refused with 413" if refused else ""
    text = f"{accepted:,} bytes are accepted{limit}"
    return {"title": "Body size", "text": text, "accepted": str(accepted), "refused": str(refused or "")}


SIZE: Final = "body-size"
TRANSITIONS: Final = "transitions"
TITLES: Final[Mapping[str, str]] = {
    "case-id": "The id of a case is",
    "update-answer": "An update or a transition returns",
    "last-workflow-id": "lastWorkflowId",
    "status-field": "Field with the status",
    "status-names": "Status names in records",
    "removed-fields": "Fields that a PUT leaves out",
    "patched-null": "A PATCH with null",
    "created-date": "createdDate looks like",
    "refused-kinds": "Values that no field takes",
    "refusals": "Refusals",
    "error-format": "Error bodies",
    "rate-limit": "Rate limit",
}


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(sorted(texts))
