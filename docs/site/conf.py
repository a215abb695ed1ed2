"""How Sphinx makes the site of docs/: ``make docs-site``. Nothing on a page is fetched from elsewhere."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "safer_kpi"
author = "the authors of safer_kpi"
project_copyright = "the authors of safer_kpi; licensed under Apache-2.0"
version = release = _PROJECT["version"]
language = "en-GB"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["site/**", "reference/examples/**"]
myst_heading_anchors = 4  # every heading can be linked to, and a link to one that is missing is an error
myst_enable_extensions = ["deflist"]
# A link to a file of the project is a copy of it to download, so that a page read without the project has it.
nitpicky = True
# Pygments knows no structs of DuckDB, such as {'name': 1}; such text is coloured as far as it is understood.
suppress_warnings = ["misc.highlighting_failure"]


def setup(app: Sphinx) -> None:
    """Leave the pages of metrics and decisions out of the menu: their lists lead to them."""
    app.connect("source-read", _mark_listed)
    app.connect("html-page-context", _accessible)


def _mark_listed(_: Sphinx, name: str, source: list[str]) -> None:
    folder, _, page = name.partition("/")
    if folder in {"metrics", "decisions"} and page != "README":
        source[0] = "---\norphan: true\n---\n\n" + source[0]


def _accessible(_: Sphinx, __: str, ___: str, context: dict[str, Any], ____: nodes.document | None) -> None:
    """Let the keyboard scroll what is wider than the page, and let no empty cell be called a heading."""
    if "body" in context:
        body = context["body"].replace("<pre>", '<pre tabindex="0">')
        body = body.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
        context["body"] = body.replace('<th class="head"><p></p></th>', "<td></td>")


html_theme = "furo"
html_title = "safer_kpi"
html_baseurl = ""
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # summaries are fetched page by page, which a folder opened without a server forbids
html_theme_options = {
    "navigation_with_keys": False,
    "top_of_page_buttons": [],
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
