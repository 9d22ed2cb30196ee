"""Fuzz messages that need not be valid HTTP, each for its own connection.

A message is a sequence of pieces that are sent one by one. Responses must be HTTP with JSON bodies.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from random import Random

from support.fuzz_requests import CONTROLS, TOKEN, VALID, chunked, message, mutate


def _mutated(random: Random) -> Sequence[bytes]:
    return [mutate(random, random.choice(VALID))]


def _noise(random: Random) -> Sequence[bytes]:
    return [random.randbytes(random.randint(1, 3000))]


def _large_head(random: Random) -> Sequence[bytes]:
    size = random.choice((60_000, 66_000, 300_000))
    lines = (b"X: " + b"x" * size, b"X: y\r\n" * (size // 6), b"x" * size, b"x" * size + b": y")
    return [
        random.choice(
            (b"GET /case HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n", b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n")
        )
        % random.choice(lines)
    ]


def _large_body(random: Random) -> Sequence[bytes]:
    body = b'{"a":"' + b"x" * random.choice((2**20 - 8, 2**20, 3 * 2**20)) + b'"}'
    places = ((b"/case", TOKEN), (b"/auth/oauth2/token", TOKEN), (b"/_mock/seed", b"Bearer x"))
    path, token = random.choice(places)
    whole = message(b"POST", path, body, token=token)
    return [whole[at : at + 100_000] for at in range(0, len(whole), 100_000)]


def _framing(random: Random) -> Sequence[bytes]:
    lengths = (
        b"5",
        b"-1",
        b"+2",
        b"0x2",
        b"2, 2",
        b"2 2",
        b"",
        b"99999999999999999999",
        b"2\r\nContent-Length: 3",
    )
    codings = (
        b"chunked",
        b"gzip",
        b"chunked, gzip",
        b"gzip, chunked",
        b" chunked",
        b"identity",
        b"\x0bchunked",
    )
    chosen = (b"Content-Length: " + random.choice(lengths), b"Transfer-Encoding: " + random.choice(codings))
    fields = random.choice((chosen[:1], chosen[1:], chosen))
    return [
        b"POST /case HTTP/1.1\r\nHost: x\r\n" + b"\r\n".join(fields) + b"\r\n\r\n{}" + random.choice(VALID)
    ]


def _broken_chunks(random: Random) -> Sequence[bytes]:
    return [mutate(random, chunked(random))]


def _dribble(random: Random) -> Sequence[bytes]:
    text = random.choice((random.choice(VALID), mutate(random, random.choice(VALID))))
    step = random.choice((7, 40, 111))
    return [text[at : at + step] for at in range(0, len(text), step)]


def _line(random: Random) -> Sequence[bytes]:
    methods = (*b"GET PATCH CONNECT PRI get SOURCE QUERY LOCK".split(), b"G\tET", b"")
    targets = (*b"/case * case http://localhost/case localhost:80 // /\xc3\xa9".split(), b"/ x", b"")
    versions = (*b"HTTP/1.1 HTTP/1.0 HTTP/0.9 HTTP/2.0 HTTP/1.10 http/1.1".split(), b"HTTP/1.1 ", b"")
    parts = random.choice(methods), random.choice(targets), random.choice(versions)
    return [b"%b %b %b\r\nHost: x\r\n\r\n" % parts + random.choice((b"", random.choice(VALID)))]


def _part(random: Random) -> Sequence[bytes]:
    text = random.choice(VALID)
    return [text * random.randint(0, 5) + text[: random.randrange(len(text))]]


ANY_FRAMING: Mapping[Callable[[Random], Sequence[bytes]], int] = {
    _mutated: 30,
    _noise: 6,
    _large_head: 1,
    _large_body: 1,
    _framing: 8,
    _broken_chunks: 8,
    _dribble: 4,
    _line: 6,
    _part: 8,
}
"""Kinds of messages with their weights."""

_PLACES = (b"G%bT /case HTTP/1.1", b"GET /ca%bse HTTP/1.1", b"GET /case HT%bTP/1.1", b"GET /case HTTP/1.1%b")
_PLACES += (b"GET /case HTTP/1.1\r\nX%bY: z", b"GET /case HTTP/1.1\r\nX: y%bz", b"%bGET /case HTTP/1.1")


def control_characters() -> Sequence[Sequence[bytes]]:
    """Return messages with every control character in every part of a header section."""
    every = (bytes([control]) for control in CONTROLS)
    return [[place % control + b"\r\nHost: x\r\n\r\n"] for place, control in product(_PLACES, every)]
