"""Texts that are shortened when they are shown, and suggestions for misspelt names."""

from __future__ import annotations

import pytest

from contract_tests.text import EDGE, MARGIN, SHOWN_CHARACTERS, beginning, did_you_mean, render, shorten


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…(1 characters)…efg"),
        ("abcdefgh", 7, "abc…(2 characters)…fgh"),
        ("a\r\nb", 6, "a\\r\\nb"),
        ("a" * 9_000 + "b", 6, "aaa…(8995 characters)…aab"),
        ("a" * 8_006 + "b", 6, "aaa…(8001 characters)…aab"),
        ("\ufdd0\ufdd3", 20, "\\ufdd0\\ufdd3"),
    ],
)
def test_long_text_is_cut_in_its_middle(text: str, limit: int, shown: str) -> None:
    assert render(shorten(text, limit)) == shown


def test_default_limit_is_used() -> None:
    assert shorten("a" * SHOWN_CHARACTERS) == "a" * SHOWN_CHARACTERS
    assert len(render(shorten("a" * (SHOWN_CHARACTERS + 100)))) < SHOWN_CHARACTERS + 50


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcdef"), ("a\nb", 2, "a\n"), ("a" * 9_000, 6, "aaaaaa")],
)
def test_beginning_is_cut_at_its_end(text: str, limit: int, shown: str) -> None:
    assert render(beginning(text, limit)) == shown


def test_margin_is_kept_for_masking() -> None:
    assert shorten("x" * 20_000, 400).count("x") == 2 * (200 + MARGIN)
    assert shorten("x" * 8_400, 400).count("x") == 8_400
    assert beginning("x" * 20_000, 400).count("x") == 400 + MARGIN
    assert beginning("x" * 4_400, 400).count("x") == 4_400


def test_text_that_masking_makes_short_is_whole() -> None:
    assert render(shorten("key " + "s" * 500, 10).replace("s" * 500, "***")) == "key ***"
    assert render(shorten("key " + "s" * 500, 7).replace("s" * 500, "***")) == "key ***"
    assert render(shorten("key " + "s" * 500, 6).replace("s" * 500, "***")) == "key…(1 characters)…***"
    assert render(beginning("key " + "s" * 500, 10).replace("s" * 500, "***")) == "key ***"


def test_edge_of_the_margin_is_never_shown() -> None:
    """A secret may be cut there, so that masking does not recognise it."""
    secret = "s" * 30_000
    piece = "s" * (MARGIN + 3 - len("key "))
    assert render(shorten(f"key {secret}", 6).replace(piece, "***")) == "…(22012 characters)…"
    assert render(beginning(f"key {secret}", 10).replace("s" * (MARGIN + 6), "***")) == ""
    shown = render(shorten("a" * (EDGE + 2) + secret, 6).replace("s" * (MARGIN + 1 - EDGE), ""))
    assert shown.startswith("aa…")
    assert render(beginning("a" * (EDGE + 2) + secret, 6).replace("s" * (MARGIN + 4 - EDGE), "")) == "aa"


def test_shortened_text_can_be_shortened_again() -> None:
    once = shorten("abcdefghij", 8)
    assert render(shorten(f"<{once}>", 6)) == "<ab…(6 characters)…ij>"
    assert render(beginning(f"<{once}>", 4)) == "<abc"
    assert render(f"{once} and {once}") == "abcd…(2 characters)…ghij and abcd…(2 characters)…ghij"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("statsu", "; did you mean Status?"), ("STATUS", "; did you mean Status?"), ("xyz", "")],
)
def test_close_name_is_suggested(name: str, suggestion: str) -> None:
    assert did_you_mean(name, ["Status", "id"]) == suggestion
