"""Every figure, mark and sentence of a report is found in the releases that it was made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.domain.process_limits import process_limits
from safer_kpi.publishing import make_report, render
from safer_kpi.publishing.model.report import Report
from tests.publishing import read_back
from tests.publishing.conftest import TITLES


@pytest.fixture(scope="module")
def releases(told_releases: Path) -> read_back.Releases:
    folder = told_releases / "releases"
    return read_back.Releases(folder / "2024-25-Q1.2", folder / "2024-25-Q1")


def test_every_figure_is_found(told_site: dict[str, bytes], releases: read_back.Releases) -> None:
    counted = {name: read_back.check_figures(page, releases) for name, page in _pages(told_site)}
    # Four headline measures: 58, 14.5, 10 and 17.2%.
    assert counted["index.html"] == 4
    # 58 in the facts; 31, 12 and 15 in the chart's table beside 30 and 14 of the last report; 10 of the guard.
    assert counted["metrics/1a-violence-and-sexual-offences.html"] == 7


def test_every_mark_is_found(told_site: dict[str, bytes], releases: read_back.Releases) -> None:
    counted = {name: read_back.check_marks(page, releases) for name, page in _pages(told_site)}
    assert counted["metrics/1a-violence-and-sexual-offences.html"] == 3  # April, May and June


def test_every_sentence_is_found(told_site: dict[str, bytes], releases: read_back.Releases) -> None:
    counted = {name: read_back.check_sentences(page, releases, TITLES) for name, page in _pages(told_site)}
    assert counted["index.html"] >= 3  # two main points and a question
    for _, page in _pages(told_site):
        read_back.check_charts(page, releases)


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (b">58</data>", b">59</data>", "check_figures"),
        (b'value="58.0"', b'value="59.0"', "check_figures"),
        (b"58 offences, April", b"59 offences, April", "check_sentences"),
    ],
)
def test_another_number_on_a_page_would_be_found(
    told_site: dict[str, bytes], releases: read_back.Releases, old: bytes, new: bytes, check: str
) -> None:
    name = "metrics/1a-violence-and-sexual-offences.html"
    assert old in told_site[name]
    spoiled = read_back.parse(told_site[name].replace(old, new))
    arguments = (spoiled, releases, TITLES) if check == "check_sentences" else (spoiled, releases)
    with pytest.raises(AssertionError):
        getattr(read_back, check)(*arguments)


def test_a_mark_in_another_place_would_be_found(told_site: dict[str, bytes], releases: read_back.Releases) -> None:
    name = "metrics/1a-violence-and-sexual-offences.html"
    spoiled = told_site[name].replace(b'data-kind="worse"', b'data-kind="plain"')
    assert spoiled != told_site[name]
    with pytest.raises(AssertionError):
        read_back.check_marks(read_back.parse(spoiled), releases)


def _pages(site: dict[str, bytes]) -> Iterator[tuple[str, read_back.Element]]:
    return ((name, read_back.parse(content)) for name, content in site.items() if name.endswith(".html"))


def test_the_band_is_that_of_the_stored_verdict() -> None:
    """14, 12 and 16: the mean is 14, the steps 2 and 4 have a mean of 3, and 2.66 times 3 is 7.98."""
    limits = process_limits([14.0, 12.0, 16.0])
    assert (limits.mean, limits.lower, limits.upper) == pytest.approx((14.0, 6.02, 21.98))
    with pytest.raises(ValueError, match="two values"):
        process_limits([14.0])


@pytest.mark.soak
@pytest.mark.long(200)
def test_all_of_the_demo_is_found(demo_folder: Path) -> None:
    """The demo's second report: every figure, mark and sentence, and each band against the verdict it belongs to."""
    report = make_report("2024-25-Q4", home=demo_folder)
    releases = read_back.Releases(*(demo_folder / "releases" / name for name in ("2024-25-Q4", "2023-24-Q4")))
    titles = {metric.metric_id: metric.title for metric in report.metrics}
    figures = marks = sentences = charts = 0
    for _, page in _pages(render(report)):
        figures += read_back.check_figures(page, releases)
        marks += read_back.check_marks(page, releases)
        sentences += read_back.check_sentences(page, releases, titles)
        charts += read_back.check_charts(page, releases)
    assert figures > 3000
    assert marks > 1500
    assert sentences > 250
    assert charts > 60
    _check_bands(report, demo_folder)


def _check_bands(report: Report, home: Path) -> None:
    bands = 0
    with safer_kpi.open(home / "releases" / "2024-25-Q4") as lake:
        for page in report.pages:
            chart = page.score.chart
            if chart is None or chart.limits is None:
                continue
            key = chart.points[chart.last].number.key
            row = next(
                row
                for row in lake.verdicts(
                    key.metric_id, area=key.area_code, by=key.period_type, period=key.period, release="2024-25-Q4"
                ).rows()
                if row["against"] == "series"
            )
            assert row["reference_value"] == pytest.approx(chart.limits.mean, rel=1e-9)
            if row["statistic"]:  # sigmas from the mean; a limit is three of them away
                reach = 3 * row["change"] / row["statistic"]
                assert chart.limits.upper == pytest.approx(chart.limits.mean + reach, rel=1e-9)
            bands += 1
    assert bands > 10
