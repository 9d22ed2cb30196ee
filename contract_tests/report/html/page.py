"""conformance.html: the whole report as one page that loads nothing.

Jinja2 escapes every text, so data from the target is never interpreted as markup. A content security policy allows no
script except the page's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup

from contract_tests.report.document import Document, RequirementEntry, RunEntry
from contract_tests.report.html import requirement, templates
from contract_tests.report.html.header import header
from contract_tests.report.html.requirement import VERDICTS

_STYLE: Final = templates.part("report.css")
_SCRIPT: Final = templates.part("report.js")


def render(document: Document) -> str:
    """Return the content of conformance.html."""
    run = document["run"]
    return str(
        templates.render(
            "report.html",
            policy=_policy(),
            style=Markup(_STYLE),
            script=Markup(_SCRIPT),
            symbols=VERDICTS,
            run=run,
            schema=document["schema"],
            sections=list(_sections(document)),
            observations=document["observations"],
            ledger=document["ledger"],
            environment={**run["environment"], **run["versions"]},
            deployment=_deployment(run),
            **header(document),
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


def _sections(document: Document) -> Iterable[Mapping[str, Any]]:
    """Yield the sections; requirements without a check in this run are folded."""
    target = document["run"]["target"]
    for section, entries in groupby(document["requirements"], key=lambda one: one["section"]):
        group = list(entries)
        folded = [one for one in group if one["shown"] == "unverified" and not one["findings"]]
        yield {
            "name": section,
            "tiles": group,
            "tally": _passed_of(group),
            "requirements": [requirement.render(one, target) for one in group if one not in folded],
            "folded": [requirement.render(one, target) for one in folded],
        }


def _passed_of(requirements: Sequence[RequirementEntry]) -> str:
    return f"{sum(one['shown'] == 'passed' for one in requirements)} of {len(requirements)}"


def _deployment(run: RunEntry) -> str | None:
    """Return the text of the deployment file, or other data as JSON; None without one."""
    deployment = run["deployment"]
    if deployment is None:
        return None
    content = deployment.get("content")
    return content if isinstance(content, str) else json.dumps(deployment, ensure_ascii=False, indent=2)
