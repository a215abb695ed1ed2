"""Which branches of a union a delivery can have rows in."""

from __future__ import annotations

import pytest
from sqlglot import parse_one
from sqlglot.expressions import Query

from safer_kpi.compute.branches import UNION, of_feeds, split

#: The feeds above each table and view.
FEEDS = {"lake.core.crime": ["area_lookup", "street"], "lake.core.patrol": ["patrols"], "lake.reference.police": []}
UNITED = (
    "SELECT a, SUM(b) FROM (SELECT 1 AS a, b FROM lake.core.crime UNION ALL SELECT 2 AS a, b FROM lake.core.patrol "
    "UNION ALL SELECT 3 AS a, b FROM (WITH own AS (SELECT * FROM lake.core.patrol) SELECT * FROM own "
    "JOIN lake.reference.police USING (c))) AS change GROUP BY a"
)
UNION_ALONE = "SELECT * FROM (SELECT b FROM lake.core.crime UNION ALL SELECT b FROM lake.core.patrol) AS change"


def parsed(text: str) -> Query:
    query = parse_one(text, dialect="duckdb")
    assert isinstance(query, Query)
    return query


def test_a_union_is_split_and_each_branch_knows_its_feeds() -> None:
    outer, branches = split(parsed(UNITED), FEEDS)
    assert outer.sql(dialect="duckdb") == f"SELECT a, SUM(b) FROM ({UNION}) AS change GROUP BY a"
    assert [feeds for _, feeds in branches] == [["area_lookup", "street"], ["patrols"], ["patrols"]]


@pytest.mark.parametrize(
    ("feeds", "kept"),
    [
        ({"street"}, [0]),
        ({"area_lookup"}, [0]),
        ({"patrols"}, [1, 2]),
        ({"street", "patrols"}, [0, 1, 2]),
        (None, [0, 1, 2]),
    ],
)
def test_only_branches_that_read_a_feed_are_left(feeds: set[str] | None, kept: list[int]) -> None:
    outer, branches = split(parsed(UNITED), FEEDS)
    left = of_feeds(outer.sql(dialect="duckdb"), branches, None if feeds is None else frozenset(feeds))
    texts = [text for number, (text, _) in enumerate(branches) if number in kept]
    assert left == f"SELECT a, SUM(b) FROM ({' UNION ALL '.join(texts)}) AS change GROUP BY a"
    if kept == [0, 1, 2]:
        assert left == parsed(UNITED).sql(dialect="duckdb")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM lake.core.crime",
        "SELECT * FROM (SELECT * FROM lake.core.crime) AS one",
        "SELECT * FROM (SELECT b FROM lake.core.crime UNION SELECT b FROM lake.core.patrol) AS without_repeated_rows",
        "SELECT * FROM (SELECT b FROM lake.core.crime UNION ALL SELECT b FROM lake.core.unknown) AS of_unknown_feeds",
        f"{UNION_ALONE} JOIN lake.core.patrol USING (b)",
        f"{UNION_ALONE} WHERE b IN (SELECT b FROM lake.core.unknown)",
    ],
)
def test_a_query_of_another_form_stays_whole(text: str) -> None:
    query = parsed(text)
    outer, branches = split(query, FEEDS)
    assert (outer, branches) == (query, [])
