"""A client that says what it is told to, byte by byte, and reads whatever comes back with care."""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

PATIENCE = 60
"""Seconds that a connection may take."""
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [ -~]*\r\n((?:[!#-'*+.^-z|~0-9A-Z-]+: [\t -~\x80-\xff]*\r\n)*)\r\n")
_INTERIM = range(100, 200)
_JSON = {b"application/json", b"application/problem+json"}


class Ending(Enum):
    """What a client does when it has said everything."""

    LISTEN = "it ends its side, and reads until the mock ends the other"
    LEAVE = "it is gone without a word"


@dataclass(frozen=True)
class Answer:
    """One final answer."""

    status: int
    location: bytes
    body: bytes


class _Line(asyncio.Protocol):
    def __init__(self) -> None:
        self.received = bytearray()
        self.over = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.received += data

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(error)


async def said(
    address: tuple[str, int], pieces: Sequence[bytes], ending: Ending = Ending.LISTEN, pause: float = 0
) -> bytes:
    """What comes back in all; `pause` is in seconds. Raises OSError or TimeoutError where that has no end."""
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_connection(_Line, *address)
    try:
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(pause)
            if not transport.is_closing():
                transport.write(piece)
        if ending is Ending.LEAVE:
            transport.abort()
        elif not transport.is_closing():
            transport.write_eof()
        async with asyncio.timeout(PATIENCE):
            error = await line.over
    finally:
        transport.close()
    if error is not None:
        raise error
    return b"" if ending is Ending.LEAVE else bytes(line.received)


def answers(received: bytes) -> Iterator[Answer]:
    """The final answers. Raises ValueError for anything that is not HTTP with JSON in it."""
    at = 0
    while at < len(received):
        head = _HEAD.match(received, at)
        if head is None:
            raise ValueError(f"no head of an answer: {received[at : at + 300]!r}")
        status, at = int(head[1]), head.end()
        if status in _INTERIM:
            continue
        fields = dict(line.split(b": ", 1) for line in head[2].lower().splitlines())
        length = int(fields.get(b"content-length", 0))
        body, at = received[at : at + length], at + length
        if len(body) < length:
            raise ValueError(f"an answer is cut short: {head[0]!r}")
        if status != 204:
            if fields[b"content-type"] not in _JSON:
                raise ValueError(f"an answer is not JSON: {head[0]!r}")
            json.loads(body)
        yield Answer(status, fields.get(b"location", b""), body)
