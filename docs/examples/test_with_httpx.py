"""Tests of code that uses httpx: in process, through the ASGI application."""

import asyncio

import httpx
import pytest

from mock_server import Mock
from mock_server.adapters.asgi import application


async def report(client: httpx.AsyncClient, summary: str) -> str:
    """Create a case, and return its id. This stands for the code under test."""
    response = await client.post("/case", json={"summary": summary})
    response.raise_for_status()
    return str(response.json()["id"])


def client_of(mock: Mock) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(mock.handle))
    return httpx.AsyncClient(
        transport=transport, base_url="https://tenant.example", headers=dict(mock.headers)
    )


def test_case_is_created() -> None:
    async def run(mock: Mock) -> str:
        async with client_of(mock) as client:
            return await report(client, "Badge printed twice")

    mock = Mock()
    assert mock.store.get(asyncio.run(run(mock))) is not None


def test_failure_is_an_error() -> None:
    async def run(mock: Mock) -> None:
        async with client_of(mock) as client:
            await report(client, "Badge printed twice")

    mock = Mock()
    mock.fail_next(503, operation="createCase")
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        asyncio.run(run(mock))
