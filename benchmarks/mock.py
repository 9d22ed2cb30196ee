"""Compare the speed of the mock, with each store, with a bare ASGI callable, Prism, Mockoon and json-server.

    python benchmarks/mock.py --npm node_modules/.bin

It needs wrk (github.com/wg/wrk), and connects only to 127.0.0.1. The servers are measured in turn for several rounds,
and the median counts, so that other load disturbs all servers alike. A cell shows requests a second, in milliseconds
the median and the 99th percentile of the latency, and the processor time of the server's process for each request.
Prism and Mockoon keep no state: they return examples. Memory is the peak during reads, updates and transitions.
--cases N compares N cases with a thousand, in each store; it replaces the cases of the PostgreSQL database.
"""

from __future__ import annotations

import argparse
import math
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from cases import many_cases
from load import OPERATIONS, CannotDo, Load, load
from servers import CannotRun, Running, Server, running, servers

STARTS = 5
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"
COMPARED = ("bare ASGI callable", "Prism", "Prism, silent")
"""Servers that the first row is compared with."""
STORES = ("mock", "mock, SQLite", "mock, PostgreSQL")
"""The servers that --cases measures."""
COLUMNS = ("GET", "POST", "PATCH", "transition")


@dataclass
class Measured:
    """The measurements of one server."""

    server: Server
    starts: list[float] = field(default_factory=list)
    """Seconds from the command to the first response."""
    loads: dict[str, list[Load]] = field(default_factory=lambda: defaultdict(list))
    """By operation."""
    peak: float = float("nan")
    """MB."""
    missing: dict[str, str] = field(default_factory=dict)
    """Reasons for missing figures, by operation, or by "" for the whole server."""

    def median(self, operation: str, figure: Callable[[Load], float]) -> float:
        """Return the median of a figure over all rounds; nan if there were none."""
        if operation in self.missing or not self.loads[operation]:
            return float("nan")
        return statistics.median(map(figure, self.loads[operation]))


def main() -> int:
    """Measure, and print the table."""
    options = _options()
    chosen = servers(options.npm, options.postgresql)
    rows = [Measured(server) for server in chosen if options.only in server.name]
    if not rows:
        return _fail(f"no server name contains {options.only!r}: {', '.join(it.name for it in chosen)}")
    if shutil.which("wrk") is None:
        return _fail("wrk is not on the PATH")
    _measure_starts(rows)
    with ExitStack() as stack:
        run = [(row, stack.enter_context(running(row.server))) for row in rows if not row.missing]
        for operation in OPERATIONS:
            _measure_loads(run, operation, options.rounds, options.seconds)
    print(_table(rows))
    for row in rows:
        for operation, reason in row.missing.items():
            print(f"{row.server.name}{operation and ', '}{operation}: {reason}")
    if options.cases:
        print(many_cases([one for one in chosen if one.name in STORES], options.cases, options.seconds))
    return 0


def _fail(reason: str) -> int:
    print(f"benchmarks/mock.py: {reason}", file=sys.stderr)
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--npm",
        metavar="FOLDER",
        help="folder of prism, mockoon-cli and json-server, if they are not on the PATH",
    )
    parser.add_argument(
        "--postgresql", metavar="URL", default=POSTGRESQL, help="URL of a database (%(default)s)"
    )
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="measure only servers whose name contains this text"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each server (%(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="seconds of load in each round (%(default)s)")
    parser.add_argument(
        "--cases", type=int, default=0, metavar="N", help="also measure each store with N cases"
    )
    return parser.parse_args()


def _measure_starts(rows: Iterable[Measured]) -> None:
    for row in [row for _ in range(STARTS) for row in rows]:
        if row.missing:
            continue
        try:
            with running(row.server) as server:
                row.starts.append(server.start)
        except CannotRun as error:
            row.missing[""] = str(error)


def _measure_loads(
    run: Sequence[tuple[Measured, Running]], operation: str, rounds: int, seconds: int
) -> None:
    for row, server in [pair for _ in range(rounds) for pair in run]:
        if operation == OPERATIONS[-1] and not row.loads[operation]:
            row.peak = server.peak()
        if operation in row.missing:
            continue
        try:
            row.loads[operation].append(load(server.port, server.pid, operation, seconds))
        except CannotDo as error:
            row.missing[operation] = str(error)


def _table(rows: Sequence[Measured]) -> str:
    cells = [["", *(f"{name}/s" for name in COLUMNS), "first response", "peak memory"]]
    cells += [_row(row) for row in rows if "" not in row.missing]
    cells += [
        _ratios(rows[0], other)
        for other in rows[1:]
        if other.server.name in COMPARED and "" not in other.missing
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(f"| {line} |" for line in lines)


def _row(row: Measured) -> list[str]:
    figures = [_figures(row, operation) for operation in COLUMNS]
    return [row.server.name, *figures, f"{statistics.median(row.starts):.2f} s", f"{row.peak:.0f} MB"]


def _figures(row: Measured, operation: str) -> str:
    if operation in row.missing:
        return "—"
    rate, p50, p99, cpu = (
        row.median(operation, figure)
        for figure in (_rate, lambda it: it.p50, lambda it: it.p99, lambda it: it.cpu)
    )
    return f"{rate:,.0f} ({p50:.1f}, {p99:.1f}; {cpu:.0f} µs)"


def _ratios(mock: Measured, other: Measured) -> list[str]:
    ratios = (mock.median(name, _rate) / other.median(name, _rate) for name in COLUMNS)
    cells = ("—" if math.isnan(ratio) else f"{ratio:.2f} x" for ratio in ratios)
    return [f"{mock.server.name} / {other.server.name}", *cells, "", ""]


def _rate(load: Load) -> float:
    return load.rate


if __name__ == "__main__":
    sys.exit(main())
