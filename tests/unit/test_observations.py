"""Observations about a target."""

from __future__ import annotations

import pytest

from contract_tests.results.observations import date_pattern


@pytest.mark.parametrize(
    ("date", "pattern"),
    [
        ("2026-11-29T13:48:39.419Z", "YYYY-MM-DDThh:mm:ss.fffZ"),
        ("2026-11-29T13:48:39Z", "YYYY-MM-DDThh:mm:ssZ"),
        ("2026-11-29 13:48:39.123456+00:00", "YYYY-MM-DD hh:mm:ss.ffffff+00:00"),
    ],
)
def test_pattern_of_a_date_is_not_a_date(date: str, pattern: str) -> None:
    assert date_pattern(date) == pattern
