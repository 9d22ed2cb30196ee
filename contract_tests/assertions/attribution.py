"""Attribution of a violation to the requirement that the target broke first.

A check sends several requests, and an early one may already leave a wrong value behind. The rules:

- A response that no check can continue with is a violation of the requirement for that response.
- If two reads of a case differ although nothing was written between them, reading or the visibility of an update is
  at fault.
- Otherwise the last operation that may have changed the value is suspected. If the check verifies another operation,
  the violation belongs to the suspected operation's own requirement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from contract_tests import json_text
from contract_tests.assertions.lost_values import find_lost_by_others, renamed_to
from contract_tests.assertions.outdated_reads import find_outdated_read
from contract_tests.client.api import CaseApi, case_path
from contract_tests.client.exchange import NOT_JSON, Exchange
from contract_tests.contract.openapi import operation_of
from contract_tests.contract.requirements import catalogue
from contract_tests.exceptions import BudgetSpent, Suspect, Violation
from contract_tests.oracle import comparison

# For each operation: the requirement for its response, and the one for its effect on the stored fields.
RESPONSES: Final = {
    "createCase": "CREATE-STATUS",
    "getCase": "GET-SAME",
    "replaceCase": "PUT-STATUS",
    "updateCase": "PATCH-STATUS",
    "transitionCase": "TRANSITION-STATUS",
    "issueToken": "TOKEN-GRANT",
}
EFFECTS: Final = {
    "createCase": "CREATE-STORES",
    "replaceCase": "PUT-REPLACES",
    "updateCase": "PATCH-PARTIAL",
    "transitionCase": "TRANSITION-ONLY-STATUS",
}
# The requirements without which nothing can be said about stored records.
FOUNDATION: Final = ("CREATE-ID-UNIQUE", "CREATE-READ-YOUR-WRITE", "GET-SAME", "GET-SAFE")
# The requirements without which a stored value may differ after any operation.
VALUES: Final = (
    "CREATE-STORES",
    "ROUND-TRIP-TEXT",
    "ROUND-TRIP-NUMBER",
    "ROUND-TRIP-SHAPE",
    "ROUND-TRIP-NAMES",
)
# The requirement for a value that only a second GET shows.
DELAYED: Final = {"createCase": "CREATE-READ-YOUR-WRITE", "transitionCase": "TRANSITION-MOVES"}
# A server may show every write late.
DELAYED_NEEDS: Final = {"TRANSITION-MOVES": ("UPDATE-VISIBLE",)}
UPDATES: Final = ("replaceCase", "updateCase")
# Arrays that a server may merge by their places, their values or their ids.
TWO_THEN_ONE: Final = ([["one", "two"], ["one"]], [[{"id": 1}, {"id": 2}], [{"id": 1}]])
# Their checks compare what several operations and cases do to each other.
COMPARING: Final = {"UPDATE-ISOLATED"}


def resolve_requirement(violation: Violation, verified: Sequence[str]) -> str:
    """Return the requirement that a violation in a check of the `verified` ones belongs to."""
    own = violation.requirement or verified[0]
    if violation.by_reads:
        return verified[0] if _compares(verified[0]) else own
    suspect = violation.suspect
    if suspect is None or _compares(own) or suspect.operation in catalogue()[own].operations:
        return own
    return suspect.requirement


def _compares(requirement: str) -> bool:
    return requirement in COMPARING or catalogue()[requirement].section == "concurrency"


def unusable_response(expected: str, response: Exchange, requirement: str | None) -> Violation:
    """Return the violation for a response to a set-up request that the check cannot continue with."""
    if response.is_server_error:
        requirement = "NO-SERVER-ERROR"
    return Violation(expected, response.summary(), requirement)


def needs_of_form(response: Exchange) -> tuple[str, ...]:
    """Return the requirement on the form of a success that no check can read as a record."""
    if not response.ok or not response.body or response.object:
        return ()
    return ("JSON-ONLY",) if response.json is NOT_JSON else ("SCHEMA",)


def needs_operation(violation: Violation, response: Exchange) -> Violation:
    """Return the violation that a request is refused for another reason than its credentials.

    If the target does not support the operation at all, it may say so before it looks at credentials.
    """
    operation = operation_of(response.method, response.url)
    if response.refused and operation is not None:
        violation.needs = (RESPONSES[operation],)
    return violation


def wrong_record(
    api: CaseApi, case_id: str, record: Mapping[str, Any], wanted: Mapping[str, Any], message: Violation
) -> Violation:
    """Return `message` with the operation that is suspected of the first wrong value in `record`.

    `wanted` maps each field that the record must show to its value, or to None for a field that must be absent.
    """
    wrong = {
        name: value
        for name, value in wanted.items()
        if comparison.find_field_difference({name: value}, record)
    }
    name = next(iter(wrong), None)
    if name is None:
        return message
    shown_id = record.get("id")
    if shown_id != case_id:
        return message.belongs_to(
            "UPDATE-IDENTITY" if _is_sent_in_update(api, case_id, shown_id) else "GET-SAME"
        )
    if renamed_to(name, wanted[name], [other for other in record if other not in wanted], record):
        return message.belongs_to("ROUND-TRIP-NAMES")
    operation = find_writer(list(api.trace), case_id, name, wanted[name])
    again = read_again(api, case_id, lambda shown: shown.get(name) != record.get(name))
    if again is not None:
        delayed = comparison.find_field_difference({name: wanted[name]}, again) is None
        return _wrong_once(message, _requirement_for_reads(operation) if delayed else "GET-SAFE")
    requirement = _requirement_for_owned(operation) if name in comparison.OWNED else None
    # No other write can lose a field that the server owns.
    if requirement is None and name not in comparison.OWNED and operation != "createCase":
        sets = any(name in one.sent for one in _updates(api, case_id)[-1:])
        requirement = find_lost_by_others(api, operation if sets else None, name, wanted[name], record)
        if requirement is None and operation != "transitionCase":
            proof = find_outdated_read(api, case_id, name, wanted[name])
            if proof is not None:
                message.actual += f" ({proof})"
                return message.belongs_to("UPDATE-VISIBLE", by_reads=True)
        if requirement is None and operation == "updateCase" and _loses_arrays(api, case_id, name, wrong):
            requirement = "PATCH-ARRAYS"
        if requirement is None and operation == "updateCase" and _repeats_patch(api, case_id):
            requirement = "PATCH-REPEATED"
    if requirement == "UPDATE-IDENTITY" and _is_after_empty_patch(api, case_id):
        requirement = "PATCH-EMPTY"
    if requirement:
        message.belongs_to(requirement)
    elif operation is not None:
        message.suspect = Suspect(operation, EFFECTS[operation])
    return message


def _wrong_once(message: Violation, requirement: str | None) -> Violation:
    """Return `message` about a wrong value that a second read does not show."""
    if requirement is None:
        return message
    message.needs += DELAYED_NEEDS.get(requirement, ())
    if requirement == "GET-SAFE":
        return message.belongs_to(requirement, by_reads=True)
    return message.shown_late(requirement)


def _is_after_empty_patch(api: CaseApi, case_id: str) -> bool:
    """Return True if the last update of the case was a PATCH with {}."""
    updates = _updates(api, case_id)
    return bool(updates) and updates[-1].method == "PATCH" and not updates[-1].sent


def _repeats_patch(api: CaseApi, case_id: str) -> bool:
    """Return True if the last update of the case was a PATCH with the same payload as an earlier one."""
    updates = [(one.method, one.request_body) for one in _updates(api, case_id)]
    return bool(updates) and updates[-1][0] == "PATCH" and updates[-1] in updates[:-1]


def _is_sent_in_update(api: CaseApi, case_id: str, other_id: Any) -> bool:
    """Return True if an update of the case contained the other id, perhaps as one of several members."""
    sent = json_text.dumps(other_id).encode()
    return other_id is not None and any(sent in one.request_body for one in _updates(api, case_id))


def _updates(api: CaseApi, case_id: str) -> list[Exchange]:
    return [one for one in api.trace if one.method in ("PUT", "PATCH") and case_path(case_id) in one.url]


def _requirement_for_reads(operation: str | None) -> str | None:
    """Return the requirement for a value that only a second GET shows."""
    return None if operation is None else DELAYED.get(operation, "UPDATE-VISIBLE")


def _requirement_for_owned(operation: str | None) -> str | None:
    """Return the requirement for a wrong value of a field that the server owns."""
    return {"createCase": "GET-SAME", **dict.fromkeys(UPDATES, "UPDATE-IDENTITY")}.get(operation or "")


def _loses_arrays(api: CaseApi, case_id: str, name: str, wrong: Mapping[str, Any]) -> bool:
    """Return True if a PATCH does not replace an array; `wrong` are all fields with wrong values."""
    patches = (one for one in _updates(api, case_id) if one.method == "PATCH")
    if not any(name in one.sent for one in patches):
        return False
    if not all(isinstance(value, list) for value in wrong.values()):
        return False
    # An array that the same PATCH stores when it is sent alone was lost to another request. If one item replaces two,
    # only an empty array is not stored.
    series = [[wrong[name]]] if all(wrong.values()) else TWO_THEN_ONE
    return not all(_is_array_replaced(api, case_id, name, values) for values in series)


def _is_array_replaced(api: CaseApi, case_id: str, name: str, values: Sequence[Sequence[Any]]) -> bool:
    """Return True if the last of several PATCHes, with one of these arrays alone, replaces the stored one."""
    shown: Mapping[str, Any] = {}
    with api.trace.probe(), suppress(BudgetSpent):
        for value in values:
            api.update(case_id, {name: value})
        shown = api.get(case_id).object
    return comparison.find_field_difference({name: values[-1]}, shown) is None


def read_again(
    api: CaseApi, case_id: str, differs: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any] | None:
    """Read a case once more. Return the record if it differs from the last one; otherwise the read is not evidence."""
    before = list(api.trace)
    again = api.get(case_id).object
    if again and differs(again):
        return again
    api.trace.restart(*before)
    return None


def find_writer(trace: Sequence[Exchange], case_id: str, name: str, value: Any) -> str | None:
    """Return the operation that must have left a wrong value in a field, or None if there are several candidates.

    Only the requests after the last GET that showed the right value count, and before the first that did not.
    """
    writers: set[str] = set()
    path = case_path(case_id)
    for exchange in reversed(trace):
        creates = exchange.method == "POST" and exchange.object.get("id") == case_id
        if not creates and path not in exchange.url:
            continue
        operation = operation_of(exchange.method, exchange.url) or "another request"
        if operation == "getCase":
            if not exchange.object:
                continue
            if comparison.find_field_difference({name: value}, exchange.object) is None:
                break
            writers.clear()
        elif exchange.method != "HEAD":
            writers.add(operation if exchange.ok else f"a refused {operation}")
            if exchange.ok and _sets(exchange, operation, name):
                break
    if len(writers) != 1:
        return None
    writer = writers.pop()
    return writer if writer in EFFECTS else None


def _sets(exchange: Exchange, operation: str, name: str) -> bool:
    """Return True if the request determines the field's value, whatever it was before."""
    if operation == "createCase":
        return True
    if name in comparison.OWNED:
        return False
    return operation == "replaceCase" or (operation == "updateCase" and name in exchange.sent)
