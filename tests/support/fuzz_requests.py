"""Fuzz requests with valid framing; each one must get a response, also when pipelined."""

from collections.abc import Callable, Mapping
from random import Random

CONTROLS = bytes([*range(0x20), *range(0x7F, 0xA0)])
"""All control characters: C0, DEL and C1."""
TOKEN = b"Bearer dev-token"
CASE_ID = b"00000000-0000-4000-8000-000000000000"
"""Id of the case that the requests change; also its first workflow id."""
CASE = (
    b'{"summary":"Invoices split","canceled":false,"estimatedLoss":18450.75,"locations":["Porto","Graz"],'
    b'"reporter":{"channel":"hotline","language":"pt"},"note":"\\u00e9\\n\xf0\x9f\x98\x80"}'
)
MOVE = b'{"caseStatus":"Close","workflowId":"%s"}' % CASE_ID
GRANT = b'{"grant_type":"client_credentials","client_id":"dev-client","client_secret":"dev-key-0","ttl":60}'


def message(method: bytes, path: bytes, body: bytes = b"", *fields: bytes, token: bytes = TOKEN) -> bytes:
    """Return a request with valid framing."""
    lines = [b"%b %b HTTP/1.1" % (method, path), b"Host: localhost", b"Authorization: " + token, *fields]
    if not any(field.lower().startswith(b"content-type") for field in fields):
        lines.append(b"Content-Type: application/json")
    if body or method in (b"POST", b"PUT", b"PATCH"):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


VALID = (
    message(b"POST", b"/case", CASE),
    message(b"GET", b"/case/" + CASE_ID),
    message(b"PUT", b"/case/" + CASE_ID, CASE),
    message(b"PATCH", b"/case/" + CASE_ID, CASE),
    message(b"POST", b"/case/" + CASE_ID + b"/transition", MOVE),
    message(b"POST", b"/auth/oauth2/token", GRANT),
    message(b"OPTIONS", b"/case", b"", b"Origin: null", b"Access-Control-Request-Method: POST"),
    message(b"GET", b"/_mock/journal?after=9&limit=3"),
)
BODY_OPERATIONS = ((b"POST", b"/case"), (b"PUT", b"/case/" + CASE_ID), (b"PATCH", b"/case/" + CASE_ID))
BODY_OPERATIONS += ((b"POST", b"/case/" + CASE_ID + b"/transition"), (b"POST", b"/auth/oauth2/token"))
"""Operations with a body."""

FRAGMENTS = (
    *b': / % %2F .. ? # :// HTTP/1.1 0 \0 { } [ ] " , \\ \\u \\ud800 null true - 1e999 NaN id caseStatus'.split(
        b" "
    ),
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b" ",
        b"0\r\n\r\n",
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
    ),
    *(
        b"Content-Length: 0\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close\r\n",
        b"Upgrade: h2c\r\n",
    ),
    *(b"Expect: 100-continue\r\n", b"Origin: null\r\n", b"Authorization: ", b"Host:\r\n", b"9" * 400),
)
"""Texts that mutations insert."""


def mutate(random: Random, text: bytes) -> bytes:
    """Return the text with one to five small changes."""
    for _ in range(random.randint(1, 5)):
        at, length = random.randrange(len(text) + 1), random.randint(1, 20)
        start, end = text[:at], text[at:]
        text = random.choice(
            (
                start + end[length:],
                start + end[:length] + end,
                start + random.choice(FRAGMENTS) + end,
                start + random.choice(FRAGMENTS) + end[length:],
                start + random.randbytes(length) + end[length:],
                start + bytes([random.choice(CONTROLS)]) + end,
                start + end[:1].swapcase() + end[1:],
            )
        )
    return text


def _sent(random: Random, body: bytes) -> bytes:
    return message(*random.choice(BODY_OPERATIONS), body)


def _valid(random: Random) -> bytes:
    return random.choice(VALID)


def _json_text(random: Random) -> bytes:
    return _sent(random, mutate(random, random.choice((CASE, MOVE, GRANT))))


def _json_value(random: Random) -> bytes:
    names = b"id createdDate lastWorkflowId caseStatus canceled owner workflowId grant_type ttl".split()
    values = (*b'null 0 -0 1e308 1E400 "" [] {} "\\u0000" 0.1 tru "client_credentials"'.split(), b"1" * 4400)
    pairs = (b'"%b":%b' % (random.choice(names), random.choice(values)) for _ in range(random.randint(0, 9)))
    return _sent(random, b"{" + b",".join(pairs) + b"}")


def _nesting(random: Random) -> bytes:
    depth = random.choice((1, 99, 100, 101, 200, 1000, 20_000, 200_000))
    start, end = random.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")))
    core = start * (depth // len(start)) + b"1" + end * random.choice((0, depth // len(start)))
    return _sent(random, random.choice((core, b'{"a":' + core + b"}")))


def _control_in_json(random: Random) -> bytes:
    control = random.choice(CONTROLS)
    written = random.choice((bytes([control]), b"\\u%04x" % control, chr(control).encode()))
    return _sent(random, random.choice((b'{"a%b":1}', b'{"a":"%b"}', b'%b{"a":1}', b'{"a":1}%b')) % written)


def _path(random: Random) -> bytes:
    parts = b"case transition x . .. %00 %ff % %2f auth oauth2 token ~ %E2%80%AE {id}".split()
    path = b"".join(b"/" + random.choice((*parts, b"", b"a" * 5000)) for _ in range(random.randint(1, 6)))
    return message(random.choice(b"GET POST PUT PATCH DELETE OPTIONS TRACE".split()), path)


def _field(random: Random) -> bytes:
    names = b"Content-Type Origin Accept Prefer Cookie Access-Control-Request-Method Access-Control-Request-Headers"
    more = b"If-Match Content-Encoding X-HTTP-Method-Override Expect Forwarded Range"
    values = (
        b"",
        b",",
        b"*/*",
        b"application/json; charset=utf-16",
        b"APPLICATION/JSON",
        b"a" * 3000,
        b"\xff\xfe",
    )
    values += (
        b"text/plain",
        b"code=",
        b'code="',
        b"code=99999999999",
        b'";\\',
        b"gzip",
        b"null",
        b"a, b;c=d",
        b"\t",
    )
    chosen = random.choices([*names.split(), *more.split()], k=random.randint(1, 4))
    fields = (b"%b: %b" % (name, random.choice(values)) for name in chosen)
    return message(random.choice((b"GET", b"POST", b"OPTIONS")), b"/case", b"{}", *fields)


def _credential(random: Random) -> bytes:
    tokens = (
        b"",
        b"Bearer",
        b"Bearer  ",
        b"bearer dev-token",
        b"Basic ZGV2",
        b"Bearer dev-token\xff",
        b"Bearer \xe9",
    )
    made = b"Bearer " + random.randbytes(40).hex().encode()
    return message(b"GET", b"/case/x", token=random.choice((*tokens, made, made + b"==", TOKEN + b"x")))


def chunked(random: Random) -> bytes:
    """Return a create with a chunked body."""
    cuts = sorted(random.randrange(len(CASE)) for _ in range(random.randint(0, 9)))
    pieces = [
        CASE[start:end] for start, end in zip([0, *cuts], [*cuts, len(CASE)], strict=True) if start < end
    ]
    extension = random.choice((b"", b";a", b";a=b", b';a="b"'))
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    head = message(b"GET", b"/case", b"", b"Transfer-Encoding: chunked").replace(b"GET", b"POST", 1)
    return (
        head + chunks + b"0\r\n" + random.choice((b"", b"X: y\r\n", b"Authorization: Bearer\r\n")) + b"\r\n"
    )


def _control_api(random: Random) -> bytes:
    path = random.choice(b"cases cases/x journal snapshots behaviour health nothing".split())
    query = mutate(random, b"search=a&sort=-createdDate&limit=3&offset=1&after=0&case=x")
    printable = bytes(byte for byte in query if 0x20 < byte < 0x7F and byte != ord("#"))
    return message(b"GET", b"/_mock/%b?%b" % (path, printable))


VALID_FRAMING: Mapping[Callable[[Random], bytes], int] = {
    _valid: 4,
    _json_text: 20,
    _json_value: 8,
    _nesting: 2,
    _control_in_json: 8,
    _path: 6,
    _field: 8,
    _credential: 4,
    chunked: 5,
    _control_api: 1,
}
"""Kinds of requests with their weights."""
