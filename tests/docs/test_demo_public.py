"""Four public editions of the demo, whose releases revise each other: nobody is given away, and what that costs.

The promise: of every protected count that is truly 1 to 4, the public files leave at least five consecutive whole
numbers possible, the true one among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import duckdb
import pytest

from safer_kpi.disclosure.audit import audit_editions
from safer_kpi.publishing.public.content import write_public
from safer_kpi.publishing.public.figures import published_figures
from safer_kpi.reading.place import PUBLIC_FILE, RELEASE_FILE
from safer_kpi.settings import Settings
from tests.disclosure.revised_releases import OWN, changed_counts, write_releases
from tests.docs.conftest import Demo
from tests.oracles import intervals
from tests.oracles.public_files import Cell, Told, truths
from tests.oracles.usual_rules import suppressed, zero_or_five

pytestmark = [pytest.mark.e2e, pytest.mark.long(60)]

SEXUAL = "1a.sexual_offences"
#: The numbers of protected metrics beside the published figure of their numerator.
TURNED_BACK = """
    SELECT p.figure, p.how, c.value, c.denominator, m.rate_base, c.lower, c.method FROM kpi.certified AS c
    JOIN kpi.metric AS m USING (metric_id)
    LEFT JOIN kpi.published AS p ON p.metric_id = coalesce(m.numerator, m.metric_id) AND p.area_code = c.area_code
        AND p.period_type = c.period_type AND p.period = c.period AND p.breakdown = c.breakdown
    WHERE m.definition LIKE '%"protected"%' AND c.value IS NOT NULL
"""


@dataclass(frozen=True)
class Chain:
    """The editions and the releases that they were made of, oldest first."""

    source: Path
    releases: list[Path]
    editions: list[Path]
    wards: set[str]

    def true(self) -> dict[Cell, int]:
        return truths((folder.name, folder / RELEASE_FILE) for folder in self.releases)

    def told(self) -> Told:
        return Told.read([folder / PUBLIC_FILE for folder in self.editions], own=OWN, wards=self.wards)


def made(source: Path, folder: Path, *, seed: int) -> Chain:
    """Four releases with revisions of their own, and a public edition of each."""
    settings = Settings.load(folder / "lake")
    settings.home.mkdir()
    releases = write_releases(source, folder / "releases", seed=seed)
    editions: list[Path] = []
    for release in releases:
        edition = folder / "publications" / f"{release.name}.public.1"
        figures = published_figures(settings, release, editions, area=OWN, edition=edition.name)
        edition.mkdir(parents=True)
        write_public(release, figures.rows, edition, area=OWN, changes=figures.changes)
        editions.append(edition)
    with duckdb.connect(str(source), read_only=True) as book:
        sql = "SELECT area_code FROM kpi.area WHERE area_type = 'ward' AND la_code = ?"
        wards = {row[0] for row in book.execute(sql, [OWN]).fetchall()}
    return Chain(source, releases, editions, wards)


@pytest.fixture(scope="module")
def chain(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    source = demo.folder / "lake" / "releases" / "2024-25-Q4" / RELEASE_FILE
    return made(source, tmp_path_factory.mktemp("public"), seed=1)


def given_away(chain: Chain, revisions: str) -> tuple[int, dict[Cell, tuple[int, int]]]:
    """How many counts are truly 1 to 4, and the bounds of those of which fewer than five values are left."""
    told, true = chain.told(), chain.true()
    k = told.knowledge(true, revisions=revisions)
    hidden = {
        name: true[name]
        for name in k.place
        if isinstance(name, Cell) and 1 <= true.get(name, 0) <= 4 and told.rules[name.metric]["method"] == "protected"
    }
    return len(hidden), k.left(hidden)


def test_the_audit_passes_under_every_model_of_revisions(chain: Chain) -> None:
    result = audit_editions(chain.editions, chain.releases, area=OWN)
    assert result.findings == ()
    assert (result.width, len(result.models)) == (5, 3)
    assert result.audited > 900


def test_an_attacker_who_knows_how_far_each_count_moved_narrows_none(chain: Chain) -> None:
    hidden, narrowed = given_away(chain, "how far")
    assert hidden > 900
    assert narrowed == {}


def test_values_and_limits_that_are_turned_back_give_published_figures_alone(chain: Chain) -> None:
    """A rate over its denominator, and the count that limits belong to: no other, and no limits where it is rounded."""
    counts: dict[float, int] = {round(intervals.byar(count=n)[0], 6): n for n in range(10, 20_000)}
    seen = 0
    for edition in chain.editions:
        with duckdb.connect(str(edition / PUBLIC_FILE), read_only=True) as book:
            rows = book.execute(TURNED_BACK).fetchall()
        for figure, how, value, denominator, base, lower, method in rows:
            assert value * (denominator or base) / base == pytest.approx(figure)
            assert (lower is None) or how == "exact"
            if method == "byar":
                assert counts[round(lower * (denominator or base) / base, 6)] == figure
                seen += 1
    assert seen > 50


@pytest.mark.soak
@pytest.mark.parametrize("revisions", ["nothing", "which", "how far"])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_no_seed_and_no_knowledge_of_revisions_narrows_one(
    demo: Demo, tmp_path: Path, seed: int, revisions: str
) -> None:
    source = demo.folder / "lake" / "releases" / "2024-25-Q4" / RELEASE_FILE
    assert given_away(made(source, tmp_path, seed=seed), revisions)[1] == {}


def test_the_attacker_finds_what_suppression_gives_away(chain: Chain) -> None:
    """Sexual offences by quarter and year, ward and authority, age and sex: more than half of the hidden counts."""
    counts = {
        cell: count
        for cell, count in truths([("2024-25-Q4", chain.source)]).items()
        if cell.metric == SEXUAL and cell.kind != "rolling12" and cell.area in {OWN, *chain.wards}
    }
    hidden, found = suppressed(counts, _sums(counts, chain.wards))
    assert hidden > 1000
    assert found > hidden / 2


def _sums(counts: dict[Cell, int], wards: set[str]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Which of the counts add up to which: wards to the authority, quarters to a year, parts to the whole."""
    quarters = sorted({cell.period for cell in counts if cell.kind == "quarter"})
    parts = sorted({cell.part for cell in counts} - {"all"})
    for cell in counts:
        sets = [[cell._replace(area=ward) for ward in wards]] if cell.area == OWN else []
        if cell.kind == "year":
            in_year = [quarter for quarter in quarters if quarter.startswith(cell.period)]
            sets.append([cell._replace(kind="quarter", period=quarter) for quarter in in_year])
        if cell.part == "all":
            sets += [[cell._replace(part=p) for p in parts if p.startswith(kind)] for kind in ("age:", "sex:")]
        yield from ((cell, each) for each in sets if all(one in counts for one in each))


@pytest.mark.soak
@pytest.mark.parametrize(("with_totals", "at_least"), [(False, 10), (True, 200)])
def test_the_attacker_finds_what_zero_or_five_gives_away(chain: Chain, with_totals: bool, at_least: int) -> None:
    hidden, found = zero_or_five(changed_counts(chain.source, seed=1), with_totals=with_totals)
    assert hidden > 3000
    assert found > at_least


def test_what_it_costs_beside_what_suppression_would_withhold(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    """A ward's quarter is 4 off at most, a year 16; nothing is withheld."""
    told, true = chain.told(), chain.true()
    off = [abs(figure - true[cell]) for cell, (figure, _) in told.figures.items() if cell.area in chain.wards]
    years = list(_ward_years(chain, true))
    small = [1 <= true[cell] <= 4 for cell in told.figures if cell.area in chain.wards]
    with capsys.disabled():
        print(
            f"\n{len(off)} figures of wards by quarter: {fmean(off):.1f} off on average, {max(off)} at most; "
            f"{len(years)} by year: {fmean(years):.1f} on average, {max(years)} at most. "
            f"Suppression would withhold {fmean(small):.0%} of the quarters."
        )
    assert max(off) <= 4
    assert fmean(off) < 2
    assert fmean(years) < 4


def _ward_years(chain: Chain, true: dict[Cell, int]) -> Iterator[int]:
    with duckdb.connect(str(chain.editions[-1] / PUBLIC_FILE), read_only=True) as book:
        sql = "SELECT release_id, metric_id, area_code, period_type, period, figure FROM kpi.published "
        for *cell, figure in book.execute(sql + "WHERE area_type = 'ward' AND period_type = 'year'").fetchall():
            yield abs(figure - true[Cell(*cell)])
