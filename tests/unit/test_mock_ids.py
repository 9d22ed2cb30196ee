"""Ids of the mock."""

from __future__ import annotations

import uuid

import pytest

from mock_server.core.operations import format_id, uuid4
from mock_server.core.settings import IdFormat


@pytest.mark.parametrize("bits", [0, (1 << 128) - 1, 0x0123456789ABCDEF0123456789ABCDEF])
def test_id_is_a_random_uuid_whatever_the_bits(bits: int) -> None:
    made = uuid.UUID(uuid4(lambda _: bits))
    assert (made.version, made.variant) == (4, uuid.RFC_4122)
    free = ~(15 << 76) & ~(3 << 62) & (1 << 128) - 1
    assert made.int & free == bits & free


def test_ids_differ_and_may_be_numbers() -> None:
    ids = {uuid4() for _ in range(1000)}
    assert len(ids) == 1000
    one = next(iter(ids))
    assert format_id(one, IdFormat.UUID) == one
    other = next(format for format in IdFormat if format is not IdFormat.UUID)
    assert format_id(one, other).isdigit()
    assert format_id("00000000-0000-4000-8000-00000000000f", other) == "678275694148452367"
    assert len(format_id(one, other)) <= 18
