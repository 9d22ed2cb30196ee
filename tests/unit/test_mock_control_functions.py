"""Functions of the control API, and the fixture."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest
from support.in_process import send

from mock_server.caseiq_mock import CaseiqMock
from mock_server.control.behaviour import addFailure, changeBehaviour, getBehaviour, listFailures, listFaults
from mock_server.control.cases import listCases, readCase
from mock_server.core.errors import Refused
from mock_server.core.operations import Call
from mock_server.mock import Mock

TOKEN = {"authorization": "Bearer dev-token"}


def call(payload: Any = None, **parameters: Any) -> Call:
    return Call(parameters, payload)


def test_control_functions_show_and_change_the_mock() -> None:
    mock = Mock()
    response = send(mock.handle, "POST", "/case", {"a": 1})
    case_id = json.loads(response.body)["id"]
    listed = json.loads(listCases(mock, call(search="", sort="-createdDate", limit=5, offset=0)).body)
    assert (listed["total"], listed["cases"][0]["state"], listed["cases"][0]["moves"]) == (
        1,
        "Open",
        ["Close"],
    )
    assert json.loads(readCase(mock, call(id=case_id)).body)["case"]["a"] == 1
    with pytest.raises(Refused):
        readCase(mock, call(id="unknown"))
    assert changeBehaviour(mock, call({"outage": True})).status == 200
    assert json.loads(getBehaviour(mock, call()).body)["outage"] is True
    addFailure(mock, call({"status": 500, "times": 2}))
    assert json.loads(listFailures(mock, call()).body)["failures"][0]["times"] == 2
    assert "put-merges" in listFaults(mock, call()).body.decode()


def test_fixture_describes_its_mock() -> None:
    mock = CaseiqMock(Mock(), ExitStack(), ExitStack())
    assert mock.headers == {"Authorization": f"Bearer {mock.token}"}
    assert (mock.cases, mock.journal, mock.refusals) == ([], [], [])
    assert [one["a"] for one in mock.seed([{"a": 1}, {"a": 2}])] == [1, 2]
    assert [one["a"] for one in mock.cases] == [1, 2]
    mock.reset()
    assert mock.cases == []
