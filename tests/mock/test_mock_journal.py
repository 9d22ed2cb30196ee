"""The journal: its entries, masking and limits."""

import html
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.clients import Client, Clock, content

from mock_server import Auth, Behaviour, Limits, Mock, Request, Scheme, Settings
from mock_server.journal import LONGEST_BODY, MOST, format_line, printable
from mock_server.masking import MASKED, Mask

SECRET = 's3cr"et/\\tok+en%&='
AUTH = Auth(token=SECRET, client_secrets=("other-key", "third-key"))
CONTROL_TOKEN = "ctl-token"


def journalled(request: Request, **how: Any) -> dict[str, Any]:
    """Return the entry of one request."""
    mock = Mock(Settings(auth=AUTH), control_token=CONTROL_TOKEN, **how)
    mock.handle(request)
    (exchange,) = mock.journal.read()
    return exchange


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


# Credentials


def test_credentials_in_headers_are_masked() -> None:
    headers = {
        "authorization": "Bearer abc.def",
        "cookie": "session=abc",
        "x-api-key": "abc",
        "proxy-authorization": "abc def",
        "accept": "text/html",
    }
    shown = journalled(Request("GET", "/case/1", headers))["request"]["headers"]
    assert shown == {
        "authorization": f"Bearer {MASKED}",
        "cookie": MASKED,
        "x-api-key": MASKED,
        "proxy-authorization": MASKED,
        "accept": "text/html",
    }


def test_header_of_the_deployment_is_masked() -> None:
    mock = Mock(Settings(auth=Auth(scheme=Scheme.HEADER, header="X-Tenant-Key")))
    mock.handle(Request("GET", "/case/1", {"x-tenant-key": "wrong"}))
    assert mock.journal.read()[0]["request"]["headers"] == {"x-tenant-key": MASKED}


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        (b'{"client_secret": "abc", "a": 1}', "application/json", f'{{"client_secret": "{MASKED}", "a": 1}}'),
        (b'{"client_secret":"a\\"bc"}', "application/json", f'{{"client_secret":"{MASKED}"}}'),
        (b'{"client_secret":12}', "application/json", f'{{"client_secret":"{MASKED}"}}'),
        (b'{"client\\u005fsecret":"abc"}', "application/json", f'{{"client\\u005fsecret":"{MASKED}"}}'),
        (b"a=1&client_secret=abc&b=2", "x-www-form-urlencoded", f"a=1&client_secret={MASKED}&b=2"),
        (b"client%5Fsecret=abc", "x-www-form-urlencoded", f"client%5Fsecret={MASKED}"),
    ],
)
def test_unknown_secrets_are_masked_by_their_field_names(body: bytes, kind: str, shown: str) -> None:
    assert journalled(Request("POST", "/auth/oauth2/token", {}, body))["request"]["body"] == shown


def test_issued_token_is_masked() -> None:
    mock = Mock(now=Clock())
    grant = {"grant_type": "client_credentials", "client_id": "dev-client", "client_secret": "dev-key-0"}
    token = content(Client(mock.handle)("POST", "/auth/oauth2/token", grant))["access_token"]
    Client(mock.handle, token)("GET", "/case/1")
    journal = json.dumps(mock.journal.read())
    assert token not in journal
    assert "dev-key-0" not in journal


def in_json(secret: str) -> str:
    return json.dumps(secret)[1:-1]


FORMS = {
    "plain": lambda text: text,
    "JSON": in_json,
    "JSON in JSON": lambda text: in_json(in_json(text)),
    "escaped": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "ESCAPED": lambda text: "".join(f"\\u{ord(one):04X}" for one in text),
    "slashes": lambda text: in_json(text).replace("/", "\\/"),
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "every character": lambda text: "".join(f"%{ord(one):02x}" for one in text),
    "URL in URL": lambda text: quote(quote(text, safe=""), safe=""),
    "HTML": html.escape,
    "HTML in HTML": lambda text: html.escape(html.escape(text)),
    "entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(one):04X};" for one in text),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 in a text": lambda text: b64encode(f"id:{text}@host".encode()).decode(),
    "base64 at another position": lambda text: urlsafe_b64encode(f"é?{text}>?".encode()).decode(),
}


def readings(text: str) -> list[str]:
    """Return the text and all decodings of it, without backslashes, because any number of them may be an escape."""
    found = [text]
    for _ in range(4):
        text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), found[-1])
        found.append(html.unescape(unquote(text)))
    for encoded in re.findall(r"[A-Za-z0-9+/_-]{6,}", found[0]):
        for start in range(4):
            whole = encoded[start : start + (len(encoded) - start) // 4 * 4]
            found.append(b64decode(whole, altchars=b"-_").decode("latin-1"))
    return [text.replace("\\", "") for text in found]


PLACES = st.sampled_from(["path", "query", "header", "header name", "body", "method"])
AROUND = st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=12)


@settings(deadline=None)
@given(
    place=PLACES,
    secret=st.sampled_from([SECRET, "other-key", "third-key", CONTROL_TOKEN]),
    form=st.sampled_from(sorted(FORMS)),
    before=AROUND,
    after=AROUND,
)
@example(place="body", secret=SECRET, form="JSON", before='{"a": "', after='"}')
@example(place="path", secret=SECRET, form="URL", before="/case/", after="")
@example(place="query", secret="other-key", form="every character", before="a=", after="&b")
def test_secret_is_masked_in_every_encoding(
    place: str, secret: str, form: str, before: str, after: str
) -> None:
    text = before + FORMS[form](secret) + after
    request = {
        "path": lambda: Request("GET", text),
        "query": lambda: Request("GET", "/case", query=text),
        "header": lambda: Request("GET", "/case", {"x-note": text}),
        "header name": lambda: Request("GET", "/case", {text: "x"}),
        "body": lambda: Request("POST", "/case", {}, text.encode()),
        "method": lambda: Request(text, "/case"),
    }[place]()
    exchange = journalled(request)
    for shown in (json.dumps(exchange, ensure_ascii=False), format_line(exchange)):
        assert not any(secret.replace("\\", "") in reading for reading in readings(shown))


@pytest.mark.parametrize("secret", ["local", "x", "77", "a1"])
@pytest.mark.parametrize(
    "text",
    ["{}", "Bearer {}", '{{"a":"{}"}}', r"told:\n{}.", r"\u0020{}\n", "%20{}%0A", "%2520{}", "_{}_", "é{}"],
)
def test_short_secret_is_masked_only_as_a_whole_word(secret: str, text: str) -> None:
    mask = Mask([secret])
    assert mask.text(text.format(secret)) == text.format(MASKED)
    assert mask.text(text.format(f"%{ord(secret[0]):02x}{secret[1:]}")) == text.format(MASKED)
    ordinary = "example: http://localhost:8000/locals?next=1770 0a1b"
    assert mask.text(ordinary) == ordinary


@pytest.mark.parametrize("start", range(LONGEST_BODY - 25, LONGEST_BODY + 5, 3))
@pytest.mark.parametrize("form", ["plain", "escaped", "URL in URL"])
def test_truncation_does_not_reveal_a_part_of_a_secret(start: int, form: str) -> None:
    body = "x" * start + FORMS[form](SECRET) + "y" * 1000
    shown = journalled(Request("POST", "/case", {}, body.encode()))["request"]["body"]
    assert shown.startswith("x" * min(start, LONGEST_BODY))
    assert not shown[start:].startswith(FORMS[form](SECRET)[:3]) or start >= LONGEST_BODY


@pytest.mark.parametrize(
    "text", ["\\" * 100_000, '"client_secret"' * 9_000, '"' * 100_000, "client_secret=" * 9_000]
)
def test_masking_takes_linear_time(text: str) -> None:
    Mask([SECRET]).text(text)


# Lines


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
