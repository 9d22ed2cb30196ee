"""Cases in the console: list, record, editor, workflow and live updates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from selenium.webdriver.common.keys import Keys
from support.consoles import Console, Mock, other_console


def on(console: Console, case: dict[str, Any], more: str = "") -> None:
    """Open a case."""
    console.go(f"#/cases/{case['id']}{more}")


def record(console: Console) -> dict[str, Any]:
    """Return the record that the console shows."""
    return dict(json.loads(str(console.find("pre.json").get_property("textContent"))))


def test_list_shows_the_newest_cases_live(console: Console, mock: Mock) -> None:
    console.until(lambda: len(console.titles()) == 30, "30 cases are listed")
    dates = console.script("return [...document.querySelectorAll('td.created')].map((e) => e.innerText)")
    assert dates == sorted(dates, reverse=True)
    case = mock.create(summary="Came while you looked")
    console.until(lambda: console.titles()[0] == "Came while you looked", "the new case is on top")
    mock.call("PATCH", f"/case/{case['id']}", {"summary": "Changed while you looked"})
    console.until(lambda: console.titles()[0] == "Changed while you looked", "the row follows the change")


def test_search_finds_text_or_reports_no_match(console: Console, mock: Mock) -> None:
    mock.create(summary="A needle", hay={"deep": ["STACK-4711"]})
    console.write("#search", "stack-4711")
    console.until(lambda: console.titles() == ["A needle"], "only the needle is left")
    assert "1 case" in console.text(".pager")
    console.write("#search", "no such thing")
    console.find(".nothing", "No case contains “no such thing”.")
    console.write("#search", "")
    console.until(lambda: len(console.titles()) == 31, "all are back")


def test_click_on_a_heading_sorts_and_reverses(console: Console) -> None:
    console.find(".cases .title")
    console.press("th.what button")
    console.until(lambda: console.titles() == sorted(console.titles(), key=str.casefold), "from A to Z")
    assert console.find("th.what").get_attribute("aria-sort") == "ascending"
    console.press("th.what button")
    console.until(
        lambda: console.titles() == sorted(console.titles(), key=str.casefold, reverse=True), "from Z to A"
    )
    assert console.find("th.what").get_attribute("aria-sort") == "descending"
    assert console.find("th.created").get_attribute("aria-sort") == "none"


def test_long_list_is_paged(console: Console, mock: Mock) -> None:
    mock.control("PUT", "state", [{"summary": f"Case {number:03}"} for number in range(120)])
    console.press("th.what button")
    console.find(".pager", "1\N{EN DASH}50 of 120 cases")
    console.press("button[aria-label='Next page']")
    console.until(lambda: console.titles()[:1] == ["Case 050"], "the second page")
    console.press("button[aria-label='Next page']")
    console.find(".pager", "101\N{EN DASH}120 of 120 cases")
    assert not console.find("button[aria-label='Next page']").is_enabled()
    mock.control("PUT", "state", [{"summary": "The only one"}])
    console.until(lambda: console.titles() == ["The only one"], "a page that is gone gives way to the last")


def test_empty_mock_suggests_the_next_step(console: Console, mock: Mock) -> None:
    mock.control("PUT", "state", [])
    console.find(".nothing", "No cases yet.")
    console.press(".nothing a", "New case")
    console.find("h1", "New case")


def test_record_shows_numbers_exactly(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Exact", whole=2**70, half=1.0, small=1e-7, text='ü\u2028\ud83d\ude00 \\ "')
    on(console, case)
    shown = str(console.find("pre.json").get_property("textContent"))
    assert f'"whole": {2**70}' in shown
    assert '"half": 1.0' in shown
    assert json.loads(shown) == case


def test_missing_case_is_reported(console: Console) -> None:
    console.go("#/cases/no-such-case")
    console.find(".nothing", "There is no case no-such-case.")
    console.press(".nothing a", "All cases")
    console.find(".welcome")


def test_welcome_page_shows_the_address_of_the_mock(console: Console, mock: Mock) -> None:
    welcome = console.find(".welcome").text
    assert mock.url in welcome
    assert "Authorization: Bearer dev-token" in welcome
    console.press("button[aria-label='Copy Base URL']")
    console.wait_for_message("Copied Base URL")
    assert console.clipboard() == mock.url


def test_case_can_be_created(console: Console, mock: Mock) -> None:
    console.press("a", "New case")
    console.find("textarea")
    console.write("textarea", '{"summary": "Written here", "big": 9007199254740993}')
    console.press("button", "Create")
    console.wait_for_message("Case created")
    console.find("h1", "Written here")
    assert mock.total() == 31
    newest = mock.control("GET", "cases?limit=1&sort=-createdDate")["cases"][0]["case"]
    assert newest["big"] == 9007199254740993
    exchange = mock.control("GET", "journal")["exchanges"][-1]
    assert (exchange["operation"], exchange["response"]["status"]) == ("createCase", 201)


def test_error_beside_the_text_selects_its_place(console: Console, mock: Mock) -> None:
    console.go("#/new")
    console.find("textarea")
    console.write("textarea", '{"summary": "Wrong", "owner": 7, "canceled": "perhaps"}')
    console.press("button", "Create")
    console.find(".verdict li", "/owner is an integer and must be a string or null")
    console.press(".verdict button", "/canceled")
    marked = (
        "const area = document.querySelector('textarea');"
        "return area.value.slice(area.selectionStart, area.selectionEnd)"
    )
    assert console.script(marked) == '"perhaps"'
    console.write("textarea", '{"summary": ')
    console.press("button", "Create")
    console.find(".verdict", "400: The body is not JSON")
    assert mock.total() == 30


def test_case_can_be_created_under_every_scheme(console: Console, tmp_path: Path) -> None:
    credentials = {
        "oauth2": "Authorization: Bearer TOKEN",
        "header": "X-Api-Key: dev-token",
        "cookie": "Cookie: session=dev-token",
        "none": "Base URL",
    }
    file = tmp_path / "tenant.toml"
    for scheme, words in credentials.items():
        file.write_text(f'[auth]\nscheme = "{scheme}"\n')
        with other_console(console, "--deployment", str(file)) as other:
            other.find(".welcome", words)
            other.go("#/new")
            other.find("textarea")
            other.write("textarea", f'{{"summary": "By {scheme}"}}')
            other.press("button", "Create")
            other.find(".case h1", f"By {scheme}")


def test_case_created_without_a_response_is_listed(console: Console, mock: Mock) -> None:
    mock.control("PATCH", "behaviour", {"faults": ["create-returns-202"]})
    console.go("#/new")
    console.find("textarea")
    console.write("textarea", '{"summary": "Taken, and no more said"}')
    console.press("button", "Create")
    console.wait_for_message("Case created")
    console.find(".welcome")
    console.until(lambda: console.titles()[0] == "Taken, and no more said", "it is there")


def test_edit_patches_only_changed_fields(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Before", owner="u-1", stays=[1, 2])
    on(console, case, "/edit")
    text = console.find("textarea").get_attribute("value")
    assert json.loads(text) == {"summary": "Before", "owner": "u-1", "stays": [1, 2]}
    mock.call("PATCH", f"/case/{case['id']}", {"owner": "u-2"})
    console.write("textarea", text.replace("Before", "After"))
    console.find(".note", "Sends summary.")
    console.press("button", "Save with PATCH")
    console.find("h1", "After")
    assert json.loads(mock.control("GET", "journal")["exchanges"][-1]["request"]["body"]) == {
        "summary": "After"
    }
    assert mock.call("GET", f"/case/{case['id']}").json() == case | {"summary": "After", "owner": "u-2"}


def test_edit_can_put_and_shows_errors(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Before", goes=True)
    on(console, case, "/edit")
    console.find("textarea")
    console.write("textarea", '{"summary": 1, "owner": 2}')
    console.find(".note", "PATCH cannot remove goes. Use PUT.")
    console.press("input[value=PUT]")
    console.press("button", "Save with PUT")
    console.find(".verdict li", "/owner is an integer and must be a string or null")
    console.write("textarea", '{"summary": "Replaced"}')
    console.press("button", "Save with PUT")
    console.find("h1", "Replaced")
    assert "goes" not in mock.call("GET", f"/case/{case['id']}").json()


def test_draft_is_kept_until_saved_or_discarded(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Stored")
    on(console, case, "/edit")
    console.find("textarea")
    console.write("textarea", '{"summary": "Half writ')
    console.keys(Keys.ESCAPE)
    console.find(".badge", "unsaved draft")
    console.press("a.edit")
    assert console.find("textarea").get_attribute("value") == '{"summary": "Half writ'
    console.press("button", "Discard")
    console.find("h1", "Stored")
    console.until(lambda: not console.all(".badge", "unsaved draft"), "the draft is gone")


def test_legal_transitions_have_buttons_and_arrows(console: Console, mock: Mock) -> None:
    case = mock.create(summary="On the move")
    on(console, case)
    for move, legal in (("Close", ["Reopen"]), ("Reopen", ["Close"]), ("Close", ["Reopen"])):
        console.write("#reason", f"Because of {move}")
        console.press("button.transition", move)
        console.until(
            lambda state=move: console.text(".workflow .current text") == state, f"{move} is marked"
        )
        assert [one.text for one in console.all("button.transition")] == legal
        arrows = (
            "return [...document.querySelectorAll('.workflow .transition.legal')].map((e) => e.dataset.to)"
        )
        assert console.script(arrows) == legal
        sent = json.loads(
            mock.control("GET", f"journal?case={case['id']}")["exchanges"][-1]["request"]["body"]
        )
        assert (sent["caseStatus"], sent["reason"]) == (move, f"Because of {move}")
    assert mock.call("GET", f"/case/{case['id']}").json()["caseStatus"] == "Close"
    assert "Close to Reopen" in str(console.find(".workflow").get_attribute("aria-label"))


def test_refused_transition_shows_the_reason(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Stays")
    on(console, case)
    console.find("button.transition")
    mock.control("POST", "failures", {"status": 409, "operation": "transitionCase"})
    console.press("button.transition")
    console.find(".refused", "Already closed.")


def test_history_of_a_case_is_live_and_expandable(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Observed")
    mock.create(summary="Another")
    on(console, case)
    console.until(lambda: len(console.all(".case .exchanges li")) == 1, "its creation alone")
    mock.call("PATCH", f"/case/{case['id']}", {"canceled": "perhaps"})
    console.find(".case .exchanges li", "/canceled is a string and must be a boolean or null")
    console.press(".case .exchanges summary.line")
    assert '"canceled": "perhaps"' in console.find(".case .whole .request").text
    console.until(lambda: record(console) == case, "what was refused changed nothing")


def test_json_pointer_is_located_in_the_text(console: Console) -> None:
    text = ' {"a": "x,}", "b": [1, {"c": [2]}], "d/e~": null} '
    places = {"/a": '"x,}"', "/b/1/c": "[2]", "/b/0": "1", "/b/1": '{"c": [2]}', "/d~1e~0": "null"}
    places |= {"/missing": text.strip(), "": text.strip(), "/b/7": '[1, {"c": [2]}]'}
    locate = (
        "const { locate } = await import('/_mock/console/json.js'); return locate(arguments[0], arguments[1])"
    )
    for pointer, found in places.items():
        start, end = console.run_async(locate, text, pointer)
        assert text[start:end] == found, pointer
