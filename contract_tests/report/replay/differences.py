"""Differences between the recorded responses and those of a replay, apart from values that differ in each run.

Compared are the fields that the requests set, the status of the case, whether its id is new, whether its date and
workflow id stayed the same, and the media type. Fields that the server adds may differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from contract_tests import json_text
from contract_tests.client.exchange import KEPT_CHARACTERS, header_in
from contract_tests.oracle.workflow import STATUS_FIELDS
from contract_tests.report.document import ExchangeEntry

BEGINNING: Final = 500  # characters of a value that was recorded in part
MARGIN: Final = 4000  # characters by which two records may differ in the place of a field
CUT: Final = 100  # characters in which a text that was recorded in part says so
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
    only_form: bool = False,
) -> list[int]:
    """Return the numbers, from 1, of the responses that differ; none if the exchanges do not correspond.

    If the last one is an error, or with `only_last`, it alone is compared: the requests before it need not leave the
    same values. `failed_field` is the one that shows the failure, if known; with `only_last`, it alone is compared. A
    value that no replayed request sent comes from an update that is left out. It is only compared in the last response,
    and that of `failed_field` in each response since a request set it. With `only_form`, no values are compared, since
    the failure is a status code or a media type.
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
    last_set = max((at for at, one in enumerate(recorded) if _sets(one, failed_field)), default=0)
    compared = [
        names
        & (_sent_values(recorded, place, names) | shown | ({failed_field} if place >= last_set else set()))
        for place in range(len(recorded))
    ]
    if only_form:
        now, then = ([_form(one) for one in exchanges] for exchanges in (replayed, recorded))
    else:
        now, then = _observe(replayed, compared), _observe(recorded, compared)
    numbers = [number for number, pair in enumerate(zip(now, then, strict=True), 1) if _differ(*pair)]
    only_last = only_last or recorded[-1]["status"] >= FIRST_ERROR
    return [number for number in numbers if not only_last or number == len(recorded)]


def _sets(exchange: ExchangeEntry, name: str) -> bool:
    """Return True if the request determines the value of a field, whatever it was before."""
    is_whole = exchange["method"] == "PUT"
    return exchange["status"] < FIRST_ERROR and (is_whole or name in _members(exchange["request_body"]))


def _sent_values(recorded: Sequence[ExchangeEntry], place: int, names: Set[str]) -> Set[str]:
    """Return the fields in a response that have the value of a recorded request; all fields in the last response."""
    if place == len(recorded) - 1:
        return names
    requests = [_members(one["request_body"]) for one in recorded[: place + 1]]
    shown = _members(recorded[place]["response_body"])
    return {
        name for name in names if any(name in sent and sent[name] == shown.get(name) for sent in requests)
    }


def _observe(exchanges: Sequence[Mapping[str, Any]], names: Sequence[Set[str]]) -> list[_Response]:
    """Return the comparable part of each response: its fields with these names, and properties of the record."""
    first: dict[tuple[str, str], Any] = {}
    return [_response(one, compared, first) for one, compared in zip(exchanges, names, strict=True)]


@dataclass(frozen=True)
class _Response:
    """The comparable part of a response, and the text of its body; `is_part` if that was recorded in part."""

    names: Set[str]
    headers: Sequence[str]
    body: Any = None
    text: str = field(default="", compare=False)
    is_part: bool = False


def _response(exchange: Mapping[str, Any], names: Set[str], first: dict[tuple[str, str], Any]) -> _Response:
    headers, text = _header_kinds(exchange), exchange["response_body"]
    if len(text) >= KEPT_CHARACTERS:
        return _Response(names, headers, text=text, is_part=True)
    record = _parse(text)
    if not isinstance(record, dict):
        return _Response(names, headers, type(record).__name__, text)
    case_id = str(record.get("id"))
    is_known = (case_id, "id") in first
    kept = {name: first.setdefault((case_id, name), record.get(name)) == record.get(name) for name in _OWNED}
    fields = {name: record[name] for name in names & record.keys()}
    owned = [name in record for name in _OWNED]
    return _Response(names, headers, (fields, kept, is_known, case_id in exchange["url"], owned), text)


def _form(exchange: Mapping[str, Any]) -> _Response:
    """Return the headers and the type of the body. A body that was recorded in part has the type of its beginning."""
    text = exchange["response_body"]
    is_object = text.lstrip()[:1] == "{" if len(text) >= KEPT_CHARACTERS else isinstance(_parse(text), dict)
    return _Response(frozenset(), _header_kinds(exchange), is_object)


def _differ(one: _Response, other: _Response) -> bool:
    if one.is_part or other.is_part:
        is_other = any(_differ_in_part(json.dumps(name), one, other) for name in one.names)
        return is_other or one.headers != other.headers
    return one != other


def _differ_in_part(name: str, *responses: _Response) -> bool:
    """Return True if the beginnings of two records show different values of a field.

    A field near the end of one may follow the end of the other. If one record is whole, nothing is known about a field
    that the other one lacks.
    """
    texts = [one.text for one in responses]
    places = [text.find(name) for text in texts]
    if min(places) < 0:
        lacking = [one for one, place in zip(responses, places, strict=True) if place < 0]
        if not all(one.is_part for one in responses):
            return len(lacking) == 1 and not lacking[0].is_part
        return 0 <= max(places) < KEPT_CHARACTERS - MARGIN
    rests = [
        text[place + len(name) :].lstrip().removeprefix(":").lstrip()
        for text, place in zip(texts, places, strict=True)
    ]
    try:
        one, other = (_DECODER.raw_decode(rest)[0] for rest in rests)
    except (ValueError, RecursionError):
        length = max(0, min(BEGINNING, *(len(rest) - CUT for rest in rests)))
        return rests[0][:length] != rests[1][:length]
    return bool(one != other)


def _header_kinds(exchange: Mapping[str, Any]) -> list[str]:
    """Return the media type, and the scheme of the credentials that the response asks for."""
    values = (header_in(exchange["response_headers"], name) for name in _CREDENTIALS)
    return [value.partition(";")[0].partition(" ")[0].lower() for value in values]


def _members(text: str) -> Mapping[str, Any]:
    value = _parse(text)
    return value if isinstance(value, dict) else {}


def _parse(text: str) -> Any:
    """Return the JSON value of a text, and the text itself if it is not JSON."""
    try:
        return json_text.loads(text)
    except ValueError:
        return text
