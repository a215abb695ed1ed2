"""The how-to about other tools: its SQL, its address and its source file do what it says, on the small lake."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "read-in-other-tools.md").read_text(encoding="utf-8")
NEWEST = re.compile(r"\n  AND release_id = \(.*?\n  \)", re.DOTALL)
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.replace("E06000058", "L1"), re.DOTALL)


@pytest.mark.parametrize("name", ["safer_kpi.duckdb", "releases/2024-25-Q1.2/release.duckdb"])
def test_the_queries_answer_from_a_lake_and_from_a_release(told_releases: Path, name: str) -> None:
    with duckdb.connect(str(told_releases / name), read_only=True) as connection:
        queries = QUERIES if "releases" not in name else [NEWEST.sub("", query) for query in QUERIES]
        assert all(("FROM kpi.release" in query) == ("releases" not in name) for query in queries)
        figures, verdicts = [connection.execute(query).fetchall() for query in queries]
    # Violence of the quarter: 31 + 12 + 15, as the correction has it and not the release before
    assert figures == [("Seatown", "2024-25-Q1", 58, None, None, "offences", "certified", "58.0")]
    told = {(metric_id, period, against, verdict) for metric_id, period, against, verdict, _ in verdicts}
    assert told == {
        ("1a.violence_and_sexual_offences", "2024-06", "series", "worsening"),
        ("1a.violence_and_sexual_offences", "2024-25-Q1", "year_before", "worsening"),
        ("1c.violence_positive_outcome_share", "2024-25-Q1", "year_before", "no clear change"),
    }


def test_the_address_for_superset_reads_and_writes_nothing(told_releases: Path) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError

    [address] = re.findall(r"^(duckdb:////\S+)$", PAGE, re.MULTILINE)
    engine = create_engine(address.replace("/srv/safer-kpi/lake", str(told_releases)))
    with engine.connect() as connection:
        assert connection.execute(text(QUERIES[0])).one().value == 58
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("DELETE FROM kpi.observation"))
    engine.dispose()


def test_the_source_of_evidence_names_a_file_of_a_release(folder: Path) -> None:
    [source] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    told = yaml.safe_load(source)
    assert told["type"] == "duckdb"
    assert (folder / told["options"]["filename"]).is_file()


def test_what_it_says_fails_with_sqlalchemy_still_fails(folder: Path) -> None:
    """When this fails, duckdb-engine reads columns again: say so on the page, and let the example ask for them."""
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.exc import DBAPIError

    engine = create_engine(f"duckdb:///{folder / 'release.duckdb'}", connect_args={"read_only": True})
    with pytest.raises(DBAPIError, match="pg_collation"):
        inspect(engine).get_columns("certified", schema="kpi")
    engine.dispose()
