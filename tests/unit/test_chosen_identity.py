"""Attribution if a server takes its own members from the client's payload."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from support.in_process import connected, edited, new_case

from contract_tests.assertions.case import create_case
from contract_tests.assertions.identity import assert_date_kept
from contract_tests.assertions.universal_checks import find_violations
from contract_tests.client.exchange import Exchange
from contract_tests.exceptions import Violation
from mock_server import Request, Response

OTHER = "60798e3c-dfa3-4e36-929c-ddedfed94694"
OLD = "2001-02-03T04:05:06Z"


def show_as_other(record: dict[str, Any]) -> None:
    record.update(id=OTHER, createdDate=OLD)


@pytest.mark.parametrize(
    ("payload", "requirement"),
    [({"id": OTHER, "createdDate": OLD}, "UPDATE-IDENTITY"), ({"testSummary": "new"}, "GET-SAME")],
    ids=["chosen by an update", "never sent"],
)
def test_record_with_another_id_belongs_to_its_source(payload: dict[str, Any], requirement: str) -> None:
    case = new_case(change=edited(show_as_other, "GET"))
    case.api.update(case.id, payload)
    with pytest.raises(Violation) as raised:
        assert_date_kept(case, "2026-11-29T20:45:02.048Z", case.read())
    assert raised.value.requirement == requirement


@pytest.mark.parametrize(
    ("payload", "remove", "requirement"),
    [
        ({"id": None}, False, "CREATE-OWNS"),
        ({}, False, "CREATE-ID"),
        ({"id": None}, True, "CREATE-ID"),
    ],
    ids=["chosen by the client", "not chosen", "absent"],
)
def test_create_with_an_unusable_id(payload: dict[str, Any], remove: bool, requirement: str) -> None:
    def change(request: Request, response: Response) -> Response:
        record = {name: value for name, value in json.loads(response.body).items() if name != "id"}
        return replace(response, body=json.dumps(record if remove else {**record, "id": None}).encode())

    with pytest.raises(Violation) as raised:
        create_case(connected(change=change), payload)
    assert raised.value.requirement == requirement


@pytest.mark.parametrize(
    ("sent", "requirement", "needs"),
    [
        ({"lastWorkflowId": None}, "CREATE-WORKFLOW", ("CREATE-OWNS",)),
        ({"testSummary": "x"}, "CREATE-WORKFLOW", ()),
    ],
    ids=["sent by the client", "not sent"],
)
def test_member_that_the_client_sent_needs_create_owns(
    sent: dict[str, Any], requirement: str, needs: tuple[str, ...]
) -> None:
    record = {"id": OTHER, "createdDate": OLD, "lastWorkflowId": None}
    bodies = [json.dumps(one).encode() for one in (sent, record)]
    headers = {"content-type": "application/json"}
    create = Exchange(
        "POST", "http://h/case", {}, bodies[0], 201, "", headers, bodies[1], 0.0, 0.0, "http://h"
    )
    assert [(one.requirement, one.needs) for one in find_violations(create)] == [(requirement, needs)]
