"""Masking: no encoding that a server may use shows a credential, and nothing else is masked."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import shlex
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contract_tests.client.exchange import Exchange
from contract_tests.masking.secrets import MASK, Secrets
from contract_tests.results.verdicts import each_text
from contract_tests.text import render, shorten


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "upper case": str.upper,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "JSON, all escaped": lambda text: "".join(f"\\u{ord(character):04X}" for character in text),
    "JSON, slashes escaped": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "percent": lambda text: quote(text, safe=""),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent, all": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "a form": quote_plus,
    "HTML": html.escape,
    "HTML by number": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of user:it": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 of a URL": lambda text: base64.urlsafe_b64encode(f'{{"t":"{text}"}}'.encode()).decode(),
    "Python's repr": lambda text: ascii(text)[1:-1],
    "a shell's single quotes": shlex.quote,
    "a shell's escaped quotes": lambda text: "'" + text.replace("'", "'\\''") + "'",
    "a shell's double quotes": lambda text: '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"',
    "CSV": lambda text: '"' + text.replace('"', '""') + '"',
    "SQL": lambda text: "'" + text.replace("'", "''") + "'",
    "SQL in JSON": lambda text: json.dumps("'" + text.replace("'", "''") + "'"),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "quoted-printable in JSON": lambda text: json.dumps(quopri.encodestring(text.encode()).decode()),
}
# Encodings of the whole, of which neighbours may share the first and last characters.
WHOLE: Final[Mapping[str, Callable[[str], str]]] = {
    "base64": _base64,
    "base64, wrapped": lambda text: base64.encodebytes(b"user:" * 9 + text.encode()).decode(),
    "base64, wrapped, in JSON": lambda text: json.dumps(base64.encodebytes(text.encode() * 2).decode()),
    "base64, doubled": lambda text: _base64(_base64(text)),
    "base64 of base64 with a name": lambda text: _base64("user:" + _base64("user:" + text)),
    "base64 of JSON": lambda text: _base64(json.dumps({"token": text})),
    "base64 of a URL": lambda text: _base64(f"a=b&token={quote(text, safe='')}"),
    "base64 of a form": lambda text: _base64(urlencode({"a": "b", "token": text})),
    "base64 of HTML": lambda text: _base64(f"<b>{html.escape(text)}</b>"),
    "base64 of a shell line": lambda text: _base64(f"echo {shlex.quote(text)}"),
    "base64 of CSV": lambda text: _base64('1,"' + text.replace('"', '""') + '"'),
    "base64 of SQL": lambda text: _base64("values ('" + text.replace("'", "''") + "')"),
    "base64 of quoted-printable": lambda text: _base64(quopri.encodestring(text.encode()).decode()),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, upper case": lambda text: text.encode().hex().upper(),
    "hexadecimal of UTF-16": lambda text: text.encode("utf-16-le").hex(),
}

# The beginning and the end are not escapes. A backslash of an escape at the edge may remain, which is harmless.
patient = settings()
SECRET = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FF, categories=["L", "N", "P", "S", "Zs"])
).map(lambda text: f"k7Q-{text}-z9W")


@pytest.mark.parametrize("form", FORMS)
@patient
@given(secret=SECRET, before=st.sampled_from(["", "Bearer ", '"x": "', "a=b&c="]))
def test_secret_is_masked_in_every_form(form: str, secret: str, before: str) -> None:
    assume("upper" not in form or secret.upper().lower() == secret.lower())
    shown = Secrets([secret]).mask(f"{before}{FORMS[form](secret)} after")
    assert MASK in shown
    assert secret not in shown
    if "base64" not in form:  # its first and last characters depend on the neighbours
        assert re.fullmatch(rf"{re.escape(before)}['\"\\]*\*\*\*['\"\\=nr\n]* after", shown)


@pytest.mark.parametrize("name", ["access_token=", 'access_token": "', "client_secret=", "password="])
def test_secret_that_contains_a_name_is_masked_as_a_whole(name: str) -> None:
    secret = f"k7Q-{name}-z9W"
    assert Secrets([secret]).mask(f"before {secret} after") == f"before {MASK} after"


@pytest.mark.parametrize("form", WHOLE)
@patient
@given(secret=SECRET, before=st.sampled_from(["", "Bearer ", '"x": "', "a=b&c="]))
def test_encoded_secret_is_masked_but_for_its_edges(form: str, secret: str, before: str) -> None:
    assume(len(secret) >= 12)
    encoded = WHOLE[form](secret)
    shown = Secrets([secret]).mask(f"{before}{encoded} after")
    assert MASK in shown
    if "wrapped" not in form and '"' not in secret + "'":
        assert encoded[len(encoded) // 2 - 4 : len(encoded) // 2 + 4] not in shown


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_secret_in_utf16_is_masked(encoding: str) -> None:
    secret = 'k7Q-"it\'s"-z9W'
    body = f'{{"token": "{secret}"}}'.encode(encoding)
    exchange = Exchange(
        *("GET", "http://h/", {}, b"", 200, "", {}, body, 0, 0),
        base_url="http://h",
        secrets=Secrets([secret]),
    )
    shown = str(exchange.evidence["response_body"]).replace("\0", "")
    assert MASK in shown
    assert "k7Q" not in shown


MARKER = "…(123456 characters)…"
LARGE: Final = {
    "truncation markers": MARKER * 5_000,
    "reserved characters": "\ufdd0120,0\ufdd1" * 10_000,
    "backslashes": "\\" * 100_000,
    "escapes": "\\u0041" * 20_000,
    "percent signs": "%25" * 35_000,
    "character references": "&#38;" * 20_000,
    "long character reference": "&#" + "9" * 200_000 + ";",
    "equals signs": "=3D" * 35_000,
    "quotes": "\"'" * 50_000,
    "line ends": "\\r\\n" * 25_000,
    "starts of the secret": "k7Q-secret" * 10_000,
    "names of secrets": 'access_token": "' * 8_000,
}


@pytest.mark.parametrize("content", LARGE)
def test_masking_takes_linear_time(content: str) -> None:
    secrets = Secrets(["k7Q-secret-in-28-characters."])
    started = time.process_time()
    secrets.mask(LARGE[content])
    assert time.process_time() - started < 2


def test_markers_of_a_cut_are_masked_in_milliseconds() -> None:
    secrets = Secrets(f"k7Q-secret-{number}-in-28-characters." for number in range(200))
    text = MARKER * (20_000 // len(MARKER))
    started = time.process_time()
    secrets.mask(text)
    assert time.process_time() - started < 0.1


def test_renewed_cookies_do_not_slow_masking_down() -> None:
    secrets = Secrets(["k7Q-secret-in-28-characters."])
    body = json.dumps(
        {"testSummary": "Badge printed twice", "id": "0a6f40b3-18cc-4126-8ae5-eee123a99fd2"} | {}
    )
    started = time.process_time()
    for number in range(1_000):
        header = f"sid=session-{number:08}-of-a-user; Path=/, csrf=form-{number:08}-of-a-user; Path=/"
        secrets.learn({"Authorization": f"Bearer made-up-{number}"}, "", {"set-cookie": header}, body)
        assert secrets.mask(body) == body
    assert time.process_time() - started < 3
    assert (
        secrets.mask("it is session-00000000-of-a-user, form-00000999-of-a-user") == f"it is {MASK}, {MASK}"
    )


@patient
@given(SECRET, st.sampled_from(sorted(FORMS)), st.integers(0, 400), st.integers(0, 400))
def test_shortened_text_shows_no_part_of_a_secret(secret: str, form: str, before: int, after: int) -> None:
    encoded = FORMS[form](secret)
    assume("upper" not in form and "base64" not in form)
    shown = Secrets([secret]).mask(shorten("·" * before + encoded + "·" * after, 120))
    assert len(shown) <= 120 + len("…(1000 characters)…")
    for size in (5, len(secret) // 2):
        for half in (secret[:size], secret[-size:]):
            assert FORMS[form](half) not in shown


@patient
@given(st.text(max_size=300))
def test_text_without_secrets_is_unchanged(text: str) -> None:
    secrets = Secrets(["a-credential-of-28-characters"])
    assert secrets.mask(text) == text


@patient
@given(st.sampled_from(["access_token", "refresh_token", "id_token"]), SECRET, st.booleans())
def test_issued_token_is_masked(name: str, token: str, form: bool) -> None:
    secrets = Secrets()
    response = f"{name}={token}&a=b" if form else json.dumps({name: token, "token_type": "Bearer"})
    assume(not form or (not set(token) & set('&" \\') and not any(map(str.isspace, token))))
    secrets.learn({}, "", {}, response)
    assert token not in secrets.mask(f"so {token} it is")
    assert json.dumps(token)[1:-1] not in secrets.mask(response)


def test_cookie_values_are_masked_and_attributes_are_not() -> None:
    secrets = Secrets()
    header = 'sid=1234567890abc; Domain=tenant.example; Expires=Wed, 21 Oct 2015 07:28:00 GMT, b="9876543210"; Path=/'
    secrets.learn({}, "", {"set-cookie": header}, "")
    assert secrets.mask("1234567890abc 9876543210") == f"{MASK} {MASK}"
    assert secrets.mask("tenant.example, Expires, 2015") == "tenant.example, Expires, 2015"


@pytest.mark.parametrize("damaged", ["dev-toke", "dev-tokenx", "xdev-token", "dev-Aoken", "DEV-TOKEN"])
def test_damaged_credential_is_masked(damaged: str) -> None:
    secrets = Secrets(["dev-token"])
    secrets.learn({"Authorization": f"Bearer {damaged}"}, "", {}, "")
    assert damaged not in secrets.mask(f"no such token: {damaged}")
    secrets.learn({"Authorization": "Bearer undefined"}, '{"client_secret": "dev-client"}', {}, "")
    assert secrets.mask("undefined dev-client") == "undefined dev-client"


@pytest.mark.parametrize("secret", ["x", "e", "local", "json", "20", "a1"])
def test_short_secret_masks_no_part_of_a_word(secret: str) -> None:
    text = "example: http://localhost:8000/x-ray?jsonp=2025 application/jsonl 0a1b"
    assert Secrets([secret]).mask(text).replace("/***-ray", "/x-ray") == text


@pytest.mark.parametrize("secret", ["x", "local", "20", "a1", "ab-1", "abc12", "a.b", "sésame"])
@pytest.mark.parametrize(
    "text",
    ["{}", "Bearer {}", "a={}&b", '"{}"', r'"told:\n{}"', "%20{}%0A", "%2520{}", r"\u0020{}.", "_{}_", "é{}"],
)
def test_short_secret_is_masked_if_it_stands_alone(secret: str, text: str) -> None:
    secrets = Secrets([secret])
    shown = text.format(MASK)
    assert secrets.mask(text.format(secret)) == shown
    assert secrets.mask(text.format(secret.upper())) == shown
    other = Secrets()
    other.keep(*secrets.values)
    assert other.mask(text.format(secret)) == shown


@pytest.mark.parametrize("secret", ["abc12", "a-b", "sesame"])
def test_damaged_short_secret_is_masked(secret: str) -> None:
    secrets = Secrets([secret])
    damaged = [f"x{secret}", f"{secret}xx", secret.swapcase(), secret[:1] + "A" + secret[2:]]
    for value in damaged:
        secrets.learn({"Authorization": f"Bearer {value}"}, "", {}, "")
    assert secrets.mask(" ".join(damaged)) == " ".join([MASK] * 4)
    assert secrets.mask("undefined") == "undefined"


def test_short_secret_that_lost_two_characters_is_masked() -> None:
    secrets = Secrets(["a1b2c3d"])
    secrets.learn({}, '{"client_secret": "a1b2c"}', {}, "")
    assert secrets.mask("a1b2c, a1") == f"{MASK}, a1"


def test_curl_line_has_a_variable_for_the_credential_alone() -> None:
    secrets = Secrets()
    secrets.add("json", own=True)
    headers = {"Authorization": "Bearer json", "Content-Type": "application/json", "X-Of": "jsonl"}
    exchange = Exchange("GET", "http://h/jsonp", headers, b"", 200, "OK", {}, b"", 0, 0, "http://h", secrets)
    assert exchange.evidence["curl"] == (
        'curl "$BASE_URL/jsonp" -H "Authorization: Bearer $CASEIQ_TOKEN" -H \'Content-Type: application/***\' '
        "-H 'X-Of: jsonl'  # *** replaces a credential that is not recorded"
    )


@patient
@given(st.integers(0, 30_000), st.integers(0, 30_000))
def test_evidence_is_masked_before_it_is_cut(before: int, after: int) -> None:
    secret = "9f8e7d6c-5b4a-3f2e-1d0c-b9a8c7d6e5f4"
    body = b"." * before + secret.encode() + b"." * after
    secrets = Secrets([secret])
    exchange = Exchange(
        *("GET", f"http://h/{secret}", {"X-A": secret}, body),
        *(200, secret, {"X-B": secret}, body, 0, 0, "http://h", secrets),
    )
    shown = json.dumps(each_text(exchange.evidence, render))
    assert secret[:8] not in shown
    assert secret[-8:] not in shown
