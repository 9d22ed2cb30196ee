"""The command `caseiq-gate BASE HEAD`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from change_gate.comparison import Options, compare
from change_gate.documents import load
from change_gate.documents.sources import STANDARD_INPUT
from change_gate.errors import GateError
from change_gate.findings import Comparison, Kind, Proof, Verdict

PASSED: Final = 0
BROKEN: Final = 1
UNDECIDED: Final = 2
FAIL_ON: Final = ("breaking", "risky", *(f"risky:{kind.value}" for kind in Kind))
_DESCRIPTION: Final = (
    "Compare two versions of an OpenAPI 3.0 or 3.1 document, and say whom the change breaks."
)
_INPUTS: Final = (
    "A document is a file, - for standard input, REV:path, a git revision such as origin/main "
    "(its spec/caseiq-openapi.yaml is read), or a URL with --allow-remote."
)
_EXITS: Final = (
    "Exit code 0: the change passes. 1: it breaks. 2: it cannot be decided, or a document is broken."
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser("caseiq-gate", description=_DESCRIPTION, epilog=f"{_INPUTS} {_EXITS}")
    result.add_argument("base", metavar="BASE", help="the version that clients use")
    result.add_argument("head", metavar="HEAD", help="the version to judge")
    result.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default="breaking",
        metavar="LEVEL",
        help="breaking (default), risky, or risky:wire, risky:codegen, risky:documentation",
    )
    result.add_argument(
        "--open-objects",
        choices=("lenient", "strict"),
        default="lenient",
        help="strict: a new optional property of an open object is risky",
    )
    result.add_argument(
        "--allow-deprecated",
        action="store_true",
        help="allow the removal of a deprecated operation after its sunset date",
    )
    result.add_argument(
        "--allow-remote", action="store_true", help="fetch documents and references from URLs"
    )
    result.add_argument(
        "--format", choices=("terminal", "json"), default="terminal", help="the form of the report"
    )
    result.add_argument("--verbose", action="store_true", help="list compatible changes, too")
    return result


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(arguments)
    try:
        comparison = _compare(options)
    except GateError as error:
        print(f"caseiq-gate: {error}", file=sys.stderr)
        return UNDECIDED
    code = exit_code(comparison, options.fail_on)
    sys.stdout.write(_render(comparison, options, passed=code == PASSED))
    sys.stdout.flush()
    return code


def _compare(options: argparse.Namespace) -> Comparison:
    if options.base == options.head == STANDARD_INPUT:
        raise GateError("standard input can be only one of the two documents")
    base = load(options.base, allow_remote=options.allow_remote)
    head = load(options.head, allow_remote=options.allow_remote)
    chosen = Options(open_objects=options.open_objects, allow_deprecated=options.allow_deprecated)
    return compare(base, head, chosen)


def exit_code(comparison: Comparison, fail_on: str) -> int:
    """Return the exit code for a comparison under `--fail-on`."""
    level, _, kind = fail_on.partition(":")
    for finding in comparison.findings:
        is_risk = finding.verdict is Verdict.RISKY and finding.proof is not Proof.UNPROVEN
        is_chosen = level == "risky" and kind in ("", finding.kind.value)
        if finding.verdict is Verdict.BREAKING or (is_risk and is_chosen):
            return BROKEN
    return UNDECIDED if comparison.is_undecided else PASSED


def _render(comparison: Comparison, options: argparse.Namespace, *, passed: bool) -> str:
    if options.format == "json":
        from change_gate.report import json  # noqa: PLC0415 - one format is loaded at a time

        return json.render(comparison, passed=passed)
    from change_gate.report import terminal  # noqa: PLC0415

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return terminal.render(comparison, passed=passed, colour=colour, verbose=options.verbose)
