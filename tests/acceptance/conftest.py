"""A mock that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.processes import mock


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock() as address:
        yield address
