"""Tests of code that uses aiohttp: over a socket, with the fixture `caseiq_mock`."""

import asyncio

import aiohttp

from mock_server import CaseiqMock


async def report(base_url: str, token: str, summary: str) -> str:
    """Create a case, and return its id. This stands for the code under test."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers, raise_for_status=True) as session,
        session.post(f"{base_url}/case", json={"summary": summary}) as response,
    ):
        return str((await response.json())["id"])


def test_case_is_created(caseiq_mock: CaseiqMock) -> None:
    case_id = asyncio.run(report(caseiq_mock.url, caseiq_mock.token, "Badge printed twice"))
    assert [case["id"] for case in caseiq_mock.cases] == [case_id]


def test_closed_connection_is_an_error(caseiq_mock: CaseiqMock) -> None:
    # The connection closes without a response, although the case was created.
    caseiq_mock.fail_next(kind="drop")
    try:
        asyncio.run(report(caseiq_mock.url, caseiq_mock.token, "Badge printed twice"))
    except aiohttp.ClientError:
        assert len(caseiq_mock.cases) == 1
    else:
        raise AssertionError("expected an error")
