"""How Sphinx makes the site of docs/: ``make docs-site``. Nothing on a page is fetched from elsewhere."""

from __future__ import annotations

import tomllib
from pathlib import Path

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
exclude_patterns = ["site/**"]
myst_heading_anchors = 4  # every heading can be linked to, and a link to one that is missing is an error
myst_enable_extensions = ["deflist"]
# A link to a file of the project is a copy of it to download, so that a page read without the project has it.
nitpicky = True
# Pygments knows no structs of DuckDB, such as {'name': 1}; such text is coloured as far as it is understood.
suppress_warnings = ["misc.highlighting_failure"]

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
