"""The formulas of a proof by induction, the places where a proof ends, and the pairs of branches of a union."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas import exclusive
from change_gate.schemas.changed_parts import Sides
from change_gate.schemas.exclusive import Branches
from change_gate.schemas.formulas import AllOf, AnyOf, Formula, Pair
from change_gate.schemas.locations import Definitions
from change_gate.schemas.proof import Prover
from change_gate.schemas.rules import OutOfTime, Rules, covers

FOREVER = float("inf")


def ref(name: str) -> Any:
    return {"$ref": f"#/$defs/{name}"}


N: Any = ref("N")
TEXT: Any = {"type": "string"}
NULL: Any = {"type": "null"}
OPEN: Any = {"type": "object"}
NARROW: Any = {"N": {"type": "object", "properties": {"n": N}}, "T": TEXT}
STRICT: Any = {**NARROW, "N": {**NARROW["N"], "required": ["n"]}}
WIDE: Any = {**NARROW, "N": {**NARROW["N"], "type": ["object", "null"]}}


def shown(formula: Formula) -> Any:
    """Return a formula as a nested list, without conjunctions and disjunctions of one part."""
    if isinstance(formula, Pair):
        return formula.step, formula.source, formula.target
    if isinstance(formula, AllOf | AnyOf):
        parts = [shown(part) for part in formula.parts]
        return parts[0] if len(parts) == 1 else [type(formula).__name__, *parts]
    return formula


def formula(source: Any, target: Any, read: Any = NARROW, sent: Any = NARROW) -> Any:
    return shown(Rules(Definitions(sent), Definitions(read)).formula((source,), (target,)))


INNER = ("n", (N,), (N,))
ANY_INNER = ("n", (), (N,))


@pytest.mark.parametrize(
    ("source", "target", "read", "proof"),
    [
        (N, N, NARROW, True),
        (N, N, STRICT, False),
        (N, N, WIDE, INNER),
        ({"type": "integer"}, {"type": "number"}, NARROW, True),
        ({"type": "number"}, {"type": "integer"}, NARROW, False),
        (False, N, NARROW, True),
        (N, True, NARROW, True),
        (N, False, NARROW, False),
        ({"allOf": [TEXT, NULL]}, N, NARROW, True),
        ({"allOf": [TEXT, NULL]}, False, NARROW, True),
        ({"items": N}, {"items": N}, WIDE, (0, (N,), (N,))),
        ({"type": "array", "items": N}, {"type": "array", "items": N, "minItems": 0}, WIDE, (0, (N,), (N,))),
        (N, {"anyOf": [N, NULL]}, WIDE, INNER),
        (N, {"oneOf": [N, NULL]}, WIDE, INNER),
        (N, {"oneOf": [N, OPEN]}, WIDE, False),
        (N, {"anyOf": [N, OPEN]}, WIDE, True),
        ({"anyOf": [N, NULL]}, {"anyOf": [N, NULL]}, WIDE, INNER),
        ({"oneOf": [N, NULL]}, {"oneOf": [N, NULL]}, WIDE, False),
        ({"oneOf": [N, TEXT]}, {"oneOf": [N, TEXT]}, WIDE, INNER),
        (TEXT, {"not": N}, NARROW, True),
        (OPEN, {"not": N}, NARROW, False),
        (TEXT, {"not": {"not": N}}, NARROW, False),
        ({**OPEN, "required": ["a"]}, {"dependentSchemas": {"a": N}}, NARROW, ANY_INNER),
        ({**OPEN, "properties": {"a": False}}, {"dependentSchemas": {"a": N}}, NARROW, True),
        (TEXT, {"if": TEXT, "then": N}, NARROW, False),
        (OPEN, {"if": TEXT, "then": N}, NARROW, True),
        (OPEN, {"if": TEXT, "else": N}, NARROW, ANY_INNER),
        (OPEN, {"if": N, "then": {}}, NARROW, False),
        (OPEN, {"if": ref("T"), "then": N}, NARROW, False),
        (OPEN, {"properties": {"a": N}}, NARROW, ("a", (), (N,))),
        ({**OPEN, "additionalProperties": N}, {"properties": {"a": N}, "patternProperties": {"^x": N}}, WIDE,
         ["AllOf", ("a", (N,), (N,)), ("*", (N,), (N,))]),
        ({"contains": N, "type": "array"}, {"contains": N, "type": "array", "minItems": 0}, WIDE, False),
        ({"if": TEXT, "then": {"maxLength": 1}, "else": N}, {"anyOf": [TEXT, N]}, WIDE, INNER),
        ({"type": ["object", "string"], "properties": {"n": N}}, {"anyOf": [TEXT, {**OPEN, "properties": {"n": N}}]}, WIDE, INNER),
    ],
)  # fmt: skip
def test_formula_needs_only_pairs_inside_the_value(source: Any, target: Any, read: Any, proof: Any) -> None:
    assert formula(source, target, read) == proof


def test_no_formula_is_derived_after_the_deadline() -> None:
    rules = Rules(Definitions(NARROW), Definitions(NARROW))
    rules.deadline = 0.0
    with pytest.raises(OutOfTime):
        rules.formula((N,), (N,))
    assert not Prover(Definitions(NARROW), Definitions(WIDE)).prove(N, N, 0.0)


@pytest.mark.parametrize(
    ("target", "source", "is_covered"),
    [
        ({"type": "number"}, {"type": "integer"}, True),
        ({"type": "integer"}, {"type": "number"}, False),
        ({"pattern": "a"}, {"pattern": "^ab"}, True),
        ({"pattern": "^ab"}, {"pattern": "a"}, False),
        ({"additionalProperties": False, "patternProperties": {"^a": TEXT}},
         {**OPEN, "additionalProperties": False, "patternProperties": {"^ab": TEXT}}, True),
        ({"additionalProperties": False, "patternProperties": {"^a": NULL}},
         {**OPEN, "additionalProperties": False, "patternProperties": {"^ab": TEXT}}, False),
    ],
)  # fmt: skip
def test_facts_about_strings_complete_the_algebra(target: Any, source: Any, is_covered: bool) -> None:
    assert covers(target, source) is is_covered


@pytest.mark.parametrize(
    ("source", "target", "read", "paths"),
    [
        (N, N, WIDE, None),
        (N, N, STRICT, [()]),
        ({"items": N}, {"items": N}, STRICT, [(0,)]),
        ({"properties": {"a": N}}, {"properties": {"a": {"properties": {"n": N}}}}, STRICT, [("a", "n")]),
        ({**OPEN, "properties": {"a": N, "b": N, "c": TEXT}}, {"properties": {"b": N, "c": NULL, "a": N}}, STRICT, [("c",), ("a",)]),
        ({**OPEN, "properties": {"a": N, "b": {"items": N}}}, {"properties": {"b": {"items": N}, "a": N}}, STRICT,
         [("a",)]),
    ],
)  # fmt: skip
def test_gap_has_the_way_to_it(source: Any, target: Any, read: Any, paths: Any) -> None:
    prover = Prover(Definitions(NARROW), Definitions(read))
    for _ in range(2):  # the second time from memory
        assert prover.prove(source, target, FOREVER) is (paths is None)
        assert [gap.path for gap in prover.gaps] == (paths or [])


@pytest.mark.parametrize(("count", "found"), [(11, 11), (12, 12), (13, 12)])
def test_number_of_gaps_is_limited(count: int, found: int) -> None:
    names = [f"m{number:02}" for number in range(count)]
    sent = {**NARROW, **{name: {"minimum": number, "not": N} for number, name in enumerate(names)}}
    read = {**NARROW, **{name: {"minimum": number + 1, "not": N} for number, name in enumerate(names)}}
    prover = Prover(Definitions(sent), Definitions(read))
    root = {**OPEN, "properties": {name: {"items": ref(name)} for name in names}}
    assert not prover.prove(root, root, FOREVER)
    assert [gap.path for gap in prover.gaps] == [(name, 0) for name in names[:found]]


def is_same(first: Any, second: Any) -> bool:
    return bool(first == second) and "$ref" not in str(first)


def branches(*schemas: Any, definitions: Any = NARROW) -> Branches:
    return Branches.of(schemas, Definitions(definitions))


A1, A2, A12 = (
    {"type": "object", "required": ["a"], "properties": {"a": {"enum": list(tags)}}}
    for tags in ("1", "2", "12")
)


@pytest.mark.parametrize(
    ("sent", "read", "pairs"),
    [
        ([TEXT, NULL], [NULL, TEXT], []),
        ([TEXT], [NULL], None),
        ([{"const": "a"}], [TEXT, NULL], []),
        ([{"const": "a"}], [TEXT, {"maxLength": 1}], None),
        ([TEXT, {"const": "a"}], [TEXT, {"const": "a"}], []),
        ([A12], [A1, A2], []),
        ([A12], [A1, {"type": "object", "properties": {"a": {"const": "3"}}}], None),
        ([N, TEXT], [N, TEXT], [(0, 0)]),
        ([TEXT, N], [N, NULL, TEXT], [(1, 0)]),
        ([N], [N, OPEN], None),
    ],
)
def test_sent_branches_have_their_read_ones(sent: Any, read: Any, pairs: Any) -> None:
    assert exclusive.open_pairs(branches(*sent), branches(*read), is_same) == pairs


@pytest.mark.parametrize(
    ("sent", "read", "pairs"),
    [
        ([TEXT, NULL], [NULL, TEXT], []),
        ([N, TEXT], [TEXT, N], [(0, 1)]),
        ([N, {"const": 1}], [N], None),
        ([], [N], []),
    ],
)
def test_branches_are_paired_by_their_text(sent: Any, read: Any, pairs: Any) -> None:
    assert exclusive.pairs_by_text(sent, read, is_same) == pairs


def test_branch_excludes_those_that_overlap_it() -> None:
    number, integer, one = {"type": "number"}, {"type": "integer"}, {"minimum": 1}
    definitions = Definitions({})
    found = list(exclusive.cases([number, TEXT, one], definitions, covers))
    assert found == [(number, [one]), (one, [number, TEXT])]
    assert list(exclusive.cases([number, integer], definitions, covers)) == [(number, [integer])]
    assert list(exclusive.cases([A1, A2], definitions, covers)) == [(A1, []), (A2, [])]
    alike: Any = [{"minimum": number} for number in range(7)]
    assert list(exclusive.cases(alike, definitions, covers)) == [(schema, []) for schema in alike]
    assert list(exclusive.cases(alike[:6], definitions, covers)) == [(alike[0], alike[1:6])]


def changed(sent: Any, read: Any) -> list[Any]:
    sides = Sides(Definitions({}), Definitions({}), lambda first, second: bool(first == second))
    return [schema for schema, _ in sides.changed(sent, read)]


@pytest.mark.parametrize(
    ("sent", "read", "parts"),
    [
        (TEXT, TEXT, []),
        (TEXT, NULL, [TEXT, NULL]),
        ({"anyOf": [TEXT, A1]}, {"anyOf": [TEXT, A2]}, [A1, A2]),
        ({"anyOf": [TEXT]}, {"anyOf": [TEXT, A2]}, [A2]),
        ({"anyOf": [TEXT, A1]}, {"anyOf": [A1]}, [TEXT]),
        ({"oneOf": [{"anyOf": [A1]}]}, {"oneOf": [{"anyOf": [A2]}]}, [{"anyOf": [A1]}, {"anyOf": [A2]}]),
        ({"not": A1, "type": "object"}, {"not": A2, "type": "object"}, [A1, A2]),
        ({"if": A1, "then": TEXT}, {"if": A1, "then": NULL}, [TEXT, NULL]),
        ({"dependentSchemas": {"a": A1, "b": TEXT}}, {"dependentSchemas": {"a": A1, "c": TEXT}}, [True, TEXT, TEXT, True]),
        ({"not": A1, "minimum": 1}, {"not": A1, "minimum": 2}, [{"not": A1, "minimum": 1}, {"not": A1, "minimum": 2}]),
        ({"not": A1}, {"if": A1}, [{"not": A1}, {"if": A1}]),
        ({"allOf": [TEXT, {"not": A1}]}, {"allOf": [{"not": A2}, TEXT]}, [A1, A2]),
        ({"allOf": [TEXT, NULL]}, {"allOf": [TEXT]}, [{"allOf": [TEXT, NULL]}, {"allOf": [TEXT]}]),
        ({"not": {"not": A1}}, {"not": {"not": A2}}, [A1, A2]),
        ({"not": A1, "unevaluatedItems": {}}, {"not": A2, "unevaluatedItems": {}},
         [{"not": A1, "unevaluatedItems": {}}, {"not": A2, "unevaluatedItems": {}}]),
    ],
)  # fmt: skip
def test_changed_parts_are_inside_of_equal_keywords(sent: Any, read: Any, parts: list[Any]) -> None:
    found = changed(sent, read)
    assert sorted(map(str, found)) == sorted(map(str, parts))


@pytest.mark.parametrize(("depth", "is_inside"), [(7, True), (8, False)])
def test_changed_parts_are_searched_to_a_depth(depth: int, is_inside: bool) -> None:
    sent, read = A1, A2
    for _ in range(depth):
        sent, read = {"not": sent}, {"not": read}
    assert (changed(sent, read) == [A1, A2]) is is_inside
