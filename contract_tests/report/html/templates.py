"""The templates of the page. Jinja2 escapes every value, and an undefined name is an error."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from contract_tests.report.html.text import visible

_PARTS: Final = files(__package__)


def part(name: str) -> str:
    """Return the text of a file of the page: a template, the style or the script."""
    return _PARTS.joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(part),
    )
    environment.filters["visible"] = visible
    return environment


def render(template: str, **values: object) -> Markup:
    """Return a template with its values; they are text unless they are markup already."""
    return Markup(_environment().get_template(template).render(values))
