"""A batch of generated histories side by side in one book, and what must be known and must have moved, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

import safer_kpi
from safer_kpi.domain.periods import PeriodType
from tests.effort import examples
from tests.properties.generated import History
from tests.properties.register import ENTRIES, NOT_GIVEN, SPANS, Rules, posted_at
from tests.properties.world_book import LINE, account, publish, read_rows, write_rows, write_world

#: In a batch, where all are tried.
HISTORIES = 250
OLD, NEW, NOW = 6, 10, ENTRIES  # the entries of the first release, the second, and today
WIDER = {
    "same rules": Rules(),
    "new definition": Rules(version=2, positive=frozenset({"court", "caution"})),
    "new method": Rules(violent=frozenset({"violence", "robbery"})),
}
GIVEN = f"status NOT IN ('{NOT_GIVEN}', 'missing')"
KNOWN = (
    "metric_id VARCHAR, area_code VARCHAR, period_type VARCHAR, period_start DATE, entry BIGINT, n BIGINT, d BIGINT, "
    "status VARCHAR"
)


@dataclass(frozen=True)
class World:
    """A batch: its lake, and its histories by the old rules and by today's."""

    number: int
    lake: safer_kpi.Lake
    old: Sequence[History]
    new: Sequence[History]
    recount: duckdb.DuckDBPyConnection

    def find_vintages(self, metric: str, by: PeriodType) -> None:
        """Make ``found`` the vintages of a metric in every area; asked for once, for the areas are many."""
        table = f"vintages_{metric[2:]}_{by}"
        if not self.recount.execute(f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{table}'").fetchall():
            self.recount.register("vintages", self.lake.vintages(metric, by=by).arrow())
            self.recount.execute(f"CREATE TABLE {table} AS FROM vintages")
            self.recount.unregister("vintages")
        self.recount.execute(f"CREATE OR REPLACE TEMP VIEW found AS FROM {table}")

    def differs(self, table: str, other: str) -> list[tuple[Any, ...]]:
        """Rows of one relation that the other lacks, of both."""
        both = f"(FROM ({table}) EXCEPT ALL FROM ({other})) UNION ALL (FROM ({other}) EXCEPT ALL FROM ({table}))"
        return self.recount.execute(f"FROM ({both}) LIMIT 5").fetchall()


def make_world(number: int, folder: Path) -> World:
    after = list(WIDER.values())[number % len(WIDER)]
    seeds = range(number * HISTORIES, number * HISTORIES + examples(HISTORIES))
    new = [History(f"L{seed:06d}", seed, after).run() for seed in seeds]
    old = new if after == Rules() else [History(f"L{seed:06d}", seed, Rules()).run(OLD) for seed in seeds]
    write_world(folder / "safer_kpi.duckdb", new, after)
    file = None
    if old is not new:
        file = write_world(folder / "releases" / "2023-24-Q3" / "release.duckdb", old, Rules(), last_entry=OLD)
    publish(folder, "2023-24-Q3", OLD, file=file)
    publish(folder, "2023-24-Q4", NEW)
    recount = duckdb.connect()
    for name, histories, entries in (("old", old, [OLD]), ("new", new, range(1, ENTRIES + 1))):
        write_rows(folder / f"{name}.csv", known_rows(histories, entries))
        recount.execute(f"CREATE TABLE known_{name} AS {read_rows(folder / f'{name}.csv', KNOWN)}")
    write_rows(folder / "account.csv", account(new))
    recount.execute(f"CREATE TABLE account AS {read_rows(folder / 'account.csv', LINE)}")
    write_rows(folder / "span.csv", ((kind, start, month) for kind, start, months in SPANS for month in months))
    columns = "period_type VARCHAR, period_start DATE, month DATE"
    recount.execute(f"CREATE TABLE span AS {read_rows(folder / 'span.csv', columns)}")
    times = ", ".join(f"({entry}, TIMESTAMP '{posted_at(entry)}')" for entry in range(1, ENTRIES + 1))
    recount.execute(f"CREATE TABLE entry AS FROM (VALUES {times}) AS t(entry, posted_at)")
    return World(number, safer_kpi.open(folder), old, new, recount)


def known_rows(histories: Sequence[History], entries: Iterable[int]) -> Iterator[tuple[object, ...]]:
    for history in histories:
        for entry in entries:
            for key, counted in history.known[entry - 1].items():
                yield (*key, entry, *counted)
