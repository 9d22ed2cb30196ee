"""Many clients at once, idle and active."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.fuzz_client import FuzzResponse, parse_responses
from support.fuzz_requests import CASE, message
from support.processes import mock_process

resource = pytest.importorskip("resource", reason="Windows has no limit of open files")

IDLE, BUSY, ROUNDS = 5000, 500, 5
SPARE = 200
"""Files that the test itself needs."""
EACH = 12 * 1024
"""Greatest memory of an idle connection, in bytes."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask(streams: Streams, request: bytes) -> FuzzResponse:
    reader, writer = streams
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    (response,) = parse_responses(head + await reader.readexactly(length))
    return response


async def end(streams: Streams) -> None:
    streams[1].close()
    await streams[1].wait_closed()


async def life_cycles(url: str) -> Counter[int]:
    """Return the statuses of the life cycles of several cases, each on its own connection at the same time."""
    statuses: Counter[int] = Counter()
    address = urlsplit(url)

    async def life_cycle() -> None:
        streams = await asyncio.open_connection(address.hostname, address.port)
        for _ in range(ROUNDS):
            created = await ask(streams, message(b"POST", b"/case", CASE))
            case = json.loads(created.body)
            path = b"/case/" + case["id"].encode()
            transition = {"caseStatus": "Close", "workflowId": case["lastWorkflowId"]}
            patched = await ask(streams, message(b"PATCH", path, b'{"owner":"u-1"}'))
            moved = await ask(
                streams, message(b"POST", path + b"/transition", json.dumps(transition).encode())
            )
            read = await ask(streams, message(b"GET", path))
            assert read.body == moved.body
            statuses.update(response.status for response in (created, patched, moved, read))
        await end(streams)

    await asyncio.gather(*(life_cycle() for _ in range(BUSY)))
    return statuses


@pytest.mark.parametrize("store", ["memory", "sqlite:///{}/cases.db"])
def test_many_simultaneous_clients_are_all_served(store: str, tmp_path: Path) -> None:
    with mock_process("--store", store.format(tmp_path), "--durability", "relaxed") as (_, url):
        assert asyncio.run(life_cycles(url)) == {201: BUSY * ROUNDS, 200: 3 * BUSY * ROUNDS}


def test_thousands_of_idle_connections_do_no_harm() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle = min(IDLE, most - SPARE) if most != resource.RLIM_INFINITY else IDLE

    def resident(pid: int) -> int:
        status = Path(f"/proc/{pid}/statm")
        return int(status.read_text().split()[1]) * resource.getpagesize() if status.exists() else 0

    async def crowd(url: str, pid: int) -> None:
        address = urlsplit(url)
        before = resident(pid)
        held = [await asyncio.open_connection(address.hostname, address.port) for _ in range(idle)]
        streams = await asyncio.open_connection(address.hostname, address.port)
        async with asyncio.timeout(10):
            for _ in range(100):
                assert (await ask(streams, message(b"POST", b"/case", CASE))).status == 201
            for one in held[::100]:
                assert (await ask(one, message(b"GET", b"/case/x"))).status == 404
        assert resident(pid) - before < idle * EACH
        await asyncio.gather(*map(end, [*held, streams]))

    with mock_process() as (process, url):
        asyncio.run(crowd(url, process.pid))


def test_refused_uploads_to_the_control_api_take_no_memory() -> None:
    uploads, size, piece = 30, 32 * 1024 * 1024, b"x" * 1024 * 1024

    async def upload(url: str) -> int:
        address = urlsplit(url)
        streams = await asyncio.open_connection(address.hostname, address.port)
        fields = f"Host: localhost\r\nAuthorization: Bearer wrong\r\nContent-Length: {size}\r\n"
        streams[1].write(f"PUT /_mock/state HTTP/1.1\r\n{fields}\r\n".encode())
        for _ in range(size // len(piece)):
            streams[1].write(piece)
            await streams[1].drain()
        response = await ask(streams, b"")
        await end(streams)
        return response.status

    async def all_uploads(url: str) -> list[int]:
        return await asyncio.gather(*(upload(url) for _ in range(uploads)))

    with mock_process() as (process, url):
        assert asyncio.run(all_uploads(url)) == [401] * uploads
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
            assert int(peak.split()[1]) < 150 * 1024
