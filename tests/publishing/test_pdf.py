"""The PDF of a report: whole, in order, accessible (PDF/UA-1), and saying what the pages say."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdf
import pytest

from safer_kpi.publishing import make_report
from safer_kpi.publishing.model.report import Report
from safer_kpi.publishing.pdf import pdf
from safer_kpi.publishing.pdf.sheets import sheets
from safer_kpi.publishing.pdf.tree import read
from safer_kpi.publishing.site.render import paper
from tests.publishing import read_back
from tests.publishing.conftest import TITLES
from tests.publishing.read_pdf import Pdf, Tag

#: What the PDF has beside the words of its markup: the list of contents, and the bullets and numbers of lists.
BESIDE = frozenset({"TOC", "Sign", "Figure"})
A4 = (595.28, 841.89)


@pytest.fixture(scope="module")
def content(told_site: dict[str, bytes]) -> bytes:
    return told_site["report.pdf"]


@pytest.fixture(scope="module")
def told(content: bytes) -> Pdf:
    return Pdf(content)


@pytest.fixture(scope="module")
def reader(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content), strict=True)


def squeezed(text: str) -> str:
    return "".join(text.split())


def words_of(markup: str) -> str:
    """The words of the markup in the order of the page, without those that stand in drawings."""

    def said(element: read_back.Element) -> str:
        if element.name == "svg":
            return ""
        return "".join(child if isinstance(child, str) else said(child) for child in element.children)

    return squeezed(said(read_back.parse(markup.encode())))


def test_it_is_tagged(told: Pdf) -> None:
    assert told.file.Root.MarkInfo.Marked
    assert not told.file.Root.MarkInfo.get("/Suspects", False)
    assert told.root.kind == "Document"


def test_it_says_its_language(told: Pdf) -> None:
    assert str(told.file.Root.Lang) == "en-GB"


def test_it_has_a_title_and_shows_it(reader: pypdf.PdfReader, told: Pdf) -> None:
    assert reader.metadata is not None
    assert reader.metadata.title == "Community safety in Seatown, April to June 2024"
    assert told.file.Root.ViewerPreferences.DisplayDocTitle
    assert [tag.text() for tag in told.tags("Title")] == [reader.metadata.title]


def test_it_says_that_it_is_pdf_ua_1(told: Pdf) -> None:
    with told.file.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"


def test_its_day_is_that_of_the_release(reader: pypdf.PdfReader, told_report: Report) -> None:
    published = told_report.release.published_at.replace(microsecond=0)
    assert reader.metadata is not None
    for day in (reader.metadata.creation_date, reader.metadata.modification_date):
        assert day is not None
        assert day.replace(tzinfo=None) == published


def test_everything_drawn_is_in_the_structure_or_an_artifact(told: Pdf) -> None:
    """``Pdf`` itself fails where something is neither."""
    held = {(page, number) for page, number, _ in told.root.marked()}
    drawn = {(page, number) for page, marks in enumerate(told.pages) for number, _ in marks if number >= 0}
    assert held == drawn


def test_the_order_of_reading_is_that_of_the_pages(told: Pdf) -> None:
    order = [(page, number) for page, number, _ in told.root.marked()]
    assert order == list(dict.fromkeys((page, n) for page, marks in enumerate(told.pages) for n, _ in marks if n >= 0))


def test_it_says_what_its_markup_says_and_nothing_else(told: Pdf, told_report: Report) -> None:
    said = squeezed(told.root.text(without=BESIDE))
    title = squeezed("Community safety in Seatown, April to June 2024")
    assert said.replace("Contents", "", 1) == title + words_of(paper(told_report))


def test_every_number_is_found_in_the_release(told_report: Report, told_releases: Path) -> None:
    """The markup says all that the PDF says, by the test before; here it is looked up as the pages are."""
    folder = told_releases / "releases"
    releases = read_back.Releases(folder / "2024-25-Q1.2", folder / "2024-25-Q1")
    page = read_back.parse(paper(told_report).encode())
    # Four headline measures in the scorecard: 58, 14.5, 10 and 17.2%. Their charts have April, May and June in tables:
    # violence 31, 12, 15, then 30 and 14 of the last report; outcomes 6, 2, 2.
    assert read_back.check_figures(page, releases) >= 12
    assert read_back.check_marks(page, releases) >= 3
    assert read_back.check_sentences(page, releases, TITLES) >= 6
    assert read_back.check_charts(page, releases) >= 1


def test_headings_have_no_gap(told: Pdf) -> None:
    levels = [int(tag.kind[1]) for tag in told.root.walk() if re.fullmatch(r"H\d", tag.kind)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {1, 2, 3} <= set(levels)


def test_bookmarks_and_contents_lead_to_every_section(reader: pypdf.PdfReader, told: Pdf) -> None:
    marked = [one.title for one in reader.outline if not isinstance(one, list)]
    assert marked == [tag.text() for tag in told.tags("H1") if tag.text() != "Contents"]
    listed = [tag.text() for tag in told.tags("TOCI")]
    assert len(listed) == len(told.tags("H1", "H2")) - 1  # all but the heading of the contents


def test_each_figure_has_an_alternative_text(told: Pdf) -> None:
    found = [str(tag.attributes["/Alt"]) for tag in told.tags("Figure")]
    # The chart of violence and its course in the scorecard; the other measures have too few months for one.
    assert "Chart: Violence and sexual offences, April 2024 to June 2024" in found
    assert any(
        text.startswith("From April 2024 to June 2024 the monthly figure was lowest in May 2024") for text in found
    )


def test_each_head_of_a_table_has_a_scope(told: Pdf) -> None:
    heads = told.tags("TH")
    assert heads
    for head in heads:
        assert head.text().strip()
        told_of = head.attributes["/A"]
        assert [str(one.Scope) for one in told_of if str(one.O) == "/Table"] == ["/Column"], head.text()


def test_every_row_of_a_table_is_as_wide_as_its_head(told: Pdf) -> None:
    for table in told.tags("Table"):
        rows = [[tag for tag in row.walk() if tag.kind in {"TH", "TD"}] for row in table.walk() if row.kind == "TR"]
        widths = {sum(_span(cell) for cell in row) for row in rows}
        assert len(widths) == 1, table.text()


def _span(cell: Tag) -> int:
    return max(int(one.get("/ColSpan", 1)) for one in cell.attributes.get("/A", [{}]))


def test_running_heads_are_artifacts(told: Pdf) -> None:
    for place in range(len(told.pages)):
        assert f"Release 2024-25-Q1.2Page {place + 1} of {len(told.pages)}" in told.artifacts(place)
    assert "Page 1 of" not in told.root.text()


def test_the_fonts_are_embedded_and_none_is_the_machines(told: Pdf) -> None:
    fonts = [one for one in told.file.objects if isinstance(one, pikepdf.Dictionary) and "/FontName" in one]
    assert fonts
    for font in fonts:
        assert "/FontFile2" in font or "/FontFile3" in font
        name = str(font.FontName).partition("+")[2]
        assert name.startswith(("LibertinusSerif", "DejaVuSansMono")), name


def test_nothing_runs_and_nothing_is_asked_for(told: Pdf) -> None:
    held = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/URI", "/Launch", "/EmbeddedFiles", "/AcroForm", "/GoToR"}
    for one in told.file.objects:
        if isinstance(one, (pikepdf.Dictionary, pikepdf.Stream)):
            assert not held & set(one.keys())
            assert str(one.get("/S", "")) not in held


def test_it_is_on_a4_and_nothing_is_cut(told: Pdf, reader: pypdf.PdfReader) -> None:
    for page in told.file.pages:
        assert [float(edge) for edge in page.mediabox] == pytest.approx([0, 0, *A4], abs=0.01)
    # A table of several pages has no box of its own.
    for tag in told.tags("Figure", "Table"):
        boxes = [one.BBox for one in tag.attributes.get("/A", []) if "/BBox" in one]
        for left, low, right, high in ([float(edge) for edge in box] for box in boxes):
            assert 40 <= left < right <= A4[0] - 40, tag.text()
            assert 0 <= low < high <= A4[1], tag.text()
    for text, x, y in _placed(reader):
        assert 40 <= x <= A4[0] - 40, text
        assert 0 <= y <= A4[1], text


def _placed(reader: pypdf.PdfReader) -> list[tuple[str, float, float]]:
    """Where each text begins."""
    found: list[tuple[str, float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if text.strip():
            across, down = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((text, across, down))

    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    return found


HOSTILE = r"""#eval("1") *bold* _it_ $x$ @name `raw` \ " <label> // no comment [#panic()]"""
MARKUP = """<main><h2 class="govuk-heading-l" id="here">Heads</h2>
<p>Begins, <strong>strong</strong> <a href="other.html#here">a link</a>, <a href="no.html">none</a>.</p>
<table><caption>Rows</caption><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>{rows}</tbody></table></main>"""


def test_markup_is_read_into_blocks() -> None:
    heading, paragraph, table = read(MARKUP.format(rows="<tr><th>a</th><td class='n'>1</td></tr>"))
    assert heading == {"kind": "heading", "level": 1, "id": "here", "nodes": ["Heads"]}
    assert not isinstance(paragraph, str)
    assert paragraph["nodes"] == [
        "Begins, ", {"kind": "strong", "nodes": ["strong"]}, " ",
        {"kind": "link", "to": "here", "nodes": ["a link"]}, ", ", "none", ".",
    ]  # fmt: skip
    assert not isinstance(table, str)
    assert [[cell["right"] for cell in row["cells"]] for row in table["rows"]] == [[False, True]]


def test_text_is_never_code(told_report: Report) -> None:
    blocks = [{"kind": "paragraph", "look": "", "nodes": [HOSTILE]}]
    found = Pdf(sheets(blocks, told_report)).tags("P")
    assert [squeezed(tag.text()) for tag in found] == [squeezed(HOSTILE)]


def test_a_letter_without_a_font_is_written_as_its_code_point(told_report: Report) -> None:
    blocks = [{"kind": "paragraph", "look": "", "nodes": ["Ŵyn Łódź 李 and \U0001f600."]}]
    assert Pdf(sheets(blocks, told_report)).tags("P")[0].text() == "Ŵyn Łódź [U+674E] and [U+1F600]."


def test_control_characters_are_replaced(told_report: Report) -> None:
    (paragraph,) = read("<main><p>a\x07b</p></main>")
    assert not isinstance(paragraph, str)
    assert paragraph["nodes"] == ["a\ufffdb"]
    assert sheets([paragraph], told_report)


def test_a_table_repeats_its_head_on_each_page(told_report: Report) -> None:
    rows = "".join(f"<tr><th>row {place}</th><td>{place}</td></tr>" for place in range(120))
    found = Pdf(sheets(read(MARKUP.format(rows=rows)), told_report))
    assert len(found.pages) == 3
    assert [tag.text() for tag in found.tags("TH")] == ["Name", "Value"]
    for page in (1, 2):
        assert "NameValue" in found.artifacts(page)


def test_what_is_kept_together_is_broken_where_it_is_longer_than_a_page(told_report: Report) -> None:
    lines = "".join(f"<p>line {place}</p>" for place in range(150))
    found = Pdf(sheets(read(f'<main><div class="kept">{lines}</div></main>'), told_report))
    assert found.tags("P")[-1].text() == "line 149"
    assert len(found.pages) > 1


def test_the_same_report_gives_the_same_bytes(told_report: Report, content: bytes) -> None:
    """In other processes, zones and locales too: test_same_bytes.py compares all files of a report."""
    assert pdf(told_report) == content
    assert pdf(replace(told_report, area="Elsewhere")) != content


@pytest.mark.soak
@pytest.mark.long(300)
def test_all_of_the_demo_is_said(demo_folder: Path) -> None:
    """The demo's second report: its markup's numbers are found, and its PDF says the markup in order, uncut."""
    report = make_report("2024-25-Q4", home=demo_folder)
    markup = paper(report)
    releases = read_back.Releases(*(demo_folder / "releases" / name for name in ("2024-25-Q4", "2023-24-Q4")))
    page = read_back.parse(markup.encode())
    assert read_back.check_figures(page, releases) > 900
    assert read_back.check_marks(page, releases) > 750
    assert read_back.check_sentences(page, releases, {one.metric_id: one.title for one in report.metrics}) > 50
    content = pdf(report)
    found = Pdf(content)
    title = squeezed(f"Community safety in {report.area}, {report.period}")
    assert squeezed(found.root.text(without=BESIDE)).replace("Contents", "", 1) == title + words_of(markup)
    test_the_order_of_reading_is_that_of_the_pages(found)
    test_headings_have_no_gap(found)
    test_it_is_on_a4_and_nothing_is_cut(found, pypdf.PdfReader(io.BytesIO(content)))
    assert sum("/Alt" in tag.attributes for tag in found.tags("Figure")) == len(found.tags("Figure")) > 100
    assert len(found.pages) < 70
