"""Consistency of the requirement catalogue: order, sources and references."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[2] / "spec"
CATALOGUE = yaml.load((SPEC / "requirements.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
CATALOGUE_SCHEMA = json.loads((SPEC / "requirements.schema.json").read_text("utf-8"))


def test_catalogue_obeys_its_schema() -> None:
    Draft202012Validator.check_schema(CATALOGUE_SCHEMA)
    errors = Draft202012Validator(CATALOGUE_SCHEMA).iter_errors(CATALOGUE)
    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


def test_catalogue_covers_exactly_the_documented_operations() -> None:
    documented = set(re.findall(r"operationId: (\w+)", (SPEC / "caseiq-openapi.yaml").read_text("utf-8")))
    assert {name for row in CATALOGUE.values() for name in row["operations"]} == documented


def test_catalogue_keeps_the_order_of_its_sections() -> None:
    order = CATALOGUE_SCHEMA["additionalProperties"]["properties"]["section"]["enum"]
    sections = [row["section"] for row in CATALOGUE.values()]
    assert sections == sorted(sections, key=order.index)
    assert set(sections) == set(order)


@pytest.mark.parametrize(
    "change",
    [{"rests_on": None}, {"level": "SHOULD"}, {"source": ["RFC 9110 section 15.6"]}, {"rests_on": "short"}],
)
def test_must_rests_on_a_quote_of_the_document(change: dict[str, Any]) -> None:
    row = {**CATALOGUE["NO-SERVER-ERROR"], **change}
    row = {name: value for name, value in row.items() if value is not None}
    assert not Draft202012Validator(CATALOGUE_SCHEMA).is_valid({"NO-SERVER-ERROR": row})


def test_quotes_of_the_document_are_short() -> None:
    quotes = {row["rests_on"] for row in CATALOGUE.values() if "rests_on" in row}
    assert len(quotes) > 10
    assert max(map(len, quotes)) < 120


def test_rows_refer_only_to_existing_rows() -> None:
    for name, row in CATALOGUE.items():
        for word in re.findall(r"\b[A-Z]{2,}(?:-[A-Z]+)+\b", " ".join([row["statement"], *row["accepts"]])):
            assert any(other.startswith(word) for other in CATALOGUE), f"{name} refers to {word}"
