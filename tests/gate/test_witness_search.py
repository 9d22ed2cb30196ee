"""The search for a witness: its candidates in order, their selection, and what it tries in vain."""

from __future__ import annotations

from typing import Any

import pytest

from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions
from change_gate.schemas.proof import Gap
from change_gate.schemas.rules import Rules
from change_gate.schemas.values import Generator
from change_gate.schemas.witness import Found, Question, Search

FOREVER = float("inf")
INTEGER: Any = {"type": "integer"}
TEXT: Any = {"type": "string"}
HINTS, INNER = "constants, bounds, lengths and names of both schemas", "the schemas of inner values"


def search(source: Any, target: Any, *further: Any, **fields: Any) -> Search:
    definitions = Definitions({})
    known: dict[str, Any] = {"gaps": [], "deadline": FOREVER, **fields}
    question = Question(
        sources=[source, *further],
        target=target,
        location=(source,),
        definitions=definitions,
        rules=Rules(definitions, definitions),
        **known,
    )
    return Search(question)


def test_each_kind_of_candidates_is_tried() -> None:
    found = search({"type": "null"}, {"type": "null"}, with_difference=False)
    assert found.run() is None
    assert found.question.tried == [INNER, HINTS]


def test_search_ends_at_its_deadline() -> None:
    found = search(INTEGER, TEXT, deadline=0.0)
    assert found.run() is None
    assert found.question.tried == ["the time limit was reached"]


def test_first_kind_with_a_witness_ends_the_search() -> None:
    found = search(INTEGER, {"minimum": 5}, with_difference=False)
    assert found.run() == Found(0)
    assert found.question.tried == [INNER]
    gap = Gap((), (INTEGER,), ({"minimum": 5},))
    near = search(INTEGER, {"minimum": 5}, with_difference=False, gaps=[gap])
    assert near.run() == Found(0)
    assert near.question.tried == []


@pytest.mark.parametrize(
    ("value", "is_witness"), [(4, True), (5, False), (4.5, False), (3, False), ("a", False), (None, False)]
)
def test_witness_is_allowed_by_each_source(value: Any, is_witness: bool) -> None:
    found = search(INTEGER, {"minimum": 5}, {"not": {"const": 3}})
    assert found.holds(value) is is_witness
    assert found.is_confirmed(value) is is_witness


def test_smallest_of_the_first_witnesses_is_reduced() -> None:
    found = search({"type": ["string", "integer"]}, {"type": "string", "minLength": 3})
    values = iter(["abc", 1234, "ab", 999, "abcd"])
    assert found._select(values) == Found(0)
    assert next(values, None) is None
    many = iter(range(100))
    assert search(INTEGER, False)._select(many) == Found(0)
    assert next(many) == 30
    assert search(INTEGER, TEXT)._select(["a", "b"]) is None
    late = iter(range(100))
    search(INTEGER, False, deadline=0.0)._select(late)
    assert next(late) == 1


@pytest.mark.parametrize(
    ("value", "reduced"),
    [
        ("a" * 9_998, "0"),
        ("a" * 999_999, "a" * 999_999),
        ({"b": [1, {"c": "text"}], "a": 7}, {}),
        ([[1, 2], "x"], []),
    ],
    ids=range(4),
)
def test_witness_is_reduced_unless_it_is_huge(value: Any, reduced: Any) -> None:
    assert search({}, {"type": "string", "maxLength": 0})._reduce(value) == reduced


def test_no_reduction_is_made_after_the_deadline() -> None:
    assert search({}, {"type": "null"}, deadline=0.0)._reduce("text") == "text"


def test_gap_yields_values_that_its_own_schemas_refuse() -> None:
    found = search({}, False)
    values = [1, 7, "a", 4.5]
    assert list(found._refused(Gap((), (INTEGER,), ({"minimum": 5},)), values)) == [1]
    assert list(found._refused(Gap((), ({"pattern": "("},), (True,)), values)) == values


def test_values_of_a_gap_are_lifted_to_its_place() -> None:
    items: Any = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "array", "items": INTEGER}},
    }
    gap = Gap(("a", 0), (INTEGER,), ({"minimum": 5},))
    found = search(items, True, gaps=[gap], with_difference=False)
    values = list(found._from_gaps())
    assert values[0] == {"a": [0]}
    assert all(list(value) == ["a"] and len(value["a"]) == 1 and value["a"][0] < 5 for value in values)


def test_branches_of_a_gap_are_suspect() -> None:
    sent: Any = {"oneOf": [{"const": 1}, {"const": "b"}]}
    read: Any = {"oneOf": [{"const": 1}, {"type": "string"}, {"minLength": 1}]}
    generator = Generator(Definitions({}), Hints(), FOREVER)
    values = list(search(sent, read)._suspects(Gap((), (sent,), (read,)), generator))
    assert values[0] == "b"
    assert set(values) <= {1, "b"}
