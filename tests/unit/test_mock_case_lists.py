"""The list of cases, which is not part of the contract."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.in_process import send

from mock_server.core.case_list import CaseList
from mock_server.core.service import build
from mock_server.core.settings import Settings

TOKEN = {"authorization": "Bearer dev-token"}


@pytest.fixture
def listing() -> Any:
    handle = build(Settings(with_list=True))
    for number in range(3):
        assert send(handle, "POST", "/case", {"n": number, "s": f"t{number}"}).status == 201
    return handle


@pytest.mark.parametrize(
    ("query", "count", "numbers"),
    [
        ("", 3, [0, 1, 2]),
        ("limit=2", 3, [0, 1]),
        ("offset=1", 3, [1, 2]),
        ("limit=1&offset=2", 3, [2]),
        ("limit=1000", 3, [0, 1, 2]),
        ("s=t1", 1, [1]),
        ("n=2", 1, [2]),
        ("n=2&s=t1", 0, []),
        ("missing=", 0, []),
    ],
)
def test_list_selects_cases(listing: Any, query: str, count: int, numbers: list[int]) -> None:
    response = send(listing, "GET", "/case", query=query)
    body = json.loads(response.body)
    assert (body["count"], [one["n"] for one in body["records"]]) == (count, numbers)
    assert "not part of the contract" in response.headers["x-mock-extension"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "a=%ff", "limit=1e1"])
def test_list_refuses_other_pages(listing: Any, query: str) -> None:
    assert send(listing, "GET", "/case", query=query).status == 422


def test_list_keeps_the_other_operations(listing: Any) -> None:
    assert isinstance(listing, CaseList)
    assert send(listing, "GET", "/case", authorization="").status == 401
    assert send(listing, "HEAD", "/case").body == b""
    assert {"GET", "HEAD", "POST"} <= set(send(listing, "PATCH", "/case").headers["allow"].split(", "))
    assert send(build(Settings()), "GET", "/case").status == 405
