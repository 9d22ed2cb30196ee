"""The catalogue of requirements holds together: in its order, traced to its sources, and true to the document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

SPEC = Path(__file__).parents[2] / "spec"
CATALOGUE = yaml.safe_load((SPEC / "requirements.yaml").read_text("utf-8"))
CATALOGUE_SCHEMA = json.loads((SPEC / "requirements.schema.json").read_text("utf-8"))


def test_catalogue_obeys_its_schema() -> None:
    Draft202012Validator.check_schema(CATALOGUE_SCHEMA)
    errors = Draft202012Validator(CATALOGUE_SCHEMA).iter_errors(CATALOGUE)
    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


def test_catalogue_names_only_operations_that_exist_and_leaves_none_out() -> None:
    documented = set(re.findall(r"operationId: (\w+)", (SPEC / "caseiq-openapi.yaml").read_text("utf-8")))
    assert {name for row in CATALOGUE.values() for name in row["operations"]} == documented


def test_catalogue_keeps_the_order_of_its_sections() -> None:
    order = CATALOGUE_SCHEMA["additionalProperties"]["properties"]["section"]["enum"]
    sections = [row["section"] for row in CATALOGUE.values()]
    assert sections == sorted(sections, key=order.index)
    assert set(sections) == set(order)


def test_promises_that_only_a_standard_makes_are_no_must_unless_the_api_is_useless_without() -> None:
    # Reading is safe, PUT is repeatable, and nothing crashes: without these no client could work at all.
    musts = {
        name
        for name, row in CATALOGUE.items()
        if row["level"] == "MUST" and all(source.startswith(("RFC", "CWE")) for source in row["source"])
    }
    assert musts == {"GET-SAFE", "PUT-IDEMPOTENT", "NO-SERVER-ERROR"}


def test_rows_refer_only_to_rows_that_exist() -> None:
    for name, row in CATALOGUE.items():
        for word in re.findall(r"\b[A-Z]{2,}(?:-[A-Z]+)+\b", " ".join([row["statement"], *row["accepts"]])):
            assert any(other.startswith(word) for other in CATALOGUE), f"{name} refers to {word}"
