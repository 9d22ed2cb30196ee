"""The five operations on cases in the core."""

import re
from typing import Any
from uuid import UUID

import pytest
from support.clients import SERVER_SET, Client, Clock, content

from mock_server import CaseRules, IdFormat, Settings, UpdateResponse, Workflow

UNKNOWN = "0b8f5c1e-7d3a-4e57-9a0c-5d2b1f6c8e94"


def details(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in SERVER_SET}


def test_new_case_has_the_fields_of_the_server(client: Client) -> None:
    response = client("POST", "/case", {"summary": "x"})
    case = content(response)
    assert response.status == 201
    assert UUID(case["id"]).version == 4
    assert str(UUID(case["lastWorkflowId"])) == case["lastWorkflowId"] != case["id"]
    assert case["createdDate"] == "2025-03-04T09:15:30.250Z"
    assert case["caseStatus"] == "Open"
    assert response.headers["location"] == f"case/{case['id']}"


def test_get_returns_the_record_of_the_create(client: Client) -> None:
    created = client("POST", "/case", {"b": [1, 2.5, None], "a": {"c": ""}})
    read = client("GET", f"/case/{content(created)['id']}")
    assert (read.status, read.body) == (200, created.body)


def test_equal_payloads_create_different_cases(client: Client) -> None:
    cases = [client.create({"a": 1}) for _ in range(50)]
    assert len({case["id"] for case in cases}) == len({case["lastWorkflowId"] for case in cases}) == 50


@pytest.mark.parametrize("value", ["x", 5, None, {"a": 1}])
@pytest.mark.parametrize("name", [*SERVER_SET, "owner__name", "assignedBy__email"])
def test_client_cannot_set_read_only_fields(client: Client, name: str, value: Any) -> None:
    case = client.create({name: value, "kept": 1})
    assert details(case) == {"kept": 1}
    path = f"/case/{case['id']}"
    assert content(client("PATCH", path, {name: value, "kept": 2})) == case | {"kept": 2}
    assert content(client("PUT", path, {name: value, "kept": 3})) == case | {"kept": 3}
    assert client.read(case["id"]) == case | {"kept": 3}


def test_put_removes_all_old_fields(client: Client, clock: Clock) -> None:
    case = client.create({"old": 1, "both": 1})
    clock.seconds += 60
    response = content(client("PUT", f"/case/{case['id']}", {"both": 2, "new": None}))
    assert details(response) == {"both": 2, "new": None}
    assert {name: response[name] for name in SERVER_SET} == {name: case[name] for name in SERVER_SET}
    assert client.read(case["id"]) == response


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"a": 0, "new": False}, {"a": 0, "b": [1, 2], "c": {"d": 1, "e": 2}, "new": False}),
        ({"a": None}, {"a": None, "b": [1, 2], "c": {"d": 1, "e": 2}}),
        ({"b": []}, {"a": 1, "b": [], "c": {"d": 1, "e": 2}}),
        ({"c": {"d": 3}}, {"a": 1, "b": [1, 2], "c": {"d": 3}}),
        ({}, {"a": 1, "b": [1, 2], "c": {"d": 1, "e": 2}}),
    ],
)
def test_patch_changes_only_the_given_fields(
    client: Client, patch: dict[str, Any], expected: dict[str, Any]
) -> None:
    case = client.create({"a": 1, "b": [1, 2], "c": {"d": 1, "e": 2}})
    response = content(client("PATCH", f"/case/{case['id']}", patch))
    assert details(response) == expected
    assert client.read(case["id"]) == response


def test_transitions_follow_the_workflow(client: Client) -> None:
    case = client.create({"a": 1})
    shown = []
    for wanted in ("Close", "Reopen", "Close", "Reopen"):
        before, case = case, content(client.move(case, wanted, reason="because"))
        shown.append(case["caseStatus"])
        assert case["lastWorkflowId"] != before["lastWorkflowId"]
        assert {**case, "caseStatus": 0, "lastWorkflowId": 0} == {
            **before,
            "caseStatus": 0,
            "lastWorkflowId": 0,
        }
        assert client.read(case["id"]) == case
    assert shown == ["Close", "Reopen", "Close", "Reopen"]


def test_closed_case_can_be_updated(client: Client) -> None:
    closed = content(client.move(client.create(), "Close"))
    assert content(client("PATCH", f"/case/{closed['id']}", {"a": 1})) == closed | {"a": 1}
    assert content(client("PUT", f"/case/{closed['id']}", {"b": 1})) == closed | {"b": 1}


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        ({"caseStatus": "Reopen"}, 409, "illegal-move"),
        ({"caseStatus": "Archive"}, 409, "unknown-status"),
        ({"caseStatus": "close"}, 409, "unknown-status"),
        ({"caseStatus": "Open"}, 409, "unknown-status"),
        ({"caseStatus": ""}, 422, "invalid"),
        ({"caseStatus": None}, 422, "invalid"),
        ({"caseStatus": "Close", "workflowId": UNKNOWN}, 409, "wrong-workflow"),
        ({"caseStatus": "Close", "workflowId": ""}, 422, "invalid"),
        ({"caseStatus": "Close", "reason": 7}, 422, "invalid"),
    ],
)
def test_refused_transition_has_no_effect(
    client: Client, payload: dict[str, Any], status: int, code: str
) -> None:
    case = client.create({"a": 1})
    body = {"workflowId": case["lastWorkflowId"]} | payload
    response = client("POST", f"/case/{case['id']}/transition", body)
    assert (response.status, content(response)["code"]) == (status, code)
    assert client.read(case["id"]) == case


def test_stale_workflow_id_is_refused(client: Client) -> None:
    case = client.create()
    assert client.move(case, "Close").status == 200
    assert content(client.move(case, "Reopen"))["code"] == "wrong-workflow"
    assert client.read(case["id"])["caseStatus"] == "Close"


@pytest.mark.parametrize(
    "case_id", [UNKNOWN, "12345", "%00", "a%2Fb", "%zz", "%ff%fe", "..", "ü", "'", "x" * 4000]
)
@pytest.mark.parametrize(
    ("method", "end", "payload"),
    [
        ("GET", "", None),
        ("HEAD", "", None),
        ("PUT", "", {}),
        ("PATCH", "", {"a": 1}),
        ("POST", "/transition", {"caseStatus": "Close", "workflowId": UNKNOWN}),
    ],
)
def test_unknown_id_gets_404(client: Client, method: str, end: str, payload: Any, case_id: str) -> None:
    response = client(method, f"/case/{case_id}{end}", payload)
    assert response.status == 404
    assert method == "HEAD" or content(response)["code"] == "unknown-case"


def test_cases_do_not_affect_each_other(client: Client) -> None:
    first, second = client.create({"n": 1}), client.create({"n": 2})
    client("PATCH", f"/case/{first['id']}", {"n": 3})
    client.move(first, "Close")
    assert client.read(second["id"]) == second


def test_tenant_can_have_its_own_statuses(client_of: Any) -> None:
    workflow = Workflow(
        initial="New",
        moves={"New": ("Accept", "Reject"), "Accept": ("Finish",)},
        shown={"New": "Just in", "Accept": "Accepted", "Reject": "Rejected"},
        status_field="state",
    )
    client = client_of(Settings(workflow=workflow))
    case = client.create({"state": "mine", "caseStatus": 5})
    assert case["state"] == "Just in"
    assert "caseStatus" not in case
    case = content(client.move(case, "Accept"))
    assert case["state"] == "Accepted"
    assert "Finish" in content(client.move(case, "Reject"))["detail"]
    assert content(client.move(case, "Finish"))["state"] == "Finish"


def test_tenant_can_require_fields(client_of: Any) -> None:
    client = client_of(Settings(case=CaseRules(required=frozenset({"caseType", "a/b"}))))
    refused = client("POST", "/case", {"caseType": "x"})
    assert refused.status == 422
    assert content(refused)["errors"] == [{"pointer": "/a~1b", "message": "is missing"}]
    case = client.create({"caseType": "x", "a/b": 1})
    path = f"/case/{case['id']}"
    assert client("PUT", path, {"caseType": "y"}).status == 422
    assert client("PATCH", path, {"c": 1}).status == 200


def test_tenant_can_return_a_status_for_updates(client_of: Any) -> None:
    client = client_of(Settings(case=CaseRules(update_response=UpdateResponse.STATUS)))
    case = client.create()
    path = f"/case/{case['id']}"
    responses = [client("PUT", path, {}), client("PATCH", path, {"a": 1}), client.move(case, "Close")]
    assert [response.body for response in responses] == [b'{"status":"ok"}'] * 3
    assert client.read(case["id"])["a"] == 1


def test_tenant_can_use_numeric_ids(client_of: Any) -> None:
    client = client_of(Settings(case=CaseRules(id_format=IdFormat.ANY)))
    case = client.create()
    assert re.fullmatch("[0-9]{1,18}", case["id"])
    assert client.read(case["id"]) == case


def test_ids_and_dates_come_from_the_given_sources(client_of: Any, clock: Clock) -> None:
    ids = iter(f"00000000-0000-4000-8000-{n:012}" for n in range(9))
    client = client_of(Settings(), new_id=lambda: next(ids))
    clock.seconds = 0.9996
    assert client.create() == {
        "id": "00000000-0000-4000-8000-000000000000",
        "createdDate": "1970-01-01T00:00:00.999Z",
        "lastWorkflowId": "00000000-0000-4000-8000-000000000001",
        "caseStatus": "Open",
    }
