"""`python -m contract_tests.report FILE.json`: the reports of an earlier run, or pictures of them.

A problem is reported as one line on standard error, with exit code 1 or 2.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from contract_tests.report.document import UnreadableDocument, load
from contract_tests.report.files import write_rendered
from contract_tests.report.html import page
from contract_tests.report.screenshot import NoBrowser, screenshot
from contract_tests.report.table_svg import table

PROGRAM = "python -m contract_tests.report"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return the exit code."""
    options = _options(arguments)
    problems: list[str] = []
    try:
        document = load(options.file)
        if options.into:
            for path in write_rendered(document, options.into, problems):
                print(path)
        if options.svg:
            options.svg.write_text(table(document), encoding="utf-8")
        if options.screenshot:
            screenshot(page.render(document), options.screenshot, *options.size)
    except (UnreadableDocument, NoBrowser, OSError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    for problem in problems:
        print(f"{PROGRAM}: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Write the reports of a run, or pictures of them, from its JSON."
    )
    parser.add_argument("file", type=Path, metavar="FILE.json", help="the conformance.json of a run")
    parser.add_argument(
        "--into",
        type=Path,
        metavar="DIR",
        help="write conformance.html, conformance.json and junit.xml there",
    )
    parser.add_argument("--svg", type=Path, metavar="FILE.svg", help="write the terminal's table as SVG")
    parser.add_argument(
        "--screenshot",
        type=Path,
        metavar="FILE.png",
        help="take a screenshot of the HTML report; needs Chromium",
    )
    parser.add_argument(
        "--size", type=_size, default="1280x900", help="size of the screenshot (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    if not (options.into or options.svg or options.screenshot):
        parser.error("name an output: --into DIR, --svg FILE or --screenshot FILE")
    return options


def _size(text: str) -> tuple[int, int]:
    if not re.fullmatch("[1-9][0-9]{1,4}x[1-9][0-9]{1,4}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1280x900")
    width, height = text.split("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
