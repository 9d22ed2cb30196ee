"""Payloads and bodies that a server may or must refuse, and that must not cause a server error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from contract_tests.testdata.corpus import DEEP_LIST

# One character for every 61 scalar values of Unicode, without NUL, in strings of at most 10 kB.
_SCALARS: Final = "".join(chr(code) for code in range(1, 0x110000, 61) if not 0xD800 <= code <= 0xDFFF)

# Payloads that a deployment may refuse, but that must not cause a server error (NO-SERVER-ERROR).
MISTAKEN_PAYLOADS: Final[Sequence[Any]] = (
    {"controls": "".join(map(chr, range(1, 32)))}, {"": "empty name"}, {"__proto__": {"polluted": True}}, {"__proto__": None},
    {"constructor": {"prototype": {"polluted": 1}}}, {"$where": "1"}, {"$set": {"a": 1}}, {"a.b": {"$gt": ""}}, {"long": "x" * 300}, {"longer": "y" * 10_240}, {"z" * 300: 1},
    {"quotes": "'\"`\\"}, {"astral": "\U0001f600" * 300}, {"tiny": 1e-320}, {"digits": 0.1 + 0.2}, {"many": {str(i): i for i in range(1000)}}, {"scalars": [_SCALARS[i : i + 2500] for i in range(0, len(_SCALARS), 2500)]},
    {"noncharacter": "\uffff\ufffe"}, {"mixed": [None, {}, [], "", 0, False, [[[]]]]}, {"digits": "9" * 60}, {"cancelDate": 20260102}, {"caseStatus": []}, {"caseStatus": {"a": 1}}, {"deep": DEEP_LIST}, {"deeper": json.loads("[" * 31 + "]" * 31)}, {"long array": list(range(6000))}, {"large": ["z" * 9000] * 10}, {"id": None}, {"id": []}, {"id": {"$ne": 1}}, {"createdDate": 5},
    {"createdDate": "yesterday"}, {"createdDate": None}, {"lastWorkflowId": None}, {"lastWorkflowId": 7}, {"owner": {"deep": []}}, {"canceled": "perhaps"}, {"cancelDate": "never"}, {"caseNumber": []},
    {"qu'ote": 1}, {'dou"ble': 1}, {"back`tick": 1}, {"semi;colon--": 1}, {"testTags": None}, {"testTags": {}}, {"reason": []}, {"%s%n": "%s%n"}, {"{0}": "{0}"}, {"\u202e": "\u202e"}, {"date": "9999-99-99T99:99:99Z"}, {"date": "0001-01-01T00:00:00Z"},
)  # fmt: skip

# Payloads that no client sends by mistake (HOSTILE-INPUT).
HOSTILE_PAYLOADS: Final[Sequence[Any]] = (
    {"nul": "a\x00b"}, {"nul\x00name": 1}, {"longest": "y" * 100_000}, {"huge": 10**40}, {"wide": 2**63}, {"wider": -(2**64)}, {"lone": "\ud800"}, {"lone\ud800name": 1}, {"deepest": json.loads("[" * 60 + "]" * 60)},
)  # fmt: skip

ODD_PAYLOADS: Final = (*MISTAKEN_PAYLOADS, *HOSTILE_PAYLOADS)

# A quick run sends every second one by PUT, and the others by PATCH.
NOT_OBJECTS: Final[Sequence[bytes]] = (
    b"null", b'[{"testSummary": "in an array"}]', b'{"testSummary": ', b'{"testSummary": "cut', b'"{}"', b"0", b"summary=x&amount=1",
    b"[]", b"not json at all", b'"text"', b'[{"op": "replace", "path": "/testSummary", "value": "patched"}]', b"1.5", b"[1]", b"false",
    b'[["testSummary", "pair"]]', b"<case><summary>x</summary></case>", b"42", b'""', b"true", b"{", b"}", b"{]",
)  # fmt: skip

# Bodies at the edge of JSON that a client may send by mistake. A parser may accept more than JSON (RFC 8259 section 9).
MALFORMED_BODIES: Final[Sequence[bytes]] = (
    b"", b" ", b"\n", b'\xef\xbb\xbf{"a": 1}', b'{"a": 01}', b'{"a": .5}',
    b'{"a": 1, "a": 2}', b'{"a": {"b": 1, "b": 2}}', b'{"a": 1,}', b"{'a': 1}", b"{a: 1}", b'{"a": 1} trailing', b'{"a": 1}{"b": 2}', b'{"a": "\t"}', b'{"a": "\\x"}',
    b"null", b"[]", b'"', b"{}" * 2, b"{}", b'{"a": tru}', b'/* c */ {"a": 1}', b'{"a": -0}', b'{"a": 1E+2}',
)  # fmt: skip

# Bodies that no client sends by mistake (HOSTILE-INPUT).
HOSTILE_BODIES: Final[Sequence[bytes]] = (
    b"\x00", b"\xff\xfe", b'{"a": "\xff"}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": -1e999}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"a": 1e400000}',
    b'{"a": ' + b"9" * 5000 + b"}", b'{"a": 0.' + b"3" * 5000 + b"}", b"[" * 2000 + b"]" * 2000, b"[" * 100_000, b'{"a":' * 1500 + b"1" + b"}" * 1500, b'{"a":' * 50_000,
    '{"a": "utf-16"}'.encode("utf-16"),
)  # fmt: skip

EDGE_BODIES: Final = (*MALFORMED_BODIES, *HOSTILE_BODIES)
