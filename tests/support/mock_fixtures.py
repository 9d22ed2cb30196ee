"""Fixtures with a mock in the same process, for the tests in `unit/` and `mock/`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_server import Mock, build
from support.clients import Client, Clock
from support.control_api import CONTROL_TOKEN, Control


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock) -> Client:
    """Return a client of a mock with default settings."""
    return Client(build(now=clock))


@pytest.fixture
def client_of(clock: Clock) -> Callable[..., Client]:
    """Return a function that creates a client of a mock with other settings."""
    return lambda settings, **more: Client(build(settings, now=clock, **more))


@pytest.fixture
def mock() -> Mock:
    return Mock(control_token=CONTROL_TOKEN)


@pytest.fixture
def steer(mock: Mock) -> Control:
    return Control(mock)


@pytest.fixture
def ask(mock: Mock) -> Client:
    return Client(mock.handle)
