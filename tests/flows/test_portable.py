"""What only DuckDB understands is banned by a lint rule that says what to write instead; models are formatted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from string import Template

import duckdb
import pytest
from sqlglot import exp, parse, parse_one
from sqlglot.optimizer import optimize
from sqlmesh.core.macros import MacroEvaluator
from sqlmesh.utils.errors import LinterError

from linter.portable import advice_on_query, advice_on_types
from macros.ages import AGES, any_age, sum_of_ages
from macros.values import as_date
from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import lint as checked
from safer_kpi.compute.lint import format_models, lint, statement_files
from safer_kpi.errors import CheckFailed

PROJECT = Path(__file__).resolve().parents[2]
BANNED = {
    "SELECT ARRAY_AGG(a ORDER BY b) AS v FROM t": "LIST_SORT(ARRAY_AGG",
    "SELECT LIST(a ORDER BY b) AS v FROM t": "LIST_SORT(ARRAY_AGG",
    "SELECT d + TO_MONTHS(n) AS v FROM t": "INTERVAL 1 MONTH",
    "SELECT UNNEST(RANGE(n)) AS v FROM t": "GENERATE_SERIES(0, n - 1)",
    "SELECT LIST_TRANSFORM(l, x -> x + 1) AS v FROM t": "lambda",
    "SELECT LIST_FILTER(l, x -> x > 1) AS v FROM t": "lambda",
    "SELECT [x + 1 FOR x IN l] AS v FROM t": "lambda",
    "SELECT LIST_SUM(l) AS v FROM t": "the written sum",
    "SELECT LIST_POSITION(l, a) AS v FROM t": "CASE",
    "SELECT ARRAY_POSITION(l, a) AS v FROM t": "CASE",
    "SELECT a, SUM(b) AS v FROM t GROUP BY ALL": "the names of the columns",
    "SELECT TRY_STRPTIME(a, '%Y') AS v FROM t": "TRY_CAST",
    "SELECT UNNEST(GENERATE_SERIES(MIN(a), MAX(a))) AS v FROM t": "the aggregate in a subquery",
    "SELECT a, MIN(b) AS b FROM t GROUP BY a HAVING MIN(b) = MAX(b)": "the table before b in HAVING",
    "SELECT a, SUM(b) AS b FROM t GROUP BY a HAVING SUM(b) <> 0": "the table before b in HAVING",
    "SELECT UNNEST(l) AS v, UNNEST(m) AS w FROM t": "one UNNEST",
    "SELECT v FROM (WITH a AS (SELECT 1 AS v) SELECT v FROM a) AS b UNION ALL "
    "SELECT v FROM (WITH a AS (SELECT 2 AS v) SELECT v FROM a) AS c": "a name of its own for each query called a",
    "SELECT HASH(a) AS v FROM t": "MD5",
    "SELECT REGEXP_REPLACE(a, '[x]', 'y') AS v FROM t": "the option 'g'",
    "SELECT REGEXP_REPLACE(a, '([x])', '[\\1]', 'g') AS v FROM t": "without a group",
    "SELECT REGEXP_MATCHES(a, '^\\d+$') AS v FROM t": "[0-9]",
    "SELECT REGEXP_MATCHES(a, 'a.c') AS v FROM t": "[0-9]",
    "SELECT REGEXP_MATCHES(a, '(?i)a') AS v FROM t": "[0-9]",
    "SELECT REGEXP_MATCHES(a, b) AS v FROM t": "[0-9]",
    "SELECT DATE_DIFF('YEAR', a, b) AS v FROM t": "DATE_DIFF of DAY or MONTH",
    "SELECT DATE_DIFF('HOUR', a, b) AS v FROM t": "DATE_DIFF of DAY or MONTH",
    "SELECT EXTRACT(DOW FROM a) AS v FROM t": "EXTRACT of one of",
    "SELECT EXTRACT(SECOND FROM a) AS v FROM t": "EXTRACT of one of",
    "SELECT DAYOFWEEK(a) AS v FROM t": "@weekday",
    "SELECT a AT TIME ZONE 'Europe/London' AS v FROM t": "@uk_time",
    "SELECT a::DATE + INTERVAL 1 HOUR AS v FROM t": "::TIMESTAMP",
    "SELECT (a::DATE - INTERVAL 1 DAY) - b * INTERVAL 1 MINUTE AS v FROM t": "::TIMESTAMP",
    "SELECT LN(a) AS v FROM t": "the last bit",
}
#: By the types of values: the query, and what to write.
BANNED_BY_TYPE = {
    "SELECT (a / 2)::INT AS v FROM t": "ROUND(x) or FLOOR(x)",
    "SELECT m::BIGINT AS v FROM t": "ROUND(x) or FLOOR(x)",
    "SELECT m / 3 AS v FROM t": "a divided DECIMAL",
    "SELECT AVG(m) AS v FROM t": "AVG of a DECIMAL",
    "SELECT SUM(f) AS v FROM t": "the order of rows",
    "SELECT ROUND(f, 2) AS v FROM t": "ROUND of a DECIMAL",
    "SELECT f::TEXT AS v FROM t": "written otherwise",
    "SELECT d - e AS v FROM t": "DATE_DIFF('DAY', first, last)",
}
PORTABLE_BY_TYPE = (
    "SELECT FLOOR(a / 2)::INT AS v FROM t",
    "SELECT ROUND(f)::INT AS v FROM t",
    "SELECT SUM(m) AS v FROM t",
    "SELECT AVG(a) AS v FROM t",
    "SELECT m::TEXT AS v FROM t",
    "SELECT a / 3 AS v FROM t",
    "SELECT s::DECIMAL(12, 1)::INT AS v FROM t",
    "SELECT d - INTERVAL 1 DAY AS v FROM t",
)
_TYPES = {"a": "BIGINT", "m": "DECIMAL(18, 6)", "f": "DOUBLE", "d": "DATE", "e": "DATE", "s": "TEXT"}
PORTABLE = (
    "SELECT LIST_SORT(ARRAY_AGG({'a': a})) AS v FROM t",
    "SELECT d + n * INTERVAL 1 MONTH AS v FROM t",
    "SELECT (d - INTERVAL 1 DAY)::TIMESTAMP + n * INTERVAL 1 HOUR AS v FROM t",
    "SELECT UNNEST(GENERATE_SERIES(0, n - 1)) AS v FROM t",
    "SELECT UNNEST(l) AS v FROM (SELECT ARRAY_AGG(a) AS l FROM t) AS s",
    "SELECT a, SUM(t.b)::BIGINT AS b FROM t GROUP BY a HAVING SUM(t.b) <> 0",
    "SELECT a, MIN(t.b) AS b FROM t GROUP BY a HAVING MIN(t.b) = MAX(t.b)",
    "SELECT ROW_NUMBER() OVER (ORDER BY a) AS v FROM t ORDER BY a",
    "SELECT REGEXP_REPLACE(a, ' *; *', ';', 'g') AS v FROM t",
    "SELECT REGEXP_MATCHES(a, '^[0-9]{1,3}[.][^x]+$') AS v FROM t",
    "SELECT DATE_DIFF('MONTH', a, b) AS v FROM t",
    "SELECT EXTRACT(QUARTER FROM a) AS v FROM t",
)


@pytest.mark.parametrize("query", BANNED)
def test_what_other_engines_do_not_share_is_told_with_what_to_write(query: str) -> None:
    assert any(BANNED[query] in text for text in advice_on_query(parse_one(query, dialect="duckdb")))


@pytest.mark.parametrize("query", PORTABLE)
def test_what_all_engines_share_is_let_through(query: str) -> None:
    assert advice_on_query(parse_one(query, dialect="duckdb")) == []


def _typed(query: str) -> exp.Expr:
    return optimize(parse_one(query, dialect="duckdb"), schema={"t": _TYPES}, dialect="duckdb")


@pytest.mark.parametrize("query", BANNED_BY_TYPE)
def test_what_other_engines_make_of_a_type_is_told_with_what_to_write(query: str) -> None:
    assert any(BANNED_BY_TYPE[query] in text for text in advice_on_types(_typed(query)))


@pytest.mark.parametrize("query", PORTABLE_BY_TYPE)
def test_what_all_engines_make_of_a_type_is_let_through(query: str) -> None:
    assert list(advice_on_types(_typed(query))) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path / "project", area="E06000058")
    return tmp_path / "project"


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.e2e
def test_the_linter_reads_models_macros_and_audits(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """LEN of a list is known by the type of the column; the macro's text is found in the models that use it."""
    _edit(project / "models" / "kpi" / "feed.sql", "parts::TEXT[] AS parts", "parts[1:LEN(parts)]::TEXT[] AS parts")
    _edit(project / "macros" / "values.py", "TRY_CAST({written.sql(dialect='duckdb')} AS BIGINT)",
          "LIST_SUM([TRY_CAST({written.sql(dialect='duckdb')} AS BIGINT)])")  # fmt: skip
    _edit(project / "audits" / "entry_is_stated.sql", "entry IS NULL", "LIST_POSITION([NULL], entry) IS NULL")
    with pytest.raises(LinterError):
        lint(project)
    told = " ".join(capsys.readouterr().out.split())
    assert "Model kpi.feed: write ARRAY_LENGTH(list) for LEN(list)" in told
    assert "Model staging.treatment: write the written sum" in told
    assert "Model staging.police_street: write CASE for LIST_POSITION" in told


@pytest.mark.soak
def test_what_is_not_formatted_is_named_and_mended(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A query of the package, then a model."""
    query, model = tmp_path / "query.sql", project / "models" / "kpi" / "held.sql"
    query.write_text("select $run as run from kpi.metric\n", encoding="utf-8")
    monkeypatch.setattr(checked, "statement_files", lambda _: [query])
    with pytest.raises(CheckFailed, match=r"SQL files are not formatted: query\.sql\. Run make format"):
        lint(project)
    formatted = model.read_text(encoding="utf-8")
    model.write_text(formatted.replace("/* Feed */", "-- Feed"), encoding="utf-8")
    with pytest.raises(CheckFailed, match="Run make format"):
        lint(project)
    told = "".join(capsys.readouterr().out.split())
    assert "models/kpi/held.sqlneedsreformatting" in told
    assert "1file(s)needreformatting" in told
    format_models(project)
    assert model.read_text(encoding="utf-8") == formatted
    assert query.read_text(encoding="utf-8") == "SELECT\n  $run AS run\nFROM kpi.metric\n"


@pytest.mark.parametrize("path", statement_files(PROJECT), ids=lambda path: path.stem)
def test_a_query_of_the_package_is_portable_and_states_its_slots(path: Path) -> None:
    """The slots are parameters to the parser; the file's first comment names each of them and no other."""
    text = path.read_text(encoding="utf-8")
    (query,) = parse(text, dialect="duckdb")
    assert isinstance(query, exp.Query)
    assert advice_on_query(query) == []
    head = text[: text.index("*/")]
    _, _, stated = head.partition("Slot")
    slots = set(Template(text).get_identifiers())
    assert slots == {word for word in re.findall(r"\w+", stated) if word in slots or "_" in word}


def _evaluated(query: str, **columns: str | None) -> object:
    given_columns = ", ".join(f"{name!r}: ?" for name in columns)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {query} FROM (SELECT UNNEST({{{given_columns}}})) AS t", list(columns.values())
        )
        return found.fetchall()[0][0]


def _day(written: str) -> dt.date | None:
    """A day by Python's own calendar: the first word before a T or a blank, ISO or British."""
    word = written.strip(" ").split("T")[0].split(" ")[0]
    if match := re.fullmatch(r"([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})", word):
        year, month, day = map(int, match.groups())
    elif match := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{1,4})", word):
        day, month, year = map(int, match.groups())
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _dates(dice: Random) -> Iterator[str]:
    """Days in both orders, with and without zeros, some of them impossible, some of them spoilt by one sign."""
    while True:
        year, month, day = dice.randrange(1, 10000), dice.randrange(14), dice.randrange(33)
        long = dice.random() < 0.5
        parts = (f"{year:04}", f"{month:02}", f"{day:02}") if long else (str(year), str(month), str(day))
        written = "-".join(parts) if dice.random() < 0.5 else "/".join(reversed(parts))
        written += dice.choice(("", "", " 00:00:00", "T00:00", " "))
        if dice.random() < 0.2:
            place = dice.randrange(len(written) + 1)
            written = written[:place] + dice.choice("-/ 0123456789Tx:") + written[place + dice.randrange(2) :]
        yield written


def test_days_are_read_as_the_calendar_and_the_old_form_read_them() -> None:
    """The old form is ``TRY_STRPTIME``, which DuckDB alone has. Of 20,000 texts about half are a day."""
    text = "SPLIT_PART(SPLIT_PART(TRIM(written), 'T', 1), ' ', 1)"
    old = f"COALESCE(TRY_STRPTIME({text}, '%Y-%m-%d'), TRY_STRPTIME({text}, '%d/%m/%Y'))::DATE"
    new = as_date(MacroEvaluator(dialect="duckdb"), parse_one("written")).sql(dialect="duckdb")
    texts = list(islice(_dates(Random(5)), 20_000))
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT written, ({new})::TEXT, ({old})::TEXT FROM (SELECT UNNEST(?::TEXT[]) AS written)", [texts]
        ).fetchall()
    assert [row for row in found if row[1] != row[2]] == []
    # Year 0 is a day for DuckDB and none for Python; both forms agree on it.
    wrong = [
        row for row in found if row[1] != ((day := _day(row[0])) and day.isoformat()) and "(BC)" not in (row[1] or "")
    ]
    assert wrong == []
    assert sum(row[1] is not None for row in found) > 8_000


@pytest.mark.parametrize(
    ("figures", "total", "unknown"),
    [
        ({}, 91, False),  # 91 ages of one resident each
        ({"age_0": "10.4", "age_1": "0.2"}, 99.6, False),  # 10.4 + 0.2 + 89
        ({"age_90_plus": "[x]", "age_89": "5"}, None, True),
        ({"age_3": None}, None, False),  # no figure for one age: no total, rather than the sum of the rest
    ],
)
def test_ages_are_summed_where_every_one_is_known(
    figures: dict[str, str | None], total: float | None, unknown: bool
) -> None:
    columns: dict[str, str | None] = {**dict.fromkeys(AGES, "1"), **figures}
    evaluator = MacroEvaluator(dialect="duckdb")
    marked = any_age(evaluator, parse_one("'[x]'")).sql(dialect="duckdb")
    summed = sum_of_ages(evaluator).sql(dialect="duckdb")
    found = _evaluated(f"CASE WHEN {marked} THEN 'unknown' ELSE {summed}::DOUBLE::TEXT END", **columns)
    assert found == ("unknown" if unknown else None if total is None else str(float(total)))
