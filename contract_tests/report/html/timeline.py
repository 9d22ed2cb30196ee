"""Overlapping operations over time, as inline SVG with one lane for each client, and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from contract_tests.report.document import OperationEntry
from contract_tests.report.html import templates

WIDTH: Final = 960
LEFT: Final = 76  # room for the names of the lanes
LANE: Final = 58
BAR: Final = 22
TOP: Final = 14
AXIS: Final = 26
CHARACTER: Final = 6.7  # width of a character in the labels' font, rounded up
TICKS: Final = 6


def draw(operations: Sequence[OperationEntry]) -> Markup:
    """Return the figure for a history of operations; nothing for an empty history."""
    if not operations:
        return Markup()
    history = sorted(operations, key=lambda operation: (operation["start"], operation["client"]))
    clients = sorted({operation["client"] for operation in history})
    begin, end = history[0]["start"], max(operation["end"] for operation in history)
    scale = _Scale(begin, max(end - begin, 1e-9))
    lanes = {client: TOP + LANE * row for row, client in enumerate(clients)}
    bottom = TOP + LANE * len(clients)
    bars = []
    for number, operation in enumerate(history, 1):
        follower = min(
            (one["start"] for one in history[number:] if one["client"] == operation["client"]),
            default=end,
        )
        bars.append(_bar(number, operation, scale, lanes[operation["client"]], scale.x(follower)))
    return templates.render(
        "timeline.html",
        width=WIDTH,
        height=bottom + AXIS,
        left=LEFT,
        label=f"{len(history)} operations of {len(clients)} clients over time; the table below lists them",
        ticks=list(_ticks(scale, bottom)),
        lanes=[{"client": client, "y": top + BAR / 2} for client, top in lanes.items()],
        bars=bars,
        rows=[_row(number, operation, scale) for number, operation in enumerate(history, 1)],
    )


class _Scale:
    """Conversion from seconds to positions and to words."""

    def __init__(self, begin: float, span: float) -> None:
        self.begin = begin
        self.span = span

    def x(self, moment: float) -> float:
        return round(LEFT + (moment - self.begin) / self.span * (WIDTH - LEFT - 2), 1)

    def words(self, moment: float) -> str:
        """Return the milliseconds since the first operation started."""
        return f"{(moment - self.begin) * 1000:.{1 if self.span < 1 else 0}f} ms"


def _ticks(scale: _Scale, bottom: int) -> Iterable[Mapping[str, Any]]:
    anchors: Mapping[int, str] = {0: "start", TICKS - 1: "end"}
    for tick in range(TICKS):
        moment = scale.begin + scale.span * tick / (TICKS - 1)
        yield {
            "x": scale.x(moment),
            "top": TOP - 6,
            "bottom": bottom,
            "baseline": bottom + 18,
            "anchor": anchors.get(tick, "middle"),
            "moment": scale.words(moment),
        }


def _bar(
    number: int, operation: OperationEntry, scale: _Scale, top: int, free_until: float
) -> Mapping[str, Any]:
    x, end = scale.x(operation["start"]), scale.x(operation["end"])
    style = "refused" if not operation["done"] else "write" if operation["saw"] is None else "read"
    label = f"{operation['kind']} {_outcome(operation)}"
    return {
        "style": style,
        "title": f"client {operation['client']}: {label}, {scale.words(operation['start'])} to "
        f"{scale.words(operation['end'])}",
        "x": x,
        "y": top,
        "width": max(round(end - x, 1), 3),
        "height": BAR,
        "baseline": top + BAR - 7,
        "number": number if end - x > CHARACTER * (len(str(number)) + 1) else "",
        "below": top + BAR + 14,
        "label": _fitting(label, max(free_until, end) - x),
    }


def _fitting(label: str, room: float) -> str:
    """Return as much of the label as fits; nothing if that is less than six characters."""
    characters = int(room / CHARACTER)
    if len(label) <= characters:
        return label
    return f"{label[: characters - 1]}…" if characters >= 6 else ""


def _outcome(operation: OperationEntry) -> str:
    if operation["saw"] is not None:
        return f"saw {operation['saw']}"
    return f"= {operation['value']}" + ("" if operation["done"] else " (refused)")


def _row(number: int, operation: OperationEntry, scale: _Scale) -> Mapping[str, Any]:
    return {
        "number": number,
        "client": operation["client"],
        "kind": operation["kind"],
        "outcome": _outcome(operation),
        "start": scale.words(operation["start"]),
        "end": scale.words(operation["end"]),
    }
