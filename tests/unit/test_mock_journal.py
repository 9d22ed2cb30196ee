"""The journal: its entries, lines and limits."""

import json

import pytest
from support.clients import Client, content
from support.journals import SECRET, journalled

from mock_server import Auth, Behaviour, Limits, Mock, Request, Settings
from mock_server.journal import LONGEST_BODY, MOST, format_line, printable


def test_entry_contains_the_whole_exchange() -> None:
    mock = Mock()
    ask = Client(mock.handle)
    case = ask.create({"summary": "ü"})
    made = mock.journal.read()[0]
    assert made["number"] == 1
    assert made["operation"] == "createCase"
    assert made["case"] == case["id"]
    assert made["request"]["method"] == "POST"
    assert made["request"]["path"] == "/case"
    assert json.loads(made["request"]["body"]) == {"summary": "ü"}
    assert made["response"]["status"] == 201
    assert json.loads(made["response"]["body"]) == case
    assert made["response"]["headers"]["content-type"] == "application/json"
    assert (made["problem"], made["findings"], made["shaped_by"]) == (None, [], [])
    assert made["milliseconds"] >= 0


def test_entry_lists_errors_with_pointers() -> None:
    mock = Mock()
    Client(mock.handle)("POST", "/case", {"canceled": "x", "owner": 1})
    (exchange,) = mock.journal.read()
    assert exchange["problem"].startswith("The body is not valid for this operation: /canceled is a string")
    assert exchange["findings"] == [
        {"pointer": "/canceled", "message": "is a string and must be a boolean or null"},
        {"pointer": "/owner", "message": "is an integer and must be a string or null"},
    ]


@pytest.mark.parametrize(
    ("method", "path", "operation", "case"),
    [
        ("GET", "/case/7", "getCase", "7"),
        ("HEAD", "/case/a%2Fb", "getCase", "a/b"),
        ("PATCH", "/case/7", "updateCase", "7"),
        ("POST", "/case/7/transition", "transitionCase", "7"),
        ("DELETE", "/case/7", None, "7"),
        ("POST", "/case", "createCase", None),
        ("GET", "/elsewhere", None, None),
        ("GET", "/case/%FF", "getCase", "?"),
    ],
)
def test_entry_has_operation_and_case(
    method: str, path: str, operation: str | None, case: str | None
) -> None:
    exchange = journalled(Request(method, path))
    assert (exchange["operation"], exchange["case"]) == (operation, case)
    json.dumps(exchange).encode()


def test_operations_are_found_under_prefix_and_token_path() -> None:
    settings = Settings(prefix="/api", auth=Auth(token_path="/login"))
    mock = Mock(settings)
    for path in ("/api/case", "/login", "/case"):
        mock.handle(Request("POST", path))
    assert [one["operation"] for one in mock.journal.read()] == ["createCase", "issueToken", None]


def test_control_api_does_not_appear_in_the_journal() -> None:
    mock = Mock()
    mock.handle(Request("GET", "/_mock/journal", {"host": "localhost"}))
    mock.handle(Request("GET", "/_mockery"))
    assert mock.journal.read() == []


def test_numbers_continue_and_the_oldest_entries_are_dropped() -> None:
    mock = Mock()
    for _ in range(MOST + 5):
        mock.handle(Request("GET", "/case/1"))
    numbers = [one["number"] for one in mock.journal.read()]
    assert numbers == list(range(6, MOST + 6))
    assert [one["number"] for one in mock.journal.read(after=MOST + 3)] == [MOST + 4, MOST + 5]
    assert [one["number"] for one in mock.journal.read(after=10, limit=2)] == [11, 12]
    mock.journal.clear()
    assert (mock.journal.read(), mock.journal.last) == ([], 0)
    mock.handle(Request("GET", "/case/1"))
    assert mock.journal.last == MOST + 6


def test_journal_can_be_filtered_by_case() -> None:
    mock = Mock()
    ask = Client(mock.handle)
    one, other = ask.create(), ask.create()
    ask.move(one, "Close")
    ask.read(other["id"])
    history = mock.journal.read(case=one["id"])
    assert [exchange["operation"] for exchange in history] == ["createCase", "transitionCase"]


def test_long_bodies_are_truncated() -> None:
    mock = Mock(Settings(limits=Limits(body=10**6)))
    response = Client(mock.handle)("POST", "/case", {"text": "x" * 500_000})
    assert len(content(response)["text"]) == 500_000
    (exchange,) = mock.journal.read()
    assert len(exchange["request"]["body"]) == len(exchange["response"]["body"]) == LONGEST_BODY


def test_duration_includes_the_delay() -> None:
    exchange = journalled(Request("GET", "/case/1"), behaviour=Behaviour(latency=(0.5, 0.5)))
    assert 500 <= exchange["milliseconds"] < 700
    assert exchange["shaped_by"] == ["latency"]


def test_line_shows_the_errors() -> None:
    exchange = journalled(
        Request("POST", "/case", {"authorization": f"Bearer {SECRET}"}, b'{"canceled": "x"}')
    )
    assert format_line(exchange)[8:].startswith(" POST /case 422 ")
    assert format_line(exchange).endswith(" ms  /canceled is a string and must be a boolean or null")


def test_line_shows_why_a_response_was_changed() -> None:
    exchange = journalled(Request("GET", "/case/1", query="a=1"), behaviour=Behaviour(outage=True))
    assert " GET /case/1?a=1 503 " in format_line(exchange)
    assert format_line(exchange).endswith("[outage]")


def test_line_never_contains_a_line_end() -> None:
    exchange = journalled(Request("GET", "/case/\x1b[2J\x9b\r\nnext\u2028"))
    assert format_line(exchange).isprintable()
    assert printable("ü\n") == "ü\\n"


def test_callback_gets_each_entry_at_once() -> None:
    statuses: list[int] = []
    mock = Mock(on_exchange=lambda exchange: statuses.append(exchange["response"]["status"]))
    mock.handle(Request("GET", "/case/1"))
    mock.handle(Request("GET", "/nowhere"))
    assert statuses == [401, 404]
