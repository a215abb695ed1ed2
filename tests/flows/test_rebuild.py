"""A release recomputed from the raw bytes: the same row hash in any order, and what it says where it cannot be."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import duckdb
import pytest
from typer.testing import CliRunner

import safer_kpi
from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.catalogue.template import write_project
from safer_kpi.cli.main import app
from safer_kpi.errors import NotFound, UsageError
from safer_kpi.lake import connect, raw
from safer_kpi.landing import expire, replay, sweep
from safer_kpi.landing.relanding import Past
from safer_kpi.releases.other_causes import other_causes
from safer_kpi.releases.rebuild import rebuild
from safer_kpi.releases.recomputed import differences, row_hash_of
from safer_kpi.releases.recorded import recorded
from safer_kpi.releases.reordered import reordered
from safer_kpi.settings import Settings
from tests.flows.rebuilt_lake import DELIVERIES, KINDS, RELEASE, ROBBERIES, made

pytestmark = [pytest.mark.soak, pytest.mark.long(100)]

SAME = ("rebuild", RELEASE, "ok", f"the same row hash from {DELIVERIES} deliveries")
RULE = "the sharing agreement, clause 7"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    folder = tmp_path_factory.mktemp("rebuild")
    return made(new_lake(folder / "lake", built=True), folder)


@pytest.fixture
def copy(lake: Settings, tmp_path: Path) -> Settings:
    """A lake of its own for a test that spoils it."""
    home = Path(shutil.copytree(lake.home, tmp_path / "lake"))
    return replace(Settings.load(home), pseudonym_key=lake.pseudonym_key)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose contracts and definitions may be changed."""
    write_project(tmp_path / "project", area="E06000058")
    return tmp_path / "project"


def changed(project: Path, name: str, *swaps: tuple[str, str]) -> None:
    path = project / "contracts" / name
    text = path.read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    load_feed.cache_clear()


def folder_of(lake: Settings) -> Path:
    return lake.home / "releases" / RELEASE


def bytes_of(lake: Settings, feed: str) -> Path:
    """Where the bytes of a feed's last delivery that posted lie."""
    past = [one for one in recorded(folder_of(lake)).entries if one.feed == feed][-1]
    return Path(lake.raw) / past.sha256[:2] / past.sha256


def test_the_story_is_what_it_claims_to_be(lake: Settings) -> None:
    entries = recorded(folder_of(lake)).entries
    kinds = [past.kind for past in entries]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == KINDS
    with safer_kpi.open(lake.home) as published:
        rows = published.metric("1a.robbery", area="E06000058").rows()
    assert {row["period"]: row["numerator"] for row in rows if row["numerator"] is not None} == ROBBERIES


def test_in_its_own_order_under_a_project_that_changed_in_words_alone(lake: Settings, project: Path) -> None:
    changed(project, "feeds/police_street.py", ("CONTRACT: Contract = {", "# a word more\nCONTRACT: Contract = {"))
    ((check, subject, status, detail),) = rebuild(replace(lake, project=project))
    assert (check, subject, status) == SAME[:3]
    assert detail == f"{SAME[3]}; changed since, without effect: contracts/feeds/police_street.py"


def newest_first(entries: Sequence[Past]) -> list[Past]:
    return reordered(entries, rank=lambda past: -past.entry)


def by_lot(entries: Sequence[Past]) -> list[Past]:
    dice = Random(20)
    lots = {past.entry: dice.random() for past in entries}
    return reordered(entries, rank=lambda past: lots[past.entry])


@pytest.mark.parametrize("order", [newest_first, by_lot])
def test_in_another_order(lake: Settings, order: Callable[[Sequence[Past]], list[Past]]) -> None:
    """The same row hash from the same files landed newest first, and by lot."""
    entries = recorded(folder_of(lake)).entries
    places = [past.entry for past in order(entries)]
    assert places != sorted(places) == [past.entry for past in entries]
    assert rebuild(lake, [RELEASE], order=order) == [SAME]


def test_an_order_keeps_what_it_must_keep(lake: Settings) -> None:
    entries = recorded(folder_of(lake)).entries
    for order in (newest_first, by_lot):
        found = order(entries)
        place = {past.entry: number for number, past in enumerate(found)}
        assert found[-1].entry == entries[-1].entry
        assert all(earlier.posted_at < later.posted_at for earlier, later in pairwise(found))
        assert all(past.published_at <= past.posted_at for past in found if past.kind == "delivery")
        for one in entries:
            for other in entries[one.entry :]:
                same_feed = one.kind == other.kind == "delivery" and one.feed == other.feed
                if one.delivery_id == other.delivery_id or (same_feed and one.published_at == other.published_at):
                    assert place[one.entry] < place[other.entry]


def test_missing_bytes_fail_before_anything_is_computed(copy: Settings) -> None:
    bytes_of(copy, "ce_screening").unlink()
    ((_, _, status, detail),) = rebuild(copy)
    assert (status, detail.split(" of ")[0]) == ("failed", "the raw store lacks the bytes")
    assert "ce_screening" in detail
    answer = CliRunner().invoke(app, ["verify", "--rebuild", RELEASE, "--home", str(copy.home), "--json"])
    assert answer.exit_code == 1
    assert '"status": "failed"' in answer.stdout


def test_a_delivery_that_came_in_an_archive_is_rebuilt_from_it_alone(copy: Settings) -> None:
    stored = bytes_of(copy, "police_offences")
    member = stored.with_name(stored.name + raw.MEMBER)
    assert (stored.exists(), member.exists()) == (False, True)
    # Every other test of this module rebuilds the release with it. Without the archive it cannot be.
    kept = raw.reference_of(copy, stored.name)
    assert kept is not None
    (Path(copy.raw) / kept.archive[:2] / kept.archive).unlink()
    ((_, _, status, detail),) = rebuild(copy)
    assert (status, detail.split(" of ")[0]) == ("failed", "the raw store lacks the bytes")
    assert "police_offences" in detail


def test_a_changed_byte_fails(copy: Settings) -> None:
    seed = recorded(folder_of(copy)).entries[0]
    stored = Path(copy.raw) / seed.sha256[:2] / seed.sha256
    stored.chmod(0o600)
    content = stored.read_bytes()
    stored.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    ((_, _, status, detail),) = rebuild(copy)
    assert (status, "do not match" in detail) == ("failed", True)


def test_expired_bytes_are_told_with_their_rule(copy: Settings, project: Path) -> None:
    aged = replace(copy, project=project)
    shipped = "the partnership's default of seven years for screenings of children"
    changed(project, "feeds/ce_screening.py", ('"months": 84', '"months": 1'), (shipped, RULE))
    stored = bytes_of(copy, "ce_screening")
    assert [each.rule for each in expire(aged, dry_run=True)] == [RULE, RULE]
    assert stored.exists()
    gone = expire(aged)
    assert [(each.feed, each.rule) for each in gone] == [("ce_screening", RULE)] * 2
    assert not stored.exists()
    assert expire(aged) == []
    with connect(aged, read_only=True) as connection:
        kept = connection.execute("SELECT delivery_id, rule FROM journal.expired ORDER BY 1").fetchall()
    assert kept == [(each.delivery_id, RULE) for each in gone]
    ((_, _, status, detail),) = rebuild(copy)
    assert (status, detail.startswith(f"expired under rule {RULE}: ")) == ("unchecked", True)
    with pytest.raises(UsageError, match="expired on"):
        replay(aged, gone[0].delivery_id)
    # a kill after the record and before the deletion: no receipt keeps the bytes
    stored.write_bytes(b"left over")
    assert sweep(aged) == 1
    # what is missing without a record is a failure beside all that expired
    bytes_of(copy, "joint_patrols").unlink()
    ((_, _, status, detail),) = rebuild(copy)
    assert (status, "joint_patrols" in detail, "ce_screening" in detail) == ("failed", True, False)


def test_a_contract_that_moved_on_needs_the_version_it_was_made_with(lake: Settings, project: Path) -> None:
    # no name that came fits any more
    swaps = ('"version": "1.0.0"', '"version": "2.0.0"'), ('r"population_?', 'r"residents_?')
    changed(project, "feeds/population.py", *swaps)
    manifest_version = recorded(folder_of(lake)).package_version
    ((_, _, status, detail),) = rebuild(replace(lake, project=project))
    assert status == "unchecked"
    assert detail.startswith(f"needs safer-kpi=={manifest_version}: contracts/feeds/population.py")
    assert "population was read under 1.0.0" in detail


def test_a_feed_without_a_contract_is_not_checked(lake: Settings, project: Path) -> None:
    (project / "contracts" / "feeds" / "joint_patrols.py").unlink()
    ((_, _, status, detail),) = rebuild(replace(lake, project=project))
    assert (status, "no contract for joint_patrols" in detail) == ("unchecked", True)


def test_numbers_that_differ_are_named(copy: Settings) -> None:
    release = recorded(folder_of(copy))
    assert row_hash_of(copy.kpi_file, release) == release.row_hash
    with duckdb.connect(str(copy.kpi_file)) as connection:
        connection.execute(
            "UPDATE kpi.ledger SET amount = amount + 1 "
            "WHERE entry = (SELECT max(entry) FROM kpi.ledger WHERE metric_id = '1a.robbery') "
            "AND metric_id = '1a.robbery'"
        )
    assert row_hash_of(copy.kpi_file, release) != release.row_hash
    told = differences(copy.kpi_file, release)
    assert "observations differ, first 1a.robbery" in told


def test_postings_whose_cause_is_another_now_are_named(copy: Settings) -> None:
    release = recorded(folder_of(copy))
    assert other_causes(copy.kpi_file, release) is None
    ledger = folder_of(copy) / "ledger.parquet"
    with duckdb.connect() as connection:
        late = "metric_id = '1a.robbery' AND cause = 'late'"
        connection.execute(f"CREATE TABLE kept AS SELECT * FROM read_parquet('{ledger}')")
        [(postings, first)] = connection.execute(
            f"SELECT count(*), min(area_code || ' ' || strftime(month, '%Y-%m')) FROM kept WHERE {late}"
        ).fetchall()
        assert postings > 0
        # as if the version that made the release had called them new
        connection.execute(f"UPDATE kept SET cause = 'new' WHERE {late}")
        connection.execute(f"COPY kept TO '{ledger}' (FORMAT parquet)")
    told = other_causes(copy.kpi_file, release)
    assert told is not None
    assert told.startswith(f"cause new is late in {postings} postings of 1 metric, first 1a.robbery ")
    assert first in told


def test_an_unknown_release_is_not_found(lake: Settings) -> None:
    with pytest.raises(NotFound):
        rebuild(lake, ["2019-20-Q1"])
