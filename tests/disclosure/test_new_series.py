"""A new series: another key, and no period that a figure of the series before reaches into."""

from __future__ import annotations

from pathlib import Path

import pytest

from safer_kpi.diagnosis.examination import examine
from safer_kpi.disclosure.audit.result import PUBLISHED_TWICE, TWO_SERIES
from safer_kpi.disclosure.protect import protect, publication_key
from safer_kpi.disclosure.protect.key import publication_key_file
from safer_kpi.disclosure.protect.offset import atom_name, offset, rounded
from safer_kpi.errors import UsageError
from safer_kpi.settings import Settings
from tests.disclosure.chains import AUTHORITY, FIRST, HURT, Q1, SEVENTEEN, by_ward, cell
from tests.disclosure.tables import KEY, OWN, count, place, published, quarter, rolling, rule, year

OTHER = bytes(32)


def test_a_new_series_is_of_periods_that_nothing_is_published_of() -> None:
    small, large = rule(periods=("quarter",)), rule("1a.n")
    frozen = published([count(4, quarter(0))], small)
    # Of nine quarters' worth of counts the first quarter is published, of one metric.
    counts = [count(4, quarter(number)) for number in range(6)]
    counts += [count(100, quarter(number), metric="1a.n") for number in range(6)]
    counts += [count(400, period, metric="1a.n") for period in (year(0), rolling(3), rolling(4))]
    rows = protect(
        counts=counts, labels=(), frozen=frozen, rules=small | large, place=place(()), key=OTHER,
        release_id="2024-25-Q2", edition="2024-25-Q2.public.1", series=2,
    )  # fmt: skip
    assert [row for row in rows if row.series == 1] == frozen
    later = {(row.metric_id, row.period.label): row for row in rows if row.series == 2}
    # The year and the rolling year to March 2024 hold the first quarter; that to June 2024 does not.
    expected = {(metric, quarter(number).label) for metric in ("1a.m", "1a.n") for number in range(1, 6)}
    assert set(later) == expected | {("1a.n", "2024-06-R12")}
    assert later["1a.n", "2024-06-R12"].figure == 400
    name = atom_name("1a.m", series=2, area=OWN, period=quarter(1), breakdown="all")
    assert later["1a.m", "2023-24-Q2"].figure == rounded(4, offset(OTHER, name))


def test_the_key_of_a_new_series_lies_beside_the_former(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    first = publication_key(settings)
    second = publication_key(settings, series=2)
    assert first != second
    assert (publication_key(settings), publication_key(settings, series=2)) == (first, second)
    file = tmp_path / "state" / "publication.key.2"
    assert publication_key_file(settings, 2) == file
    assert file.stat().st_mode & 0o777 == 0o600
    told = str([finding for finding in examine(settings) if finding.check == "publication key"])
    assert "publication.key lies beside the data" in told
    assert "publication.key.2 lies beside the data" in told


def test_a_lost_key_is_never_replaced_within_a_series(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    with pytest.raises(UsageError, match=r"publication\.key cannot be read") as refused:
        publication_key(settings, is_begun=True)
    assert "--new-series" in str(refused.value.next_action)
    assert not publication_key_file(settings).exists()
    assert len(publication_key(settings, series=2)) == 32


def test_a_key_outside_the_home_is_made_by_hand_and_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside"
    outside.write_text(KEY.hex(), encoding="ascii")
    monkeypatch.setenv("SAFER_KPI_PUBLICATION_KEY_FILE", str(outside))
    settings = Settings.load(tmp_path / "home")
    with pytest.raises(UsageError, match=r"outside\.2 cannot be read"):
        publication_key(settings, series=2)
    later = tmp_path / "outside.2"
    later.write_text(KEY.hex(), encoding="ascii")
    with pytest.raises(UsageError, match=r"outside\.2 holds the key of an earlier series"):
        publication_key(settings, series=2)
    later.write_text(OTHER.hex(), encoding="ascii")
    assert publication_key(settings, series=2) == OTHER


def test_the_audit_finds_a_figure_of_another_series_in_a_period_of_the_first() -> None:
    story = by_ward(SEVENTEEN)
    whole = cell(AUTHORITY, length="year")
    story.count(FIRST, {whole: 500})
    story.show("two", whole, 500, "exact")
    assert story.audit().passed
    story.shown["two"] = [row._replace(series=2) for row in story.shown["two"]]
    assert {(one.kind, one.cell) for one in story.audit().findings} == {
        (TWO_SERIES, f"{HURT}, {AUTHORITY}, year from {Q1}")
    }
    # The same cells again, under another key
    story.shown["two"] = [row._replace(series=2, first="two") for row in by_ward(SEVENTEEN).shown["one"]]
    assert PUBLISHED_TWICE in {one.kind for one in story.audit().findings}
