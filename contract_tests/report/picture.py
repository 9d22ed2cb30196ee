"""Pictures of a verdict for a README: the terminal's table as SVG, the page as a screenshot.

The table is what the terminal's own writer says, so that the picture cannot differ from it. The screenshot needs
Chromium. Decides nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from contract_tests.contract.requirements import Level
from contract_tests.report import terminal
from contract_tests.report.document import Document
from contract_tests.results.summary import Counted, Outcome
from contract_tests.results.verdicts import Finding, Verdict

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Whatever would reach for the network, or ask for something that a container does not have, is off.
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
TIMEOUT: Final = 60.0  # seconds for one screenshot

COLUMN: Final = 7.8  # width of a character, which textLength enforces whatever font there is
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


class NoBrowser(Exception):
    """No Chromium on the PATH, or it took no picture; the message says which."""


class Recorder:
    """Stands in for pytest's terminal: keeps the lines and their markup, from the last section on."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, bool]]] = []

    def section(self, title: str, sep: str) -> None:
        self.lines = [(f" {title} ".center(COLUMNS, sep), {"bold": True})]

    def line(self, text: str, **markup: bool) -> None:
        self.lines.append((text, markup))


def table(document: Document) -> str:
    """The terminal's last section, the table of verdicts, as an SVG picture."""
    recorder = Recorder()
    terminal.write(recorder, _judged(document), Level(document["run"]["level"]), _outcome(document))
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
        title=f"The verdict on {document['run']['target']}",
        lines=Markup("\n").join(marks),
    )


def _cut(text: str) -> str:
    return text if len(text) <= COLUMNS else f"{text[: COLUMNS - 1]}…"


def _judged(document: Document) -> terminal.Judged:
    judged = {}
    for one in document["requirements"]:
        findings: list[dict[str, Any]] = [
            {**finding, "requirement": one["id"]} for finding in one["findings"]
        ]
        judged[one["id"]] = Verdict(one["verdict"]), [Finding.from_json(finding) for finding in findings]
    return judged


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


def screenshot(page: str, picture: Path, width: int, height: int) -> None:
    """A picture of the page's top, `width` by `height` in CSS pixels. Raises NoBrowser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoBrowser(f"a screenshot needs Chromium on the PATH, as one of: {', '.join(BROWSERS)}")
    picture.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        options = [
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}",
            f"--screenshot={picture.resolve()}",
        ]
        try:
            ended = subprocess.run(
                [browser, *FLAGS, *options, file.as_uri()], capture_output=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise NoBrowser(f"{browser} took no picture within {TIMEOUT:.0f} s") from None
    if ended.returncode or not picture.exists():
        raise NoBrowser(f"{browser} took no picture: {ended.stderr.decode(errors='replace')[-300:].strip()}")
