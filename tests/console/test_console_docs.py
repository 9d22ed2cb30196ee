"""The API reference: all operations of both documents, called at this mock, without other hosts."""

from __future__ import annotations

from typing import Any

from support.consoles import Console, Mock


def test_reference_lists_and_tries_operations(console: Console, mock: Mock) -> None:
    console.press("nav a", "API docs")
    console.until(lambda: len(console.all(".opblock")) == 6, "all operations are there")
    assert "/api-public/1.0" in console.text(".servers")
    console.press("#operations-Cases-createCase .opblock-summary-control")
    console.press("#operations-Cases-createCase .execute")
    console.find(".live-responses-table .response-col_status", "201")
    exchange = mock.control("GET", "journal")["exchanges"][-1]
    assert (exchange["operation"], exchange["response"]["status"]) == ("createCase", 201)
    console.press("nav a", "Control API")
    console.until(lambda: len(console.all(".opblock")) > 20, "the control API is there, too")
    console.press("#operations-Mock-getSettings .opblock-summary-control")
    console.press("#operations-Mock-getSettings .execute")
    console.find(".live-responses-table .response-col_status", "200")


def test_reference_is_readable_without_a_token(console: Console, driver: Any) -> None:
    console.script("sessionStorage.clear()")
    driver.get(f"{console.mock.root}/_mock/docs")
    console.find("#note", "The control token is missing.")
    console.until(lambda: len(console.all(".opblock")) == 6, "all operations are there")
