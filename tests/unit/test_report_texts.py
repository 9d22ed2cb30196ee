"""Texts of the HTML report."""

from __future__ import annotations

import pytest
from support import report_samples as samples

from contract_tests.report.html.exchange import reproduction
from contract_tests.report.html.header import bar, explained, header, headline
from contract_tests.report.html.text import visible
from contract_tests.report.isolation import describe, isolated


def test_visible_text_has_no_control_characters() -> None:
    assert visible("a\r\nb\tc\x00\x1b\x7f\x9f\r") == "a\nb\tc\\x00\\x1b\\x7f\\x9f\\x0d"


def test_reproduction_names_its_variables() -> None:
    shown = reproduction(samples.EXCHANGES, 2, samples.BASE)  # type: ignore[arg-type]
    assert shown is not None
    assert (shown["left_out"], shown["variables"]) == (2, ["BASE_URL", "CASEIQ_TOKEN"])
    assert shown["exchanges"][0]["path"] == "/case"
    assert reproduction([], 0, samples.BASE) is None


def test_header_counts_the_verdicts() -> None:
    document = samples.document()
    values = header(document)
    assert values["counts"]["failed"] == 1
    assert list(values["counts"])[:2] == ["failed", "error"]
    assert headline(document)[1] == "failed"
    pieces = list(bar(document["requirements"]))
    assert pieces[0]["x"] == 0
    assert sum(piece["width"] for piece in pieces) == pytest.approx(100)
    assert [one["shown"] for one in explained(document["requirements"])] == [
        "failed",
        "error",
        "warning",
        "warning",
    ]


def test_isolated_problem_is_described() -> None:
    problems: list[str] = []
    with isolated("item", problems):
        raise ValueError("broken")
    assert problems == ["item: ValueError: broken"]
    assert describe(KeyError()) == "KeyError"
