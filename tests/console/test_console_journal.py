"""The journal in the console: live exchanges, explanations, and code that repeats an exchange."""

from __future__ import annotations

import json
import subprocess

import pytest
import requests
from support.consoles import Console, Mock


def numbers(console: Console) -> list[int]:
    listed = "return [...document.querySelectorAll('.list .exchanges a')].map((e) => Number(e.dataset.open))"
    return list(console.script(listed))


def newest(mock: Mock) -> int:
    return int(mock.control("GET", "journal")["last"])


def test_exchanges_appear_live_newest_first(console: Console, mock: Mock) -> None:
    console.press("nav a", "Journal")
    console.find(".nothing", "No requests yet.")
    mock.create(summary="First")
    first = newest(mock)
    console.until(lambda: numbers(console) == [first], "the first exchange")
    mock.call("GET", "/case/none")
    console.until(lambda: numbers(console) == [first + 1, first], "the second above it")
    assert "404" in console.text(".exchanges li:first-child")
    assert "No case has this id." in console.text(".exchanges li:first-child")


def test_exchange_is_shown_with_its_errors(console: Console, mock: Mock) -> None:
    mock.call("POST", "/case", {"owner": 1, "canceled": "no"}, token="a-secret")
    mock.call("POST", "/case", {"owner": 1, "canceled": "no"})
    console.go(f"#/journal/{newest(mock)}")
    whole = console.find(".whole")
    assert "/owner is an integer and must be a string or null" in whole.text
    assert "/canceled is a string and must be a boolean or null" in whole.text
    console.press(".request summary")
    assert "authorization: Bearer •••" in console.text(".request .headers")
    assert '"canceled": "no"' in console.text(".request .json")
    assert '"code": "invalid"' in console.text(".response .json")
    console.go(f"#/journal/{newest(mock) - 1}")
    console.find(".whole", "The credentials are unknown or have expired")
    assert "a-secret" not in console.text()


def test_journal_can_be_filtered_paused_and_cleared(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Kept")
    mock.call("GET", f"/case/{case['id']}")
    mock.call("GET", "/case/none")
    last = newest(mock)
    console.go("#/journal")
    console.until(lambda: len(numbers(console)) == 3, "all three")
    console.press(".bar button", "Refused")
    console.until(lambda: numbers(console) == [last], "the refused one")
    console.press(".bar button", "Refused")
    console.write("#search", "get 200")
    console.until(lambda: numbers(console) == [last - 1], "the one that fits")
    console.write("#search", "")
    console.press(".bar button", "Pause")
    console.find(".pager", "Paused")
    mock.create(summary="Unseen")
    console.press(".bar button", "Pause")
    console.until(lambda: len(numbers(console)) == 4, "what came meanwhile")
    console.press(".pager button", "Clear")
    console.find(".nothing", "No requests yet.")
    assert mock.control("GET", "journal")["exchanges"] == []


def test_journal_cleared_elsewhere_is_read_again(console: Console, mock: Mock) -> None:
    mock.create(summary="Old")
    console.go("#/journal")
    console.until(lambda: len(numbers(console)) == 1, "the old one")
    mock.control("DELETE", "journal")
    mock.create(summary="New")
    last = newest(mock)
    console.until(lambda: numbers(console) == [last], "only the new one")


@pytest.fixture
def unusual(console: Console, mock: Mock) -> dict[str, object]:
    """Open an exchange that contains all characters to be quoted."""
    body = {"summary": 'it\'s "unusual" $HOME `x` \\ \n ü😀 ${y} %s', "null": None, "yes": True}
    response = mock.call("POST", "/case?a=1&b='2'", body)
    assert response.status_code == 201
    console.go(f"#/journal/{newest(mock)}")
    console.find(".whole")
    return body


def copied(console: Console, name: str) -> str:
    console.press(f"button[data-copy={name}]")
    console.wait_for_message(f"Copied as {name}")
    return console.clipboard()


def arguments(line: str) -> list[str]:
    """Return the arguments that a shell passes to curl."""
    script = f'curl() {{ printf "%s\\0" "$@"; }}; {line}'
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, timeout=10)
    return shell.stdout.split("\0")[:-1]


def resent(mock: Mock, body: dict[str, object]) -> bool:
    """Return True if the last exchange equals the one above."""
    exchange = mock.control("GET", "journal")["exchanges"][-1]
    assert exchange["response"]["status"] == 201
    assert json.loads(exchange["request"]["body"]) == body
    return bool(exchange["request"]["query"].replace("%27", "'") == "a=1&b='2'")


def test_copied_curl_command_repeats_the_request(
    console: Console, mock: Mock, unusual: dict[str, object]
) -> None:
    words = arguments(copied(console, "curl"))
    assert words[:3] == ["-X", "POST", f"{mock.url}/case?a=1&b='2'"]
    options = list(zip(words[3::2], words[4::2], strict=True))
    assert ("-H", "authorization: Bearer dev-token") in options
    assert ("-H", "content-type: application/json") in options
    assert options[-1][0] == "--data-raw"
    assert json.loads(options[-1][1]) == unusual
    headers = dict(word.split(": ", 1) for name, word in options if name == "-H")
    assert (
        requests.post(words[2], data=options[-1][1].encode(), headers=headers, timeout=5).status_code == 201
    )
    assert resent(mock, unusual)


def test_copied_fetch_code_repeats_the_request(
    console: Console, mock: Mock, unusual: dict[str, object]
) -> None:
    text = copied(console, "fetch")
    assert "dev-token" in text
    assert console.run_async(f"{text}\nreturn response.status") == 201
    assert resent(mock, unusual)


def test_copied_requests_code_repeats_the_request(
    console: Console, mock: Mock, unusual: dict[str, object]
) -> None:
    text = copied(console, "requests")
    names: dict[str, requests.Response] = {}
    exec(text, names)
    assert names["response"].status_code == 201
    assert resent(mock, unusual)


def test_refused_credential_is_not_replaced(console: Console, mock: Mock) -> None:
    mock.call("GET", "/case/1", token="wrong")
    console.go(f"#/journal/{newest(mock)}")
    console.find(".whole")
    assert "authorization: Bearer •••" in copied(console, "curl")


def test_token_request_is_copied_with_the_real_key(console: Console, mock: Mock) -> None:
    grant = {"grant_type": "client_credentials", "client_id": "dev-client", "client_secret": "dev-key-1"}
    requests.post(f"{mock.url}/auth/oauth2/token", data=grant, timeout=5).raise_for_status()
    console.go(f"#/journal/{newest(mock)}")
    assert "dev-key-1" not in console.find(".whole").text
    assert arguments(copied(console, "curl"))[-1].endswith("client_secret=dev-key-0")


def test_exchange_links_only_to_an_existing_case(console: Console, mock: Mock) -> None:
    case = mock.create(summary="Linked")
    mock.call("GET", "/case/missing")
    console.press("nav a", "Journal")
    console.press(".exchanges .path", "/case/missing")
    console.find(".facts", "Exchange")
    assert not console.all(".facts a")
    console.press(".exchanges .path", "/case")
    assert console.find(".facts a", "The case").get_attribute("href").endswith(f"#/cases/{case['id']}")
