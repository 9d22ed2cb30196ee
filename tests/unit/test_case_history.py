"""The requests that brought a case into its state, which a reproduction sends first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract_tests.client.exchange import Exchange
from contract_tests.results.case_history import MOST_READS, CaseHistory

CASE = "0b7e0f3c-5a51-4f7e-9d2e-0d6f3a9b6d11"


class Requests:
    """Exchanges one second apart, which a history sees."""

    def __init__(self) -> None:
        self.history = CaseHistory()
        self.now = 0.0

    def send(
        self, method: str, path: str, sent: Any = None, *, status: int = 200, shown: Any = None
    ) -> Exchange:
        self.now += 1.0
        body = json.dumps(shown or {}).encode()
        one = Exchange(
            method, f"http://h{path}", {}, json.dumps(sent).encode(), status, "", {}, body, self.now, 0.1
        )
        self.history(one)
        return one

    def create(self) -> Exchange:
        return self.send("POST", "/case", {}, status=201, shown={"id": CASE})

    def move(self, status: str, code: int = 200) -> Exchange:
        return self.send("POST", f"/case/{CASE}/transition", {"caseStatus": status}, status=code)


def test_transitions_before_a_failure_belong_to_it() -> None:
    requests = Requests()
    create, close = requests.create(), requests.move("Close")
    requests.move("Reopen", 409)
    read = requests.send("GET", f"/case/{CASE}")
    requests.move("Reopen")
    assert requests.history.before([read]) == [create, close]


def test_transitions_back_to_an_earlier_status_are_left_out() -> None:
    requests = Requests()
    create, first = requests.create(), requests.move("Close")
    requests.move("Reopen")
    requests.move("Close")
    reopen = requests.move("Reopen")
    read = requests.send("GET", f"/case/{CASE}")
    assert requests.history.before([read]) == [create, first, reopen]


def test_last_update_is_added_on_request() -> None:
    requests = Requests()
    create = requests.create()
    requests.send("PUT", f"/case/{CASE}", {"testSummary": "first"})
    last = requests.send("PATCH", f"/case/{CASE}", {"testSummary": "last"})
    again = requests.send("PATCH", f"/case/{CASE}", {"testSummary": "last"})
    assert requests.history.before([again], updates=True) == [create, last]
    assert requests.history.before([again]) == [create]


def test_requests_of_the_failure_are_not_repeated() -> None:
    requests = Requests()
    create, close = requests.create(), requests.move("Close")
    read = requests.send("GET", f"/case/{CASE}")
    assert requests.history.before([create, close, read]) == []


def test_malformed_id_belongs_to_the_case_it_is_made_from() -> None:
    requests = Requests()
    create = requests.create()
    for path in (f"/case/{CASE}0", f"/case/{CASE[:-1]}%25"):
        assert requests.history.before([requests.send("GET", path)]) == [create]
    assert requests.history.before([requests.send("GET", "/case/unknown")]) == []


def test_case_in_a_payload_or_a_response_belongs_to_the_failure() -> None:
    requests = Requests()
    create = requests.create()
    update = requests.send("PUT", "/case/unknown", {"id": CASE}, status=404)
    shown = requests.send("POST", "/case/unknown/transition", {"caseStatus": "Close"}, shown={"id": CASE})
    assert requests.history.before([update]) == [create]
    assert requests.history.before([shown]) == [create]


def test_update_that_created_a_case_belongs_to_the_failure() -> None:
    requests = Requests()
    requests.create()
    created = requests.send("PUT", "/case/%25", {"testSummary": "x"})
    requests.send("PUT", "/case/%25", {"testSummary": "y"})
    assert requests.history.before([requests.send("PATCH", "/case/%25", {})]) == [created]


def test_updates_that_a_response_shows_belong_to_the_failure() -> None:
    requests = Requests()
    create = requests.create()
    requests.send("PATCH", f"/case/{CASE}", {"testNote": "before the PUT"})
    put = requests.send("PUT", f"/case/{CASE}", {"testSummary": "put", "testNote": "put"})
    requests.send("PATCH", f"/case/{CASE}", {"testTags": ["overwritten"]})
    patch = requests.send("PATCH", f"/case/{CASE}", {"testTags": ["last"]})
    shown = {"id": CASE, "testSummary": "put", "testNote": "put", "testTags": ["last"]}
    read = requests.send("GET", f"/case/{CASE}", shown=shown)
    assert requests.history.before([read]) == [create, put, patch]


def test_update_whose_old_value_a_response_shows_is_kept() -> None:
    requests = Requests()
    create = requests.create()
    old = requests.send("PUT", f"/case/{CASE}", {"testSummary": "old"})
    requests.send("PUT", f"/case/{CASE}", {"testSummary": "between"})
    put = requests.send(
        "PUT", f"/case/{CASE}", {"testSummary": "new"}, shown={"id": CASE, "testSummary": "new"}
    )
    stale = requests.send("GET", f"/case/{CASE}", shown={"id": CASE, "testSummary": "old"})
    assert requests.history.before([put, stale]) == [create, old]


def test_reads_are_added_on_request_even_if_a_check_dropped_them() -> None:
    requests = Requests()
    create = requests.create()
    first, dropped, last = (requests.send("GET", f"/case/{CASE}") for _ in range(3))
    requests.send("GET", f"/case/{CASE}")
    exchanges, left_out = requests.history.evidence([last], reads=MOST_READS)
    assert exchanges == tuple(one.evidence for one in (create, first, dropped, last))
    assert left_out == 0
    assert requests.history.evidence([last])[0] == (create.evidence, last.evidence)


@pytest.mark.parametrize(
    ("status", "shown", "wanted"),
    [(200, "shown-1", "shown-1"), (409, "shown-1", "other-2"), (200, "longer-1", "other-2")],
    ids=["accepted", "refused", "other length"],
)
def test_workflow_id_of_a_left_out_response_is_replaced(status: int, shown: str, wanted: str) -> None:
    requests = Requests()
    create = requests.send("POST", "/case", {}, status=201, shown={"id": CASE, "lastWorkflowId": shown})
    requests.send("GET", f"/case/{CASE}", shown={"id": CASE, "lastWorkflowId": "other-2"})  # is left out
    move = {"caseStatus": "Close", "workflowId": "other-2"}
    closed = requests.send("POST", f"/case/{CASE}/transition", move, status=status)
    exchanges, _ = requests.history.evidence([create, closed])
    assert json.loads(exchanges[1]["request_body"])["workflowId"] == wanted
    assert wanted in exchanges[1]["curl"]


def test_workflow_id_that_no_case_had_is_kept() -> None:
    requests = Requests()
    create = requests.send("POST", "/case", {}, status=201, shown={"id": CASE, "lastWorkflowId": "mine-1"})
    closed = requests.send(
        "POST", f"/case/{CASE}/transition", {"caseStatus": "Close", "workflowId": "wrong1"}
    )
    assert requests.history.evidence([create, closed])[0] == (create.evidence, closed.evidence)


def test_create_with_a_foreign_workflow_id_is_added() -> None:
    requests = Requests()
    create, other = (
        requests.send("POST", "/case", {}, status=201, shown={"id": case_id, "lastWorkflowId": workflow})
        for case_id, workflow in ((CASE, "mine-1"), ("other", "other1"))
    )
    closed = requests.send(
        "POST", f"/case/{CASE}/transition", {"caseStatus": "Close", "workflowId": "other1"}
    )
    expected = tuple(one.evidence for one in (create, other, closed))
    assert requests.history.evidence([create, closed])[0] == expected


def test_workflow_id_that_a_response_shows_is_kept() -> None:
    requests = Requests()
    creates = [
        requests.send("POST", "/case", {}, status=201, shown={"id": case_id, "lastWorkflowId": workflow})
        for case_id, workflow in ((CASE, "mine-1"), ("other", "theirs"))
    ]
    for sent in ("theirs", "mine-1"):  # of another case, and of an earlier state
        move = {"caseStatus": "Close", "workflowId": sent}
        shown = {"id": CASE, "lastWorkflowId": "mine-2"}
        closed = requests.send("POST", f"/case/{CASE}/transition", move, shown=shown)
        again = requests.send("POST", f"/case/{CASE}/transition", move, shown=shown)
        exchanges, _ = requests.history.evidence([*creates, closed, again])
        assert exchanges[-2:] == (closed.evidence, again.evidence)
