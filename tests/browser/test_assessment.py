"""The pages of a strategic assessment in a real browser: accessible, and whole at 320 pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from safer_kpi.publishing import write
from tests.browser.conftest import Seen
from tests.browser.test_page import RULES
from tests.browser.test_report import OPEN
from tests.publishing.conftest import (
    told_assessment,  # noqa: F401 (pytest finds fixtures by their names here)
    told_releases,  # noqa: F401 (pytest finds fixtures by their names here)
)

pytestmark = [pytest.mark.e2e, pytest.mark.long(60)]

#: The pages with tables, charts or forms of text that a report does not have, in the release of these tests.
NAMES = (
    "index.html", "levels.html", "times.html", "repeats.html", "emerging.html", "progress.html", "recommendations.html",
    "print.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(told_assessment: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811 (pytest passes the fixture)
    folder = tmp_path_factory.mktemp("site") / "assessment"
    write(told_assessment, folder)
    return folder


@pytest.mark.parametrize("width", [1200, 320])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_accessible_and_runs_not_over_the_side(
    site: Path, opened: Callable[..., Seen], name: str, width: int
) -> None:
    seen = opened(site / name, width=width)
    assert seen.complaints == []
    assert seen.page.evaluate("document.scripts.length") == 0
    seen.page.evaluate(OPEN)
    found = Axe().run(seen.page, options=RULES).response
    assert len(found["passes"]) > 15
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
