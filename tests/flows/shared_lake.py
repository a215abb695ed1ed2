"""One lake for the stories of several modules: their files landed in the order they came, and built twice.

A story is a test module with a function ``send``. No two stories send rows that one number counts. The lake is built
once before the lookup of areas that one story sends, and once after everything has come.
"""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import safer_kpi
from safer_kpi.compute import build
from safer_kpi.landing import Receipt, Terms, land
from safer_kpi.settings import Settings
from tests.templates import SOURCES as OF_EVERY_LAKE

BCP = "E06000058"
STORIES = ("test_placed", "test_police_feeds", "test_incident_feeds", "test_partner_lists", "test_other_feeds")
SOURCES = (*OF_EVERY_LAKE, *(f"tests/flows/{name}.py" for name in ("shared_lake", "other_files", "examples", *STORIES)))
#: The first build is made before anything of this day is landed.
LOOKUP_CAME = "2024-09-01"


@dataclass(frozen=True)
class Sending:
    """Files of one feed that came together, on a day at nine o'clock UTC or minutes after."""

    story: str
    feed: str
    day: str
    paths: tuple[Path, ...]


@dataclass
class Post:
    """What one story sends, each day's files in a folder of their own."""

    story: str
    folder: Path
    project: Path
    sent: list[Sending] = field(default_factory=list)

    def path(self, day: str, name: str) -> Path:
        """Return where to write a file that comes on a day."""
        path = self.folder / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def send(self, feed: str, day: str, *paths: Path) -> None:
        self.sent.append(Sending(self.story, feed, day, paths))


@dataclass(frozen=True)
class Story:
    """A copy of the lake, and what one story was told.

    ``receipts`` are those of the story's own files, by day and name, in the order they came. ``warnings`` are those of
    the first and of the second build. ``asked`` are the rows that the story asked for between the builds.
    """

    settings: Settings
    receipts: dict[str, Receipt]
    warnings: tuple[tuple[str, ...], tuple[str, ...]]
    asked: dict[tuple[str, str, str], dict[str, Any]]

    def rows(self, metric: str, **asked: Any) -> list[dict[str, Any]]:
        """Return a metric's rows of BCP as of now, if nothing else is asked."""
        now: dict[str, Any] = {} if "known_at" in asked else {"release": "now"}
        with safer_kpi.open(self.settings.home) as lake:
            return lake.metric(metric, **{"area": BCP, **now, **asked}).rows()

    def row(self, metric: str, period: str, **asked: Any) -> dict[str, Any]:
        (row,) = self.rows(metric, period=period, **{"breakdown": "all", **asked})
        return row


def make(folder: Path, new_lake: Callable[..., Settings]) -> None:
    """Land and build the lake in ``folder``, and keep beside it what its stories were told."""
    settings = new_lake(folder / "lake", built=True)
    modules = {name: import_module(f"tests.flows.{name}") for name in STORIES}
    sent = []
    for name, module in modules.items():
        post = Post(name, folder / "files" / name, settings.project)
        module.send(post)
        sent += post.sent
    receipts: dict[str, dict[str, Receipt]] = {name: {} for name in STORIES}
    sent.sort(key=lambda sending: sending.day)
    _land(settings, [sending for sending in sent if sending.day < LOOKUP_CAME], receipts)
    first = build(settings).warnings
    told = Story(settings, {}, (first, ()), {})
    asked = {key: told.row(key[0], key[2], area=key[1]) for key in modules["test_placed"].ASKED}
    _land(settings, [sending for sending in sent if sending.day >= LOOKUP_CAME], receipts)
    warnings = (first, build(settings).warnings)
    (folder / "told.pickle").write_bytes(pickle.dumps((receipts, warnings, asked)))


def load(folder: Path, story: str) -> Story:
    """Return what a story was told, of a copy of what ``make`` made."""
    receipts, warnings, asked = pickle.loads((folder / "told.pickle").read_bytes())  # noqa: S301 (written by ``make``)
    return Story(Settings.load(folder / "lake"), receipts[story], warnings, asked)


def _land(settings: Settings, sent: list[Sending], receipts: dict[str, dict[str, Receipt]]) -> None:
    for minute, sending in enumerate(sent):
        at = dt.datetime.fromisoformat(f"{sending.day}T09:00:00") + dt.timedelta(minutes=minute)
        paths = [str(path) for path in sending.paths]
        landed = land(settings, sending.feed, paths, terms=Terms(received_at=at))
        for path, receipt in zip(sending.paths, landed, strict=True):
            receipts[sending.story][f"{sending.day} {path.name}"] = receipt
