"""JSON bodies: exact storage, and refusal of values that cannot be stored exactly."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.clients import SERVER_SET, Client, content

from mock_server import Limits, Settings
from mock_server.core import json_codec
from mock_server.core.errors import Refused

KEPT = [
    '{"int": 18446744073709551617, "more": -123456789012345678901234567890}',
    '{"digits": ' + "9" * 4000 + "}",
    '{"float": 0.1, "tiny": 5e-324, "huge": 1.7976931348623157e308, "negative": -0.0, "one": 1.0, "exp": 1E5}',
    '{"zero": 0, "false": false, "null": null, "text": "", "array": [], "object": {}}',
    '{"nul": "\\u0000", "control": "\\u0001\\u001f\\u007f", "lines": "a\\r\\n\\tb", "quote": "\\"\\\\/\'`"}',
    '{"astral": "\\ud83d\\ude00 😀", "combining": "e\\u0301 é", "bidi": "\\u202e", "ends": "\\u2028\\u2029"}',
    '{"": 1, " ": 2, "a.b": 3, "$set": 4, "__proto__": {"a": 1}, "constructor": 5, "\\u0000": 6, "ключ": 7}',
    '{"z": 1, "a": 2, "m": {"z": 1, "a": 2}, "list": [3, 1, 2, 1, null, [], {}]}',
    '{"html": "<script>alert(1)</script>{{7*7}}${7*7}", "sql": "\'; DROP TABLE cases; --"}',
    '{"long": "' + "x" * 100_000 + '"}',
    " \r\n\t{} \r\n\t",
]


@pytest.mark.parametrize("text", KEPT)
def test_payload_is_returned_unchanged(client: Client, text: str) -> None:
    sent = json.loads(text)
    case = content(client("POST", "/case", body=text.encode()))
    read = content(client("GET", f"/case/{case['id']}"))
    assert list(read.items())[len(SERVER_SET) :] == list(sent.items())
    assert json.dumps({name: read[name] for name in sent}) == json.dumps(sent)


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,22})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.recursive(
    NUMBERS | st.sampled_from(["null", "true"]) | st.text().map(json.dumps),
    lambda inner: (
        st.lists(inner).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(st.text().map(json.dumps), inner)).map(
            lambda items: f"{{{', '.join(f'{name}: {item}' for name, item in items)}}}"
        )
    ),
    max_leaves=8,
)


def finite(literal: str) -> float:
    if math.isinf(float(literal)):
        raise ValueError(literal)  # also if another member with the same name follows
    return float(literal)


@settings(deadline=None)
@given(TEXTS)
@example('{"": 1E400, "": null}')
def test_both_parsers_agree(text: str) -> None:
    try:
        expected = json.dumps(json.loads(text, parse_float=finite))
    except ValueError:
        with pytest.raises(Refused, match="out of range"):
            json_codec.parse(text.encode(), 100)
        return
    value = json_codec.parse(text.encode(), 100)
    assert json.dumps(value) == expected
    assert json.dumps(json.loads(json_codec.encode(value))) == expected
    assert json.dumps(json_codec.load(json_codec.encode(value))) == expected


@pytest.mark.parametrize("depth", [1, 10, 99])
@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}")])
def test_nesting_up_to_the_limit_is_stored(client: Client, depth: int, before: str, after: str) -> None:
    text = '{"deep": ' + before * depth + "null" * (before != "[") + after * depth + "}"
    case = content(client("POST", "/case", body=text.encode()))
    assert case["deep"] == json.loads(text)["deep"]


def test_many_brackets_do_not_count_as_nesting(client: Client) -> None:
    payload = {"flat": [[]] * 500 + [{"a": [{}]}] * 500}
    assert client.create(payload)["flat"] == payload["flat"]


def test_last_of_repeated_names_wins(client: Client) -> None:
    case = content(client("POST", "/case", body=b'{"a": 1, "b": 2, "a": 3}'))
    assert (case["a"], case["b"]) == (3, 2)


NOT_JSON: list[tuple[Any, str]] = [
    (b"{", "line 1 column 2"),
    (b'{"a": 1,}', "line 1"),
    (b"{'a': 1}", "line 1"),
    (b'{"a": 1} {}', "Extra data"),
    (b'{"a": 01}', "line 1"),
    (b'{"a": "\x01"}', "control character"),
    (b'{"a": NaN}', "NaN is not a JSON number"),
    (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
    (b'{"a": 1e999}', "1e999 is out of range"),
    (b'{"a": ' + b"9" * 400 + b".0}", "out of range"),
    (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
    (b'{"a": "\\ud800"}', "lone surrogate"),
    (b'{"\\udc00": 1}', "lone surrogate"),
    (b'{"a": ["\\uDBFF\\u0041"]}', "lone surrogate"),
    (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
    (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
    (b'{"a": "\xed\xa0\x80"}', "is not UTF-8"),
    ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
    (b'{"a": ' * 101 + b"1" + b"}" * 101, "nested more than 100 levels"),
    (b"[" * 100_000, "nested more than 100 levels"),
    (b'{"a":' * 100_000, "nested more than 100 levels"),
    (b" ", "Expecting value"),
    (b"\0", "Expecting value"),
]


@pytest.mark.parametrize(("body", "words"), NOT_JSON, ids=[str(body[:20]) for body, _ in NOT_JSON])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_unstorable_json_is_refused_without_effect(
    client: Client, method: str, body: bytes, words: str
) -> None:
    case = client.create({"a": "before"})
    path = "/case" if method == "POST" else f"/case/{case['id']}"
    response = client(method, path, body=body)
    problem = content(response)
    assert (response.status, problem["code"]) == (400, "not-json")
    assert words in problem["detail"]
    assert client.read(case["id"]) == case


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "an array"),
        (b"null", "null"),
        (b"1", "an integer"),
        (b'"x"', "a string"),
        (b"true", "a boolean"),
    ],
)
def test_body_that_is_not_an_object_is_refused(client: Client, body: bytes, kind: str) -> None:
    response = client("POST", "/case", body=body)
    assert response.status == 422
    assert content(response)["errors"] == [{"pointer": "", "message": f"is {kind} and must be an object"}]


def test_empty_body_is_refused(client: Client) -> None:
    response = client("POST", "/case", body=b"")
    assert (response.status, content(response)["code"]) == (400, "no-body")


def test_findings_name_each_field(client: Client) -> None:
    payload = {"owner": 5, "canceled": "yes", "cancelDate": "yesterday", "caseNumber": {}, "fine": 1}
    response = client("POST", "/case", payload)
    problem = content(response)
    assert problem["errors"] == [
        {"pointer": "/cancelDate", "message": "must be a date-time"},
        {"pointer": "/canceled", "message": "is a string and must be a boolean or null"},
        {"pointer": "/caseNumber", "message": "is an object and must be a string or null"},
        {"pointer": "/owner", "message": "is an integer and must be a string or null"},
    ]
    assert problem["detail"].endswith("/cancelDate must be a date-time.")
    assert {name: problem[name] for name in ("type", "title", "status")} == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
    }


def test_limits_come_from_the_settings(client_of: Any) -> None:
    client = client_of(Settings(limits=Limits(body=30, nesting=2)))
    assert client("POST", "/case", body=b'{"a": [1]}').status == 201
    assert client("POST", "/case", body=b'{"a": [[1]]}').status == 400
    assert client("POST", "/case", body=b'{"a":' + b" " * 24 + b"1}").status == 413


def test_body_of_a_mebibyte_is_accepted(client: Client) -> None:
    body = b'{"a":"' + b"x" * (1024 * 1024 - 8) + b'"}'
    assert client("POST", "/case", body=body).status == 201
    response = client("POST", "/case", body=body + b" ")
    assert (response.status, content(response)["title"]) == (413, "Content Too Large")
