"""The values that the run sent to each case, to recognise those that appear in another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from contract_tests import json_text
from contract_tests.client.exchange import Exchange, unquote_id
from contract_tests.client.session import READING
from contract_tests.exceptions import Violation
from contract_tests.oracle.comparison import OWNED, show
from contract_tests.oracle.workflow import STATUS_FIELDS

LONGEST: Final = 20_000  # bytes of a body; the values of longer ones are not remembered
SHORTEST: Final = 4  # characters of a value as JSON without quotes; shorter ones are equal by chance
NOT_SENT: Final = "was not sent to this case, but with"
LAST: Final = 12  # exchanges of a trace

_CASE_ID: Final = re.compile(r"/case/([^/?]+)(?:/transition)?(?:\?|$)")


class SentValues:
    """Remembers which field was sent with which value to which case; a listener of the run's exchanges.

    `origin` is the request that first sent the value of the last explanation.
    """

    def __init__(self) -> None:
        self.origin: Exchange | None = None
        self._first: dict[int, tuple[str, Exchange]] = {}
        self._of_case: dict[str, set[int]] = {}
        self._creates: dict[str, Exchange] = {}
        self._incomplete: set[str] = set()

    def __call__(self, exchange: Exchange) -> None:
        case_id = addressed_case(exchange)
        if case_id is None or exchange.method in READING:
            return
        if len(exchange.request_body) > LONGEST:
            self._incomplete.add(case_id)
            return
        if exchange.method == "POST" and case_id not in self._of_case:
            self._creates[case_id] = exchange
        of_case = self._of_case.setdefault(case_id, set())
        for _, _, key in _distinctive(exchange.sent):
            of_case.add(key)
            self._first.setdefault(key, (case_id, exchange))

    def explain(self, _: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return which value of the last responses was sent to another case only, or None."""
        self.origin = None
        for exchange in trace[: -LAST - 1 : -1]:
            found = self._find_in(exchange) if exchange.ok and exchange.carries_record else None
            if found is not None:
                return found
        return None

    def _find_in(self, exchange: Exchange) -> str | None:
        case_id, shown = addressed_case(exchange), exchange.object["id"]
        if case_id is None or case_id not in self._of_case or len(exchange.body) > LONGEST:
            return None
        if case_id in self._incomplete:
            return None
        if shown != case_id and shown in self._of_case:
            self.origin = self._creates.get(shown)
            return f"the response shows another case of this run, {shown}"
        for name, value, key in _distinctive(exchange.object):
            if key in self._first and key not in self._of_case[case_id]:
                other, origin = self._first[key]
                self.origin = origin
                to = f"PUT or PATCH /case/{other}" if origin.method != "POST" else f"the create of {other}"
                return f"{name} {show(value)} {NOT_SENT} {to}"
        return None


def addressed_case(exchange: Exchange) -> str | None:
    """Return the id of the case that a request addresses or creates, or None."""
    addressed = _CASE_ID.search(exchange.url)
    if addressed:
        return unquote_id(addressed[1])
    case_id = exchange.object.get("id") if exchange.ok and exchange.is_create else None
    return case_id if isinstance(case_id, str) else None


def _distinctive(record: Mapping[str, Any]) -> Iterator[tuple[str, Any, int]]:
    """Yield each field of the client with a value that is unlikely to be equal by chance, and a key for both.

    The members of its objects follow, with the name of the field in front.
    """
    for name, value in record.items():
        if name in OWNED or name in STATUS_FIELDS:
            continue
        yield from _with_key(name, value)
        if isinstance(value, dict):
            for member, inner in value.items():
                yield from _with_key(f"{name}/{member}", inner)


def _with_key(name: str, value: Any) -> Iterator[tuple[str, Any, int]]:
    text = json_text.dumps(value)
    if len(text.strip('"')) >= SHORTEST and not isinstance(value, bool | None):
        yield name, value, hash((name, text))
