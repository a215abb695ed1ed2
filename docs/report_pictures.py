"""The pictures of docs/how-to/make-a-report.md, made anew from the demo's report: ``make screenshots``.

Each page is seen as a desk, a phone, somebody with colours of their own, or a printer sees it. Needs Debian's
``chromium``.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from safer_kpi.demo.report import first_page

IMAGES = Path(__file__).parent / "images"


@dataclass(frozen=True)
class Picture:
    """One picture: which page, how wide and high in pixels, and how it is looked at."""

    page: str
    width: int
    height: int
    forced_colours: bool = False
    printed: bool = False


MEASURE = "metrics/1a-violence-and-sexual-offences.html"
PICTURES = {
    "report-summary": Picture("index.html", 1200, 1250),
    "report-measure": Picture(MEASURE, 1200, 1500),
    "report-wards": Picture("wards.html", 1200, 1300),
    "report-phone": Picture("index.html", 320, 1100),
    "report-forced-colours": Picture(MEASURE, 1200, 1500, forced_colours=True),
    "report-a4": Picture("print.html", 794, 1123, printed=True),  # A4 at 96 dots an inch
}


def main() -> None:
    """Look at the report of the demo's lake in the folder that is named."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("There is no chromium on this machine: apt-get install chromium")
    first = first_page(Path(sys.argv[1]))
    if first is None:
        sys.exit("The demo's lake has no report: make demo AGAIN=1")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=browser, args=["--disable-lcd-text"])  # smaller files
        for name, picture in PICTURES.items():
            looks: dict[str, Any] = {
                "viewport": {"width": picture.width, "height": picture.height},
                "color_scheme": "light",
                "locale": "en-GB",
            }
            if picture.forced_colours:
                looks["forced_colors"] = "active"
            page = opened.new_context(**looks).new_page()
            if picture.printed:
                page.emulate_media(media="print")
            page.goto((first.parent / picture.page).absolute().as_uri())
            page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
        opened.close()


if __name__ == "__main__":
    main()
