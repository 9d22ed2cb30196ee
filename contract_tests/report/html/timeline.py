"""Overlapping operations over time, as inline SVG with one lane for each client, and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from contract_tests.report.document import OperationEntry

WIDTH: Final = 960
LEFT: Final = 76  # room for the names of the lanes
LANE: Final = 58
BAR: Final = 22
TOP: Final = 14
AXIS: Final = 26
CHARACTER: Final = 6.7  # width of a character in the labels' font, rounded up
TICKS: Final = 6

_FIGURE: Final = Markup("""<figure class="timeline">
<div class="scroll"><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{marks}</svg></div>
<figcaption>One lane for each client, time from left to right. An operation takes effect at some moment within its
bar. If bars overlap, either operation may come first.</figcaption>
<div class="scroll"><table class="plain"><thead><tr><th>#</th><th>Client</th><th>Operation</th><th>Outcome</th>
<th>From</th><th>To</th></tr></thead><tbody>{rows}</tbody></table></div>
</figure>""")
_LANE: Final = Markup("""<text class="lane" x="0" y="{middle}">client {client}</text>
<line class="rail" x1="{left}" x2="{width}" y1="{y}" y2="{y}"/>""")
_TICK: Final = Markup("""<line class="tick" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>
<text class="axis" x="{x}" y="{baseline}" text-anchor="{anchor}">{moment}</text>""")
_BAR: Final = Markup("""<g class="bar {kind}"><title>{title}</title>
<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3"/>
<text class="number" x="{inside}" y="{baseline}">{number}</text>
<text class="label" x="{x}" y="{below}">{label}</text></g>""")
_ROW: Final = Markup(
    "<tr><td>{number}</td><td>{client}</td><td>{kind}</td><td>{outcome}</td><td>{start}</td><td>{end}</td></tr>"
)


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
    marks = [*_ticks(scale, bottom), *map(_lane, lanes.items())]
    for number, operation in enumerate(history, 1):
        follower = min(
            (one["start"] for one in history[number:] if one["client"] == operation["client"]),
            default=end,
        )
        marks.append(_bar(number, operation, scale, lanes[operation["client"]], scale.x(follower)))
    return _FIGURE.format(
        width=WIDTH,
        height=bottom + AXIS,
        label=f"{len(history)} operations of {len(clients)} clients over time; the table below lists them",
        marks=Markup("\n").join(marks),
        rows=Markup().join(_row(number, operation, scale) for number, operation in enumerate(history, 1)),
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


def _ticks(scale: _Scale, bottom: int) -> Iterable[Markup]:
    for tick in range(TICKS):
        moment = scale.begin + scale.span * tick / (TICKS - 1)
        anchor: Mapping[int, str] = {0: "start", TICKS - 1: "end"}
        yield _TICK.format(
            x=scale.x(moment),
            top=TOP - 6,
            bottom=bottom,
            baseline=bottom + 18,
            anchor=anchor.get(tick, "middle"),
            moment=scale.words(moment),
        )


def _lane(lane: tuple[int, int]) -> Markup:
    client, top = lane
    y = top + BAR / 2
    return _LANE.format(middle=y + 4, client=client, left=LEFT, width=WIDTH, y=y)


def _bar(number: int, operation: OperationEntry, scale: _Scale, top: int, free_until: float) -> Markup:
    x, end = scale.x(operation["start"]), scale.x(operation["end"])
    style = "refused" if not operation["done"] else "write" if operation["saw"] is None else "read"
    label = f"{operation['kind']} {_outcome(operation)}"
    return _BAR.format(
        kind=style,
        title=f"client {operation['client']}: {label}, {scale.words(operation['start'])} to "
        f"{scale.words(operation['end'])}",
        x=x,
        y=top,
        width=max(round(end - x, 1), 3),
        height=BAR,
        inside=x + 5,
        baseline=top + BAR - 7,
        number=number if end - x > CHARACTER * (len(str(number)) + 1) else "",
        below=top + BAR + 14,
        label=_fitting(label, max(free_until, end) - x),
    )


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


def _row(number: int, operation: OperationEntry, scale: _Scale) -> Markup:
    return _ROW.format(
        number=number,
        client=operation["client"],
        kind=operation["kind"],
        outcome=_outcome(operation),
        start=scale.words(operation["start"]),
        end=scale.words(operation["end"]),
    )
