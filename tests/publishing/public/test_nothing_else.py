"""A public edition hangs on published figures alone: hidden counts may be any, and no byte of it changes.

So whoever reads its tables, pages, charts, PDF and spreadsheet learns of protected counts what the published figures
tell, and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from safer_kpi.publishing import report_files
from safer_kpi.publishing.made import report_of
from safer_kpi.publishing.model.commentary import Commentary
from safer_kpi.publishing.opening import unsigned
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import canonical
from tests.publishing.public.conftest import FIGURES, FIRST, spoil, write_edition
from tests.reading.conftest import OUTCOMES, RATE, SHARE, VIOLENCE

PROTECTED = f"('{VIOLENCE}', '{RATE}', '{SHARE}')"
#: Residents are no secret: of rates the denominator stays.
OTHER_COUNTS = f"""
UPDATE kpi.certified SET numerator = numerator * 7 + 3, value = value * 11 + 5, lower = 1, upper = 2,
    held_rows = 99, unplaced = 98, placed = 0.5, coverage = 0.25, note = 'hidden',
    denominator = CASE WHEN metric_id = '{RATE}' THEN denominator ELSE denominator * 13 + 1 END
WHERE metric_id IN {PROTECTED};
UPDATE kpi.certified_verdict SET verdict = 'improving', reason = 'hidden', p_value = 0.001, statistic = 9
WHERE metric_id IN {PROTECTED}
"""


@pytest.mark.e2e
def test_other_hidden_counts_change_no_byte(told_releases: Path, release: Path, tmp_path: Path) -> None:
    first = made(told_releases / "releases" / release.name, tmp_path / "first" / FIRST)
    spoil(release, OTHER_COUNTS)
    assert made(release, tmp_path / "other" / FIRST) == first
    spoil(release, f"UPDATE kpi.certified SET numerator = 0, value = 0 WHERE metric_id = '{OUTCOMES}'")
    assert made(release, tmp_path / "exact" / FIRST) != first, "an exact metric is shown as it is counted"
    assert {"certified.parquet", "published.parquet", "index.html", "report.pdf", "report.xlsx"} <= first.keys()
    assert {"data/numbers.csv", "data/numbers.parquet"} <= first.keys()


def made(release: Path, folder: Path) -> dict[str, bytes]:
    """Every table of an edition of a release, as Parquet, and every file of its report."""
    write_edition(release, folder, FIGURES)
    manifest = folder / MANIFEST
    said = {"quarter": "2024-25-Q1", "release_manifest_sha256": "0" * 64, "release_published_at": "2024-11-01 09:00:00"}
    said |= {"package_version": "0.2.0", "kind": "report", "area": "L1"}
    manifest.write_bytes(canonical(json.loads(manifest.read_bytes()) | said))
    tables = {path.name: path.read_bytes() for path in folder.glob("*.parquet")}
    with unsigned(folder) as opened:
        return tables | report_files(report_of(opened, commentary=Commentary()))
