"""The workflow of a target, as its responses show it: accepted transitions, and the status shown in each state.

Requests to one case can overlap. The order in which the target processed them is then unknown, so such a case counts
for nothing. The same holds for a case whose transition has no response or ended in a server error.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

from contract_tests.client.exchange import Exchange

Shown: TypeAlias = dict[str, dict[str, int]]


@dataclass
class _History:
    """The transitions and records of one case. Times are in seconds since the epoch."""

    is_complete: bool = True
    transitions: list[tuple[float, float, str]] = field(default_factory=list)
    records: list[tuple[float, float, str]] = field(default_factory=list)

    def steps(self) -> list[tuple[float, float, str]] | None:
        """Return the transitions in their order, or None if it is unknown."""
        ordered = sorted(self.transitions)
        overlaps = any(later[0] < earlier[1] for earlier, later in pairwise(ordered))
        return None if overlaps or not self.is_complete else ordered


class WorkflowObserver:
    """Collects the transitions and records of the cases that the run created."""

    def __init__(self, initial: str) -> None:
        self._initial = initial
        self._cases: dict[str, _History] = {}

    def add_create(self, case_id: str) -> None:
        self._cases.setdefault(case_id, _History())

    def add_transition(self, case_id: str, exchange: Exchange) -> None:
        """Add a transition, unless the target refused it."""
        history = self._cases.get(case_id)
        status = exchange.sent.get("caseStatus")
        if history is None or exchange.refused:
            return
        if exchange.failure or exchange.is_server_error or not isinstance(status, str):
            history.is_complete = False
        elif exchange.ok:
            history.transitions.append((*_interval(exchange), status))

    def add_record(self, case_id: str, exchange: Exchange, status: Any) -> None:
        """Add the status that a record shows."""
        history = self._cases.get(case_id)
        if history is not None and isinstance(status, str):
            history.records.append((*_interval(exchange), status))

    def accepted(self) -> list[tuple[str, str]]:
        """Return the accepted transitions as pairs of state and caseStatus."""
        pairs = set()
        for _, steps in self._known():
            states = [self._initial, *(status for _, _, status in steps)]
            pairs |= set(pairwise(states))
        return sorted(pairs)

    def shown(self) -> Shown:
        """Return how often each state was shown under each name."""
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for history, steps in self._known():
            for start, end, name in history.records:
                if any(_overlap((start, end), step) for step in steps):
                    continue
                # The response to a transition shows the state after it.
                before = [
                    status
                    for begun, ended, status in steps
                    if ended <= start or (begun, ended) == (start, end)
                ]
                counted[before[-1] if before else self._initial][name] += 1
        return {state: dict(names) for state, names in sorted(counted.items())}

    def _known(self) -> Iterator[tuple[_History, list[tuple[float, float, str]]]]:
        for history in self._cases.values():
            steps = history.steps()
            if steps is not None:
                yield history, steps


def _interval(exchange: Exchange) -> tuple[float, float]:
    return exchange.started, exchange.started + exchange.elapsed


def _overlap(one: tuple[float, float], step: tuple[float, float, str]) -> bool:
    return one != step[:2] and one[0] < step[1] and step[0] < one[1]


def describe(accepted: list[tuple[str, str]], shown: Shown) -> dict[str, str]:
    """Return the observation; `data` has it as JSON, so that those of several processes can be merged."""
    by_state: dict[str, list[str]] = defaultdict(list)
    for state, status in accepted:
        by_state[state].append(status)
    moves = [f"{state} → {', '.join(statuses)}" for state, statuses in by_state.items()]
    names = [f'{state} is shown as "{name}"' for state, name in usual_names(shown).items() if name != state]
    return {
        "title": "Accepted transitions",
        "text": "; ".join(moves + names),
        "data": json.dumps({"accepted": accepted, "shown": shown}),
    }


def parse(observation: Mapping[str, str]) -> tuple[list[tuple[str, str]], Shown]:
    """Return the accepted transitions and the shown names of an observation."""
    data = json.loads(observation["data"])
    return [(state, status) for state, status in data["accepted"]], data["shown"]


def merge(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Merge the observations of two processes."""
    (accepted, shown), (more, others) = parse(one), parse(other)
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for counts in (shown, others):
        for state, names in counts.items():
            total[state].update(names)
    return describe(
        sorted({*accepted, *more}), {state: dict(names) for state, names in sorted(total.items())}
    )


def usual_names(shown: Shown) -> dict[str, str]:
    """Return the name under which each state was shown most often; a slow replica may show an old one."""
    return {state: max(names, key=lambda name: (names[name], name)) for state, names in shown.items()}
