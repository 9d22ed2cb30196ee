"""Choices of many closed objects that overlap, as payment APIs describe their payment methods."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator

from change_gate.schemas.containment import Containment, Status, compare

METHODS = {
    "ach": ["accountNumber", "holder"],
    "card": ["number", "holder", "brand"],
    "debit": ["accountNumber", "branch"],
    "ideal": ["issuer", "stored"],
    "wallet": ["token", "stored"],
    "voucher": ["stored"],
    "klarna": ["session"],
    "pix": ["stored", "token", "issuer", "brand"],
}


def _method(kinds: list[str], members: list[str]) -> dict[str, Any]:
    """Return a closed object without required members, so that `{}` matches all of them."""
    properties = {"type": {"enum": kinds}, **{name: {"type": "string"} for name in members}}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _choice(methods: dict[str, list[str]], shared: list[str]) -> dict[str, Any]:
    branches = [_method([kind], members) for kind, members in methods.items()]
    return {"oneOf": [*branches, _method(shared, ["session"])]}


def _compared(source: dict[str, Any], target: dict[str, Any]) -> Containment:
    """Compare two payment methods inside a payment, and check the witness with two validators."""

    def payment(method: dict[str, Any]) -> dict[str, Any]:
        members = {"date": {"type": "string", "format": "date-time"}, "method": method}
        return {"type": "object", "required": ["date", "method"], "properties": members}

    found = compare(payment(source), payment(target))
    if found.status is Status.ESCAPES:
        for method, is_valid in ((source, True), (target, False)):
            assert jsonschema_rs.is_valid(payment(method), found.witness, validate_formats=True) is is_valid
            assert Draft202012Validator(payment(method)).is_valid(found.witness) is is_valid
    return found


def test_new_branch_that_overlaps_only_overlaps_is_proved() -> None:
    before, after = _choice(METHODS, ["cash"]), _choice({**METHODS, "reboot": []}, ["cash"])
    assert _compared(before, after).status is Status.COVERED


def test_new_branch_that_overlaps_one_branch_is_witnessed() -> None:
    before, after = _choice(METHODS, ["cash"]), _choice({**METHODS, "giro": ["branch"]}, ["cash"])
    found = _compared(before, after)
    assert found.status is Status.ESCAPES
    assert found.witness["method"] == {"branch": ""}


def test_member_that_makes_two_branches_overlap_is_witnessed() -> None:
    after = {**METHODS, "debit": ["accountNumber", "branch", "holder"]}
    found = _compared(_choice(METHODS, ["cash"]), _choice(after, ["cash"]))
    assert found.status is Status.ESCAPES
    assert found.witness["method"].keys() == {"accountNumber", "holder"}


def test_value_with_a_branch_of_its_own_is_proved() -> None:
    before, after = _choice(METHODS, ["cash", "alma"]), _choice({**METHODS, "alma": ["session"]}, ["cash"])
    assert _compared(before, after).status is Status.COVERED


def test_value_that_no_branch_takes_any_more_is_witnessed() -> None:
    kinds = [f"kind{number}" for number in range(60)]
    found = _compared(_choice(METHODS, kinds), _choice(METHODS, kinds[:-1]))
    assert found.status is Status.ESCAPES
    assert found.witness["method"] == {"type": "kind59"}


def test_break_below_required_dates_and_choices_is_witnessed() -> None:
    # More definitions than the algebra takes at once; the inner ones need a date and a method at each level.
    parts = {
        f"Part{number}": {
            "type": "object",
            "required": ["date", "method", "inner"],
            "properties": {
                "date": {"type": "string", "format": "date-time"},
                "method": {"$ref": "#/$defs/Method"},
                "inner": {"type": "array", "items": {"$ref": f"#/$defs/Part{number + 1}"}},
            },
        }
        for number in range(4)
    }
    others = {f"Other{number}": {"type": "object"} for number in range(40)}
    root = {
        "allOf": [{"$ref": "#/$defs/Part0"}],
        "properties": {name: {"$ref": f"#/$defs/{name}"} for name in others},
    }
    before, after = (
        {**root, "$defs": {**parts, **others, "Method": _choice(METHODS, ["cash"]), "Part4": {"enum": kinds}}}
        for kinds in (["a", "b"], ["a"])
    )
    found = compare(before, after)
    assert found.status is Status.ESCAPES
    assert jsonschema_rs.is_valid(before, found.witness, validate_formats=True)
    assert not jsonschema_rs.is_valid(after, found.witness, validate_formats=True)
    assert found.member == "/inner/0" * 4


def test_change_inside_one_of_many_large_events_is_proved() -> None:
    # Without a pairing by name, the algebra would compare the whole source with each event.
    few = {name: METHODS[name] for name in ("ach", "card")}
    events = {f"Event{number}": _choice(few, [f"cash{number}"]) for number in range(26)}
    root = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in events]}
    changed = {**events, "Event7": {"anyOf": [events["Event7"], {"type": "null"}]}}
    found = compare({**root, "$defs": events}, {**root, "$defs": changed})
    assert found.status is Status.COVERED
