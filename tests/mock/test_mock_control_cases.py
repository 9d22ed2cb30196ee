"""Operations of the control API on cases, the state and snapshots."""

from pathlib import Path
from typing import Any

import pytest
from support.clients import Client, content
from support.control_api import CONTROL_TOKEN, Control

from mock_server import Limits, Mock, Settings
from mock_server.storage.snapshots import FolderSnapshots

# Cases


def summaries(page: dict[str, Any]) -> list[str]:
    return [row["case"]["summary"] for row in page["cases"]]


def seeded(steer: Control) -> Control:
    rows = [
        {"summary": "b", "n": 10, "createdDate": "2025-01-02T00:00:00Z", "state": "x"},
        {"summary": "A", "n": 9, "createdDate": "2025-01-01T23:00:00-05:00", "nested": {"createdDate": "1"}},
        {"summary": 'c "quoted" Zürich', "createdDate": "2025-01-01T00:00:00.5Z", "caseStatus": "Close"},
    ]
    steer.done("PUT", "/state", rows)
    return steer


def test_cases_are_listed_newest_first(steer: Control) -> None:
    assert steer.get("/cases") == {"total": 0, "cases": []}
    page = seeded(steer).get("/cases")
    assert page["total"] == 3
    assert [name[0] for name in summaries(page)] == ["A", "b", "c"]
    assert [row["moves"] for row in page["cases"]] == [["Close"], ["Close"], ["Reopen"]]
    assert page["cases"][2]["state"] == "Close"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=createdDate", "cbA"),
        ("sort=-createdDate", "Abc"),
        ("sort=summary", "Abc"),
        ("sort=-summary", "cbA"),
        ("sort=n", "cAb"),
        ("sort=-n", "bAc"),
        ("sort=state", "cbA"),
        ("sort=-state", "Abc"),
        ("sort=no-such-field", "bAc"),
        ("sort=-no-such-field", "cAb"),
        ("sort=nested", "bcA"),
        ("limit=2", "Ab"),
        ("limit=2&offset=1", "bc"),
        ("offset=5", ""),
        ("search=Z%C3%9CRICH", "c"),
        ("search=%22quoted%22", "c"),
        ("search=a&sort=summary", "Abc"),
        ("search=nowhere", ""),
        ("search=", "Abc"),
    ],
)
def test_cases_can_be_searched_sorted_and_paged(steer: Control, query: str, found: str) -> None:
    assert "".join(name[0] for name in summaries(seeded(steer).get(f"/cases?{query}"))) == found


def test_cases_of_equal_date_are_in_the_order_of_creation(steer: Control) -> None:
    date = "2025-01-01T00:00:00Z"
    steer.done("PUT", "/state", [{"summary": str(n), "createdDate": date} for n in range(5)])
    assert summaries(steer.get("/cases")) == ["4", "3", "2", "1", "0"]
    assert summaries(steer.get("/cases?sort=createdDate&limit=2")) == ["0", "1"]


@pytest.mark.parametrize(
    ("query", "finding"),
    [
        ("limit=0", "/limit must be at least 1"),
        ("limit=1001", "/limit must be at most 1000"),
        ("limit=ten", "/limit is a string and must be an integer"),
        ("limit=", "/limit is a string and must be an integer"),
        ("offset=-1", "/offset is a string and must be an integer"),
        ("sort=", "/sort must match: ^-?.{1,200}$"),
        ("serch=x", "/serch is not one of ['limit', 'offset', 'search', 'sort']; did you mean search?"),
        ("search=%FF", " is not UTF-8"),
    ],
)
def test_invalid_parameter_is_reported(steer: Control, query: str, finding: str) -> None:
    assert steer.refused("GET", f"/cases?{query}") == (422, "invalid-parameter", [finding])


def test_case_has_its_legal_transitions(steer: Control, ask: Client) -> None:
    case = ask.create({"big": 2**70, "f": 1.0})
    shown = steer("GET", f"/cases/{case['id']}")
    assert content(shown) == {"state": "Open", "moves": ["Close"], "case": case}
    assert b'"f":1.0' in shown.body
    for path in ("/cases/none", "/cases/%FF", "/cases/a%2Fb"):
        assert steer.refused("GET", path) == (404, "unknown-case", [])


# State


def test_seed_adds_cases(steer: Control) -> None:
    assert steer.done("POST", "/seed", {"data": "demo"}) == {"added": 30}
    assert steer.done("POST", "/seed", {"cases": [{"id": "1"}, {"state": "Close", "case": {}}]}) == {
        "added": 2
    }
    assert steer.done("POST", "/seed", {"data": "demo", "cases": []}) == {"added": 30}
    assert steer.get("/cases")["total"] == 62
    rows = [{"id": "1"}, {"canceled": 1}, {}]
    status, code, findings = steer.refused("POST", "/seed", {"cases": rows})
    assert (status, code) == (422, "invalid-state")
    assert findings == [
        "/cases/0 has the id of an existing case",
        "/cases/1/canceled is an integer and must be a boolean or null",
    ]
    assert steer.get("/cases")["total"] == 62


@pytest.mark.parametrize(
    ("payload", "finding"),
    [
        ({}, " must have at least 1 member(s)"),
        ({"data": "other"}, "/data must be one of ['demo']"),
        ({"cases": 1}, "/cases is an integer and must be an array"),
        ({"case": []}, "/case is not one of ['cases', 'data', 'version']; did you mean cases?"),
        ([], " is an array and must be an object"),
    ],
)
def test_invalid_seed_is_reported(steer: Control, payload: Any, finding: str) -> None:
    assert steer.refused("POST", "/seed", payload) == (422, "invalid", [finding])


def test_exported_state_can_be_imported(steer: Control, ask: Client) -> None:
    case = ask.create({"a": 1})
    exported = steer("GET", "/state").body
    ask("PATCH", f"/case/{case['id']}", {"a": 2})
    ask.create()
    assert steer("PUT", "/state", body=exported).status == 204
    assert steer("GET", "/state").body == exported
    assert ask.read(case["id"]) == case
    status, code, findings = steer.refused("PUT", "/state", [{"canceled": 1}, {}, {"owner": 2}])
    assert (status, code, len(findings)) == (422, "invalid-state", 2)
    assert steer("GET", "/state").body == exported


def test_every_invalid_row_is_reported(steer: Control) -> None:
    _, _, findings = steer.refused("PUT", "/state", [{"canceled": 1}] * 500)
    assert len(findings) == 500


def test_state_may_exceed_the_body_limit_of_a_case() -> None:
    steer = Control(Mock(Settings(limits=Limits(body=100, control_body=10_000)), control_token=CONTROL_TOKEN))
    assert steer("PUT", "/state", [{"a": "x" * 1000}]).status == 204
    assert steer.refused("PUT", "/state", [{"a": "x" * 10_000}])[0] == 413


def test_reset_restores_the_initial_state(steer: Control, ask: Client) -> None:
    ask.create()
    steer.done("PATCH", "/behaviour", {"outage": True})
    steer.done("POST", "/failures", {})
    steer.done("PUT", "/snapshots/kept")
    steer.done("POST", "/reset")
    assert steer.get("/cases")["total"] == 0
    assert steer.get("/behaviour")["outage"] is False
    assert steer.get("/failures") == {"failures": []}
    assert steer.get("/journal") == {"last": 0, "exchanges": []}
    assert steer.get("/snapshots") == {"snapshots": [{"name": "kept", "cases": 1}]}


# Snapshots


def test_snapshots_can_be_saved_and_restored(steer: Control, ask: Client) -> None:
    assert steer.get("/snapshots") == {"snapshots": []}
    case = ask.create({"a": 1})
    steer.done("PUT", "/snapshots/one")
    exported = steer("GET", "/state").body
    ask.create()
    steer.done("PUT", "/snapshots/two.v-2_x")
    assert steer.get("/snapshots") == {
        "snapshots": [{"name": "one", "cases": 1}, {"name": "two.v-2_x", "cases": 2}]
    }
    steer.done("POST", "/snapshots/one/restore")
    assert steer("GET", "/state").body == steer("GET", "/snapshots/one").body == exported
    assert ask.read(case["id"]) == case
    steer.done("DELETE", "/snapshots/one")
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/restore")]:
        assert steer.refused(method, f"/snapshots/one{path}") == (404, "unknown-snapshot", [])


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".hidden",
        "a%2Fb",
        "..%2F..%2Fetc",
        "%C3%BC",
        "x" * 65,
        "a%0A",
        "a%00",
        "%FF",
        "CON",
        "con.1",
        "Lpt9",
    ],
)
def test_snapshot_names_are_valid_file_names(steer: Control, name: str) -> None:
    assert steer.refused("PUT", f"/snapshots/{name}")[:2] == (422, "invalid-parameter")
    for similar in ("CONSOLE", "console.1", "nul-2"):
        steer.done("PUT", f"/snapshots/{similar}")


def test_snapshots_in_a_folder_survive_the_mock(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    first = Control(Mock(snapshots=FolderSnapshots(folder), control_token=CONTROL_TOKEN, seed_data="demo"))
    first.done("PUT", "/snapshots/demo")
    (folder / "yaml.json").write_text("- summary: by hand\n")
    (folder / "broken.json").write_text("{")
    (folder / "wrong.json").write_text('[{"canceled": 1}]')
    second = Control(Mock(snapshots=FolderSnapshots(folder), control_token=CONTROL_TOKEN))
    counts = {one["name"]: one["cases"] for one in second.get("/snapshots")["snapshots"]}
    assert counts == {"broken": None, "demo": 30, "wrong": 1, "yaml": 1}
    second.done("POST", "/snapshots/demo/restore")
    assert second("GET", "/state").body == first("GET", "/state").body
    assert second.refused("POST", "/snapshots/broken/restore")[0] == 422
    assert second.refused("POST", "/snapshots/wrong/restore")[2] == [
        "/0/canceled is an integer and must be a boolean or null"
    ]
    assert second.get("/cases")["total"] == 30


def test_unwritable_snapshot_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    steer = Control(Mock(snapshots=FolderSnapshots(tmp_path / "file"), control_token=CONTROL_TOKEN))
    assert steer.refused("PUT", "/snapshots/a")[:2] == (507, "unwritable")
