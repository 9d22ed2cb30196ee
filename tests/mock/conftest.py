"""Fixtures of the mock's own tests."""

from collections.abc import Callable

import pytest
from mock_clients import Client, Clock

from mock_server import build


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Client:
    """A client of a mock with default settings."""
    return Client(build(now=clock))


@pytest.fixture
def client_of(clock: Clock) -> Callable[..., Client]:
    """Makes a client of a mock with other settings."""
    return lambda settings, **more: Client(build(settings, now=clock, **more))
