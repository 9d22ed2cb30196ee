"""`[case] fields` of a deployment file: a tenant that accepts only certain fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.clients import Client, content, records

from mock_server import CaseRules, Mock, Settings
from mock_server.core.closed_schema import closed_schema
from mock_server.core.deployment import load
from mock_server.core.errors import Refused
from mock_server.storage import seed_files

SAMPLE = {
    "title": "Laptop missing",
    "loss": 12.5,
    "people": 3,
    "urgent": False,
    "labels": ["theft"],
    "place": {"town": "Porto"},
    "mixed": [1, "a", 2],
    "free": [],
}
TENANT = Settings(case=CaseRules(fields=SAMPLE, accepts_null=False))


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "tenant.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, Settings())


def test_items_of_an_array_have_the_types_of_the_sample() -> None:
    schema = closed_schema({"a": ["x", "y"], "b": [1, "x"], "c": []}, ["id"], nullable=False)
    text, integer = {"type": "string"}, {"type": "integer"}
    assert schema["properties"] == {
        "a": {"type": "array", "items": text},
        "b": {"type": "array", "items": {"anyOf": [integer, text]}},
        "c": {"type": "array"},
        "id": True,
    }


def test_closed_schema_accepts_its_sample() -> None:
    client = Client(Mock(TENANT).handle)
    case = client.create(SAMPLE)
    assert {name: case[name] for name in SAMPLE} == SAMPLE
    path = f"/case/{case['id']}"
    for method in ("PUT", "PATCH"):
        # A client may send back what it has read: the server ignores the fields that it sets itself.
        assert client(method, path, case | {"loss": 7, "free": [None, 1]}).status == 200
    assert client.read(case["id"])["loss"] == 7


@pytest.mark.parametrize(
    ("payload", "pointer", "message"),
    [
        ({"titel": "x"}, "/titel", "did you mean title?"),
        ({"title": 1}, "/title", "is an integer and must be a string"),
        ({"title": None}, "/title", "is null and must be a string"),
        ({"loss": "1"}, "/loss", "is a string and must be a number"),
        ({"people": 1.5}, "/people", "is a number and must be an integer"),
        ({"people": True}, "/people", "is a boolean and must be an integer"),
        ({"urgent": 0}, "/urgent", "is an integer and must be a boolean"),
        ({"labels": "theft"}, "/labels", "is a string and must be an array"),
        ({"labels": ["a", 1]}, "/labels/1", "is an integer and must be a string"),
        ({"place": []}, "/place", "is an array and must be an object"),
        ({"mixed": [1, "a", True]}, "/mixed/2", ""),
    ],
)
def test_closed_schema_refuses_other_fields_and_types(payload: Any, pointer: str, message: str) -> None:
    client = Client(Mock(TENANT).handle)
    case = client.create({"title": "x"})
    path = f"/case/{case['id']}"
    for method, target in (("POST", "/case"), ("PUT", path), ("PATCH", path)):
        response = client(method, target, payload)
        assert response.status == 422
        (error,) = content(response)["errors"]
        assert error["pointer"] == pointer
        assert message in error["message"]
    assert client.read(case["id"]) == case


def test_closed_schema_allows_transitions() -> None:
    client = Client(Mock(TENANT).handle)
    assert client.move(client.create({"title": "x"}), "Close").status == 200


def test_closed_schema_checks_seeded_cases() -> None:
    mock = Mock(TENANT, seed_data=[SAMPLE])
    for seed in (mock.seed, mock.restore):
        with pytest.raises(Refused) as refused:
            seed([{"title": "x"}, {"titel": "x"}, {"people": "3"}])
        assert [one.pointer for one in refused.value.findings] == ["/1/titel", "/2/people"]
    assert len(records(mock)) == 1


def test_export_of_a_closed_schema_can_be_restored(tmp_path: Path) -> None:
    mock = Mock(
        loaded(tmp_path, "[case]\nfields = { title = 'x' }\nomitted_fields = 'null'\nnull_fields = 'null'")
    )
    client = Client(mock.handle)
    case = client.create({"title": "x"})
    assert client("PUT", f"/case/{case['id']}", {}).status == 200
    assert client.read(case["id"])["title"] is None
    before = mock.export()
    mock.restore(seed_files.parse(before))
    assert mock.export() == before


def test_demo_cases_of_a_closed_schema_equal_the_sample() -> None:
    found = records(Mock(TENANT, seed_data="demo"))
    assert len(found) == 30
    assert all(SAMPLE.items() <= record.items() for record in found)


def test_required_fields_and_the_tag_belong_to_the_schema(tmp_path: Path) -> None:
    text = "[case]\ntag_field = 'run'\nfields = { title = 'x' }\nrequired = { kind = 'a', level = 1 }"
    client = Client(Mock(loaded(tmp_path, text)).handle)
    client.create({"kind": "b", "level": 2, "title": "y", "run": "r1"})
    for changes in ({"level": "high"}, {"run": 1}, {"other": 1}, {"title": None}):
        assert client("POST", "/case", {"kind": "b", "level": 2} | changes).status == 422


@pytest.mark.parametrize(
    ("line", "status"), [("", 422), ("null_fields = 'null'", 200), ("null_fields = 'absent'", 200)]
)
def test_null_needs_the_key_for_it(line: str, status: int, tmp_path: Path) -> None:
    client = Client(Mock(loaded(tmp_path, f"[case]\nfields = {{ title = 'x' }}\n{line}")).handle)
    case = client.create({"title": "x"})
    assert client("PATCH", f"/case/{case['id']}", {"title": None}).status == status
