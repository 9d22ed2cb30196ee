"""The terminal's table as an SVG picture, made from the output of the terminal report itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from contract_tests.contract.requirements import Level
from contract_tests.report import terminal
from contract_tests.report.document import Document
from contract_tests.results.summary import Counted, Outcome
from contract_tests.results.verdicts import Finding, Verdict

COLUMN: Final = 7.8  # width of a character; textLength enforces it in every font
LINE: Final = 18
MARGIN: Final = 20
COLUMNS: Final = 100
_INK: Final = {"green": "#7ec699", "red": "#f08d86", "yellow": "#e5c07b", "light": "#8a919c"}
_PICTURE: Final = Markup("""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>{title}</title>
<rect width="{width}" height="{height}" rx="10" fill="#1b1e24"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
{lines}
</g>
</svg>
""")
_LINE: Final = Markup(
    '<text x="{x}" y="{y}" fill="{ink}" font-weight="{weight}" textLength="{length}"'
    ' lengthAdjust="spacingAndGlyphs">{text}</text>'
)


class Recorder:
    """A replacement of pytest's terminal that keeps the lines of the last section, with their markup."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, bool]]] = []

    def section(self, title: str, sep: str) -> None:
        self.lines = [(f" {title} ".center(COLUMNS, sep), {"bold": True})]

    def line(self, text: str, **markup: bool) -> None:
        self.lines.append((text, markup))


def table(document: Document) -> str:
    """Return the last section of the terminal output, the table of verdicts, as SVG."""
    recorder = Recorder()
    terminal.write(recorder, _verdicts(document), Level(document["run"]["level"]), _outcome(document))
    marks = [
        _LINE.format(
            x=MARGIN,
            y=MARGIN + LINE * row,
            ink=next((ink for name, ink in _INK.items() if markup.get(name)), "#d7dae0"),
            weight="bold" if markup.get("bold") else "normal",
            length=round(len(shown) * COLUMN, 1),
            text=shown.replace(" ", "\N{NO-BREAK SPACE}"),  # SVG would collapse the columns
        )
        for row, (text, markup) in enumerate(recorder.lines, 1)
        if (shown := _cut(text))
    ]
    return _PICTURE.format(
        width=round(COLUMNS * COLUMN + 2 * MARGIN),
        height=LINE * len(recorder.lines) + 2 * MARGIN,
        title=f"Conformance of {document['run']['target']}",
        lines=Markup("\n").join(marks),
    )


def _cut(text: str) -> str:
    return text if len(text) <= COLUMNS else f"{text[: COLUMNS - 1]}…"


def _verdicts(document: Document) -> terminal.Verdicts:
    verdicts = {}
    for one in document["requirements"]:
        findings: list[dict[str, Any]] = [
            {**finding, "requirement": one["id"]} for finding in one["findings"]
        ]
        verdicts[one["id"]] = Verdict(one["verdict"]), [Finding.from_json(finding) for finding in findings]
    return verdicts


def _outcome(document: Document) -> Outcome:
    run, counts = document["run"], document["counts"]
    return Outcome(
        total=Counted(
            requests=counts["requests"],
            created=counts["cases"],
            observations={
                one["id"]: {"title": one["title"], "text": one["text"]} for one in document["observations"]
            },
        ),
        target=run["target"],
        run_id=run["id"],
        repeat=run["repeat"],
        started=datetime.fromisoformat(run["started"]),
        interrupted=run.get("interrupted", False),
    )
