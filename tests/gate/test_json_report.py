"""The JSON report fulfils its schema, and fingerprints depend on the meaning alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from gate.gate_samples import FINDINGS, NARROWED, UNPROVEN, comparison
from gate.pair_tables import pairs, validator

from change_gate.findings import Witness
from change_gate.report import json as json_report

SCHEMA = json.loads((Path(__file__).parents[2] / "spec" / "gate-report.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PAIRS = pairs()


def test_schema_of_the_report_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("pair", PAIRS[::8], ids=lambda pair: pair.name)
def test_report_of_a_pair_fulfils_its_schema(pair: object) -> None:
    VALIDATOR.validate(json.loads(json_report.render(validator(pair), passed=True)))  # type: ignore[arg-type]


def test_report_with_every_field_fulfils_its_schema() -> None:
    accepted = replace(NARROWED, accepted="agreed (until 2027-01-31)")
    whole = replace(comparison(*FINDINGS, UNPROVEN, accepted), problems=("accepted change 1 expired",))
    data = json_report.as_data(whole, passed=False)
    VALIDATOR.validate(data)
    assert not VALIDATOR.is_valid({**data, "findings": [{**data["findings"][0], "proof": "guessed"}]})
    assert not VALIDATOR.is_valid({key: value for key, value in data.items() if key != "problems"})


def test_fingerprint_ignores_wording_and_witness_values() -> None:
    witness = Witness(valid_under="base", method="POST", url="/other", body=1, has_body=True)
    assert replace(NARROWED, message="Other words.", witness=witness).fingerprint == NARROWED.fingerprint


def test_fingerprint_depends_on_kind_of_witness() -> None:
    without_body = Witness(valid_under="base", method="POST", url="/case/a/transition")
    assert replace(NARROWED, witness=without_body).fingerprint != NARROWED.fingerprint
    assert replace(NARROWED, witness=None).fingerprint != NARROWED.fingerprint
