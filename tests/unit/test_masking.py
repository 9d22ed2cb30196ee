"""Masking: no form that a server can give a credential shows it, and nothing else is hidden. Property-based."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contract_tests.client.exchange import Exchange
from contract_tests.masking.secrets import MASK, Secrets
from contract_tests.results.verdicts import each_text
from contract_tests.text import render, shorten

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
}

# Beginning and end are no escapes themselves: of an escape at the edge a backslash may stay, which is no harm.
patient = settings(deadline=None)
SECRET = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FF, categories=["L", "N", "P", "S", "Zs"])
).map(lambda text: f"k7Q-{text}-z9W")


@pytest.mark.parametrize("form", FORMS)
@patient
@given(secret=SECRET, before=st.sampled_from(["", "Bearer ", '"x": "', "a=b&c="]))
def test_no_form_of_a_secret_is_shown(form: str, secret: str, before: str) -> None:
    assume("upper" not in form or secret.upper().lower() == secret.lower())
    shown = Secrets([secret]).mask(f"{before}{FORMS[form](secret)} after")
    assert MASK in shown
    assert secret not in shown
    if "base64" not in form:  # its first and last characters belong to the neighbours, too
        assert shown == f"{before}{MASK} after"


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
def test_what_is_no_secret_stays(text: str) -> None:
    secrets = Secrets(["a-credential-of-28-characters"])
    assert secrets.mask(text) == text


@patient
@given(st.sampled_from(["access_token", "refresh_token", "id_token"]), SECRET, st.booleans())
def test_a_token_is_a_secret_from_its_issue_on(name: str, token: str, form: bool) -> None:
    secrets = Secrets()
    answer = f"{name}={token}&a=b" if form else json.dumps({name: token, "token_type": "Bearer"})
    assume(not form or (not set(token) & set('&" \\') and not any(map(str.isspace, token))))
    secrets.learn({}, "", {}, answer)
    assert token not in secrets.mask(f"so {token} it is")
    assert json.dumps(token)[1:-1] not in secrets.mask(answer)


def test_cookies_are_secret_and_their_attributes_are_not() -> None:
    secrets = Secrets()
    header = 'sid=1234567890abc; Domain=tenant.example; Expires=Wed, 21 Oct 2015 07:28:00 GMT, b="9876543210"; Path=/'
    secrets.learn({}, "", {"set-cookie": header}, "")
    assert secrets.mask("1234567890abc 9876543210") == f"{MASK} {MASK}"
    assert secrets.mask("tenant.example, Expires, 2015") == "tenant.example, Expires, 2015"


@pytest.mark.parametrize("damaged", ["dev-toke", "dev-tokenx", "xdev-token", "dev-Aoken", "DEV-TOKEN"])
def test_a_credential_that_was_damaged_on_purpose_is_secret_too(damaged: str) -> None:
    secrets = Secrets(["dev-token"])
    secrets.learn({"Authorization": f"Bearer {damaged}"}, "", {}, "")
    assert damaged not in secrets.mask(f"no such token: {damaged}")
    secrets.learn({"Authorization": "Bearer undefined"}, '{"client_secret": "dev-client"}', {}, "")
    assert secrets.mask("undefined dev-client") == "undefined dev-client"


@pytest.mark.parametrize("secret", ["x", "e", "local", "json", "20", "a1"])
def test_a_short_secret_hides_no_part_of_a_word(secret: str) -> None:
    text = "example: http://localhost:8000/x-ray?jsonp=2025 application/jsonl 0a1b"
    assert Secrets([secret]).mask(text).replace("/***-ray", "/x-ray") == text


@pytest.mark.parametrize("secret", ["x", "local", "20", "a1", "ab-1", "abc12", "a.b", "sésame"])
@pytest.mark.parametrize(
    "text",
    ["{}", "Bearer {}", "a={}&b", '"{}"', r'"told:\n{}"', "%20{}%0A", "%2520{}", r"\u0020{}.", "_{}_", "é{}"],
)
def test_a_short_secret_is_masked_where_it_stands_alone(secret: str, text: str) -> None:
    secrets = Secrets([secret])
    shown = text.format(MASK)
    assert secrets.mask(text.format(secret)) == shown
    assert secrets.mask(text.format(secret.upper())) == shown
    told = Secrets()
    told.keep(*secrets.values)
    assert told.mask(text.format(secret)) == shown


@pytest.mark.parametrize("secret", ["abc12", "a-b", "sesame"])
def test_a_short_secret_is_masked_in_what_was_made_of_it(secret: str) -> None:
    secrets = Secrets([secret])
    damaged = [f"x{secret}", f"{secret}xx", secret.swapcase(), secret[:1] + "A" + secret[2:]]
    for value in damaged:
        secrets.learn({"Authorization": f"Bearer {value}"}, "", {}, "")
    assert secrets.mask(" ".join(damaged)) == " ".join([MASK] * 4)
    assert secrets.mask("undefined") == "undefined"


def test_a_short_secret_takes_only_the_place_of_a_credential_in_a_story() -> None:
    secrets = Secrets()
    secrets.add("json", own=True)
    headers = {"Authorization": "Bearer json", "Content-Type": "application/json", "X-Of": "jsonl"}
    exchange = Exchange(
        "GET", "http://h/jsonp", headers, b"", 200, "OK", {}, b"", 0, 0, "", "http://h", secrets
    )
    told = exchange.evidence["curl"]
    assert told == (
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
        *(200, secret, {"X-B": secret}, body, 0, 0, "", "http://h", secrets),
    )
    told = json.dumps(each_text(exchange.evidence, render))
    assert secret[:8] not in told
    assert secret[-8:] not in told
