"""One requirement of the page: verdict, expected and actual, and the exchanges that reproduce it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup, escape

from contract_tests.report.document import FindingEntry, RequirementEntry
from contract_tests.report.html.exchange import reproduction
from contract_tests.report.html.text import visible
from contract_tests.report.html.timeline import draw
from contract_tests.report.isolation import describe

# Each verdict, by decreasing weight, with the symbol beside its colour.
VERDICTS: Final[Mapping[str, str]] = {
    "failed": "✕",
    "error": "?",
    "warning": "!",
    "unsupported": "-",
    "disabled": "○",
    "unverified": "·",
    "passed": "✓",
}
SUMMARY_CHARACTERS: Final = 240
EXPLAINED: Final = ("failed", "error", "warning")

_BADGE: Final = Markup('<span class="badge {shown}"><span aria-hidden="true">{symbol}</span>{shown}</span>')
_REQUIREMENT: Final = Markup("""<li class="requirement {shown}" id="{id}" data-shown="{shown}">
<details{open}><summary>{badge}<span class="id">{id}</span><span class="level">{level}</span>
<span class="statement">{statement}{note}</span></summary>
<div class="inside">{findings}<dl class="about">{about}</dl></div></details></li>""")
_NOTE: Final = Markup('<span class="note">{}</span>')
_FINDING: Final = Markup("""<article class="finding">{words}{timeline}{reproduction}</article>""")
_WORDS: Final = Markup('<dl class="words">{}</dl>')
_WORD: Final = Markup('<div class="{name}"><dt>{title}</dt><dd>{text}</dd></div>')
_OTHERS: Final = Markup('<details class="others"><summary>{count}</summary>{findings}</details>')
_SCRIPT: Final = Markup('<p class="replay">Reproduce it: <code>BASE_URL={} sh {}</code>{}</p>')
_NO_SCRIPT: Final = Markup('<p class="replay">There is no reproduction script: {}.</p>')


def badge(name: str) -> Markup:
    """Return a verdict as symbol and word."""
    return _BADGE.format(shown=name, symbol=VERDICTS[name])


def prose(text: str) -> Markup:
    """Return text of the catalogue, with `such words` as code."""
    pieces = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def summary(entry: RequirementEntry) -> str:
    """Return the reason of the verdict in one or two lines."""
    finding = entry["findings"][0] if entry["findings"] else None
    text = entry["note"]
    if finding and finding["actual"]:
        text = f"Expected {finding['expected']}; got {finding['actual']}"
    return text if len(text) <= SUMMARY_CHARACTERS else f"{text[:SUMMARY_CHARACTERS]}…"


def render(entry: RequirementEntry, target: str) -> Markup:
    """Return the requirement as an item of its section's list. Failures, errors and warnings are open.

    An exception costs only the details of this requirement.
    """
    try:
        return _render(entry, target)
    except Exception as error:
        note = f"The suite could not show the details ({describe(error)}); see conformance.json."
        return _render({**entry, "findings": [], "note": note}, target)


def _render(entry: RequirementEntry, target: str) -> Markup:
    is_explained = entry["shown"] in EXPLAINED
    findings = _findings(entry, target) if is_explained else Markup()
    return _REQUIREMENT.format(
        id=entry["id"],
        shown=entry["shown"],
        open=Markup(" open") if is_explained else "",
        badge=badge(entry["shown"]),
        level=entry["level"],
        statement=prose(entry["statement"]),
        note=_NOTE.format(visible(entry["note"]))
        if entry["note"] and not (is_explained and findings)
        else "",
        findings=findings,
        about=_about(entry),
    )


def _findings(entry: RequirementEntry, target: str) -> Markup:
    """Return the finding with the shortest reproduction, and the others behind a click."""
    deciding = [one for one in entry["findings"] if one["verdict"] == entry["verdict"]]
    first, others = deciding[:1], deciding[1:]
    shown = Markup().join(_finding(one, target) for one in first) + _script(entry, target)
    if not others:
        return shown
    count = f"{len(others)} more {'test' if len(others) == 1 else 'tests'} with the same verdict"
    return shown + _OTHERS.format(
        count=count, findings=Markup().join(_finding(one, target) for one in others)
    )


def _script(entry: RequirementEntry, target: str) -> Markup:
    if file := entry.get("script"):
        replay = entry.get("replay", "")
        return _SCRIPT.format(target, file, f" ({visible(replay)})" if replay else "")
    if reason := entry.get("no_script"):
        return _NO_SCRIPT.format(visible(reason))
    return Markup()


def _finding(finding: FindingEntry, target: str) -> Markup:
    rows = (
        ("expected", "Expected", finding["expected"]),
        ("actual", "Actual", finding["actual"]),
        ("reason", "Reason", finding["reason"]),
        ("test", "Test", finding["test"]),
    )
    words = Markup().join(
        _WORD.format(name=name, title=title, text=visible(text)) for name, title, text in rows if text
    )
    return _FINDING.format(
        words=_WORDS.format(words),
        timeline=draw(finding["timeline"] or ()),
        reproduction=reproduction(finding["exchanges"], finding["left_out"], target),
    )


def _about(entry: RequirementEntry) -> Markup:
    """Return the source of the requirement, the readings that also pass, and the tests with their verdicts."""
    tests = [f"{one['test'].rpartition('::')[2]}: {one['verdict']}" for one in entry["findings"]]
    lists = {"Source": entry["source"], "Also accepted": entry["accepts"], "Tests": tests}
    return Markup().join(
        Markup("<div><dt>{}</dt><dd><ul>{}</ul></dd></div>").format(
            title, Markup().join(Markup("<li>{}</li>").format(prose(visible(line))) for line in lines)
        )
        for title, lines in lists.items()
        if lines
    )
