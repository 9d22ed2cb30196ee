"""Many cases in the memory store: memory of each, and the speed of reads."""

from __future__ import annotations

import statistics

from load import Case, new_case, run
from servers import Running, Server, memory, running

FEW = 1000
ROUNDS = 15
SPREAD = 20
"""Cases that are created one by one each second, for reads of cases of every age."""


def many_cases(mock: Server, count: int, seconds: int) -> str:
    """Return a sentence about `count` small cases. Reads of few and many cases alternate; medians are compared."""
    with running(mock) as few, running(mock) as many:
        some = [new_case(few.port) for _ in range(FEW)]
        before = memory(many.pid, "VmRSS")
        made, spread = _filled(many, count)
        each = (memory(many.pid, "VmRSS") - before) * 1024 * 1024 / made
        rounds = [(_reads(few, some, seconds), _reads(many, spread, seconds)) for _ in range(ROUNDS)]
    among_few, among_many = (statistics.median(column) for column in zip(*rounds, strict=True))
    return (
        f"{made:,} cases in memory take {each:,.0f} bytes each. GET/s among them: {among_many:,.0f}, "
        f"among {FEW:,}: {among_few:,.0f} ({among_many / among_few - 1:+.0%})"
    )


def _filled(server: Running, count: int) -> tuple[int, list[Case]]:
    """Create at least `count` cases, and return their number and some of them."""
    made, some = 0, list[Case]()
    while made < count:
        some += [new_case(server.port) for _ in range(SPREAD)]
        made += SPREAD + run(server.port, "POST", [], 1).requests
    return made, some


def _reads(server: Running, cases: list[Case], seconds: int) -> float:
    return run(server.port, "GET", cases, seconds).rate
