"""One open lake takes the files of several feeds; a mistake of one leaves it open for the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.errors import NotFound
from safer_kpi.lake import connect
from safer_kpi.landing import Landing
from safer_kpi.settings import Settings
from tests.properties.histories import Delivery, Row

SEARCHES = "2024-01-dorset-stop-and-search.csv"
SEARCH = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing\n"
    "Person search,2024-01-03T10:00:00+00:00,False,,50.7,-1.9,Male,18-24,,,,Offensive weapons,Arrest,,False\n"
)


def test_files_of_several_feeds_are_numbered_in_a_row(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    settings = new_lake(tmp_path / "lake")
    searches = tmp_path / SEARCHES
    searches.write_text(SEARCH, encoding="utf-8")
    months = [Delivery(f"2024-0{n}", n, (Row(n, "E01015272", "Robbery", ""),)) for n in (1, 2)]
    streets = [month.write(tmp_path, number) for number, month in enumerate(months)]
    with Landing(settings) as landing:
        first = landing.land("police_street", [str(streets[0])])
        second = landing.land("police_stop_search", [str(searches)])
        with pytest.raises(NotFound):
            landing.land("police_street", [str(tmp_path / "gone.csv")])
        third = landing.land("police_street", [str(streets[1])])
    receipts = [*first, *second, *third]
    assert [each.status for each in receipts] == ["accepted"] * 3
    assert [each.delivery_id - receipts[0].delivery_id for each in receipts] == [0, 1, 2]
    with connect(settings, read_only=True) as lake:
        rows = lake.execute("SELECT origin_delivery_id, sum(weight) FROM landing.police_stop_search GROUP BY ALL")
        assert rows.fetchall() == [(receipts[1].delivery_id, 1)]
    assert not list(settings.scratch.iterdir())
