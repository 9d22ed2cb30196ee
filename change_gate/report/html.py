"""A comparison as one HTML page without external resources."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from change_gate.findings import Comparison
from change_gate.report.wording import (
    KINDS,
    PROOFS,
    counts,
    groups,
    label,
    title,
    witness_text,
    witness_title,
)
from change_gate.version import sentence


def render(comparison: Comparison, *, passed: bool) -> str:
    """Return the page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {
        "kinds": KINDS, "proofs": PROOFS, "label": label, "witness_text": witness_text, "witness_title": witness_title,
    }  # fmt: skip
    template = environment.from_string(files(__package__).joinpath("page.html").read_text(encoding="utf-8"))
    page = template.render(
        comparison=comparison,
        passed=passed,
        counts=counts(comparison),
        advice=sentence(comparison),
        title=title(comparison, passed=passed),
        groups=groups(comparison, compatible=True),
    )
    return page.encode("utf-8", "backslashreplace").decode("utf-8")
