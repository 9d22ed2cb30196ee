"""The option `--with-list`: GET /case, which the contract does not have."""

import json
from urllib.parse import urlencode

import pytest
from support.clients import Client, Clock, content

from mock_server import Auth, Limits, Mock, Request, Scheme, Settings
from mock_server.cli.main import main

CASES = [
    {"id": "1", "summary": "Laptop missing", "category": "Theft", "level": 2, "urgent": True},
    {"id": "2", "summary": "Gift of tickets", "category": "Conflict", "level": 2, "note": None},
    {"id": "3", "summary": "Badge, printed twice", "category": "Theft", "level": 3.5, "tags": ["a"]},
]
EXTENSION = "x-mock-extension"


@pytest.fixture
def ask() -> Client:
    return Client(Mock(Settings(with_list=True), seed_data=CASES).handle)


def listed(client: Client, **query: object) -> tuple[list[str], int]:
    """Return ids and count of a list."""
    response = client.handle(
        Request("GET", "/case", {"authorization": "Bearer dev-token"}, query=urlencode(query))
    )
    assert response.status == 200, response.body
    body = json.loads(response.body)
    assert set(body) == {"records", "count"}
    return [record["id"] for record in body["records"]], body["count"]


def test_list_has_the_records_of_all_cases(ask: Client) -> None:
    response = ask("GET", "/case")
    assert json.loads(response.body)["records"][0] == ask.read("1")
    assert listed(ask) == (["1", "2", "3"], 3)
    assert (
        response.headers[EXTENSION] == "GET /case is an extension of the mock, and not part of the contract"
    )


def test_list_is_paged(ask: Client) -> None:
    assert listed(ask, limit=2) == (["1", "2"], 3)
    assert listed(ask, limit=2, offset=2) == (["3"], 3)
    assert listed(ask, offset=5) == ([], 3)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"category": "Theft"}, ["1", "3"]),
        ({"category": "Theft", "level": "2"}, ["1"]),
        ({"level": "3.5"}, ["3"]),
        ({"urgent": "true"}, ["1"]),
        ({"note": "null"}, ["2"]),
        ({"tags": '["a"]'}, ["3"]),
        ({"summary": "Badge, printed twice"}, ["3"]),
        ({"caseStatus": "Open"}, ["1", "2", "3"]),
        ({"category": "theft"}, []),
        ({"unknown": ""}, []),
    ],
)
def test_list_is_filtered_by_fields(ask: Client, query: dict[str, str], ids: list[str]) -> None:
    assert listed(ask, **query) == (ids, len(ids))


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=", "a=%ff"])
def test_invalid_page_is_refused(ask: Client, query: str) -> None:
    response = ask.handle(Request("GET", "/case", {"authorization": "Bearer dev-token"}, query=query))
    assert (response.status, content(response)["code"]) == (422, "invalid-parameter")
    assert EXTENSION in response.headers


def test_list_needs_credentials_and_counts_for_the_rate_limit() -> None:
    settings = Settings(with_list=True, limits=Limits(rate=2), prefix="/api")
    handle = Mock(settings, now=Clock()).handle
    statuses = [
        Client(handle, token)("GET", "/api/case").status for token in (None, "dev-token", "dev-token")
    ]
    assert statuses == [401, 200, 429]
    assert Client(Mock(settings).handle)("GET", "/case").status == 404


def test_allow_includes_get_only_with_the_list(ask: Client) -> None:
    assert ask("OPTIONS", "/case").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert ask("DELETE", "/case").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    head = ask("HEAD", "/case")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(ask("GET", "/case").body)
    assert ask.create({"a": 1})["a"] == 1
    plain = Client(Mock().handle)
    assert plain("GET", "/case").status == 405
    assert plain("OPTIONS", "/case").headers["allow"] == "OPTIONS, POST"


def test_list_can_be_read_by_pages_of_other_sites(ask: Client) -> None:
    response = ask("GET", "/case", origin="https://app.example")
    assert response.headers["access-control-allow-origin"] == "*"
    assert "X-Mock-Extension" in response.headers["access-control-expose-headers"]


def test_list_follows_the_authentication_scheme() -> None:
    settings = Settings(with_list=True, auth=Auth(scheme=Scheme.NONE))
    assert Client(Mock(settings).handle, None)("GET", "/case").status == 200


def test_help_says_that_the_list_is_not_in_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "--with-list add GET /case, a list of cases, which is not part of the contract" in text
