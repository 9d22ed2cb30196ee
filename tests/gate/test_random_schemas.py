"""Random pairs of schemas: no random value contradicts a proof, and each witness holds under two validators."""

from __future__ import annotations

from random import Random
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from gate.random_schemas import change, random_document, random_schema, random_value

from change_gate.schemas.containment import Status, compare
from change_gate.schemas.locations import Definitions
from change_gate.schemas.members import Declarations, Restriction
from change_gate.schemas.schema import from_document

SEEDS = range(120)
VALUES = 80


def _sent(source: Any, target: Any) -> Any:
    """Return the source without the members that only the target declares."""
    left, right = from_document(source), from_document(target)
    declarations = Declarations(Definitions(left.definitions), Definitions(right.definitions))
    names = declarations.newly_declared(left.root, right.root)
    return Restriction(left.definitions, names).exact(left.root).document() if names else source


def _validator(schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, pattern_options=jsonschema_rs.FancyRegexOptions()
    )


def _cyclic(seed: int) -> tuple[Any, Any]:
    random = Random(seed)
    source = random_document(random)
    return source, change(random, change(random, source))


def _leaf_below_a_cycle(seed: int) -> tuple[Any, Any]:
    """Return a recursive schema beside a plain one, of which only the plain one changes."""
    random = Random(seed)
    leaf = random_schema(random, 2)
    node = random_schema(random, 2, ("Leaf", "Node"))
    node = {"type": "object", "properties": {"leaf": {"$ref": "#/$defs/Leaf"}, "node": node}}
    node["properties"]["me"] = {"$ref": "#/$defs/Node"}
    root = {"$ref": "#/$defs/Node"}
    wider = change(random, leaf)
    return tuple({**root, "$defs": {"Node": node, "Leaf": each}} for each in (leaf, wider))  # type: ignore[return-value]


@pytest.mark.parametrize("make", [_cyclic, _leaf_below_a_cycle], ids=lambda make: make.__name__)
def test_no_value_contradicts_a_proof(make: Any) -> None:
    proved = 0
    for seed in SEEDS:
        source, target = make(seed)
        result = compare(source, target, seconds=0.5)
        if not result.holds:
            continue
        proved += 1
        sender, reader = map(_validator, (_sent(source, target), target))
        random = Random(seed)
        for value in (random_value(random) for _ in range(VALUES)):
            assert reader.is_valid(value) or not sender.is_valid(value), (seed, value, source, target)
    assert proved > len(SEEDS) / 5


@pytest.mark.parametrize("make", [_cyclic, _leaf_below_a_cycle], ids=lambda make: make.__name__)
def test_witness_holds_under_two_validators(make: Any) -> None:
    found = 0
    for seed in SEEDS:
        source, target = make(seed)
        result = compare(source, target, seconds=0.5)
        if result.status is not Status.ESCAPES:
            continue
        found += 1
        assert _validator(source).is_valid(result.witness), (seed, source)
        assert not _validator(target).is_valid(result.witness), (seed, target)
        assert jsonschema.Draft202012Validator(source).is_valid(result.witness), (seed, source)
    assert found


def test_change_beside_a_cycle_is_found() -> None:
    def document(leaf: Any) -> Any:
        node = {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}, "me": {"$ref": "#/$defs/A"}}}
        return {"$ref": "#/$defs/A", "$defs": {"A": node, "B": leaf}}

    assert compare(document({"type": "string"}), document({"type": "string", "maxLength": 3})).witness
