"""The page of a comparison in a real browser: accessible, self-contained, and whole on A4."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from tests.browser.conftest import Seen

pytestmark = [pytest.mark.e2e, pytest.mark.long(40)]

NAMES = ("everything", "many lines", "hostile names", "nothing")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
A4 = (595, 842)  # points


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 320])
@pytest.mark.parametrize("name", NAMES)
def test_no_accessibility_violation(
    pages: dict[str, Path], opened: Callable[..., Seen], name: str, width: int, scheme: str
) -> None:
    found = Axe().run(opened(pages[name], scheme=scheme, width=width).page, options=RULES).response
    assert len(found["passes"]) > 15
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


def test_axe_would_find_one(pages: dict[str, Path], opened: Callable[..., Seen], tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.html"
    source = pages["everything"].read_text(encoding="utf-8")
    spoiled.write_text(source.replace(' lang="en-GB"', "").replace('scope="row"', 'scope="line"'), encoding="utf-8")
    found = Axe().run(opened(spoiled).page, options=RULES).response
    assert {"html-has-lang", "scope-attr-valid"} <= {each["id"] for each in found["violations"]}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_run_or_fetched(pages: dict[str, Path], opened: Callable[..., Seen], name: str) -> None:
    seen = opened(pages[name])
    assert seen.page.evaluate("document.scripts.length") == 0
    assert seen.requests == [pages[name].as_uri()]
    assert seen.complaints == []
    # The style sheet is let in.
    assert seen.page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor") == "rgb(18, 67, 109)"


def test_a_script_that_got_in_would_not_run(
    pages: dict[str, Path], opened: Callable[..., Seen], tmp_path: Path
) -> None:
    spoiled = tmp_path / "spoiled.html"
    added = '<script>document.title = "run"</script><img src="https://example.org/x.png"><p style="color: red">red</p>'
    spoiled.write_text(pages["everything"].read_text(encoding="utf-8").replace("</main>", added), encoding="utf-8")
    seen = opened(spoiled)
    assert seen.page.title() != "run"
    assert seen.page.evaluate("getComputedStyle(document.querySelector('p[style]')).color") != "rgb(255, 0, 0)"
    assert seen.answers == [spoiled.as_uri()]  # the picture was asked for and stopped before it left
    assert len([text for text in seen.complaints if "Content Security Policy" in text]) >= 3


@pytest.mark.parametrize("width", [320, 480, 768, 1400])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_over_the_side(pages: dict[str, Path], opened: Callable[..., Seen], name: str, width: int) -> None:
    assert opened(pages[name], width=width).page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_finds_the_skip_link_first(pages: dict[str, Path], opened: Callable[..., Seen]) -> None:
    page = opened(pages["everything"]).page
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert link.text_content() == "Skip to the summary"
    box = link.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#summary")


def _sheets(seen: Seen) -> list[str]:
    reader = PdfReader(io.BytesIO(seen.page.pdf(prefer_css_page_size=True)))
    for sheet in reader.pages:
        size = (float(sheet.mediabox.width), float(sheet.mediabox.height))
        assert size == pytest.approx(A4, abs=1)
    return [" ".join(sheet.extract_text().split()) for sheet in reader.pages]  # as it is copied from a sheet


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_prints_on_a4(pages: dict[str, Path], opened: Callable[..., Seen], scheme: str) -> None:
    sheets = _sheets(opened(pages["everything"], scheme=scheme))
    # summary, statements, 38 numbers and the hashes: each part begins a sheet
    assert 4 <= len(sheets) <= 8
    for number, text in enumerate(sheets, 1):
        assert "What changed from 2024-08-15 to now" in text
        assert f"Page {number} of {len(sheets)}" in text
        assert "Restricted" in text


def test_no_statement_is_cut(pages: dict[str, Path], opened: Callable[..., Seen]) -> None:
    sheets = _sheets(opened(pages["many lines"]))
    headed = [
        len(re.findall(r"\d\. 1a\.violence_and_sexual_offences, Seatown, (?:April|June|April to June) 2024", text))
        for text in sheets
    ]
    ended = [len(re.findall(r"residual 0(?!\.)", text)) for text in sheets]
    assert sum(headed) == 3  # April, June and the quarter moved
    assert headed == ended


def test_a_long_table_repeats_its_heads(pages: dict[str, Path], opened: Callable[..., Seen]) -> None:
    sheets = _sheets(opened(pages["everything"]))
    first = next(i for i, text in enumerate(sheets) if "Numbers that moved" in text)
    last = next(i for i, text in enumerate(sheets) if "How to check" in text)
    assert last - first >= 2
    assert all("Number From To Moved by" in text for text in sheets[first:last])


def test_it_prints_black_on_white_from_a_dark_screen(pages: dict[str, Path], opened: Callable[..., Seen]) -> None:
    page = opened(pages["everything"], scheme="dark").page
    page.emulate_media(media="print")
    colours = "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    assert page.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
