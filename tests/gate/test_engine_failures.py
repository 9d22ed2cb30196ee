"""Schemas, values and sources that cannot be read, and searches that are given up."""

from __future__ import annotations

import io
import urllib.request
from typing import Any
from urllib.error import URLError

import pytest
from gate.pair_tables import document, read
from gate.sides import read_side

from change_gate.comparison import Options, compare, wire
from change_gate.comparison.directions import Pair
from change_gate.comparison.values import Unchanged, Values
from change_gate.documents.sources import RemoteSource
from change_gate.errors import DocumentError
from change_gate.findings import Direction
from change_gate.schemas import algebra, containment
from change_gate.schemas.hints import Hints
from change_gate.schemas.locations import Definitions
from change_gate.schemas.loosening import loosened
from change_gate.schemas.members import Restriction
from change_gate.schemas.schema import from_document
from change_gate.schemas.validation import SchemaValidator
from change_gate.schemas.values import Generator

FOREVER = float("inf")
BROKEN: Any = {"type": "nonsense"}


class _Refusing:
    """A canonical schema of which the library refuses each operation."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object) -> None:
            raise ValueError(name)

        return refuse


def test_what_the_algebra_refuses_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing: Any = _Refusing()
    assert not algebra.contains(refusing, refusing)
    assert algebra.intersection(refusing, refusing) is None
    assert not algebra.has_no_common_value(refusing, refusing)
    assert not algebra.is_empty(refusing)
    assert not algebra.are_disjoint(BROKEN, {"type": "null"})
    assert not algebra.are_disjoint({"type": "null"}, BROKEN)
    assert not algebra.has_no_rest(BROKEN, True)
    assert not algebra.is_equal(BROKEN, BROKEN)
    monkeypatch.setattr(algebra, "canonicalize", lambda _: refusing)
    assert algebra.covers({}, {}) is None
    assert algebra.subtract({}, {}) is None
    assert not algebra.is_unsatisfiable({})
    assert not algebra.are_disjoint({}, {})


def test_algebra_knows_its_operands() -> None:
    null, text, both = map(
        algebra.canonicalize, ({"type": "null"}, {"type": "string"}, {"type": ["null", "string"]})
    )
    assert null is not None
    assert text is not None
    assert both is not None
    assert algebra.contains(both, null)
    assert not algebra.contains(null, both)
    assert algebra.has_no_common_value(null, text)
    assert not algebra.has_no_common_value(null, both)
    assert algebra.to_document(null).items() >= {"type": "null"}.items()  # type: ignore[union-attr]
    assert [algebra.is_equal({"type": "null"}, other) for other in ({"const": None}, {"type": "string"})] == [
        True,
        False,
    ]
    assert algebra.has_no_rest({"const": 1}, {"type": "integer"})
    assert not algebra.has_no_rest({"type": "integer"}, {"const": 1})
    assert [algebra.covers({"type": "null"}, other) for other in ({"const": None}, {"const": 1})] == [
        True,
        False,
    ]


def test_value_that_no_validator_reads_is_not_decided() -> None:
    validator = SchemaValidator({"type": "string"})
    assert not validator.is_valid(object())
    assert not validator.accepts(object())
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    recursive = SchemaValidator({"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}})
    assert not recursive.refuses(deep)
    assert list(recursive.errors(deep)) == []


def test_values_of_an_unreadable_schema_keep_their_order() -> None:
    schema: Any = {"enum": [2, 1], "not": {"const": 2}, "pattern": "("}
    assert Generator(Definitions({}), Hints(), FOREVER).values((schema,), 1) == [2, 1]
    readable: Any = {"enum": [2, 1], "not": {"const": 2}}
    assert Generator(Definitions({}), Hints(), FOREVER).values((readable,), 1) == [1, 2]


def test_restriction_of_a_schema_that_says_nothing_forbids_names() -> None:
    assert Restriction({}, frozenset("b")).simple({}).root == {"allOf": [{}, {"properties": {"b": False}}]}
    assert loosened(False, Definitions({})) is False


def test_search_without_time_names_the_limit() -> None:
    source, target = {"type": "string", "minLength": 1}, {"type": "string", "not": {"pattern": "a"}}
    found = containment.compare(source, target, seconds=-1.0)
    assert (found.status, found.tried) == (containment.Status.UNPROVEN, ("the time limit was reached",))


def test_text_with_too_many_readings_is_named() -> None:
    values = Values(read_side({}), read_side({}), Options())
    source = from_document({"type": "array", "items": {"const": 7}, "minItems": 9, "maxItems": 9})
    target = from_document({"type": "array", "items": {"type": "string", "not": {"const": "z"}}})
    found = wire.contain(values, Direction.CLIENT_TO_SERVER, source, target)
    assert found.status is containment.Status.UNPROVEN
    assert found.tried[-3:] == (
        "the values as text", "a list of common texts", "a value whose text has 512 readings, too many to check",
    )  # fmt: skip


def test_schema_with_a_tag_of_no_class_is_compared() -> None:
    schema = {"discriminator": {"propertyName": "k", "mapping": {"a": "None"}}}
    sides = [read_side({"root": {"components": {"schemas": {"S": schema}}}}) for _ in range(2)]
    pair = Pair(*(side.node("/components/schemas/S") for side in sides))
    unchanged = Unchanged(*sides)
    assert not unchanged.check(pair)
    assert unchanged.changed(pair) == {"#/components/schemas/None"}


def every_break(old: Any, new: Any) -> list[tuple[str, str]]:
    found = compare(read(document({"body": old})), read(document({"body": new})), Options(every_break=True))
    assert {finding.rule for finding in found.findings} == {"request-body-narrowed"}
    return [(finding.verdict.value, finding.location.rpartition(" ")[2]) for finding in found.findings]


def test_rest_behind_a_break_is_undecided_if_it_stays() -> None:
    text = {"type": "string"}
    both = [("breaking", "minLength"), ("breaking", "maxLength")]
    assert every_break(text, {**text, "maxLength": 3, "minLength": 1}) == both
    # A schema that allows nothing has no keyword to leave out.
    assert every_break(text, False) == [("breaking", ""), ("risky", "application/json")]


def test_remote_document_is_read_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: urllib.request.Request, *, timeout: float) -> io.BytesIO:
        assert (request.full_url, timeout) == ("http://a.example/b", 15)
        assert request.get_header("Accept") == "application/yaml, application/json, */*;q=0.5"
        return io.BytesIO(b"a: 1")

    def fail(*_: object, **__: object) -> None:
        raise URLError(" a\n reason ")

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    assert RemoteSource("http://a.example/b").read() == b"a: 1"
    monkeypatch.setattr(urllib.request, "urlopen", fail)
    with pytest.raises(DocumentError) as error:
        RemoteSource("http://a.example/b").read()
    assert (error.value.message, error.value.file) == (
        "the URL cannot be read: a reason",
        "http://a.example/b",
    )
