"""The sheets of words: what each feed has sent, what each measure counts, and what named people say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.site.documents import ASSESSMENT_MENU, MENU
from safer_kpi.publishing.workbook import cells
from safer_kpi.publishing.workbook.sheet import Column, Sheet
from safer_kpi.statements.wording import month_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.workbook.cells import Cell

FEEDS = (
    Column("Data", 44), Column("Sent by", 36), Column("How often", 14), Column("What has come", 32),
    Column("What is missing or late", 60), Column("Rows held back", 12), Column("Last file received on", 18),
)  # fmt: skip
COMMENTS = (Column("About", 44), Column("By", 30), Column("Date", 18), Column("Comment", 90), Column("Rests on", 60),
            Column("Why it stands in spite of the figures", 60))  # fmt: skip
_STATES = {
    "in": "Received",
    "missing": "Missing",
    "late": "Late",
    "expected": "Not due yet",
    "none": "Nothing expected",
}
_SECTIONS = {name.removesuffix(".html"): title for name, title in (*MENU, *ASSESSMENT_MENU)} | {
    "report": "The whole report",
    "summary": "Summary",
    "views": "What residents and businesses ask for",
}


def feed_sheets(report: Report) -> Iterator[Sheet]:
    """Yield what each feed has sent in two years, in a line and month by month."""
    quality = report.quality
    rows: list[tuple[Cell, ...]] = [
        (
            feed.title,
            feed.owner,
            feed.cadence.capitalize(),
            feed.told,
            feed.gaps or "Nothing",
            cells.whole(feed.held),
            feed.last_day or feed.last or cells.NOT_APPLICABLE,
        )
        for feed in quality.feeds
    ]
    if report.is_public:
        return
    says = (f"As it was on {quality.on}.", *quality.summary)
    title = "Data quality: what each partner has sent"
    yield Sheet(name="Data quality", title=title, says=says, columns=FEEDS, rows=tuple(rows))
    months = tuple(Column(month_in_words(month), 12) for month in quality.months)
    by_month = tuple((feed.title, feed.owner, *(_STATES[state] for state in feed.states)) for feed in quality.feeds)
    title = "Data by month: what each partner has sent in the last two years"
    yield Sheet(name="Data by month", title=title, says=says[:1], columns=(*FEEDS[:2], *months), rows=by_month)


def definition_sheet(report: Report) -> Sheet:
    """Return what each measure counts and does not, with the version of its definition."""
    pages = sorted(report.pages, key=lambda page: -len(page.terms))
    terms = list(dict.fromkeys(name for page in pages for name, _ in page.terms))
    columns = [
        Column("Measure", 44),
        Column("Indicator", 13),
        Column("Unit", 22),
        *(_term(term) for term in terms),
    ]
    changed = {} if report.revised is None else {one.metric_id: one.text for one in report.revised.redefined}
    rows = []
    for page in report.pages:
        metric, told = page.score.metric, dict(page.terms)
        row = [metric.title, metric.kpi, metric.unit, *(cells.text(told.get(term, "")) for term in terms)]
        rows.append((*row, changed.get(metric.metric_id, "No change")) if report.revised is not None else tuple(row))
    if report.revised is not None:
        columns.append(Column("Since the last report", 30))
    title = "Definitions: what each measure counts, and what it does not"
    return Sheet(name="Definitions", title=title, says=(), columns=tuple(columns), rows=tuple(rows))


def _term(name: str) -> Column:
    return Column(name, 50, "status" if name == "Settling" else "")


def comment_sheet(report: Report) -> Sheet:
    """Return what named people say of the report."""
    titles = _SECTIONS | {metric.metric_id: metric.title for metric in report.metrics}
    rows = tuple(
        (titles[one.about], one.by, one.on, one.text, cells.text(evidence), cells.text(one.although))
        for one in report.commentary.comments
        for evidence in ("; ".join(titles[name] for name in one.evidence),)
    )
    says = ("Each comment is its author's: it is not part of the release.",)
    return Sheet(name="Comments", title="Comments by named people", says=says, columns=COMMENTS, rows=rows)
