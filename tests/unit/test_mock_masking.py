"""Masked credentials in the journal."""

import html
import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.clients import Client, Clock, content
from support.journals import CONTROL_TOKEN, SECRET, journalled

from mock_server import Auth, Mock, Request, Scheme, Settings
from mock_server.journal import LONGEST_BODY, format_line
from mock_server.masking import MASKED, Mask


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
