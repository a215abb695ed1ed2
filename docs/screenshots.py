"""The pictures of docs/how-to and docs/explanation, made anew: ``make screenshots``.

A local Airflow is started in a temporary folder, the sample partners' files of one quarter are dropped into its inbox,
and a browser looks at what follows. Everything that was started is stopped. Needs Debian's ``chromium``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.run import every_drop, own_lookup
from safer_kpi.settings import Settings
from safer_kpi.stack import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
PEOPLE = {"A. Sample (police)": "user", "B. Sample (council)": "user"}
#: The sample partners' files of the quarter January to March 2025, and the tables it needs, by what their names hold.
QUARTER = (
    "2025-01-dorset", "2025-02-dorset", "2025-03-dorset", "2024-04_2025-03", "2025-01_2025-03",
    "_2024-25-Q4", "survey_2024-25", "to-2023",
)  # fmt: skip
#: How long what a picture shows may take to happen, in seconds.
LONGEST = 900.0
#: What is shown around the graph and below the form.
MARGIN = 24
#: Of the page with the form.
WIDTH = 1300


def main() -> None:
    """Start, drop, wait, look, stop."""
    for name in [name for name in os.environ if name.startswith(("SAFER_KPI_", "AIRFLOW_"))]:
        del os.environ[name]  # somebody's own lake is not the place for sample files
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("There is no chromium on this machine: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="safer-kpi-") as folder:
        settings = Settings.load(Path(folder) / "lake", project=PROJECT)
        with running(settings, users=[f"{name}:{role}" for name, role in PEOPLE.items()]) as stack:
            drop(settings)
            photograph(stack.address, stack.passwords, browser)


def drop(settings: Settings) -> None:
    """Drop the files as a careful partner does: under another name first, then renamed."""
    lookup = own_lookup(settings.project)
    newest = {Path(each.path).name: each for each in every_drop(sample_partner(lookup), lookup)}
    for name, each in newest.items():
        if any(part in name for part in QUARTER):
            target = Path(settings.watched) / each.feed / name
            beside = target.with_name(f".{name}")
            each.write(beside)
            beside.rename(target)


def photograph(address: str, passwords: dict[str, str], browser: str) -> None:
    """Write both pictures, the second as soon as an approval is asked for."""
    name = next(iter(PEOPLE))
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=browser, args=["--disable-lcd-text"])  # smaller files
        looks: dict[str, Any] = {
            "color_scheme": "light",
            "locale": "en-GB",
            "viewport": {"width": 1760, "height": 1400},
        }
        enlarged = opened.new_context(**looks, device_scale_factor=1.25)
        enlarged.set_default_timeout(120_000)
        page = enlarged.new_page()
        log_in(page, address, name, passwords[name])
        asset_graph(page, address)
        looks["viewport"] = {"width": WIDTH, "height": 1600}
        plain = opened.new_context(**looks, storage_state=enlarged.storage_state())
        plain.set_default_timeout(120_000)
        pending_approval(plain.new_page(), address)
        opened.close()


def log_in(page: Page, address: str, name: str, password: str) -> None:
    """As a person does."""
    page.goto(address)
    page.get_by_role("textbox").first.fill(name)
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def asset_graph(page: Page, address: str) -> None:
    """The page of ``kpi/quarter``: what wakes what, all the way."""

    def number() -> int | None:
        found = page.request.get(f"{address}/api/v2/assets?limit=100").json()["assets"]
        return next((each["id"] for each in found if each["name"] == "kpi/quarter"), None)

    page.goto(f"{address}/assets/{until(number)}")
    page.get_by_text("kpi/release").wait_for()
    for control in (".react-flow__minimap", ".react-flow__panel", ".react-flow__background"):
        page.add_style_tag(content=f"{control} {{ display: none !important }}")
    page.get_by_text("Task Dependencies").evaluate("button => button.parentElement.style.display = 'none'")
    page.wait_for_timeout(2_000)  # the graph moves into place
    boxes = [box for each in page.locator(".react-flow__node").all() if (box := each.bounding_box())]
    left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right, bottom = max(box["x"] + box["width"] for box in boxes), max(box["y"] + box["height"] for box in boxes)
    save(page, "asset-graph", left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)


def pending_approval(page: Page, address: str) -> None:
    """The page on which a person approves or rejects a draft."""

    def asked() -> dict[str, str] | None:
        found = page.request.get(f"{address}/api/v2/dags/~/dagRuns/~/hitlDetails?response_received=false").json()
        return next((each["task_instance"] for each in found["hitl_details"]), None)

    task: Any = until(asked)
    run = f"{task['dag_id']}/runs/{task['dag_run_id']}/tasks/{task['task_id']}"
    page.goto(f"{address}/dags/{run}/required_actions")
    first, last = page.get_by_text("Awaiting Input").first, page.get_by_role("button", name="Reject")
    first.wait_for()
    last.wait_for()
    page.wait_for_timeout(2_000)  # what is drawn late
    above, below = first.bounding_box(), last.bounding_box()
    left = page.get_by_text("Operator", exact=True).first.bounding_box()
    if above is None or below is None or left is None:
        sys.exit("The page of a pending approval looks other than it did.")
    save(
        page, "pending-approval", left["x"] - MARGIN, above["y"] - MARGIN, WIDTH, below["y"] + below["height"] + MARGIN
    )


def save(page: Page, name: str, left: float, top: float, right: float, bottom: float) -> None:
    """Write what lies between four edges of a page."""
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    IMAGES.mkdir(exist_ok=True)
    page.screenshot(path=IMAGES / f"{name}.png", clip=clip, animations="disabled")


def until(found: Callable[[], Any]) -> Any:
    """What is found, as soon as it is."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        if (answer := found()) is not None:
            return answer
        time.sleep(1)
    sys.exit("What the pictures are to show did not happen in time.")


if __name__ == "__main__":
    main()
