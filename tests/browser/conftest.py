"""A real browser, the one the system has: none is fetched. Without one these tests are skipped and say so."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import safer_kpi
from safer_kpi.statements import Slice, explain
from safer_kpi.statements.document import page
from tests.reading.conftest import write_book
from tests.reading.hostile_names import spoil

COMMAND = ["safer-kpi", "compare", "2024-08-15", "now"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        # A browser is no Python package: a person's machine may lack it, the build's own script installs it.
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of the small book: everything; one metric in one area over many lines; hostile names; no change at all."""
    folder = tmp_path_factory.mktemp("pages")
    plain = write_book(folder / "plain" / "safer_kpi.duckdb")
    many = _many_lines(write_book(folder / "many" / "safer_kpi.duckdb"))
    hostile = spoil(write_book(folder / "hostile" / "safer_kpi.duckdb"))
    narrow = Slice("2024-08-15", "now", metric="1a.violence_and_sexual_offences", area="L1")
    written = {
        "everything": (plain, Slice("2024-08-15", "now")),
        "many lines": (many, narrow),
        "hostile names": (hostile, Slice("2024-08-15", "now")),
        "nothing": (plain, Slice("now", "now")),
    }
    found = {}
    for name, (file, chosen) in written.items():
        with safer_kpi.open(file) as lake:
            target = folder / f"{name.replace(' ', '-')}.html"
            target.write_text(page(explain(lake, chosen), command=COMMAND), encoding="utf-8")
            found[name] = target
    return found


def _many_lines(file: Path) -> Path:
    """Twenty more deliveries post two late offences each to April: a statement that fills most of a sheet."""
    with duckdb.connect(str(file)) as con:
        con.execute("USE kpi")
        con.execute(
            "INSERT INTO ledger SELECT ledger.* REPLACE (100 + extra AS delivery_id) "
            "FROM ledger, range(20) AS r(extra) WHERE entry = 5 AND cause = 'late'"
        )
        con.execute(
            "UPDATE observation SET numerator = numerator + 40, value = value + 40 "
            "WHERE metric_id = '1a.violence_and_sexual_offences' AND area_code IN ('W1', 'L1', 'F1') "
            "AND period IN ('2024-04', '2024-25-Q1')"
        )
    return file


@dataclass
class Seen:
    """A page as it was opened, and all it asked for and complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Seen]]:
    """Open a file with a colour scheme and a width."""
    contexts = []

    def show(file: Path, *, scheme: str = "light", width: int = 1100) -> Seen:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
        contexts.append(context)
        seen = Seen(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("response", lambda response: seen.answers.append(response.url))
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.goto(file.as_uri())
        return seen

    yield show
    for context in contexts:
        context.close()
