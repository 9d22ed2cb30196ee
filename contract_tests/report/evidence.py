"""One requirement on the page: its verdict, what was expected and what came, and the story that shows it.

Everything a target sent is shown as text, control characters as escapes. Knows nothing of the rest of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup, escape

from contract_tests.report.document import FindingEntry, RequirementEntry, Told
from contract_tests.report.html.timeline import draw

# Each verdict in the order of its weight, and the sign that stands beside its colour.
VERDICTS: Final[Mapping[str, str]] = {
    "failed": "✕",
    "error": "?",
    "warning": "!",
    "unsupported": "-",
    "disabled": "○",
    "unverified": "·",
    "passed": "✓",
}
SHOWN_CHARACTERS: Final = 6000
GIST: Final = 160
TELLING: Final = ("failed", "error", "warning")
# What a reader could not see, or a terminal would obey after a copy: C0 but for tab and line feed, DEL, C1.
_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"
}

_BADGE: Final = Markup('<span class="badge {shown}"><span aria-hidden="true">{symbol}</span>{shown}</span>')
_REQUIREMENT: Final = Markup("""<li class="requirement {shown}" id="{id}" data-shown="{shown}">
<details{open}><summary>{badge}<span class="id">{id}</span><span class="level">{level}</span>
<span class="statement">{statement}{note}</span></summary>
<div class="inside">{findings}<dl class="about">{about}</dl></div></details></li>""")
_NOTE: Final = Markup('<span class="note">{}</span>')
_FINDING: Final = Markup("""<article class="finding">{words}{timeline}{story}</article>""")
_WORD: Final = Markup('<div class="{name}"><dt>{title}</dt><dd>{text}</dd></div>')
_OTHERS: Final = Markup('<details class="others"><summary>{count}</summary>{findings}</details>')
_STORY: Final = Markup("""<details class="story"><summary>The story in {count}</summary>{gap}
<ol>{exchanges}</ol></details>""")
_EXCHANGE: Final = Markup("""<li><details{open}><summary><span class="method">{method}</span>
<span class="url">{url}</span><span class="status s{hundred}">{status} {reason}</span>
<span class="time">{milliseconds} ms</span></summary>
<div class="curl"><pre>{curl}</pre></div>
<div class="pair"><div><h4>Request</h4><pre>{request}</pre></div><div><h4>Response</h4><pre>{response}</pre></div></div>
</details></li>""")


def badge(name: str) -> Markup:
    """A verdict as sign and word."""
    return _BADGE.format(shown=name, symbol=VERDICTS[name])


def shown(text: str) -> str:
    """`text` with its control characters made visible; not yet markup."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)


def prose(text: str) -> Markup:
    """The catalogue's words, `such` as code."""
    pieces = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def gist(entry: RequirementEntry) -> str:
    """Why the verdict is what it is, in a line or so."""
    finding = entry["findings"][0] if entry["findings"] else None
    text = finding["actual"] if finding and finding["actual"] else entry["note"]
    return text if len(text) <= GIST else f"{text[:GIST]}…"


def requirement(entry: RequirementEntry, target: str) -> Markup:
    """The requirement as an item of its section's list, open where there is something to tell."""
    telling = entry["shown"] in TELLING
    return _REQUIREMENT.format(
        id=entry["id"],
        shown=entry["shown"],
        open=Markup(" open") if telling else "",
        badge=badge(entry["shown"]),
        level=entry["level"],
        statement=prose(entry["statement"]),
        note=_NOTE.format(shown(entry["note"])) if entry["note"] and not telling else "",
        findings=_findings(entry, target) if telling else "",
        about=_about(entry),
    )


def _findings(entry: RequirementEntry, target: str) -> Markup:
    """The finding that tells it best, and the others behind it."""
    deciding = [one for one in entry["findings"] if one["verdict"] == entry["verdict"]]
    first, others = deciding[:1], deciding[1:]
    told = Markup().join(_finding(one, target) for one in first) + _script(entry)
    if not others:
        return told
    count = f"{len(others)} more {'test came' if len(others) == 1 else 'tests came'} to the same verdict"
    return told + _OTHERS.format(count=count, findings=Markup().join(_finding(one, target) for one in others))


def _script(entry: RequirementEntry) -> Markup:
    """How to replay the story, or why there is no script for it."""
    if file := entry.get("script"):
        return Markup('<p class="replay">Replay it: <code>sh {}</code></p>').format(file)
    if reason := entry.get("no_script"):
        return Markup('<p class="replay">No script replays it: {}.</p>').format(shown(reason))
    return Markup()


def _finding(finding: FindingEntry, target: str) -> Markup:
    rows = (
        ("expected", "Expected", finding["expected"]),
        ("actual", "Got", finding["actual"]),
        ("reason", "Reason", finding["reason"]),
        ("test", "Test", finding["test"]),
    )
    words = Markup().join(
        _WORD.format(name=name, title=title, text=shown(text)) for name, title, text in rows if text
    )
    return _FINDING.format(
        words=Markup('<dl class="words">{}</dl>').format(words),
        timeline=draw(finding["timeline"] or ()),
        story=_story(finding["story"], finding["left_out"], target),
    )


def _story(story: Sequence[Told], left_out: int, target: str) -> Markup:
    if not story:
        return Markup()
    count = f"{len(story)} request{'' if len(story) == 1 else 's'}"
    gap = (
        Markup('<p class="note">{} more in its middle are left out.</p>').format(left_out) if left_out else ""
    )
    items = [_exchange(told, target, last=told is story[-1]) for told in story]
    return _STORY.format(count=count, gap=gap, exchanges=Markup().join(items))


def _exchange(told: Told, target: str, *, last: bool) -> Markup:
    path = told["url"].removeprefix(target.rstrip("/")) or "/"
    answer = f"{told['status']} {told['reason']}".rstrip()
    return _EXCHANGE.format(
        open=Markup(" open") if last else "",
        method=told["method"],
        url=shown(path),
        hundred=told["status"] // 100,
        status=told["status"],
        reason=shown(told["reason"]),
        milliseconds=f"{told['elapsed'] * 1000:.0f}",
        curl=shown(told["curl"]),
        request=_message(f"{told['method']} {told['url']}", told["request_headers"], told["request_body"]),
        response=_message(answer, told["response_headers"], told["response_body"]),
    )


def _message(first_line: str, headers: Mapping[str, str], body: str) -> Markup:
    """A message as it goes over the wire: first line, headers, an empty line, the body."""
    left = len(body) - SHOWN_CHARACTERS
    cut = f"\n… {left:,} characters more, in conformance.json" if left > 0 else ""
    lines = Markup("\n").join(
        Markup('<span class="name">{}:</span> {}').format(shown(name), shown(value))
        for name, value in headers.items()
    )
    return Markup("<b>{}</b>\n{}\n\n{}{}").format(
        shown(first_line), lines, shown(body[:SHOWN_CHARACTERS]), cut
    )


def _about(entry: RequirementEntry) -> Markup:
    """Where the requirement comes from, what else it accepts, and which tests looked."""
    tests = [f"{one['test'].rpartition('::')[2]}: {one['verdict']}" for one in entry["findings"]]
    lists = {"Source": entry["source"], "Also accepted": entry["accepts"], "Tests": tests}
    return Markup().join(
        Markup("<div><dt>{}</dt><dd><ul>{}</ul></dd></div>").format(
            title, Markup().join(Markup("<li>{}</li>").format(prose(shown(line))) for line in lines)
        )
        for title, lines in lists.items()
        if lines
    )
