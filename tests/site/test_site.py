"""The site that ``make docs-site`` made, in a real browser: whole, accessible, self-contained, searchable."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = pytest.mark.e2e

SITE = Path(__file__).resolve().parents[2] / "site"
#: One page of each kind; the others are made of the same parts.
PAGES = [
    "index.html",
    "tutorial/write-a-feed.html",
    "how-to/run-on-one-machine.html",
    "reference/commands.html",
    "reference/contract-terms.html",
    "reference/glossary.html",
    "explanation/verdicts.html",
    "metrics/1a.robbery.html",
    "decisions/README.html",
    "search.html",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found)
        yield opened
        opened.close()


def opened(browser: Browser, name: str, *, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    file, _, query = name.partition("?")
    page.goto((SITE / file).as_uri() + (f"?{query}" if query else ""))
    return page, asked


def test_every_page_of_docs_is_there() -> None:
    docs = SITE.parent / "docs"
    sources = {path.relative_to(docs).with_suffix(".html") for path in docs.rglob("*.md")}
    assert len(sources) > 100
    assert [str(path) for path in sorted(sources) if not (SITE / path).is_file()] == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_no_accessibility_violation(browser: Browser, name: str, width: int, scheme: str) -> None:
    page, _ = opened(browser, name, width=width, scheme=scheme)
    found = Axe().run(page, options=RULES).response
    assert len(found["passes"]) > 15
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]][:5]) for each in found["violations"]] == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_comes_from_elsewhere_or_runs_over_the_side(browser: Browser, name: str) -> None:
    page, asked = opened(browser, name, width=360)
    outside = [url for url in asked if urlsplit(url).scheme not in {"file", "data"}]
    missing = [url for url in asked if url.startswith("file") and not Path(unquote(urlsplit(url).path)).is_file()]
    assert (outside, missing) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


def test_search_finds_a_page(browser: Browser) -> None:
    page, _ = opened(browser, "search.html?q=max_withdrawn_share")
    page.wait_for_selector("#search-results li a")
    links = page.eval_on_selector_all("#search-results li a", "all => all.map(one => one.getAttribute('href'))")
    assert any(link.startswith("reference/contract-terms.html") for link in links)
    page.close()
