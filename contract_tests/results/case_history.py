"""The requests that brought a case into its state before a failure, for reproductions."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from contract_tests import json_text
from contract_tests.client.exchange import Exchange, unquote_id
from contract_tests.oracle.derived_values import is_similar

MOST_MOVES: Final = 40  # transitions that are kept for each case
MOST_UPDATES: Final = 10
MOST_READS: Final = 12
LARGEST_READ: Final = 20_000  # bytes of a response
LONGEST_TRACE: Final = 20
TRACE_END: Final = 8  # exchanges of a longer trace that are kept
_CASE_PATH: Final = re.compile(r"/case/([^/?#]+)(/transition)?")


class CaseHistory:
    """Listener that keeps the create, and the last transitions, updates and GETs of each case."""

    def __init__(self) -> None:
        self._creates: dict[str, Exchange] = {}
        self._moves: dict[str, deque[Exchange]] = defaultdict(lambda: deque(maxlen=MOST_MOVES))
        self._updates: dict[str, deque[Exchange]] = defaultdict(lambda: deque(maxlen=MOST_UPDATES))
        self._reads: dict[str, deque[Exchange]] = defaultdict(lambda: deque(maxlen=MOST_READS))
        self._workflows: set[tuple[str, str]] = set()
        self._owners: dict[str, Exchange] = {}

    def __call__(self, exchange: Exchange) -> None:
        if not exchange.ok:
            return
        path = _CASE_PATH.search(exchange.url)
        workflow = str(exchange.object.get("lastWorkflowId"))
        self._workflows.add((_case_of(exchange), workflow))
        self._owners.setdefault(workflow, exchange)
        if path and exchange.method in ("PUT", "PATCH"):
            self._updates[unquote_id(path[1])].append(exchange)
        elif path and path[2] and exchange.method == "POST":
            self._moves[unquote_id(path[1])].append(exchange)
        elif path and exchange.method == "GET" and len(exchange.body) <= LARGEST_READ:
            self._reads[unquote_id(path[1])].append(exchange)
        elif exchange.is_create:
            case_id = exchange.object.get("id")
            if isinstance(case_id, str):
                self._creates.setdefault(case_id, exchange)

    def evidence(
        self, trace: Sequence[Exchange], origin: Exchange | None = None, *, reads: int = 0
    ) -> tuple[tuple[dict[str, Any], ...], int]:
        """Return the trace as evidence of a failure, and the number of exchanges that are left out.

        Of a long trace, the evidence is its end, and what brought the cases into their state before. `origin` is an
        earlier request without which the failure does not occur. `reads` is the number of earlier GETs to add.
        """
        needed = [*([origin] if origin else []), *filter(None, map(self._owner, trace))]
        added = [one for one in {id(one): one for one in needed}.values() if one not in trace]
        earlier = self.before(trace, reads=reads)
        of_origin = [one for one in (*self.before(added), *added) if one not in earlier]
        trace = [*earlier, *trace]
        trace = sorted([*of_origin, *trace], key=lambda one: one.started) if of_origin else trace
        if len(trace) <= LONGEST_TRACE:
            return self._evidence_of(trace), 0
        end = trace[-TRACE_END:]
        earlier = self.before(end, updates=True)
        of_origin = [one for one in of_origin if one not in earlier]
        shown = sorted([*earlier, *of_origin, *end], key=lambda one: one.started)
        return self._evidence_of(shown), len(trace) - len(shown)

    def _owner(self, exchange: Exchange) -> Exchange | None:
        """Return the exchange that showed the workflow id of another case which a transition contains."""
        sent = str(exchange.sent.get("workflowId"))
        return None if (_case_of(exchange), sent) in self._workflows else self._owners.get(sent)

    def _evidence_of(self, exchanges: Iterable[Exchange]) -> tuple[dict[str, Any], ...]:
        """Return the evidence of exchanges, of which each transition has a workflow id that an earlier response shows.

        The response that showed the one that was sent may be left out.
        """
        found: list[dict[str, Any]] = []
        current: dict[str, str] = {}
        known: set[str] = set()
        for exchange in exchanges:
            case_id = _case_of(exchange)
            sent, shown = str(exchange.sent.get("workflowId")), exchange.object.get("lastWorkflowId")
            evidence = exchange.evidence
            if exchange.ok and sent not in known and (case_id, sent) in self._workflows:
                evidence = _with_workflow(evidence, sent, current.get(case_id, sent))
            if isinstance(shown, str):
                current[case_id] = shown
                known.add(shown)
            found.append(evidence)
        return tuple(found)

    def before(
        self, exchanges: Sequence[Exchange], *, updates: bool = False, reads: int = 0
    ) -> list[Exchange]:
        """Return the earlier requests on the cases that these exchanges name: creates, transitions and updates.

        Transitions between two visits of the same status are left out. The updates are those whose values the responses
        show, or the last one if `updates` is True. `reads` is the number of the last GETs that are added.
        """
        first: dict[str, float] = {}
        for exchange in exchanges:
            for case_id in _named_ids(exchange):
                first.setdefault(self._similar(case_id), exchange.started)
        found: list[Exchange] = []
        for case_id, started in first.items():
            found += (
                [self._creates[case_id]]
                if case_id in self._creates
                else self._first_updates(case_id, started)
            )
            found += _without_loops(_until(self._moves.get(case_id, ()), started))
            earlier = _until(self._updates.get(case_id, ()), started)
            found += earlier[-1:] if updates else self._shown(earlier, case_id, exchanges)
            # A check may have dropped GETs from the trace that proved nothing to it.
            end = exchanges[-1].started
            found += _until(self._reads.get(case_id, ()), end)[-reads:] if reads else []
        known = {id(exchange) for exchange in exchanges}
        return sorted((one for one in found if id(one) not in known), key=lambda one: one.started)

    def _shown(
        self, updates: Sequence[Exchange], case_id: str, exchanges: Sequence[Exchange]
    ) -> Iterator[Exchange]:
        """Yield the updates that set values which responses with the case show, and no other known request sent."""
        create = self._creates.get(case_id)
        known = _fields(one.sent for one in (*([create] if create else []), *exchanges))
        values = _fields(one.object for one in exchanges if one.object.get("id") == case_id) - known
        for update in reversed(updates):
            found = values & _fields([update.sent])
            values -= found
            if found:
                yield update

    def _first_updates(self, case_id: str, started: float) -> list[Exchange]:
        """Return the first accepted update of an unknown id, with which a faulty server may have created a case."""
        return _until(self._updates.get(case_id, ()), started)[:1]

    def _similar(self, case_id: str) -> str:
        """Return the id; if no case has it, that of a case that a server may take it for."""
        if case_id in self._creates:
            return case_id
        return next((known for known in self._creates if is_similar(case_id, known)), case_id)


def _case_of(exchange: Exchange) -> str:
    """Return the id of the case that an exchange addresses or creates."""
    path = _CASE_PATH.search(exchange.url)
    return unquote_id(path[1]) if path else str(exchange.object.get("id"))


def _with_workflow(evidence: Mapping[str, Any], sent: str, current: str) -> dict[str, Any]:
    if len(sent) != len(current):  # the header with the length of the body would be wrong
        return dict(evidence)
    return {**evidence, **{name: evidence[name].replace(sent, current) for name in ("request_body", "curl")}}


def _fields(records: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Return all fields of the records with their values as JSON."""
    return {(name, json_text.dumps(value)) for record in records for name, value in record.items()}


def _named_ids(exchange: Exchange) -> list[str]:
    """Return the ids of cases in the URL, the payload and the response. A faulty server may confuse them."""
    path = _CASE_PATH.search(exchange.url)
    members = (exchange.sent.get("id"), exchange.object.get("id"))
    return [*([unquote_id(path[1])] if path else []), *(one for one in members if isinstance(one, str))]


def _until(exchanges: Iterable[Exchange], started: float) -> list[Exchange]:
    return [one for one in exchanges if one.started < started]


def _without_loops(moves: Sequence[Exchange]) -> list[Exchange]:
    """Return a shorter series of transitions to the same status."""
    kept: list[Exchange] = []
    for move in moves:
        targets = [str(one.sent.get("caseStatus")) for one in kept]
        target = str(move.sent.get("caseStatus"))
        if target in targets:
            # The case was in this state before, so that what happened since then does not matter.
            del kept[targets.index(target) + 1 :]
        else:
            kept.append(move)
    return kept
