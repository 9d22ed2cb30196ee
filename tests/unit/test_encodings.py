"""Search for many strings, and the encodings in which a secret may appear."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.masking.encodings import (
    Origin,
    encoded,
    in_base64,
    lower,
    of_basic,
    plain,
    quoted,
    seen,
    views,
)
from contract_tests.masking.matching import FEW, START, Matcher


def places(text: str, *strings: str) -> list[tuple[int, int]]:
    matcher = Matcher()
    matcher.add(strings)
    return sorted(matcher.find(text))


def test_every_occurrence_is_found() -> None:
    assert places("abcabc", "abc") == [(0, 3), (3, 6)]
    assert places("aaa", "aa") == [(0, 2), (1, 3)]
    assert places("abcd", "bc", "abcd") == [(0, 4), (1, 3)]
    assert places("abc", "x", "") == []
    assert places("") == []


def test_strings_are_kept_once_in_order() -> None:
    matcher = Matcher()
    matcher.add(["b", "a", "b", ""])
    matcher.add(["a", "c"])
    assert list(matcher) == ["b", "a", "c"]


@given(st.text("ab", max_size=60), st.lists(st.text("ab", max_size=START + 3), max_size=5), st.booleans())
def test_index_finds_what_a_search_finds(text: str, strings: list[str], many: bool) -> None:
    others = [f"unlikely-{number}" for number in range(200)] if many else []
    expected = {
        (at, at + len(one)) for one in strings if one for at in range(len(text)) if text.startswith(one, at)
    }
    assert set(places(text, *strings, *others)) == expected


def test_many_strings_are_found_by_their_start() -> None:
    secrets = [f"secret-{number:05}" for number in range(FEW * 40)]
    text = "x" * 10 + secrets[7] + "secret-" + secrets[1234] + "short"
    assert places(text, *secrets, "short") == [(10, 22), (29, 41), (41, 46)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ABC", "abc"),
        (r"\u0041\u00e9", "aé"),
        (r"\\u0041", "a"),
        (r"\x41", "a"),
        ("%41%C3%A9", "aé"),
        ("%2541", "a"),
        ("%252541", "a"),
        ("&amp;amp;", "&"),
        ("&#65;&#x41;", "aa"),
        ("&lt;&quot;", "<"),
        ("a\"b'c\r\nd\0e", "abcde"),
        (r"a\"b", "ab"),
        ("%zz &bogus; \\", "%zz &bogus; "),
        ("İ", "İ"),
    ],
)
def test_plain_text_has_no_escapes(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc", ["abc"]),
        (r"ab\ncd", ["abncd", "abcd"]),
        ("a=41=c3=a9", ["a=41=c3=a9", "aaé"]),
        ("ab=\ncd", ["ab=cd", "abcd"]),
        ("a=b", ["a=b"]),
    ],
)
def test_views_undo_lines_and_quoted_printable(text: str, shown: list[str]) -> None:
    assert [seen(text, view) for view in views(text)] == shown


def test_lower_case_keeps_the_length() -> None:
    for text in ("ABC", "ÄÖ", "İX", "ẞ"):
        assert len(lower(text)) == len(text)
    assert lower("ÄX") == "äx"
    # A sigma is the same in a word and at its end, so that parts of a text match.
    assert lower("\u03a3\u0391\u03a3") == "\u03c3\u03b1\u03c3"


@pytest.mark.parametrize(
    ("text", "found", "source"),
    [
        ("xx secret yy", "secret", "secret"),
        (r"x \u0073ecret y", "secret", r"\u0073ecret"),
        ("x %73%65cret y", "secret", "%73%65cret"),
        ("x se'cr\"et y", "secret", "se'cr\"et"),
        ("x %2573ecret y", "secret", "%2573ecret"),
        ("%73%65", "e", "%73%65"),
        ("aé&#233;b", "éb", "&#233;b"),
    ],
)
def test_origin_leads_back_to_the_text(text: str, found: str, source: str) -> None:
    view = next(iter(views(text)))
    start = seen(text, view).rindex(found)
    begin, end = Origin(text, view).span(start, start + len(found))
    assert text[begin:end] == source


@given(st.text('ab\\"%4&;#1=u0', max_size=30), st.data())
def test_origin_covers_plain_characters(text: str, data: st.DataObject) -> None:
    for view in views(text):
        shown = seen(text, view)
        if not shown:
            continue
        at = data.draw(st.integers(0, len(shown) - 1))
        begin, end = Origin(text, view).span(at, at + 1)
        assert 0 <= begin < end <= len(text)
        if end - begin == 1:
            assert lower(text[begin]) == shown[at]


@given(st.binary(max_size=5), st.binary(min_size=5, max_size=20), st.binary(max_size=5))
def test_base64_of_a_text_with_the_data_is_found(before: bytes, data: bytes, after: bytes) -> None:
    whole = base64.b64encode(before + data + after).decode()
    assert any(part in whole for part in in_base64(data))
    url = base64.urlsafe_b64encode(before + data + after).decode()
    assert any(part in url for part in in_base64(data))


def test_base64_of_short_data_is_ignored() -> None:
    assert list(in_base64(b"abc")) == []
    assert list(in_base64(b"abcde")) == ["YWJjZG", "YWJjZG", "FiY2Rl", "FiY2Rl", "hYmNkZ", "hYmNkZ"]


def test_quoted_forms_of_a_value() -> None:
    assert list(quoted("abc")) == [b"abc", b"a\0b\0c\0", b"\0a\0b\0c"]
    forms = set(quoted("a 'b\"/<é"))
    for form in (
        b"a%20%27b%22%2F%3C%C3%A9",
        b"a+%27b%22%2F%3C%C3%A9",
        b"a '\\''b\"/<\xc3\xa9",
        b"a ''b\"/<\xc3\xa9",
        b'a \'b""/<\xc3\xa9',
        b"a &#x27;b&quot;/&lt;\xc3\xa9",
        b"a 'b\\\"/<\\u00e9",
        b"a 'b\\\"\\/<\\u00e9",
    ):
        assert form in forms, form


def test_hexadecimal_needs_four_bytes() -> None:
    assert "61626364" in set(encoded("abcd"))
    assert "616263" not in set(encoded("abc"))
    assert len(set(encoded("abcdefgh", thorough=False))) < len(set(encoded("abcdefgh")))
    doubled = base64.b64encode(base64.b64encode(b"user:abcdefgh")).decode()
    assert any(one in doubled for one in encoded("abcdefgh"))


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("Basic dXNlcjpwYXNz", ["dXNlcjpwYXNz", "user:pass", "pass"]),
        ("basic dXNlcjo=", ["dXNlcjo=", "user:"]),
        ("Basic ?", ["?"]),
        ("Basic /w==", ["/w=="]),
        ("Bearer dXNlcjpwYXNz", []),
    ],
)
def test_basic_credentials_contain_a_password(value: str, parts: list[str]) -> None:
    assert list(of_basic(value)) == parts
