"""One build: find the entries no build has seen, run the models on their days, check, export."""

from __future__ import annotations

import datetime as dt
import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.feeds import feed_names
from safer_kpi.catalogue.outlines import outlines
from safer_kpi.catalogue.renewal import require_renewed
from safer_kpi.compute import contributors, declared, lineage, metrics, never_posted, peers, project, recount, strategy
from safer_kpi.compute.carrying import built_before, digest_of_project, versions
from safer_kpi.compute.entries import Entry, every_entry, unbuilt_in
from safer_kpi.compute.export import write_kpi_file, write_preview
from safer_kpi.compute.modelling import EPOCH, built_digest, run_models, run_recipes
from safer_kpi.compute.recipes import record, recorded
from safer_kpi.compute.renewing import Built
from safer_kpi.compute.state import working_copy
from safer_kpi.errors import UsageError
from safer_kpi.lake import change_tables, connect, lease
from safer_kpi.lake.digests import write_row
from safer_kpi.lake.identity import identity_of
from safer_kpi.lake.migrations import migrate
from safer_kpi.lake.statistics import MODELLED, give_statistics
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.registry import create_missing, register_feeds
from safer_kpi.receipts.unclassified import unclassified, unclassified_text
from safer_kpi.receipts.unlisted import not_placed, not_placed_text
from safer_kpi.settings import PROD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """What one build did.

    Attributes:
        entries: how many entries it built for the first time.
        seconds: wall-clock seconds of each step, by its name.
        last_entry: the last entry the numbers now hold.
        snapshot_id: the lake's snapshot the exported file was read from.
        waiting: how many later entries a preview leaves out, because no build of prod has seen them.
        superseded: the names of read files that an earlier version wrote, which no build renews.
        warnings: what people should check although the build is complete, one text each.
    """

    entries: int
    seconds: Mapping[str, float]
    last_entry: int
    snapshot_id: int
    waiting: int = 0
    superseded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class _Clock:
    """Seconds per named step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def step(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now


def build(settings: Settings, *, environment: str = PROD, full: bool = False) -> BuildResult:
    """Bring the numbers up to the last entry, check them and write ``safer_kpi.duckdb``; or preview a changed project.

    Another environment than ``prod`` gets the numbers that the project, as it stands, makes of the entries prod was
    last built with, in ``safer_kpi.<environment>.duckdb``: next to prod's they show the effect of the change alone.
    Nothing that prod reads is written.

    Where nothing is new nothing is written. Numbers that nothing new can have changed are carried over from the last
    read file, unless ``full``.

    Safe to repeat and to interrupt: until the last line is written, the next build does the same work again.

    Raises:
        CheckFailed: an audit did not hold; nothing was exported.
        ProjectError: the models or definitions do not load, or an older version wrote them.
        UsageError: nothing has been landed yet, or no environment can be called that.
    """
    settings.read_file(environment)  # raises before anything is written
    require_renewed(settings.project)
    with lease(settings), _collecting_seldom():
        if environment != PROD:
            return _preview(settings, environment)
        texts = digest_of_project(settings.project)
        found = None if full else built_before(settings, texts)
        if found is None:
            return _build(settings, texts, full=full)
        return BuildResult(
            entries=0,
            seconds={},
            last_entry=found.last_entry,
            snapshot_id=found.snapshot,
            superseded=_superseded(settings),
        )


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Look for garbage seldom: a project is a million objects that nearly all live until the build ends."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _build(settings: Settings, texts: str, *, full: bool) -> BuildResult:
    clock = _Clock()
    named = f"{versions()} {texts}"
    recipes = recorded(settings, named)
    connection = connect(settings)
    try:
        migrate(connection)
        give_statistics(connection, MODELLED)  # before an audit finds the row that a stopped build left
        every = every_entry(connection)
        due = unbuilt_in(connection)
        known = lineage.digest(connection)
        if known is None or known != built_digest(settings):
            recipes = None  # another lake than the one that was built here last, such as one from a backup
        modelled = None
        if recipes is None:
            _write_texts(connection, settings)
            feeds = change_tables(connection)
            connection.close()
            clock.step("work list")
            modelled = run_models(settings, every, due, feeds, known)
            connection = connect(settings)
            give_statistics(connection, MODELLED)
        else:
            clock.step("work list")
            run_recipes(settings, connection, recipes, due)
        clock.step("models")
        last = every[-1].entry
        if modelled is not None and modelled.made_with is not None:
            lineage.write(connection, modelled.made_with)
        definitions = load_definitions(settings.project)
        warnings = [*_unknown(connection, settings, due)]
        recount.check(connection, entries=[entry.entry for entry in due])
        clock.step("recount")
        built_at, snapshot = _now(connection)
        lake_id = identity_of(connection)
        built = Built(last_entry=last, built_at=built_at, snapshot=snapshot, lake_id=lake_id)

        def examine(book: duckdb.DuckDBPyConnection) -> None:
            declared.check(book, definitions, since=due[0].entry if recipes is not None and due else None)
            warnings.extend(never_posted.warnings(book, definitions))

        wrong = write_kpi_file(
            settings,
            built,
            since=due[0].posted_on if due else None,
            built_from=texts,
            full=full,
            examine=examine,
        )
        if modelled is not None:
            # Not before: while statements are recorded, earlier postings are those that the definitions declare.
            record(settings, modelled.recipes, named)
        warnings += [
            f"{metric_id}: a number that was to be carried over was not what its rule gives, so all were made again. "
            "Report it as a fault of safer-kpi."
            for metric_id in wrong
        ]
        clock.step("export")
        _record(connection, last, built_at, snapshot, sum(clock.seconds.values()))
        clock.step("record")
    finally:
        connection.close()
    return BuildResult(
        entries=len(due),
        seconds=clock.seconds,
        last_entry=last,
        snapshot_id=snapshot,
        superseded=_superseded(settings),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _write_texts(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write what the project's definitions, strategy and contracts say, where the lake says otherwise."""
    metrics.write(connection, settings.project)
    strategy.write(connection, settings.project)
    contributors.write(connection, settings.project)
    peers.write(connection, settings.project)
    register_feeds(connection, settings, feed_names(settings.project))


def _unknown(connection: duckdb.DuckDBPyConnection, settings: Settings, due: Sequence[Entry]) -> tuple[str, ...]:
    """Return a warning for each feed whose new rows have no place, or a place or class that no list knows."""
    found = []
    feeds = outlines(settings, sorted({entry.feed for entry in due} & set(feed_names(settings.project))))
    for name, feed in feeds.items():
        first = min(entry.entry for entry in due if entry.feed == name)
        if nowhere := not_placed(connection, feed, first=first, last=due[-1].entry):
            found.append(f"{name}: {not_placed_text(nowhere)}")
        unknown = unclassified(connection, feed, settings.project, first=first, last=due[-1].entry)
        if unknown.rows:
            found.append(f"{name}: {unclassified_text(unknown)}")
    return tuple(found)


def _preview(settings: Settings, environment: str) -> BuildResult:
    clock = _Clock()
    connection = connect(settings)
    try:
        migrate(connection)
        every, due = every_entry(connection), unbuilt_in(connection)
        seen = every[: len(every) - len(due)]
        if not seen:
            raise UsageError(
                "Nothing has been built yet that a preview could stand beside.", next_action="Run safer-kpi build."
            )
        create_missing(connection, settings, feed_names(settings.project))
        feeds = change_tables(connection)
    finally:
        connection.close()
    clock.step("work list")
    last = seen[-1]
    previewed = settings.home / "state" / f"previewed.{environment}"
    since = dt.date.fromisoformat(previewed.read_text()) if previewed.is_file() else None
    # Said before it is done: until then, what a stopped preview began could pass for built.
    previewed.write_text(min(filter(None, (since, last.posted_on))).isoformat())
    with working_copy(settings) as state:
        context = project.open_project(settings, feeds, state=state)
        try:
            with project.transaction(context):
                project.apply_preview(context, environment, start=EPOCH, since=since, end=last.posted_on)
        finally:
            context.close()
    clock.step("models")
    connection = connect(settings, read_only=True)
    try:
        built_at, snapshot = _now(connection)
        lake_id = identity_of(connection)
    finally:
        connection.close()
    built = Built(last_entry=last.entry, built_at=built_at, snapshot=snapshot, lake_id=lake_id)
    definitions = load_definitions(settings.project)
    warnings: list[str] = []

    def examine(book: duckdb.DuckDBPyConnection) -> None:
        declared.check(book, definitions, reads=False)
        warnings.extend(never_posted.warnings(book, definitions, environment=environment))

    write_preview(settings, built, environment, examine=examine)
    clock.step("export")
    return BuildResult(
        entries=0,
        seconds=clock.seconds,
        last_entry=last.entry,
        snapshot_id=snapshot,
        waiting=len(due),
        superseded=_superseded(settings),
        warnings=tuple(warnings),
    )


def _superseded(settings: Settings) -> tuple[str, ...]:
    return tuple(file.name for file in settings.superseded_files)


def _now(connection: duckdb.DuckDBPyConnection) -> tuple[dt.datetime, int]:
    """Return the time (UTC) and the lake's latest snapshot."""
    snapshot = connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchall()[0][0]
    return dt.datetime.now(dt.UTC).replace(tzinfo=None), int(snapshot)


def _record(
    connection: duckdb.DuckDBPyConnection, last: int, built_at: dt.datetime, snapshot: int, seconds: float
) -> None:
    number = connection.execute("SELECT coalesce(max(build_id), 0) + 1 FROM journal.build").fetchall()[0][0]
    row = {"build_id": number, "entry": last, "built_at": built_at, "snapshot_id": snapshot}
    with transaction(connection):
        write_row(connection, "build", row | {"seconds": round(seconds, 3)})
