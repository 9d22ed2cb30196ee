"""Differences between the recorded responses and those of a replay, apart from values that differ in each run.

Compared are the fields that the requests set, the status of the case, whether its id is new, whether its date and
workflow id stayed the same, and the media type. Fields that the server adds may differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from typing import Any, Final

from contract_tests import json_text
from contract_tests.client.exchange import KEPT_CHARACTERS
from contract_tests.oracle.workflow import STATUS_FIELDS
from contract_tests.report.document import ExchangeEntry

BEGINNING: Final = 500  # characters of a value that was recorded in part
_DECODER: Final = json.JSONDecoder()
FIRST_ERROR: Final = 400
_OWNED: Final = ("id", "createdDate", "lastWorkflowId")
_CREDENTIALS: Final = ("content-type", "www-authenticate")


def different_responses(
    recorded: Sequence[ExchangeEntry],
    replayed: Sequence[Mapping[str, Any]],
    status_field: str | None,
    *,
    failed_field: str = "",
    only_last: bool = False,
) -> list[int]:
    """Return the numbers, from 1, of the responses that differ; none if the exchanges do not correspond.

    If the last one is an error, or with `only_last`, it alone is compared: the requests before it need not leave the
    same values. `failed_field` is the one that shows the failure, if known; with `only_last`, it alone is compared. A
    value that no replayed request sent comes from an update that is left out. It is only compared in the last response,
    except that of `failed_field`.
    """
    if not recorded or len(recorded) != len(replayed):
        return []
    sent = {name for one in recorded for name in _members(one["request_body"])}
    # A script replaces ids, and the server may store them.
    names = {name for name in sent if not name.lower().endswith("id")} - {*_OWNED}
    shown = {*STATUS_FIELDS} if status_field is None else {status_field}
    names |= shown
    if only_last and failed_field:
        names = {failed_field}
    always = shown | {failed_field}
    compared = [names & (_sent_values(recorded, place, names) | always) for place in range(len(recorded))]
    now, then = _observe(replayed, compared), _observe(recorded, compared)
    numbers = [number for number, pair in enumerate(zip(now, then, strict=True), 1) if pair[0] != pair[1]]
    only_last = only_last or recorded[-1]["status"] >= FIRST_ERROR
    return [number for number in numbers if not only_last or number == len(recorded)]


def _sent_values(recorded: Sequence[ExchangeEntry], place: int, names: Set[str]) -> Set[str]:
    """Return the fields in a response that have the value of a recorded request; all fields in the last response."""
    if place == len(recorded) - 1:
        return names
    requests = [_members(one["request_body"]) for one in recorded[: place + 1]]
    shown = _members(recorded[place]["response_body"])
    return {
        name for name in names if any(name in sent and sent[name] == shown.get(name) for sent in requests)
    }


def _observe(exchanges: Sequence[Mapping[str, Any]], names: Sequence[Set[str]]) -> list[Any]:
    """Return the comparable part of each response: its fields with these names, and properties of the record."""
    first: dict[tuple[str, str], Any] = {}
    pairs = zip(exchanges, names, strict=True)
    return [(_body(one, compared, first), _header_kinds(one)) for one, compared in pairs]


def _body(exchange: Mapping[str, Any], names: Set[str], first: dict[tuple[str, str], Any]) -> Any:
    text = exchange["response_body"]
    if len(text) >= KEPT_CHARACTERS:
        return _fields_in_part(text, names)
    record = _parse(text)
    if not isinstance(record, dict):
        return type(record).__name__
    case_id = str(record.get("id"))
    is_known = (case_id, "id") in first
    kept = {name: first.setdefault((case_id, name), record.get(name)) == record.get(name) for name in _OWNED}
    fields = {name: record[name] for name in names & record.keys()}
    return fields, kept, is_known, case_id in exchange["url"], [name in record for name in _OWNED]


def _fields_in_part(text: str, names: Set[str]) -> Mapping[str, Any]:
    """Return the fields in the beginning of a record, of which the rest was not recorded."""
    found: dict[str, Any] = {}
    for name in names:
        _, separator, rest = text.partition(json.dumps(name))
        rest = rest.lstrip().removeprefix(":").lstrip()
        with suppress(ValueError, RecursionError):
            found[name] = rest[:BEGINNING] if separator else ""
            found[name] = _DECODER.raw_decode(rest)[0]
    return found


def _header_kinds(exchange: Mapping[str, Any]) -> list[str]:
    """Return the media type, and the scheme of the credentials that the response asks for."""
    headers = {name.lower(): value for name, value in exchange["response_headers"].items()}
    return [headers.get(name, "").partition(";")[0].partition(" ")[0].lower() for name in _CREDENTIALS]


def _members(text: str) -> Mapping[str, Any]:
    value = _parse(text)
    return value if isinstance(value, dict) else {}


def _parse(text: str) -> Any:
    """Return the JSON value of a text, and the text itself if it is not JSON."""
    try:
        return json_text.loads(text)
    except ValueError:
        return text
