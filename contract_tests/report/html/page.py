"""conformance.html: the whole report as one page that loads nothing.

markupsafe escapes every text, so data from the target is never interpreted as markup. A content security policy
allows no script except the page's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Final

from markupsafe import Markup

from contract_tests.report.document import Document, LedgerEntry, ObservationEntry, RequirementEntry, RunEntry
from contract_tests.report.html import requirement
from contract_tests.report.html.header import bar, count_verdicts, explained, facts, headline, lead, pairs
from contract_tests.report.html.requirement import VERDICTS, badge
from contract_tests.report.html.text import visible

_PARTS: Final = files(__package__)
_PAGE: Final = Markup(_PARTS.joinpath("report.html").read_text(encoding="utf-8"))
_STYLE: Final = _PARTS.joinpath("report.css").read_text(encoding="utf-8")
_SCRIPT: Final = _PARTS.joinpath("report.js").read_text(encoding="utf-8")

_BUTTON: Final = Markup(
    '<button type="button" class="{name}" data-verdict="{name}" aria-pressed="{pressed}">'
    '{label} <span class="count">{count}</span></button>'
)
_TILE: Final = Markup(
    '<a class="tile {shown}" href="#{id}" title="{id}: {shown}" aria-label="{id}: {shown}">{symbol}</a>'
)
_ROW: Final = Markup(
    '<tr><th scope="row"><a href="#section-{section}">{title}</a></th><td class="tiles">{tiles}</td>'
    "<td class=tally>{tally}</td></tr>"
)
_SECTION: Final = Markup(
    '<section class="requirements" id="section-{section}"><h2>{title} <span class="tally">{tally}</span></h2>\n'
    "<ul>{requirements}</ul></section>"
)
_FOLDED: Final = Markup(
    '<li><details class="folded"><summary>{count} without a check in this run</summary><ul>{items}</ul>'
    "</details></li>"
)
_PLAIN: Final = Markup('<section class="{name}"><h2>{title}</h2>{content}</section>')
_CASE: Final = Markup(
    "<tr><td>{time}</td><td><code>{id}</code></td><td><code>{test}</code></td><td>{url}</td></tr>"
)
_LEDGER: Final = Markup(
    "<p>{intro}</p><details><summary>{count}</summary><div class=scroll><table class=plain><thead><tr>"
    "<th>Created</th><th>Case</th><th>Test</th><th>URL</th></tr></thead>"
    "<tbody>{rows}</tbody></table></div></details>"
)


def render(document: Document) -> str:
    """Return the content of conformance.html."""
    title, verdict = headline(document)
    run = document["run"]
    return str(
        _PAGE.format(
            policy=_policy(),
            title=f"{title} · {run['target']}",
            style=Markup(_STYLE),
            script=Markup(_SCRIPT),
            verdict=verdict,
            headline=title,
            lead=lead(document),
            bar=bar(document["requirements"]),
            facts=facts(document),
            explained=explained(document["requirements"]),
            buttons=_buttons(document["requirements"]),
            overview=_overview(document["requirements"]),
            sections=Markup("\n").join(_sections(document)),
            observed=_observed(document["observations"]),
            ledger=_ledger(document["ledger"], run["id"]),
            environment=_environment(run),
            footer=f"Run {run['id']} · rendered from {document['schema']}",
        )
    )


def _policy() -> str:
    """Return a content security policy that allows only the page's own script and style."""
    hashes = {
        name: "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for name, text in (("script", _SCRIPT), ("style", _STYLE))
    }
    own = "; ".join(f"{name}-src '{digest}'" for name, digest in hashes.items())
    return f"default-src 'none'; img-src data:; {own}; base-uri 'none'; form-action 'none'"


def _buttons(requirements: Sequence[RequirementEntry]) -> Markup:
    counts = count_verdicts(requirements)
    buttons = [_BUTTON.format(name="all", label="All", count=len(requirements), pressed="true")]
    buttons += [
        _BUTTON.format(name=name, label=name.capitalize(), count=number, pressed="false")
        for name, number in counts.items()
    ]
    return Markup().join(buttons)


def _by_section(requirements: Iterable[RequirementEntry]) -> Iterable[tuple[str, list[RequirementEntry]]]:
    for section, group in groupby(requirements, key=lambda one: one["section"]):
        yield section, list(group)


def _passed_of(requirements: Sequence[RequirementEntry]) -> str:
    return f"{sum(one['shown'] == 'passed' for one in requirements)} of {len(requirements)}"


def _overview(requirements: Sequence[RequirementEntry]) -> Markup:
    rows = []
    for section, group in _by_section(requirements):
        tiles = [
            _TILE.format(id=one["id"], shown=one["shown"], symbol=VERDICTS[one["shown"]]) for one in group
        ]
        rows.append(
            _ROW.format(
                section=section,
                title=section.capitalize(),
                tiles=Markup().join(tiles),
                tally=_passed_of(group),
            )
        )
    legend = Markup().join(Markup("<li>{}</li>").format(badge(name)) for name in count_verdicts(requirements))
    return Markup('<table class="matrix">{}</table><ul class="legend">{}</ul>').format(
        Markup().join(rows), legend
    )


def _sections(document: Document) -> Iterable[Markup]:
    """Yield the sections; requirements without a check in this run are folded."""
    target = document["run"]["target"]
    for section, group in _by_section(document["requirements"]):
        folded = [one for one in group if one["shown"] == "unverified" and not one["findings"]]
        items = [requirement.render(one, target) for one in group if one not in folded]
        if folded:
            inside = Markup("\n").join(requirement.render(one, target) for one in folded)
            items.append(_FOLDED.format(count=len(folded), items=inside))
        yield _SECTION.format(
            section=section,
            title=section.capitalize(),
            tally=f"{_passed_of(group)} passed",
            requirements=Markup("\n").join(items),
        )


def _observed(observations: Sequence[ObservationEntry]) -> Markup:
    if not observations:
        return Markup()
    intro = Markup("<p>Behaviour of this target where the contract leaves a choice.</p>")
    entries = Markup().join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(one["title"], visible(one["text"]))
        for one in observations
    )
    content = Markup('{}<dl class="observed">{}</dl>').format(intro, entries)
    return _PLAIN.format(name="observations", title="Observed behaviour", content=content)


def _ledger(ledger: Sequence[LedgerEntry], run: str) -> Markup:
    if not ledger:
        return Markup()
    rows = Markup().join(
        _CASE.format(time=line["time"], id=visible(line["id"]), test=line["test"], url=visible(line["url"]))
        for line in ledger
    )
    content = _LEDGER.format(
        intro=f"All cases that this run created, tagged {run}. The API cannot delete them.",
        count=f"{len(ledger):,} case{'' if len(ledger) == 1 else 's'}",
        rows=rows,
    )
    return _PLAIN.format(name="ledger", title="Ledger", content=content)


def _environment(run: RunEntry) -> Markup:
    facts = pairs({**run["environment"], **run["versions"]})
    content = Markup('<dl class="facts">{}</dl>').format(facts)
    deployment = run["deployment"]
    if deployment is not None:
        # The text of a deployment file, or other data as JSON.
        content_of_file = deployment.get("content")
        text = (
            content_of_file
            if isinstance(content_of_file, str)
            else json.dumps(deployment, ensure_ascii=False, indent=2)
        )
        content += Markup("<h3>Deployment</h3><pre>{}</pre>").format(visible(text))
    return _PLAIN.format(name="environment", title="Environment", content=content)
