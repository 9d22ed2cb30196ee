"""Client that sends raw bytes and parses the responses strictly."""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

TIMEOUT = 60
"""Seconds until a connection must have ended."""
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [ -~]*\r\n((?:[!#-'*+.^-z|~0-9A-Z-]+: [\t -~\x80-\xff]*\r\n)*)\r\n")
_INTERIM = range(100, 200)
_JSON = {b"application/json", b"application/problem+json"}


class Ending(Enum):
    """Action of a client after its last byte."""

    READ_TO_END = "close the sending side and read to the end"
    ABORT = "abort the connection"


@dataclass(frozen=True)
class FuzzResponse:
    """A final response."""

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


async def exchange_bytes(
    address: tuple[str, int], pieces: Sequence[bytes], ending: Ending = Ending.READ_TO_END, pause: float = 0
) -> bytes:
    """Send pieces with a pause in seconds between them, and return all received bytes.

    Raises OSError or TimeoutError if the connection does not end properly.
    """
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_connection(_Line, *address)
    try:
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(pause)
            if not transport.is_closing():
                transport.write(piece)
        if ending is Ending.ABORT:
            transport.abort()
        elif not transport.is_closing():
            transport.write_eof()
        async with asyncio.timeout(TIMEOUT):
            error = await line.over
    finally:
        transport.close()
    if error is not None:
        raise error
    return b"" if ending is Ending.ABORT else bytes(line.received)


def parse_responses(received: bytes) -> Iterator[FuzzResponse]:
    """Yield the final responses; raise ValueError for anything other than HTTP with JSON bodies."""
    at = 0
    while at < len(received):
        head = _HEAD.match(received, at)
        if head is None:
            raise ValueError(f"no response head: {received[at : at + 300]!r}")
        status, at = int(head[1]), head.end()
        if status in _INTERIM:
            continue
        fields = dict(line.split(b": ", 1) for line in head[2].lower().splitlines())
        length = int(fields.get(b"content-length", 0))
        body, at = received[at : at + length], at + length
        if len(body) < length:
            raise ValueError(f"truncated response: {head[0]!r}")
        if status != 204:
            if fields[b"content-type"] not in _JSON:
                raise ValueError(f"response is not JSON: {head[0]!r}")
            json.loads(body)
        yield FuzzResponse(status, fields.get(b"location", b""), body)
