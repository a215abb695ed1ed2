"""The pages of a public report, and its privacy statement, in a real browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from safer_kpi.publishing import make_report, render, write
from tests.browser.conftest import Seen
from tests.browser.test_page import RULES
from tests.browser.test_report import OPEN
from tests.publishing.conftest import told_releases  # noqa: F401 (pytest finds fixtures by their names here)
from tests.publishing.public.conftest import RELEASE, alone, drafted  # noqa: F401 (the same)

pytestmark = pytest.mark.soak

NAMES = (
    "privacy.html", "site/index.html", "site/wards.html", "site/changes.html", "site/quality.html", "site/methods.html",
    "site/data.html", "site/print.html", "site/metrics/1a-violence-and-sexual-offences.html",
)  # fmt: skip


@pytest.mark.parametrize("width", [1200, 320])
@pytest.mark.parametrize("name", NAMES)
def test_no_accessibility_violation_and_nothing_over_the_side(
    alone: Path,  # noqa: F811 (pytest passes the fixture)
    opened: Callable[..., Seen],
    name: str,
    width: int,
) -> None:
    seen = opened(alone / name, width=width)
    seen.page.evaluate(OPEN)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.evaluate("document.scripts.length") == 0
    assert all(address.startswith(alone.as_uri()) for address in seen.requests)
    assert seen.complaints == []
    # Last: the checker itself asks for the style sheets again, which the pages forbid.
    found = Axe().run(seen.page, options=RULES).response
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


#: Makes the table of wards as wide as that of a partnership with four quarters and two years.
WIDER = """() => {
  for (const row of document.querySelector('table.by-period').rows) {
    while (row.cells.length < 7) row.append(row.cells[1].cloneNode(true));
    const isHead = row.parentElement.tagName === 'THEAD';
    if (isHead) for (const cell of [...row.cells].slice(1)) cell.textContent = 'July to September 2024';
    else row.cells[0].textContent = 'Bournemouth, Christchurch and Poole outside its wards';
  }
}"""
#: The words of some cells that stand on more than one line.
BROKEN = """cells => [...document.querySelectorAll(cells)].flatMap(cell => {
  const text = [...cell.childNodes].find(node => node.nodeType === Node.TEXT_NODE);
  return [...text.data.matchAll(/\\S+/g)].filter(word => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map(word => word[0]);
})"""


@pytest.mark.parametrize("width", [1100, 768, 767, 700, 641, 640, 320])
def test_no_heading_of_the_wards_breaks_inside_a_word(
    alone: Path,  # noqa: F811 (pytest passes the fixture)
    opened: Callable[..., Seen],
    width: int,
) -> None:
    page = opened(alone / "site" / "wards.html", width=width).page
    page.evaluate(WIDER)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelectorAll('table.by-period thead th').length") == 7
    if width >= 768:  # below, the headings stand before each figure instead
        assert page.evaluate(BROKEN, "table.by-period thead th") == []
    else:
        assert page.evaluate("getComputedStyle(document.querySelector('table.by-period td')).display") == "block"


#: Makes the rows of the table of wards those of a partnership with long names of wards.
LONG = """() => document.querySelectorAll('table.wards tbody th').forEach((cell, place) => {
  cell.lastChild.data = [' Christchurch Town', ' Springbourne & Heatherlands'][place % 2];
})"""


@pytest.mark.parametrize("width", [900, 800, 767, 700, 641])
def test_no_word_of_the_table_of_intervals_breaks(
    told_releases: Path,  # noqa: F811 (pytest passes the fixture)
    tmp_path: Path,
    opened: Callable[..., Seen],
    width: int,
) -> None:
    write(render(make_report(RELEASE, home=told_releases)), tmp_path / "site")
    page = opened(tmp_path / "site" / "wards.html", width=width).page
    page.evaluate(LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BROKEN, "table.wards thead th, table.wards tbody th") == []


@pytest.mark.parametrize("name", ["privacy.html", "site/print.html"])
def test_its_sheets_say_that_it_is_public(
    alone: Path,  # noqa: F811 (pytest passes the fixture)
    opened: Callable[..., Seen],
    name: str,
) -> None:
    reader = PdfReader(io.BytesIO(opened(alone / name).page.pdf(prefer_css_page_size=True)))
    texts = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Public" in text
        assert "Restricted" not in text
