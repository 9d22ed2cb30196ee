"""The names of a closed schema in place of the suite's fields."""

from __future__ import annotations

from contract_tests.testdata.corpus import ORDINARY
from contract_tests.testdata.fixed_fields import FixedFields

SAMPLE = {
    "people": 3,
    "loss": 1.5,
    "title": "a",
    "urgent": True,
    "region": "b",
    "labels": ["c"],
    "rows": [{"d": 1}],
}


def test_open_schema_keeps_the_payload() -> None:
    fields = FixedFields({})
    assert not fields
    assert fields.rename(ORDINARY) is ORDINARY


def test_ordinary_fields_get_names_of_their_type() -> None:
    renamed = FixedFields(SAMPLE).rename(ORDINARY)
    assert renamed == {
        "title": ORDINARY["testSummary"],
        "region": ORDINARY["testCategory"],
        "loss": ORDINARY["testAmount"],
        "people": ORDINARY["testHeadcount"],
        "urgent": ORDINARY["testConfirmed"],
        "labels": ORDINARY["testTags"],
    }


def test_renaming_keeps_names_of_the_deployment_and_the_server() -> None:
    fields = FixedFields({**SAMPLE, "testOwn": "x"})
    payload = {"id": "1", "caseStatus": "Close", "title": "a", "testOwn": "b"}
    assert fields.rename(payload) == payload
    assert fields.rename({"testUnknown": 1}) == {}


def test_names_by_type_distinguish_integers_and_flags() -> None:
    fields = FixedFields(SAMPLE)
    assert fields.names_of(int) == ["people"]
    assert fields.names_of(bool) == ["urgent"]
    assert fields.names_of(str) == ["title", "region"]
    assert fields.names_of(list) == ["labels"]
