"""DESIGN's invariants 4, 6, 7 and 9 over thousands of generated histories: values, statements and traces.

A batch is many histories side by side, each an authority of its own, in one book written through the real schema. What
must be known is counted by the generator from its live records (``generated.py``), and what must have moved is its own
account; nothing expected is read from the program.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from safer_kpi.domain.periods import PERIOD_TYPES, PeriodType
from safer_kpi.reading.moments import can_be_told
from tests.effort import examples
from tests.properties.generated import History
from tests.properties.register import ENTRIES, MONTHS, NOT_GIVEN, posted_at
from tests.properties.world_book import (
    METRICS,
)
from tests.properties.worlds import GIVEN, NEW, NOW, OLD, World, make_world

pytestmark = pytest.mark.long(100)

#: Three rules a release may be certified under, one batch of each; fifty-seven more in ``make soak``.
BATCHES = [*range(3), *(pytest.param(number, marks=pytest.mark.soak) for number in range(3, 60))]
COUNTS = "'x.count', 'x.positive', 'x.people', 'x.figure'"


@pytest.fixture(scope="module", params=BATCHES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(request.param, tmp_path_factory.mktemp("world"))
    yield made
    made.lake.close()
    made.recount.close()


def value(numbers: str) -> str:
    """The value of counted numbers, rounded far beyond what is shown: there is one where a period is whole."""
    base = " ".join(f"WHEN '{name}' THEN {rule[2]}" for name, rule in METRICS.items() if rule[2])
    return f"""CASE WHEN {numbers}.status IN ('final', 'provisional') THEN round(CASE WHEN {numbers}.d IS NULL
        THEN {numbers}.n ELSE {numbers}.n / {numbers}.d * CASE {numbers}.metric_id {base} END END, 9) END"""


def test_every_moment_is_what_a_recount_of_its_records_gives(world: World) -> None:
    """``as_of`` at a date, later replays, reversals and lookups notwithstanding (invariants 4, 6 and 7)."""
    for entry in (2, 3 + world.number % 10, NOW):
        found = world.lake.sql(
            "SELECT metric_id, area_code, period_type, period_start, numerator AS n, denominator AS d, status, "
            f"round(value, 9) AS v FROM kpi.as_of(TIMESTAMP '{posted_at(entry)}') "
            "WHERE status <> 'missing' AND area_code <> 'unplaced'"
        ).arrow()
        world.recount.register("at_date", found)
        counted = f"""SELECT metric_id, area_code, period_type, period_start, n, d, status, {value("known_new")} AS v
            FROM known_new WHERE entry = {entry} AND {GIVEN}"""
        assert world.differs("FROM at_date", counted) == []


def combinations(number: int) -> list[tuple[str, PeriodType]]:
    """Three of the metrics and lengths; eight batches ask for each at least once."""
    every = [(name, length) for name, rule in METRICS.items() for length in PERIOD_TYPES if length in rule[6]]
    return [every[(number * 3 + step) % len(every)] for step in range(3)]


def test_moments_are_asked_together(world: World) -> None:
    """The file has ``kpi.vintages``, so ``as_of`` is not asked once for every entry."""
    assert can_be_told(world.lake)


def test_vintages_equal_recomputing_at_each_date(world: World) -> None:
    for metric, by in combinations(world.number):
        world.find_vintages(metric, by)
        in_force = """SELECT metric_id, area_code, period_type, period_start, e.entry, numerator AS n,
              denominator AS d, status, round(value, 9) AS v
            FROM found JOIN entry AS e
              ON found.known_from <= e.posted_at AND (found.known_until IS NULL OR e.posted_at < found.known_until)
            WHERE status <> 'missing' AND area_code <> 'unplaced'"""
        counted = f"""SELECT metric_id, area_code, period_type, period_start, entry, n, d, status,
              {value("known_new")} AS v
            FROM known_new WHERE metric_id = '{metric}' AND period_type = '{by}' AND {GIVEN}"""
        assert world.differs(in_force, counted) == [], (metric, by)


def test_a_vintage_is_a_change_and_says_its_causes(world: World) -> None:
    """No vintage repeats the one before, revisions are differences, and causes are those of the account."""
    metric, by = combinations(world.number)[0]
    world.find_vintages(metric, by)
    cells = "PARTITION BY area_code, period_start ORDER BY entry"
    repeated = world.recount.execute(
        f"""SELECT * FROM (SELECT *, row(numerator, denominator, value, unit, status) AS this FROM found)
        QUALIFY this IS NOT DISTINCT FROM lag(this) OVER ({cells})
          OR revision IS DISTINCT FROM value - lag(value) OVER ({cells})"""
    ).fetchall()
    assert repeated == []
    ledgers = ", ".join(f"'{name}'" for name in METRICS[metric][:2] if name and name != "population")
    unknown = world.recount.execute(
        f"""SELECT area_code, period_start, entry, cause
        FROM (SELECT *, unnest(causes) AS cause FROM found WHERE area_code <> 'unplaced')
        ANTI JOIN (
          SELECT a.area_code, s.period_start, a.entry, a.cause FROM ({leveled(ledgers, "'amount', 'suppressed'")}) AS a
          JOIN span AS s ON s.month = a.month AND s.period_type = '{by}'
            AND (a.period_type = 'month' AND a.la_code <> 'none' OR a.period_type = s.period_type)
          UNION SELECT area_code, period_start, entry, cause FROM known_new JOIN (
            SELECT DISTINCT entry, cause FROM account WHERE metric_id = 'population'
          ) USING (entry) WHERE metric_id = 'x.rate'
        ) USING (area_code, period_start, entry, cause)"""
    ).fetchall()
    assert unknown == []


def test_a_change_has_the_reference_that_was_known_at_the_same_age(world: World) -> None:
    """January as it was a month before today, beside February as it is today, by a recount of both moments."""
    today = posted_at(NOW)
    earlier = today.replace(month=today.month - 1)
    [entry] = [e for e in range(1, NOW) if posted_at(e) <= earlier < posted_at(e + 1)]
    for metric in ("x.count", "x.rate", "x.share"):
        asked = {"period": "2024-02", "by": "month", "against": "2024-01", "release": "now"}
        world.recount.register("found_change", world.lake.change(metric, **asked).arrow())
        found = """SELECT area_code, numerator, denominator, reference_numerator, reference_denominator,
              reference_status, reference_known_at
            FROM found_change WHERE basis = 'equal age' AND area_code <> 'unplaced'"""
        known = f"FROM known_new WHERE metric_id = '{metric}' AND status IN ('final', 'provisional') AND period_type"
        counted = f"""SELECT now.area_code, now.n, now.d, was.n, was.d, was.status, TIMESTAMP '{earlier}'
            FROM (SELECT * {known} = 'month' AND entry = {NOW} AND period_start = '{MONTHS[1]}') AS now
            JOIN (SELECT * {known} = 'month' AND entry = {entry} AND period_start = '{MONTHS[0]}') AS was
              USING (area_code)"""
        assert world.recount.execute(f"SELECT count(*) > {examples(100)} FROM ({counted})").fetchall() == [(True,)]
        assert world.differs(found, counted) == [], metric


def leveled(ledgers: str, measures: str = "'amount'") -> str:
    """The account's lines of some ledgers, once for each area they count in."""
    return f"""
        SELECT * REPLACE (unnest(list_distinct([area_code,
            CASE WHEN la_code IN ('unplaced', 'none') THEN area_code ELSE la_code END])) AS area_code)
        FROM account WHERE metric_id IN ({ledgers}) AND measure IN ({measures}) AND area_code <> 'unplaced'
    """


SIDES = {"2023-24-Q3": OLD, "2023-24-Q4": NEW, "now": NOW}


@pytest.mark.parametrize(("first", "second"), [("2023-24-Q3", "2023-24-Q4"), ("now", "2023-24-Q3")])
def test_statements_sum_and_tell_what_the_account_tells(world: World, first: str, second: str) -> None:
    world.recount.register("line", world.lake.compare(first, second).arrow())
    cell = "metric_id, area_code, period, breakdown"
    sums = f"""SELECT {cell}, sum(CASE step WHEN 'closing' THEN -amount ELSE amount END) AS residual FROM line
        GROUP BY {cell} HAVING residual <> 0 OR count(*) FILTER (step = 'opening') <> 1
          OR count(*) FILTER (step = 'closing') <> 1"""
    assert world.recount.execute(sums).fetchall() == []
    world.recount.execute(
        f"""CREATE OR REPLACE TEMP VIEW told AS SELECT line.*, s.period_type, s.period_start FROM line JOIN (
          SELECT DISTINCT period_type, period_start, {LABEL} AS period FROM span) AS s USING (period)
        WHERE area_code <> 'unplaced'"""
    )
    held = held_cells(first, second)
    for step, name in (("opening", first), ("closing", second)):
        source = "known_old" if name == "2023-24-Q3" else "known_new"
        stored = f"""SELECT metric_id, area_code, period_type, period_start, CAST(amount AS BIGINT) AS amount
            FROM told WHERE step = '{step}' AND metric_id IN ({COUNTS}) AND amount <> 0"""
        counted = f"""SELECT metric_id, area_code, period_type, period_start, n AS amount
            FROM {source} JOIN ({held}) AS held USING (metric_id, area_code, period_type, period_start)
            WHERE entry = {SIDES[name]} AND metric_id IN ({COUNTS}) AND n <> 0"""
        assert world.differs(stored, counted) == [], (step, name)
        # A ratio is stated to nine places, rounded from the exact quotient.
        wrong = world.recount.execute(
            f"""SELECT told.metric_id, told.area_code, told.period, told.amount, k.n, k.d
            FROM told JOIN {source} AS k USING (metric_id, area_code, period_type, period_start)
            WHERE k.entry = {SIDES[name]} AND told.step = '{step}' AND k.metric_id IN ('x.share', 'x.rate')
              AND k.{GIVEN} AND k.d > 0
              AND abs(told.amount * k.d - k.n * CASE metric_id WHEN 'x.share' THEN 100 ELSE 1000 END) * 2
                > k.d * CAST('0.000000001' AS DECIMAL(10, 9))"""
        ).fetchall()
        assert wrong == [], (step, name)
    assert world.differs(movements_told(), movements_counted(first, second)) == []


LABEL = """CASE period_type WHEN 'month' THEN strftime(period_start, '%Y-%m')
    WHEN 'rolling12' THEN strftime(period_start + INTERVAL 11 MONTH, '%Y-%m-R12')
    WHEN 'quarter' THEN '2023-24-Q4' ELSE '2023-24' END"""


def movements_told() -> str:
    return f"""SELECT metric_id, area_code, period_type, period_start, cause, delivery_id,
        CAST(amount AS BIGINT) AS amount FROM told WHERE step = 'movement' AND metric_id IN ({COUNTS})"""


def between(first: str, second: str) -> tuple[str, int, int]:
    """The earlier side's numbers, and the entries of both in their order."""
    early = "known_old" if "2023-24-Q3" in (first, second) else "known_new"
    return early, min(SIDES[first], SIDES[second]), max(SIDES[first], SIDES[second])


def held_cells(first: str, second: str) -> str:
    """The observations that either side gives."""
    early, low, high = between(first, second)
    cell = "metric_id, area_code, period_type, period_start"
    return f"""SELECT {cell} FROM {early} WHERE entry = {low} AND status <> '{NOT_GIVEN}'
        UNION SELECT {cell} FROM known_new WHERE entry = {high} AND status <> '{NOT_GIVEN}'"""


def movements_counted(first: str, second: str) -> str:
    """What the account says of these cells between the sides; and what the new rules make of the old evidence."""
    early, low, high = between(first, second)
    sign = 1 if SIDES[first] < SIDES[second] else -1
    held = held_cells(first, second)
    return f"""
        SELECT a.metric_id, a.area_code, s.period_type, s.period_start, a.cause, a.delivery_id,
          CAST({sign} * sum(a.weight) AS BIGINT) AS amount
        FROM ({leveled(COUNTS)}) AS a
        JOIN span AS s ON s.month = a.month
          AND CASE WHEN a.la_code = 'none' THEN a.period_type = s.period_type AND a.month = s.period_start ELSE TRUE END
        JOIN ({held}) AS h ON h.metric_id = a.metric_id AND h.area_code = a.area_code
          AND h.period_type = s.period_type AND h.period_start = s.period_start
        WHERE a.entry > {low} AND a.entry <= {high}
        GROUP BY a.metric_id, a.area_code, s.period_type, s.period_start, a.cause, a.delivery_id HAVING amount <> 0
        UNION ALL
        SELECT metric_id, area_code, period_type, period_start,
          (SELECT CASE WHEN bool_or(cause = 'definition') THEN 'definition' ELSE 'method' END FROM line), NULL,
          {sign} * (coalesce(b.n, 0) - coalesce(a.n, 0))
        FROM (FROM {early} WHERE entry = {low}) AS a
        FULL JOIN (FROM known_new WHERE entry = {low}) AS b USING (metric_id, area_code, period_type, period_start)
        JOIN ({held}) AS h USING (metric_id, area_code, period_type, period_start)
        WHERE metric_id IN ({COUNTS}) AND coalesce(b.n, 0) <> coalesce(a.n, 0)
    """


def numbers(world: World, many: int) -> Iterator[tuple[History, int, str, str, str, dt.date]]:
    """Numbers to trace: a history, the entry they are known at, and what they are."""
    draw = random.Random(world.number)
    for _ in range(many):
        history, entry = draw.choice(world.new), draw.choice((NEW, NOW, draw.randrange(2, ENTRIES)))
        keys = sorted(key for key, known in history.known[entry - 1].items() if known[2] not in (NOT_GIVEN, "missing"))
        if keys:
            yield history, entry, *draw.choice(keys)


def label(period_type: str, start: dt.date) -> str:
    if period_type == "rolling12":
        return f"{start.year + 1 if start.month > 1 else start.year}-{(start.month + 10) % 12 + 1:02d}-R12"
    return {"month": f"{start:%Y-%m}", "quarter": "2023-24-Q4", "year": "2023-24"}[period_type]


def test_the_rows_of_a_trace_recount_to_the_number(world: World) -> None:
    for history, entry, metric, area, length, start in numbers(world, 25):
        n, d, status = history.known[entry - 1][metric, area, length, start]
        side = {NEW: {"release": "2023-24-Q4"}, NOW: {"release": "now"}}.get(entry, {"known_at": posted_at(entry)})
        rows = world.lake.trace(metric, area=area, period=label(length, start), by=length, **side).rows()
        weights: Counter[tuple[str, str]] = Counter()
        for row in rows:
            weights[row["metric_id"], row["measure"]] += row["weight"]
        top, bottom, *_ = METRICS[metric]
        what = (history.seed, entry, metric, area, length, start)
        assert weights[top, "amount"] == (n or 0), what
        assert (weights[top, "suppressed"] > 0) == (status == "suppressed"), what
        if bottom:
            assert weights[bottom, "amount"] == (d or 0), what
        assert {row["file_name"] for row in rows} <= {f"file-{number}.csv" for number in range(1, entry + 1)}, what


def cancelled(history: History) -> bool:
    """Whether units of one cell, entry and cause cancelled: no posting stands for them, so no row does."""
    sums: dict[tuple[object, ...], int] = defaultdict(int)
    for line in history.account:
        sums[line.metric, line.area, line.month, line.entry, line.cause, line.delivery] += line.weight
    return any(total == 0 for total in sums.values())


def test_a_trace_ends_at_the_rows_that_count_and_a_row_at_its_numbers(world: World) -> None:
    """There and back: the rows left over are the live records' own, and each of them is in the number it came from."""
    chosen = [history for history in world.new if not cancelled(history) and MONTHS[0] in history.live][:6]
    for history in chosen:
        rows = world.lake.trace("x.count", area=history.code, period="2024-01", release="now").rows()
        left: Counter[tuple[int, int]] = Counter()
        for row in rows:
            left[row["evidence_delivery_id"], row["source_row"]] += row["weight"]
        live = history.live_rows[-1].get(MONTHS[0], set())
        assert {origin for origin, weight in left.items() if weight} == live, history.seed
    for history in chosen[:2]:
        account_of = [line for line in history.account if line.metric == "x.count"]
        for delivery, source_row in {line.row for line in account_of[:: max(1, len(account_of) // 2)]}:
            told = [
                row
                for row in world.lake.trace_row(delivery, source_row).rows()
                if row["metric_id"] == "x.count" and row["area_code"] == history.code and row["period_type"] == "month"
            ]
            is_live = any((delivery, source_row) in rows for rows in history.live_rows[-1].values())
            assert any(row["out_entry"] is None for row in told) == is_live, (history.seed, delivery, source_row)
            certified = any((delivery, source_row) in rows for rows in history.live_rows[NEW - 1].values())
            assert any("2023-24-Q4" in row["releases"] for row in told) == certified, (history.seed, delivery)


def test_a_delivery_is_traced_to_what_it_changed(world: World) -> None:
    delivery = 2 + world.number % 6
    world.recount.register("changed", world.lake.trace_delivery(delivery).arrow())
    told = f"""SELECT metric_id, area_code, period_type, entry, cause, sum(amount) AS amount FROM changed
        WHERE metric_id IN ({COUNTS}) AND measure = 'amount' AND area_code NOT IN ('unplaced', 'F') GROUP BY ALL"""
    counted = f"""SELECT metric_id, area_code, period_type, entry, cause, sum(weight) AS amount
        FROM ({leveled(COUNTS)}) WHERE delivery_id = {delivery} GROUP BY ALL"""
    by_month = f"SELECT * FROM ({counted}) WHERE amount <> 0"
    assert world.differs(f"SELECT * FROM ({told}) WHERE amount <> 0", by_month) == []
