"""Render a report or an assessment to the files of a static site: the same value gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.publishing import protection
from safer_kpi.publishing.draw.grid import cell_icon, grid_row, grid_scale
from safer_kpi.publishing.draw.intervals import bar, interval_row, scale_row
from safer_kpi.publishing.draw.run_chart import run_chart, sparkline
from safer_kpi.publishing.draw.svg import icon
from safer_kpi.publishing.draw.ward_map import ward_map
from safer_kpi.publishing.site.documents import ASKED, DOCUMENTS, PRINTED, Document, title_of
from safer_kpi.publishing.words import people
from safer_kpi.statements.page_statement import STATEMENT_STYLE, statement_section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Environment

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.model.revised import Revised, Told

HERE = Path(__file__).parent
STYLES = {
    "style/govuk-frontend.css": HERE / "vendor" / "govuk-frontend.css",
    "style/report.css": HERE / "style" / "report.css",
    "style/statement.css": STATEMENT_STYLE,
}
_DRAWN: tuple[Callable[..., str], ...] = (
    bar, cell_icon, grid_row, grid_scale, icon, interval_row, run_chart, scale_row, sparkline, ward_map,
)  # fmt: skip
#: The line samples of a legend.
_KEYS = {
    "earlier": '<line class="earlier" x1="0" y1="8" x2="24" y2="8"/>',
    "mean": '<line class="mean" x1="0" y1="8" x2="24" y2="8"/>',
    "band": '<rect class="band" x="0" y="2" width="24" height="12"/>',
    "higher": '<rect class="ward ward--higher" x="1" y="1" width="22" height="14"/>',
    "similar": '<rect class="ward ward--similar" x="1" y="1" width="22" height="14"/>',
    "lower": '<rect class="ward" x="1" y="1" width="22" height="14"/>'
    '<path class="hatch" d="M1,7L7,1M1,15L15,1M9,15L23,1M17,15L23,9"/>',
    "break": '<line class="break" x1="12" y1="0" x2="12" y2="16"/>',
}


def render(report: Report) -> dict[str, bytes]:
    """Return every file of the site, by its path in it."""
    return dict(_files(report))


def paper(report: Report) -> str:
    """Return the markup that the PDF is made of, of the same parts as the pages."""
    return (
        _environment(report, DOCUMENTS[report.kind])
        .get_template("pdf.html")
        .render(page="pdf.html", root="", printed=False)
    )


def _files(report: Report) -> Iterator[tuple[str, bytes]]:
    document = DOCUMENTS[report.kind]
    environment = _environment(report, document)
    for name, _ in document.menu:
        yield name, _page(environment, name, name, "")
    for one in report.pages:
        name = f"metrics/{one.score.page}"
        yield name, _page(environment, "metric.html", name, "../", one=one)
    for target, source in STYLES.items():
        yield target, source.read_bytes()


def _page(environment: Environment, template: str, name: str, root: str, **more: Any) -> bytes:
    text = environment.get_template(template).render(page=name, root=root, printed=False, **more)
    # An indented template leaves lines of nothing; a browser has no use for them.
    return ("\n".join(line for line in text.splitlines() if line.strip()) + "\n").encode()


def _environment(report: Report, document: Document) -> Environment:
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([HERE / "templates" / folder for folder in (*document.templates, "")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def drawn(function: Callable[..., str]) -> Callable[..., Markup]:
        return lambda *arguments: Markup(function(*arguments))  # noqa: S704 (drawings escape what they are given)

    environment.globals.update({function.__name__: drawn(function) for function in _DRAWN})
    environment.globals.update(
        report=report,
        document=document,
        menu=document.menu,
        asked=[(text, [(page, title_of(page)) for page in pages]) for text, pages in ASKED],
        printed_parts=[(f"{name}_body.html", title_of(f"{name}.html")) for name in PRINTED],
        protection={
            "manner": protection.MANNER,
            "attacker": protection.ATTACKER,
            "promise": protection.PROMISE,
            "zero_and_five": protection.ZERO_AND_FIVE,
            "not_promised": protection.NOT_PROMISED,
        },
        approvers=people([approval.name for approval in report.release.approvals]),
        key=drawn(_key),
        statement=drawn(_statement),
    )
    return environment


def _key(name: str) -> str:
    return f'<svg class="key" width="24" height="16" aria-hidden="true" focusable="false">{_KEYS[name]}</svg>'


def _statement(one: Told, revised: Revised) -> str:
    """Return the statement of a figure: the part that the page of a comparison is made of too."""
    return statement_section(one.moved, one.place, revised.explained)
