"""The tiers of the tests with faults: the default run takes one fault of each class."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import pytest

Row = TypeVar("Row")


def in_tiers(
    rows: Iterable[Row], class_of: Callable[[Row], Hashable], name_of: Callable[[Row], str]
) -> list[Any]:
    """Return the rows as parameters. All rows of a class except the first have the mark `every_fault`."""
    seen: set[Hashable] = set()
    parameters = []
    for row in rows:
        marks = [pytest.mark.every_fault] if class_of(row) in seen else []
        seen.add(class_of(row))
        parameters.append(pytest.param(row, id=name_of(row), marks=marks))
    return parameters
