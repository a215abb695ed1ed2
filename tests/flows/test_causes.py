"""Each cause of a change row, from files made to bring it about: DESIGN's rule 4."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.catalogue.template import write_project
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.landing import Confirmation, Terms, init, land, parse_time, replay, revert
from safer_kpi.settings import Settings

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
BASE = {
    "place": "On or near High Street",
    "lsoa": "E01015272",
    "kind": "Robbery",
    "outcome": "Under investigation",
}


def row(number: int, **changed: str) -> str:
    cell = BASE | changed
    crime_id = f"{number:064x}" if number else ""
    return (
        f"{crime_id},2024-01,Dorset Police,Dorset Police,-1.9,50.7,{cell['place']},{cell['lsoa']},,{cell['kind']},"
        f"{cell['outcome']},"
    )


def newer(contract: str) -> str:
    """The text of a contract under a later version, whatever its own is."""
    return re.sub(r'"version": "[\d.]+"', '"version": "9.0.0"', contract)


class Partner:
    """Sends one month again and again, a day later each time."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder, self.day = settings, folder, 0

    def send(self, *rows: str):
        self.day += 1
        path = self.folder / "2024-01-dorset-street.csv"
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        terms = Terms(
            published=dt.datetime(2024, 3, 1) + dt.timedelta(days=self.day),
            confirmation=Confirmation(person="A. Tester", reason="few rows"),
        )
        receipt = land(self.settings, "police_street", [str(path)], terms=terms)[0]
        assert receipt.status == "accepted", receipt.error
        return receipt


@pytest.fixture
def partner(tmp_path: Path, new_lake: Callable[..., Settings]) -> Partner:
    return Partner(new_lake(tmp_path / "lake"), tmp_path)


@pytest.fixture
def own_project(tmp_path: Path, new_lake: Callable[..., Settings]) -> tuple[Path, Settings]:
    """A project whose contracts a test may edit, and its lake, which holds its seeds."""
    project = tmp_path / "project"
    write_project(project, area="E06000058")
    return project, replace(new_lake(tmp_path / "lake"), project=project)


def test_every_cause_of_a_delivery(partner):
    assert partner.send(row(1), row(2), row(3), row(4), row(5), row(6), row(0)).changes == {"new": 7}
    changes = partner.send(
        row(1, kind="Burglary", lsoa="E01015387"),  # the first of the list that changed wins
        row(2, lsoa="E01015387", outcome="Local resolution"),
        row(3, outcome="Local resolution"),
        row(4, place="On or near Low Street"),
        row(5, lsoa="<5"),  # breaks the contract now: held, not withdrawn
        row(7),
        row(0),
        row(0),  # one more of the same: rows without an id are a multiset
    ).changes
    assert changes == {
        "reclassified": 1, "relocated": 1, "progressed": 1, "corrected": 1, "held": 1, "withdrawn": 1, "late": 2,
    }  # fmt: skip


def test_a_row_that_was_held_and_comes_mended_is_released_and_never_late(partner):
    first = partner.send(row(1), row(2, lsoa="<5"), row(3))
    assert (first.changes, first.rows_quarantined) == ({"new": 2}, 1)
    # 3 was live and is held now; 2 is still held
    assert partner.send(row(1), row(2, lsoa="<5"), row(3, lsoa="E0101")).changes == {"held": 1}
    # both come mended, 2 with another outcome besides, and 4 is truly late
    assert partner.send(row(1), row(2, outcome="Local resolution"), row(3), row(4)).changes == {
        "released": 2, "late": 1,
    }  # fmt: skip
    # nothing is held any more: what comes now is late
    assert partner.send(row(1), row(2, outcome="Local resolution"), row(3), row(4), row(5)).changes == {"late": 1}


def test_a_row_whose_id_was_wrong_or_that_has_none_is_released_by_all_else_it_says(partner):
    wrong_id = row(2, place="On or near Mill Lane").replace(f"{2:064x}", "not an id")
    partner.send(row(1), wrong_id, row(0, kind="Anti-social behaviour", lsoa="<5", outcome=""))
    changes = partner.send(
        row(1),
        row(2, place="On or near Mill Lane"),
        row(0, kind="Anti-social behaviour", outcome=""),
        row(0, kind="Anti-social behaviour", outcome=""),  # one was held, so one of two equal rows is late
        row(3, place="On or near Elsewhere"),
    ).changes
    assert changes == {"released": 2, "late": 2}


def test_a_held_row_that_its_partner_leaves_out_releases_nothing(partner):
    partner.send(row(1), row(2, lsoa="<5"))
    assert partner.send(row(1)).changes == {}
    # the file that owns the month holds nothing back: 2 was left out of it, and comes late
    assert partner.send(row(1), row(2)).changes == {"late": 1}


def test_rows_of_a_month_of_which_all_live_rows_went_are_released_too(partner):
    partner.send(row(1), row(2, lsoa="<5"))
    assert partner.send(row(3, lsoa="E0101"), row(2, lsoa="<5"), row(0)).changes == {"late": 1, "withdrawn": 1}
    assert partner.send(row(2), row(3)).changes == {"released": 2, "withdrawn": 1}


def test_a_replay_that_holds_nothing_back_leaves_no_row_held(tmp_path, own_project):
    """The number of held rows in a cell is that of the last reading of the delivery that owns it."""
    project, settings = own_project
    receipt = Partner(settings, tmp_path).send(row(1), row(2, kind="Piracy"))
    path = project / "contracts" / "feeds" / "police_street.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        newer(text.replace('    "Bicycle theft",\n', '    "Bicycle theft",\n    "Piracy",\n')), encoding="utf-8"
    )
    load_feed.cache_clear()
    _forget_contracts()
    assert replay(settings, receipt.delivery_id).changes == {"contract": 1}
    with connect(settings, read_only=True) as lake:
        held = lake.execute("SELECT rows FROM journal.held ORDER BY entry").fetchall()
    assert held == [(1,), (-1,)]


def test_a_held_row_that_a_newer_contract_takes_as_it_is_is_the_contracts(tmp_path, own_project):
    project, settings = own_project
    partner = Partner(settings, tmp_path)
    assert partner.send(row(1), row(2, kind="Piracy"), row(3, kind="Piracy")).changes == {"new": 1}
    path = project / "contracts" / "feeds" / "police_street.py"
    text = path.read_text(encoding="utf-8")
    assert text.count('    "Bicycle theft",\n') == 1
    path.write_text(
        newer(text.replace('    "Bicycle theft",\n', '    "Bicycle theft",\n    "Piracy",\n')), encoding="utf-8"
    )
    load_feed.cache_clear()
    _forget_contracts()
    # 2 says what it said; 3 says something else, which the older contract would have taken too
    assert partner.send(row(1), row(2, kind="Piracy"), row(3)).changes == {"contract": 1, "released": 1}


def test_change_rows_name_both_rows(partner):
    first = partner.send(row(1), row(2))
    second = partner.send(row(2), row(1, outcome="Local resolution"))
    with connect(partner.settings, read_only=True) as lake:
        rows = lake.execute(
            "SELECT weight, delivery_id, source_row, origin_delivery_id, origin_row FROM landing.police_street "
            "WHERE cause = 'progressed' ORDER BY weight"
        ).fetchall()
    # The header is row 1: the record stood in row 2 of the first file and stands in row 3 of the second.
    assert rows == [
        (-1, second.delivery_id, 3, first.delivery_id, 2),
        (1, second.delivery_id, 3, second.delivery_id, 3),
    ]


def test_a_reversal_posts_the_inverse_and_needs_a_reason(partner):
    partner.send(row(1), row(2))
    second = partner.send(row(1, outcome="Local resolution"), row(2), row(3))
    with pytest.raises(UsageError):
        revert(partner.settings, second.delivery_id, reason=" ", person="A. Tester")
    assert revert(partner.settings, second.delivery_id, reason="a mistake", person="A. Tester").changes == {
        "reverted": 2
    }
    with pytest.raises(UsageError):
        revert(partner.settings, second.delivery_id, reason="a mistake", person="A. Tester")
    assert replay(partner.settings, second.delivery_id).changes == {"replayed": 2}


def test_a_stricter_contract_read_over_the_same_bytes_posts_contract(tmp_path, own_project):
    project, settings = own_project
    receipt = Partner(settings, tmp_path).send(row(1), row(2, kind="Bicycle theft"))
    assert replay(settings, receipt.delivery_id).changes == {}
    path = project / "contracts" / "feeds" / "police_street.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(newer(text.replace('    "Bicycle theft",\n', "")), encoding="utf-8")
    load_feed.cache_clear()
    _forget_contracts()
    again = replay(settings, receipt.delivery_id)
    assert (again.contract_version, again.rows_quarantined, again.changes) == ("9.0.0", 1, {"contract": 1})


def test_a_new_column_alone_is_not_a_correction(tmp_path, own_project):
    """Rows that agree on the columns both versions share changed only in how they are read."""
    project, settings = own_project
    partner = Partner(settings, tmp_path)
    partner.send(row(1), row(2), row(0))
    path = project / "contracts" / "feeds" / "police_street.py"
    text = path.read_text(encoding="utf-8")
    column = '    officer_count: str = fields.whole_number("Officers", description="Officers who attended")\n'
    assert "\n\n\nCONTRACT: Contract = {" in text
    path.write_text(newer(text.replace("\n\n\nCONTRACT: ", f"\n{column}\n\nCONTRACT: ")), encoding="utf-8")
    load_feed.cache_clear()
    _forget_contracts()
    wider = tmp_path / "2024-01-dorset-street.csv"
    rows = [row(1), row(2, outcome="Local resolution"), row(0)]
    wider.write_text("\n".join([HEADER + ",Officers", *(text + ",2" for text in rows)]) + "\n", encoding="utf-8")
    receipt = land(settings, "police_street", [str(wider)])[0]
    assert (receipt.error, receipt.changes) == (None, {"contract": 2, "progressed": 1})


def _forget_contracts() -> None:
    import sys

    for name in [name for name in sys.modules if name == "contracts" or name.startswith("contracts.")]:
        del sys.modules[name]


def test_history_is_loaded_in_order_and_never_from_the_future(partner):
    first = partner.folder / "2024-01-dorset-street.csv"
    first.write_text("\n".join([HEADER, row(1)]) + "\n", encoding="utf-8")
    at = parse_time("2024-06-14T09:00Z")
    files = [str(first)] * 3
    receipts = land(partner.settings, "police_street", files, terms=Terms(received_at=at, published=at))
    # Files of one command follow each other by a microsecond; the same bytes under the same date are a duplicate.
    assert [receipt.status for receipt in receipts] == ["accepted", "duplicate", "duplicate"]
    assert receipts[0].received_at == at
    for wrong in ("2024-06-14T08:59Z", "2999-01-01"):
        with pytest.raises(UsageError):
            land(partner.settings, "police_street", files, terms=Terms(received_at=parse_time(wrong)))


def test_published_after_receipt_is_refused(partner):
    path = partner.folder / "2024-01-dorset-street.csv"
    path.write_text("\n".join([HEADER, row(1)]) + "\n", encoding="utf-8")
    receipt = land(partner.settings, "police_street", [str(path)], terms=Terms(published=parse_time("2999-01-01")))[0]
    assert receipt.status == "refused"
    assert "published_after_receipt" in receipt.error


def test_same_bytes_published_later_win_again(partner):
    """A, B, A ends at A."""
    a, b = row(1), row(1, outcome="Local resolution")
    partner.send(a)
    assert partner.send(b).changes == {"progressed": 1}
    assert partner.send(a).changes == {"progressed": 1}


def test_init_lands_the_seeds_at_the_epoch_once(tmp_path):
    settings = Settings.load(tmp_path / "lake")
    init(settings)
    init(settings)
    with connect(settings, read_only=True) as lake:
        rows = lake.execute("SELECT feed, posted_at FROM journal.entry ORDER BY entry").fetchall()
    assert [feed for feed, _ in rows] == ["area_lookup", "area_lookup", "population", "population"]
    assert {posted.date() for _, posted in rows} == {dt.date(2000, 1, 1)}
