"""The commands `caseiq-gate BASE HEAD` and `caseiq-gate fidelity`."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from change_gate import accepted
from change_gate.comparison import Options, compare
from change_gate.decision import FAIL_ON, PASSED, UNDECIDED, decide, exit_code
from change_gate.documents import load
from change_gate.documents.sources import STANDARD_INPUT
from change_gate.errors import GateError
from change_gate.findings import Comparison

FORMATS: Final = ("terminal", "markdown", "html", "json", "junit", "sarif", "github")
_DESCRIPTION: Final = (
    "Compare two versions of an OpenAPI 3.0 or 3.1 document, and report which changes break clients."
)
_INPUTS: Final = (
    "A document is a file, - for standard input, REV:path, a git revision such as origin/main "
    "(which stands for its spec/caseiq-openapi.yaml), or a URL with --allow-remote."
)
_EXITS: Final = (
    "Exit code 0: the change passes. 1: it fails. 2: it cannot be decided, or a document is invalid."
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of `caseiq-gate BASE HEAD`."""
    result = argparse.ArgumentParser("caseiq-gate", description=_DESCRIPTION, epilog=f"{_INPUTS} {_EXITS}")
    result.add_argument("base", metavar="BASE", help="the version that clients use")
    result.add_argument("head", metavar="HEAD", help="the new version")
    _add_report_options(result, fail_on="breaking")
    result.add_argument(
        "--open-objects",
        choices=("lenient", "strict"),
        default="lenient",
        help="strict: a new optional property of an open object is risky (default: lenient)",
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
        "--behaviour",
        action="store_true",
        help="for the Case APIs: also run the mock on HEAD, check it, and send it requests of BASE's clients",
    )
    result.add_argument("--verbose", action="store_true", help="list compatible changes, too")
    return result


def fidelity_parser() -> argparse.ArgumentParser:
    """Return the parser of `caseiq-gate fidelity`."""
    result = argparse.ArgumentParser(
        "caseiq-gate fidelity",
        description="Run the contract suite against the mock and against a deployment, and list the differences.",
        epilog="The credentials of the deployment come from the environment, as for the suite. All other options are "
        "passed to the suite for the run against the deployment, such as --allow-writes and --max-cases=50.",
    )
    result.add_argument("--base-url", required=True, metavar="URL", help="base URL of the deployment")
    result.add_argument(
        "--deployment", type=Path, metavar="FILE", help="deployment file, for the mock and for the suite"
    )
    result.add_argument(
        "--hypothesis-profile", default="quick", metavar="NAME", help="quick (default), default or thorough"
    )
    result.add_argument(
        "--requirement", action="append", default=[], metavar="ID", help="compare only this; may be repeated"
    )
    _add_report_options(result, fail_on="risky")
    result.set_defaults(verbose=False)
    return result


def _add_report_options(result: argparse.ArgumentParser, fail_on: str) -> None:
    result.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default=fail_on,
        metavar="LEVEL",
        help="breaking, risky, risky:wire, risky:codegen or risky:documentation (default: %(default)s)",
    )
    result.add_argument(
        "--format", choices=FORMATS, default="terminal", help="format of the report (default: %(default)s)"
    )
    result.add_argument(
        "--output",
        action="append",
        default=[],
        type=_output,
        metavar="FORMAT=FILE",
        help="also write the report in this format to a file; may be repeated",
    )
    result.add_argument(
        "--accepted", type=Path, metavar="FILE", help="TOML file with accepted changes, see --accept"
    )
    result.add_argument(
        "--accept", metavar="REASON", help="add all changes that fail the gate to the file of --accepted"
    )
    result.add_argument(
        "--expires",
        type=_date,
        metavar="YYYY-MM-DD",
        help=f"expiry date of the entries that --accept adds (default: in {accepted.DEFAULT_DAYS} days)",
    )


def _output(text: str) -> tuple[str, Path]:
    kind, separator, file = text.partition("=")
    if kind not in FORMATS or not separator or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is not FORMAT=FILE with a format of {', '.join(FORMATS)}")
    return kind, Path(file)


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2027-01-31") from None


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if words[:1] == ["fidelity"]:
            options, rest = fidelity_parser().parse_known_args(words[1:])
            _check_acceptance(options)
            comparison = _measure_fidelity(options, rest)
        else:
            options = parser().parse_args(words)
            _check_acceptance(options)
            comparison = _compare_documents(options)
        if options.accepted is not None:
            comparison = _apply_accepted(comparison, options)
        return _report(decide(comparison, options.fail_on), options)
    except GateError as error:
        print(f"caseiq-gate: {error}", file=sys.stderr)
        return UNDECIDED


def _check_acceptance(options: argparse.Namespace) -> None:
    if options.accept is not None and options.accepted is None:
        raise GateError("--accept needs --accepted FILE, the file to write")
    if options.accept is not None and not options.accept.strip():
        raise GateError("--accept needs a reason")
    if options.expires is None:
        return
    if options.accept is None:
        raise GateError(
            "--expires needs --accept REASON; it is the expiry date of the entries that this adds"
        )
    if options.expires < datetime.datetime.now(datetime.UTC).date():
        raise GateError(f"--expires {options.expires} is in the past")


def _compare_documents(options: argparse.Namespace) -> Comparison:
    if options.base == options.head == STANDARD_INPUT:
        raise GateError("standard input can be only one of the two documents")
    base = load(options.base, allow_remote=options.allow_remote)
    head = load(options.head, allow_remote=options.allow_remote)
    chosen = Options(
        open_objects=options.open_objects,
        allow_deprecated=options.allow_deprecated,
        every_break=options.accepted is not None,
    )
    comparison = compare(base, head, chosen)
    if options.behaviour:
        from change_gate import behaviour  # noqa: PLC0415 - only for this option

        findings = (*comparison.findings, *behaviour.measure(base, head))
        comparison = replace(comparison, findings=findings)
    return comparison


def _measure_fidelity(options: argparse.Namespace, rest: Sequence[str]) -> Comparison:
    from change_gate import fidelity  # noqa: PLC0415 - only for this subcommand

    return fidelity.measure(
        options.base_url,
        deployment=options.deployment,
        profile=options.hypothesis_profile,
        requirements=options.requirement,
        options=rest,
    )


def _report(comparison: Comparison, options: argparse.Namespace) -> int:
    """Write the report in all requested formats and return the exit code."""
    code = exit_code(comparison)
    for kind, file in options.output:
        _write(file, _render(comparison, kind, options, passed=code == PASSED))
    sys.stdout.write(_render(comparison, options.format, options, passed=code == PASSED))
    sys.stdout.flush()
    return code


def _apply_accepted(comparison: Comparison, options: argparse.Namespace) -> Comparison:
    today = datetime.datetime.now(datetime.UTC).date()
    is_new = options.accept is not None and not options.accepted.exists()
    entries = () if is_new else accepted.load(options.accepted)
    marked, problems = accepted.apply(comparison, entries, today)
    if options.accept is not None:
        expires = options.expires or today + datetime.timedelta(days=accepted.DEFAULT_DAYS)
        failing = [finding for finding in decide(marked, options.fail_on).findings if finding.fails]
        entries = accepted.add(options.accepted, failing, entries, options.accept, expires)
        marked, problems = accepted.apply(comparison, entries, today)
    return replace(marked, problems=tuple(problems))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise GateError(f"{file}: cannot be written: {error.strerror}") from None


def _render(comparison: Comparison, kind: str, options: argparse.Namespace, *, passed: bool) -> str:
    from importlib import import_module  # noqa: PLC0415 - one format is loaded at a time

    if kind == "terminal":
        from change_gate.report import terminal  # noqa: PLC0415

        colour = kind == options.format and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        return terminal.render(comparison, passed=passed, colour=colour, verbose=options.verbose)
    name = "annotations" if kind == "github" else kind
    text: str = import_module(f"change_gate.report.{name}").render(comparison, passed=passed)
    return text
