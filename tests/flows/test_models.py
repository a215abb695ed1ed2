"""The models' own tests (tests/models/*.yaml), and non-linear models held against recounts of random histories."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.compute.project import digest, open_project
from safer_kpi.domain import causes
from safer_kpi.settings import Settings
from tests.effort import examples
from tests.flows import list_histories
from tests.flows.other_files import BCP, COUNCIL, POLICE, WARDS, Patrol, matched

if TYPE_CHECKING:
    from sqlmesh import Context

FIRST, FIRST_LISTED = dt.date(2024, 6, 1), dt.date(2024, 7, 1)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    settings = Settings.load(tmp_path_factory.mktemp("models") / "lake")
    feeds = {name: load_feed(settings.project, name).columns for name in feed_names(settings.project)}
    opened = open_project(settings, feeds, checking=True)
    yield opened
    opened.close()


@pytest.mark.e2e
@pytest.mark.long(50)
def test_every_model_test_holds(context: Context) -> None:
    files = sorted((Path(__file__).parents[1] / "models").glob("test_*.yaml"))
    result = context.test(tests=[str(path) for path in files])
    assert result.testsRun >= len(files)
    assert [told for _, told in (*result.failures, *result.errors)] == []


@pytest.mark.soak
def test_a_new_order_of_causes_reaches_the_models_past_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order stands in the package and in no file of the project: neither cache nor digest may miss an edit."""
    settings = Settings.load(tmp_path / "lake")
    feeds = {name: load_feed(settings.project, name).columns for name in feed_names(settings.project)}
    models = ("core.joint_patrol", "core.msv_resolved_offence", "ledger.counted_distinct")

    def read() -> dict[str, tuple[str, str]]:
        context = open_project(settings, feeds)
        try:
            opened = {name: context.get_model(name, raise_if_missing=True) for name in models}
            return {name: (model.data_hash, context.render(name).sql()) for name, model in opened.items()}
        finally:
            context.close()

    before, digest_before = read(), digest(settings.project)
    assert read() == before
    monkeypatch.setattr(causes, "PRECEDENCE", tuple(reversed(causes.PRECEDENCE)))
    after = read()
    for name in models:
        assert "WHEN 'reference' THEN 0" in before[name][1]
        assert "WHEN 'reference' THEN 12" in after[name][1]  # thirteen causes, the first is now the last
        assert before[name][0] != after[name][0]
    assert digest(settings.project) != digest_before


@pytest.mark.e2e
@pytest.mark.parametrize("seed", range(examples(4)))
def test_joint_patrols_of_any_history_are_those_of_the_live_logs(context: Context, seed: int) -> None:
    """Each day's postings are made from that day's entries alone, and after each day their sum is the recount."""
    dice = Random(seed)
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS lake; CREATE SCHEMA lake.staging")
        connection.execute(
            "CREATE TABLE lake.staging.joint_patrols (entry BIGINT, posted_at TIMESTAMP, posted_on DATE, "
            "delivery_id BIGINT, origin_delivery_id BIGINT, origin_row BIGINT, weight INTEGER, cause VARCHAR, "
            "log_partner VARCHAR, la_code VARCHAR, patrolled_on DATE, ward_code VARCHAR, start_minute INTEGER, "
            "end_minute INTEGER)"
        )
        live: dict[tuple[str, Patrol], tuple[int, int]] = {}
        balance: Counter[str] = Counter()
        minutes: Counter[str] = Counter()
        entry = 0
        for day in (FIRST + dt.timedelta(days=step) for step in range(4)):
            for _ in range(dice.randrange(1, 4)):
                entry += 1
                _arrive(connection, dice, live, entry, day)
            query = context.render("core.joint_patrol", start=day, end=day).sql(dialect="duckdb")
            for ward, weight, told in connection.execute(
                f"SELECT ward_code, weight, minutes FROM ({query})"
            ).fetchall():
                balance[ward] += weight
                minutes[ward] += weight * told
            for ward in WARDS:
                logs = ([one for partner, one in live if partner == which] for which in ("police", "council"))
                assert (balance[ward], minutes[ward]) == matched(*logs, ward), (day, ward)


def _arrive(
    connection: duckdb.DuckDBPyConnection,
    dice: Random,
    live: dict[tuple[str, Patrol], tuple[int, int]],
    entry: int,
    day: dt.date,
) -> None:
    """One delivery of one log: some patrols come, some go, some are corrected (gone and come in one entry)."""
    partner = dice.choice(("police", "council"))
    known = [one for of, one in live if of == partner]
    log = POLICE if partner == "police" else COUNCIL
    goes = dice.sample(known, min(len(known), dice.randrange(12)))
    comes = [one for one in dice.sample(log, 40) if one not in known]
    comes += [Patrol(one.reference, one.day, one.start, one.end + 30, one.ward) for one in goes[::2]]
    rows = [(one, -1, *live.pop((partner, one))) for one in goes]
    for number, one in enumerate(comes, start=2):
        if (partner, one) not in live:
            live[partner, one] = (entry, number)
            rows.append((one, 1, entry, number))
    posted_at = dt.datetime.combine(day, dt.time(entry))
    for one, weight, origin, row in rows:
        told = [entry, posted_at, day, entry, origin, row, weight, "new", partner, BCP, dt.date(2024, 5, one.day)]
        connection.execute(
            "INSERT INTO lake.staging.joint_patrols VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*told, one.ward, one.start, one.end],
        )


@pytest.mark.e2e
@pytest.mark.parametrize("seed", range(examples(3)))
@pytest.mark.parametrize("case", list_histories.CASES, ids=lambda case: case.model)
def test_any_history_of_lists_comes_to_the_recount_of_its_live_rows(
    context: Context, case: list_histories.Case, seed: int
) -> None:
    """Each day's postings are made from that day's entries alone; after each day their sum is the recount."""
    dice = Random(seed)
    columns = {**list_histories.STAMP, **case.columns}
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS lake; CREATE SCHEMA lake.staging")
        told = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"CREATE TABLE lake.staging.{case.staging} ({told})")
        live: dict[tuple[Any, ...], tuple[int, int]] = {}
        balance: Counter[tuple[Any, ...]] = Counter()
        entry = 0
        for day in (FIRST_LISTED + dt.timedelta(days=step) for step in range(5)):
            for _ in range(dice.randrange(1, 4)):
                entry += 1
                for row in list_histories.arrive(dice, case, live, entry, day):
                    connection.execute(
                        f"INSERT INTO lake.staging.{case.staging} VALUES ({', '.join('?' * len(columns))})", row
                    )
            query = context.render(case.model, start=day, end=day).sql(dialect="duckdb")
            for *of, weight in connection.execute(f"SELECT {', '.join(case.told)}, weight FROM ({query})").fetchall():
                balance[tuple(of)] += weight
            assert +balance == case.recount(list(live)), day
            assert all(count >= 0 for count in balance.values())
        assert balance
