"""The pages of a report in a real browser: accessible, self-contained, whole at 320 pixels and on A4."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from safer_kpi.publishing import write
from tests.browser.conftest import Seen
from tests.browser.test_page import A4, RULES
from tests.publishing.conftest import told_releases, told_report, told_site  # noqa: F401 (pytest finds fixtures by their names here)

pytestmark = [pytest.mark.e2e, pytest.mark.long(60)]

METRIC = "metrics/1a-violence-and-sexual-offences.html"
NAMES = (
    "index.html", "measures.html", "wards.html", "people.html", "changes.html", "quality.html", "methods.html",
    "data.html", "print.html", METRIC,
)  # fmt: skip
OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true })"


@pytest.fixture(scope="module")
def site(told_site: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811 (pytest passes the fixture)
    folder = tmp_path_factory.mktemp("site") / "report"
    write(told_site, folder)
    return folder


@pytest.mark.parametrize("width", [1200, 320])
@pytest.mark.parametrize("name", NAMES)
def test_no_accessibility_violation(site: Path, opened: Callable[..., Seen], name: str, width: int) -> None:
    page = opened(site / name, width=width).page
    page.evaluate(OPEN)
    found = Axe().run(page, options=RULES).response
    assert len(found["passes"]) > 15
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_run_or_fetched_elsewhere(site: Path, opened: Callable[..., Seen], name: str) -> None:
    seen = opened(site / name)
    assert seen.page.evaluate("document.scripts.length") == 0
    styles = {(site / "style" / sheet).as_uri() for sheet in ("govuk-frontend.css", "report.css", "statement.css")}
    assert set(seen.requests) == {(site / name).as_uri(), *styles}
    assert seen.complaints == []
    assert seen.page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor") == "rgb(18, 67, 109)"


def test_a_script_that_got_in_would_not_run(site: Path, opened: Callable[..., Seen], tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.html"
    added = '<script>document.title = "run"</script><img src="https://example.org/x.png"></main>'
    spoiled.write_text((site / "index.html").read_text(encoding="utf-8").replace("</main>", added), encoding="utf-8")
    seen = opened(spoiled)
    assert seen.page.title() != "run"
    assert [address for address in seen.answers if "example.org" in address] == []


@pytest.mark.parametrize("width", [320, 480, 768, 1400])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_over_the_side(site: Path, opened: Callable[..., Seen], name: str, width: int) -> None:
    page = opened(site / name, width=width).page
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_goes_from_the_skip_link_through_the_menu(site: Path, opened: Callable[..., Seen]) -> None:
    page = opened(site / "index.html").page
    texts = []
    for _ in range(5):
        page.keyboard.press("Tab")
        texts.append(page.locator(":focus").text_content())
    assert texts == ["Skip to main content", "Community safety report", "Summary", "Measures", "Wards"]


def test_the_text_of_a_chart_keeps_its_size_on_a_phone(site: Path, opened: Callable[..., Seen]) -> None:
    sizes = "[...document.querySelectorAll('.plot text')].map(each => each.getBoundingClientRect().height)"
    heights = [opened(site / METRIC, width=width).page.evaluate(sizes) for width in (1200, 320)]
    assert min(height for found in heights for height in found if height) >= 12


def test_it_prints_on_a4_and_repeats_the_heads_of_tables(site: Path, opened: Callable[..., Seen]) -> None:
    reader = PdfReader(io.BytesIO(opened(site / "print.html").page.pdf(prefer_css_page_size=True)))
    for sheet in reader.pages:
        assert (float(sheet.mediabox.width), float(sheet.mediabox.height)) == pytest.approx(A4, abs=1)
    texts = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
    for number, text in enumerate(texts, 1):
        assert f"Page {number} of {len(texts)}" in text
        assert "Restricted" in text
    assert "58 offences, April to June 2024." in " ".join(texts)
