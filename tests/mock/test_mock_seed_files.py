"""State files: completion of rows, errors, and lossless export."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clients import Client, Clock, records, states

from mock_server import CaseRules, IdFormat, Mock, Settings, Workflow
from mock_server.core import openapi
from mock_server.core.errors import Refused
from mock_server.storage import seed_files

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)
NAMES = st.text().filter(lambda name: name not in openapi.load().schemas["CaseDetails"]["properties"])
DETAILS = st.dictionaries(NAMES, JSON, max_size=4)


def findings(mock: Mock, cases: Any) -> list[str]:
    """Return the findings of cases that are refused as a state."""
    before = list(mock.store.items())
    with pytest.raises(Refused) as refused:
        mock.restore(cases)
    assert list(mock.store.items()) == before
    return [f"{one.pointer} {one.message}" for one in refused.value.findings]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(DETAILS, DETAILS, st.sampled_from(["", "Close"])), max_size=4))
def test_restored_export_is_the_same_state(stories: list[tuple[Any, Any, str]]) -> None:
    mock = Mock()
    ask = Client(mock.handle)
    for details, changes, move in stories:
        case = ask.create(details)
        assert ask("PATCH", f"/case/{case['id']}", changes).status == 200
        if move:
            assert ask.move(case, move).status == 200
    other = Mock()
    other.restore(seed_files.parse(mock.export()))
    assert list(other.store.items()) == list(mock.store.items())
    assert other.export() == mock.export()
    assert json.loads(mock.export())["version"] == 1


def test_deepest_accepted_case_can_be_restored() -> None:
    mock = Mock(Settings())
    deep: Any = 1
    for _ in range(99):
        deep = [deep]
    Client(mock.handle).create({"deep": deep})
    mock.restore(seed_files.parse(mock.export()))
    assert records(mock)[0]["deep"] == deep


def test_missing_fields_of_a_row_are_filled_in() -> None:
    mock = Mock(now=Clock(), seed=1)
    mock.restore([{"summary": "a"}, {"id": "7", "createdDate": "2020-01-01T00:00:00Z"}])
    first, second = records(mock)
    assert first["summary"] == "a"
    assert first["createdDate"] == "2025-03-04T09:15:30.250Z"
    assert first["caseStatus"] == "Open"
    assert len(first["id"]) == len(first["lastWorkflowId"]) == 36
    assert (second["id"], second["createdDate"]) == ("7", "2020-01-01T00:00:00Z")
    assert states(mock) == ["Open", "Open"]
    assert Client(mock.handle).move(first, "Close").status == 200


def test_missing_ids_have_the_format_of_the_tenant() -> None:
    mock = Mock(Settings(case=CaseRules(id_format=IdFormat.ANY)))
    mock.restore([{}])
    assert records(mock)[0]["id"].isdigit()


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"cases": rows}])
def test_row_is_a_case_or_a_case_with_a_state(wrap: Any) -> None:
    workflow = Workflow(shown={"Close": "Closed"})
    mock = Mock(Settings(workflow=workflow))
    rows = [
        {"a": 1},
        {"state": "Close", "case": {}},
        {"case": {"b": 2}},
        {"caseStatus": "Closed"},
        {"case": 1, "c": 2},
    ]
    mock.restore(wrap(rows))
    assert states(mock) == ["Open", "Close", "Open", "Close", "Open"]
    assert [record["caseStatus"] for record in records(mock)] == ["Open", "Closed", "Open", "Closed", "Open"]
    assert records(mock)[4]["case"] == 1


def test_every_invalid_row_is_named() -> None:
    mock = Mock(seed_data=[{"id": "kept"}])
    rows = [
        {"canceled": "yes", "owner": 1},
        7,
        {"state": "Lost", "case": {}},
        {"state": "Close", "case": {"caseStatus": "Open"}},
        {"id": "1"},
        {"id": "1"},
        {"createdDate": "yesterday"},
        {"id": ""},
        {"caseStatus": "Frozen"},
        {"state": ["Open"], "case": {}},
        {"state": "Open", "case": {"owner__name": 1}},
    ]
    assert findings(mock, rows) == [
        "/0/canceled is a string and must be a boolean or null",
        "/0/owner is an integer and must be a string or null",
        "/1 must be an object",
        "/2/state must be one of ['Open', 'Close', 'Reopen']",
        "/3/case/caseStatus must be 'Close' in the state Close",
        "/5 has the same id as row 4",
        "/6/createdDate must be a date-time",
        "/7/id must have at least 1 character(s)",
        "/8/caseStatus must be 'Open' in the state Open",
        "/9/state must be one of ['Open', 'Close', 'Reopen']",
        "/10/case/owner__name is an integer and must be a string or null",
    ]
    assert findings(mock, {"version": 1, "cases": [{"case": {"canceled": 1}}]}) == [
        "/cases/0/case/canceled is an integer and must be a boolean or null"
    ]


@pytest.mark.parametrize(
    ("cases", "finding"),
    [
        ({}, "/cases must be a list of cases"),
        ("x", ' must be a list of cases, or an object with such a list in "cases"'),
        ({"cases": {}}, "/cases must be a list of cases"),
        ({"version": 2, "cases": []}, "/version is 2 and must be 1"),
        ({"version": "one", "cases": []}, '/version is "one" and must be 1'),
    ],
)
def test_invalid_state_is_reported(cases: Any, finding: str) -> None:
    assert findings(Mock(), cases) == [finding]


def test_seed_does_not_replace_existing_cases() -> None:
    mock = Mock(seed_data=[{"id": "1"}])
    with pytest.raises(Refused) as refused:
        mock.seed([{"id": "2"}, {"id": "1"}])
    assert [one.pointer for one in refused.value.findings] == ["/1"]
    assert [record["id"] for record in records(mock)] == ["1"]
    assert mock.seed([{"id": "2"}]) == 1


# Files


def test_yaml_scalars_are_read_as_json() -> None:
    text = b"""
- summary: No # a comment
  country: NO
  when: 2025-03-04
  at: 12:30:45
  octal: 010
  n: -12
  f: 1.50
  e: 1e3
  yes: yes
  b: true
  nothing:
  tilde: ~
  "null": null
  quoted: "1"
  list: [1, two]
"""
    assert seed_files.parse(text) == [
        {
            "summary": "No",
            "country": "NO",
            "when": "2025-03-04",
            "at": "12:30:45",
            "octal": "010",
            "n": -12,
            "f": 1.5,
            "e": 1000.0,
            "yes": "yes",
            "b": True,
            "nothing": None,
            "tilde": None,
            "null": None,
            "quoted": "1",
            "list": [1, "two"],
        }
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[1,", "Expecting value, line 1 column 4"),
        (b'{"a": 1e999}', "out of range"),
        (b"a: [", "line 2 column 1"),
        (b"- !!python/object:os.system {}", "line 1 column 3"),
        (b"- !!binary aGk=", "/0 is a bytes"),
        (b"- 1: 2", "/0 has the name 1, which is not a string; put it in quotes"),
        (b"- &a [*a]", "nested too deeply"),
        (b"- 1e999", "/0 is out of the range of a number"),
        (b"\xff\xfe\x00", ""),
        (b'- "\\ud800"', "Unicode"),
        (b"[" * 300 + b"]" * 300, "nested more than"),
        (b"- " * 3000 + b"x", "nesting"),
    ],
)
def test_unreadable_file_is_reported_in_one_line(text: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as error:
        seed_files.parse(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
