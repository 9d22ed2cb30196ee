"""Many cases in the memory store: what one of them takes, and whether a read is as fast as among few."""

from __future__ import annotations

import statistics

from load import Case, new_case, run
from servers import Running, Server, memory, running

FEW = 1000
TURNS = 15
SPREAD = 20
"""Cases that are read of those made in a second: some of every age."""


def many_cases(mock: Server, count: int, seconds: int) -> str:
    """A sentence about `count` small cases. Reads of few and of many take turns, and the medians count."""
    with running(mock) as few, running(mock) as many:
        some = [new_case(few.port) for _ in range(FEW)]
        before = memory(many.pid, "VmRSS")
        made, spread = _filled(many, count)
        each = (memory(many.pid, "VmRSS") - before) * 1024 * 1024 / made
        turns = [(_reads(few, some, seconds), _reads(many, spread, seconds)) for _ in range(TURNS)]
    among_few, among_many = (statistics.median(column) for column in zip(*turns, strict=True))
    return (
        f"{made:,} cases in memory take {each:,.0f} bytes each. GET/s among them: {among_many:,.0f}, "
        f"among {FEW:,}: {among_few:,.0f} ({among_many / among_few - 1:+.0%})"
    )


def _filled(server: Running, count: int) -> tuple[int, list[Case]]:
    """How many cases were made, at least `count`; and some of them."""
    made, some = 0, list[Case]()
    while made < count:
        some += [new_case(server.port) for _ in range(SPREAD)]
        made += SPREAD + run(server.port, "POST", [], 1).requests
    return made, some


def _reads(server: Running, cases: list[Case], seconds: int) -> float:
    return run(server.port, "GET", cases, seconds).rate
