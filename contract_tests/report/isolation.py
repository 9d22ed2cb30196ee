"""Isolation of failures in a report: each failure omits one item only, and is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


def describe(error: Exception) -> str:
    """Return the kind and the message of an unexpected exception."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


@contextmanager
def isolated(item: str, problems: list[str]) -> Iterator[None]:
    """Add an exception of the block to the problems instead of raising it."""
    try:
        yield
    except Exception as error:
        problems.append(f"{item}: {describe(error)}")
