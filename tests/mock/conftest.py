"""Fixtures of the mock's own tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mock_fixtures import ask, client, client_of, clock, mock, steer
from support.stores import new_store

__all__ = ["ask", "client", "client_of", "clock", "mock", "steer"]


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a new PostgreSQL database."""
    with new_store("postgresql", tmp_path) as url:
        yield url
