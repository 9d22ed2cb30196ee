"""The requirement for a value that is lost: by every write, by every PUT, or with its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from itertools import cycle
from typing import Any, Final, TypeAlias

from contract_tests.client.api import CaseApi, Payload
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import BudgetSpent
from contract_tests.oracle import comparison
from contract_tests.testdata.corpus import letters

Write: TypeAlias = Callable[[str, Payload], Exchange]

PLAIN_ITEMS: Final = 26 * 26 - 1  # as many names as `letters` has


def find_lost_by_others(
    api: CaseApi, operation: str | None, name: str, value: Any, record: Mapping[str, Any]
) -> str | None:
    """Return the requirement for a value that another write loses as well, so that the operation is not the cause."""
    requirement = _find_lost_by_create(api, name, value)
    write = {"replaceCase": api.replace, "updateCase": api.update}.get(operation or "")
    if requirement is None and write is not None:
        requirement = _find_altered_by(write, api, name, value, record.get(name))
    if requirement is None and operation == "replaceCase" and not value and record.get(name, value) is None:
        requirement = _find_emptied_by_put(api, name, value)
    return requirement


def _find_lost_by_create(api: CaseApi, name: str, value: Any) -> str | None:
    """Return the requirement for a value that a create loses as well."""
    shown = _stored_by_create(api, name, value)
    if not shown or not comparison.find_field_difference({name: value}, shown):
        return None
    return requirement_for_lost(api, name, value, shown)


def _stored_by_create(api: CaseApi, name: str, value: Any) -> Mapping[str, Any]:
    """Return the record of a new case with this field, or an empty one if there is none.

    It is the response to the create if that lacks the value. Otherwise it is what GET shows, since a response may
    only repeat the request.
    """
    shown: Mapping[str, Any] = {}
    with api.trace.probe(), suppress(BudgetSpent):
        response = api.create({name: value})
        shown = response.object
        if response.ok and (name not in shown or not comparison.find_field_difference({name: value}, shown)):
            shown = api.get(str(shown.get("id"))).object
    return shown


def _find_altered_by(write: Write, api: CaseApi, name: str, value: Any, shown: Any) -> str | None:
    """Return the requirement for a text or a number that an update alters in the same way on a new case.

    The old value of such a case cannot explain the value that GET shows.
    """
    altered = comparison.first_difference(value, shown)
    if not all(isinstance(text, str) and text for text in altered) and not all(map(_is_number, altered)):
        return None
    again: Any = None
    with api.trace.probe(), suppress(BudgetSpent):
        case_id = str(api.create({"testSummary": "before"}).object.get("id"))
        if write(case_id, {name: value}).ok:
            again = api.get(case_id).object.get(name)
    same = again is not None and comparison.first_difference(value, again) == altered
    return round_trip_requirement(value, shown) if same else None


def _find_emptied_by_put(api: CaseApi, name: str, empty: Any) -> str | None:
    """Return the requirement for an empty value that a PUT stores as null, although it stores another value."""
    shown: list[Any] = []
    with api.trace.probe(), suppress(BudgetSpent):
        case_id = str(api.create({}).object.get("id"))
        for value in ("before", empty, "after"):
            if api.replace(case_id, {name: value}).ok:
                shown.append(api.get(case_id).object.get(name, "absent"))
    return round_trip_requirement(empty, None) if shown == ["before", None, "after"] else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def requirement_for_lost(api: CaseApi, name: str, value: Any, shown: Mapping[str, Any]) -> str:
    """Return the requirement for a field that every operation loses.

    An array or object that also loses plain items in place of its own is lost for its shape. A text is lost for its
    characters if the field keeps a plain one.
    """
    requirement = lost_field_requirement(name, value, shown)
    if requirement == "CREATE-STORES" and isinstance(value, str) and _keeps_plain_text(api, name):
        return "ROUND-TRIP-TEXT"
    if isinstance(value, (list, dict)) and requirement in ("ROUND-TRIP-TEXT", "ROUND-TRIP-NUMBER"):
        inner, _ = comparison.first_difference(value, shown.get(name))
        if is_kept_in_other_field(api, inner) and not is_kept_in_other_field(api, _with_plain_items(value)):
            return "ROUND-TRIP-SHAPE"
    return requirement


def _keeps_plain_text(api: CaseApi, name: str) -> bool:
    shown = _stored_by_create(api, name, "plain")
    return comparison.find_field_difference({name: "plain"}, shown) is None


def _with_plain_items(value: Any) -> Any:
    """Return the value with plain texts and small numbers inside, in descending order: a target may sort them."""
    rest = cycle(range(PLAIN_ITEMS, 0, -1))

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {name: plain(member) for name, member in item.items()}
        if isinstance(item, list):
            return [plain(member) for member in item]
        if isinstance(item, str):
            return f"plain{letters(next(rest))}"
        return next(rest) if isinstance(item, (int, float)) and not isinstance(item, bool) else item

    return plain(value)


def is_kept_in_other_field(api: CaseApi, value: Any) -> bool:
    """Return True if a create keeps the value in a field with a new name, so that the name is the cause."""
    if api.fixed_fields:
        return False
    name = f"testAlone{letters(api.session.requests_sent)}"
    shown = _stored_by_create(api, name, value)
    return name in shown and comparison.find_field_difference({name: value}, shown) is None


def lost_field_requirement(name: str, value: Any, record: Mapping[str, Any]) -> str:
    """Return the requirement for a field that every operation loses: renamed, dropped, or with another value."""
    if renamed_to(name, value, [other for other in record if other != name], record):
        return "ROUND-TRIP-NAMES"
    if _is_renamed_inside(value, record.get(name)):
        return "ROUND-TRIP-NAMES"
    if record.get(name) is None and value:
        return "CREATE-STORES"
    return round_trip_requirement(value, record.get(name))


def _is_renamed_inside(sent: Any, shown: Any) -> bool:
    """Return True if an object inside of a value has all its members, but some with a similar name."""
    if isinstance(sent, list) and isinstance(shown, list):
        return any(map(_is_renamed_inside, sent, shown))
    if not isinstance(sent, dict) or not isinstance(shown, dict):
        return False
    if any(_is_renamed_inside(value, shown[name]) for name, value in sent.items() if name in shown):
        return True
    others = [name for name in shown if name not in sent]
    missing = [name for name in sent if name not in shown]
    return bool(missing) and all(renamed_to(name, sent[name], others, shown) for name in missing)


def renamed_to(name: str, value: Any, others: Iterable[str], record: Mapping[str, Any]) -> str | None:
    """Return which of the other fields has a similar name and the value that this field should have."""
    similar = (other for other in others if _plain(other) == _plain(name))
    return next((one for one in similar if not comparison.find_difference(value, record[one])), None)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def round_trip_requirement(sent: Any, shown: Any) -> str:
    """Return the ROUND-TRIP requirement for the first difference between two values."""
    lost, _ = comparison.first_difference(sent, shown)
    if isinstance(lost, str) and lost:
        return "ROUND-TRIP-TEXT"
    return "ROUND-TRIP-NUMBER" if _is_number(lost) else "ROUND-TRIP-SHAPE"
