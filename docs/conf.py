"""Configuration of Sphinx, which makes the site from these pages. `tox -e docs` runs it.

The pages are plain Markdown. Their markers `<!-- generated: NAME -->` are replaced by parts that come from the
contract, from the programs and from other files, so that these cannot become outdated.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# The catalogue lists the faults of the tests, which are in no package.
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from generated_pages import expand  # noqa: E402 - needs the path

project = "Case APIs contract suite"
release = version = metadata.version("caseiq-contract-suite")
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["generated_pages", "examples"]
nitpicky = True

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3
# Names of options keep their two hyphens.
smartquotes = False

# Nothing is requested from another host: the theme brings its fonts, icons and scripts.
html_theme = "furo"
html_title = project
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
# The prompt of a console is not part of a command.
copybutton_prompt_text = "$ "


def _expand(_: Any, _page: str, content: list[str]) -> None:
    content[0] = expand(content[0])


def setup(app: Any) -> None:
    """Expand the markers of each page when Sphinx reads it."""
    app.connect("source-read", _expand)
