"""Texts that a case shows in the letter case of an earlier request, as from a table of distinct values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from contract_tests.client.exchange import Exchange
from contract_tests.client.session import READING
from contract_tests.exceptions import Violation
from contract_tests.oracle.comparison import show
from contract_tests.results.sent_values import addressed_case

LONGEST: Final = 20_000  # bytes of a body; the texts of longer ones are not remembered
MOST: Final = 20_000  # texts


class SharedTexts:
    """Remembers which request first sent each text, whatever its letter case; a listener of the run's exchanges.

    `origin` is this request for the last explanation.
    """

    def __init__(self) -> None:
        self.origin: Exchange | None = None
        self._first: dict[str, tuple[str, Exchange]] = {}

    def __call__(self, exchange: Exchange) -> None:
        if exchange.method in READING or not exchange.ok or len(exchange.request_body) > LONGEST:
            return
        for text in _texts(exchange.sent):
            if len(self._first) < MOST:
                self._first.setdefault(text.casefold(), (text, exchange))

    def explain(self, violation: Violation, trace: Sequence[Exchange]) -> str | None:
        """Return a remark on a wrong text that an earlier request for another case sent in this letter case, or None.

        The requests of the trace sent it in another letter case.
        """
        self.origin = None
        response = trace[-1] if trace else None
        if response is None or not response.ok or len(response.body) > LONGEST:
            return None
        sent = {text for one in trace for text in _texts(one.sent)}
        changed = {text.casefold() for text in sent}
        for text in _texts(response.object):
            first, origin = self._first.get(text.casefold(), ("", None))
            is_of_violation = text == first and show(text) in violation.actual
            if origin is None or not is_of_violation or text in sent or text.casefold() not in changed:
                continue
            if addressed_case(origin) != addressed_case(response):
                self.origin = origin
                return f"an earlier request for another case sent {show(text)}"
        return None


def _texts(document: Any) -> Iterator[str]:
    """Yield the texts in a document, at every level."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
