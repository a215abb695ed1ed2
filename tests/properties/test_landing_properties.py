"""DESIGN's invariants 1, 2, 3, 4 and 6, over generated histories landed through the real code."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.cli.main import app
from safer_kpi.errors import SaferKpiError
from safer_kpi.lake import connect
from safer_kpi.landing import Confirmation, Terms, replay, revert
from safer_kpi.landing.delivery import land_one
from safer_kpi.settings import Settings
from tests.effort import examples
from tests.properties.histories import Delivery, Model, Row, deliveries, distinct_deliveries

pytestmark = pytest.mark.long(60)

QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))
CONFIRMED = Confirmation(person="A. Tester", reason="generated history")


class Lake:
    """A lake of its own, with one open connection for everything but replays and reversals."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings.load(home)
        self.connection = connect(self.settings)
        self.feed = load_feed(self.settings.project, "police_street")

    def arrive(self, folder: Path, delivery: Delivery, number: int):
        path = delivery.write(folder, number)
        terms = Terms(published=delivery.published, confirmation=CONFIRMED)
        return land_one(self.connection, self.settings, self.feed, str(path), terms)

    def live_rows(self, known_at: dt.datetime | None = None) -> dict[str, Counter[Row]]:
        """Balance of the change rows per month, as known at a time."""
        found = self.connection.execute(
            """SELECT month, coalesce(crime_id, ''), coalesce(lsoa_code, ''), crime_type,
                coalesce(last_outcome_category, ''), sum(weight)
            FROM landing.police_street WHERE posted_at <= ? GROUP BY ALL HAVING sum(weight) <> 0""",
            [known_at or dt.datetime(9999, 1, 1)],
        ).fetchall()
        live: dict[str, Counter[Row]] = {}
        for month, crime_id, lsoa, crime_type, outcome, weight in found:
            assert weight > 0
            row = Row(int(crime_id, 16) if crime_id else 0, lsoa, crime_type, outcome)
            live.setdefault(month, Counter())[row] += int(weight)
        return live

    def last_posted(self) -> dt.datetime:
        return self.connection.execute("SELECT max(posted_at) FROM journal.entry").fetchall()[0][0]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Path:
    return new_lake(tmp_path_factory.mktemp("seeded") / "lake").home


@pytest.fixture
def fresh(seeded: Path, tmp_path: Path):
    """A new copy of the seeded lake each time it is called."""
    made: list[Lake] = []

    def make() -> Lake:
        home = Path(tempfile.mkdtemp(dir=tmp_path)) / "lake"
        shutil.copytree(seeded, home)
        made.append(Lake(home))
        return made[-1]

    yield make
    for lake in made:
        lake.connection.close()


@QUICK
@given(first=st.lists(deliveries(), min_size=1, max_size=3), data=st.data())
def test_any_history_balances_to_a_recount_and_the_past_stays(first, data, fresh, tmp_path):
    """After each step: balance = the model's recount; what was known at every earlier step is known still."""
    lake, model, known = fresh(), Model(), []
    for number, delivery in enumerate(first):
        receipt = lake.arrive(tmp_path, delivery, number)
        # rows read = accepted + quarantined + skipped (invariant 1)
        assert receipt.rows_read == len(delivery.rows)
        assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_skipped
        assert receipt.rows_accepted == delivery.counted().total()
        if receipt.status != "duplicate":
            model.claims[receipt.delivery_id] = delivery
        assert lake.live_rows() == model.live()
        known.append((lake.last_posted(), model.live()))
    landed = dict(model.claims)
    for step in data.draw(st.lists(st.sampled_from(["revert", "replay"]), max_size=3)):
        number = data.draw(st.sampled_from(sorted(landed)))
        if step == "revert":
            try:
                revert(lake.settings, number, reason="generated", person="A. Tester")
            except SaferKpiError:
                assert number not in model.claims  # only a second reversal is an error
                continue
            del model.claims[number]
        else:
            replay(lake.settings, number)
            model.claims[number] = landed[number]
        assert lake.live_rows() == model.live()
        known.append((lake.last_posted(), model.live()))
    for moment, then in known:
        assert lake.live_rows(moment) == then


@QUICK
@given(history=distinct_deliveries(), seed=st.integers(0, 10**6))
def test_order_of_arrival_and_of_rows_changes_nothing(history, seed, fresh, tmp_path):
    """Distinct publication dates: any order of files, any order of rows, the same live rows (invariant 3)."""
    shuffled = list(history)
    random.Random(seed).shuffle(shuffled)
    shuffled = [Delivery(d.month, d.day, tuple(random.Random(seed).sample(d.rows, len(d.rows)))) for d in shuffled]
    one, other = fresh(), fresh()
    for number, delivery in enumerate(history):
        one.arrive(tmp_path / "one", delivery, number)
    for number, delivery in enumerate(shuffled):
        other.arrive(tmp_path / "other", delivery, number)
    assert one.live_rows() == other.live_rows()


@QUICK
@given(delivery=deliveries())
def test_landing_twice_changes_nothing(delivery, fresh, tmp_path):
    """The same bytes under the same date are a duplicate; under a later date they post nothing (invariant 2)."""
    lake = fresh()
    lake.arrive(tmp_path, delivery, 0)
    before = lake.live_rows()
    assert lake.arrive(tmp_path, delivery, 1).status == "duplicate"
    later = Delivery(delivery.month, delivery.day + 1, delivery.rows)
    receipt = lake.arrive(tmp_path, later, 2)
    assert (receipt.status, receipt.changes) == ("accepted", {})
    assert lake.live_rows() == before


@settings(QUICK, max_examples=examples(3))
@given(first=deliveries(), second=deliveries(), broken=st.sampled_from(["", "\n", ",x", '"']))
def test_no_row_value_is_ever_shown(first, second, broken, fresh, tmp_path):
    """Whatever is accepted, held, withdrawn or refused: no output, receipt or listing holds a cell (invariant 8)."""
    home = str(fresh().settings.home)
    shown = ""
    for number, delivery in enumerate((first, second)):
        path = delivery.write(tmp_path, number)
        if number:
            path.write_bytes(path.read_bytes() + broken.encode())
        for words in (["land", "police_street", str(path)], ["deliveries"], ["quarantine"]):
            for form in ([], ["--json"]):
                result = CliRunner().invoke(app, [*words, "--home", home, *form])
                assert result.exit_code in (0, 3), result.output
                shown += result.output
    values = {"Sample Street", "not a code", "-1.9", *(row.lsoa for row in (*first.rows, *second.rows) if row.lsoa)}
    values |= {f"{row.number:064x}" for row in (*first.rows, *second.rows) if row.number}
    assert not [value for value in values if value in shown]
