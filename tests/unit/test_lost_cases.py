"""Cases that a server loses when others are created, on a mock that refuses GETs of some cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count

import pytest
from support.in_process import new_case

from contract_tests.assertions.case import Case, create_case
from contract_tests.assertions.lost_cases import find_lost_to_new_cases
from contract_tests.exceptions import Violation
from mock_server import Request, Response

REFUSAL = Response(404, {"Content-Type": "application/json"}, b'{"status": 404}')


class Store:
    """The ids that creates returned, oldest first; GET refuses those that `is_lost` accepts."""

    def __init__(self, is_lost: Callable[[list[str], str], bool]) -> None:
        self.ids: list[str] = []
        self._is_lost = is_lost

    def __call__(self, request: Request, response: Response) -> Response:
        if request.method == "POST" and response.status == 201:
            self.ids.append(json.loads(response.body)["id"])
        case_id = request.path.rpartition("/")[2]
        return REFUSAL if case_id in self.ids and self._is_lost(self.ids, case_id) else response


def is_not_among_last(number: int) -> Callable[[list[str], str], bool]:
    return lambda ids, case_id: case_id not in ids[-number:]


def refused_after(case: Case, creates: int) -> Case:
    """Return the case after a GET, some creates and a GET that is refused."""
    case.read()
    for _ in range(creates):
        create_case(case.api)
    assert case.api.get(case.id).refused
    return case


def test_case_that_new_cases_replace_is_lost_to_them() -> None:
    case = refused_after(new_case(change=Store(is_not_among_last(3))), creates=3)
    found = find_lost_to_new_cases(case.api, case.id)
    assert found == "a new case was refused, too, after 3 more create requests"
    with pytest.raises(Violation) as caught:
        case.read()
    assert caught.value.requirement == "UPDATE-ISOLATED"


def test_single_case_that_gets_lost_leaves_no_proof() -> None:
    case = new_case(change=Store(lambda ids, case_id: case_id == ids[0] and len(ids) > 2))
    before = list(refused_after(case, creates=2).api.trace)
    assert find_lost_to_new_cases(case.api, case.id) is None
    assert list(case.api.trace) == before


def test_case_that_many_creates_replace_is_not_examined() -> None:
    case = refused_after(new_case(change=Store(is_not_among_last(10))), creates=10)
    requests = case.api.session.requests_sent
    assert find_lost_to_new_cases(case.api, case.id) is None
    assert case.api.session.requests_sent == requests


def test_get_that_is_refused_at_times_is_no_lost_case() -> None:
    reads = count(1)

    def refuse_each_second_read(request: Request, response: Response) -> Response:
        return REFUSAL if request.method == "GET" and next(reads) % 2 == 0 else response

    case = refused_after(new_case(change=refuse_each_second_read), creates=2)
    before = list(case.api.trace)
    assert find_lost_to_new_cases(case.api, case.id) is None
    assert list(case.api.trace) == before
