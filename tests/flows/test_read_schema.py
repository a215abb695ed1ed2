"""The read file's tables and comments come from SQLMesh's parser: how a model is written makes no difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.compute import export
from safer_kpi.compute.parsed import read_model
from safer_kpi.compute.schema import macros, read_schema
from safer_kpi.errors import ProjectError
from safer_kpi.settings import PROD, Settings

RULE = "rule::TEXT AS rule, /* Check it did not pass */"
DESCRIPTION = "'One row held back and the rule that holds it; never what the row says.'"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path / "project", area="E06000058")
    return tmp_path / "project"


def _edit(project: Path, model: str, old: str, new: str) -> None:
    path = project / "models" / f"{model}.sql"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (model, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def _described(file: Path, table: str) -> tuple[str, dict[str, str]]:
    """The comments of a table and of its columns, as a file tells them."""
    with duckdb.connect(str(file), read_only=True) as connection:
        where = f"schema_name = 'kpi' AND table_name = '{table}'"
        found = connection.execute(f"SELECT comment FROM duckdb_tables() WHERE {where}").fetchall()
        columns = connection.execute(
            f"SELECT column_name, comment FROM duckdb_columns() WHERE {where} ORDER BY column_index"
        ).fetchall()
    return found[0][0], dict(columns)


#: How five columns of a model may be written, each in another way, and its comment.
WRITTEN = {
    "rule::TEXT AS rule, /* Check it did not pass */": "rule::TEXT AS rule, -- Check it did not pass",
    "feed::TEXT AS feed, /* Feed of the delivery */": "feed :: TEXT\n    AS feed /* Feed of the delivery */,",
    "delivery_id::BIGINT AS delivery_id, /*": "CAST(delivery_id AS BIGINT) AS delivery_id, /*",
    "source_row::BIGINT AS source_row, /*": 'source_row::BIGINT AS "source_row", /*',
    "entry::BIGINT AS entry /* Entry that read it: the delivery, or a later replay */":
        "entry::BIGINT AS entry -- Entry that read it: the delivery, or a later replay",
}  # fmt: skip


def test_a_column_is_exported_however_its_comment_is_written(
    project: Path, tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    """All seven columns keep their comments, those that nobody rewrote included; the description has a quote."""
    settings = replace(new_lake(tmp_path / "lake", built=True), project=project)
    before, columns_before = _described(settings.read_file(PROD), "quarantine")
    for old, new in WRITTEN.items():
        _edit(project, "kpi/quarantine", old, new)
    _edit(project, "kpi/quarantine", DESCRIPTION, "'One row of a partner''s file that was held back.'")
    description, columns = _described(export(settings), "quarantine")
    assert list(columns) == ["delivery_id", "feed", "source_row", "rule", "column_name", "cell", "entry"]
    assert columns["rule"] == "Check it did not pass"
    assert columns == columns_before
    assert description == "One row of a partner's file that was held back." != before


@pytest.mark.parametrize(
    ("new", "named"),
    [("", "rule"), (f"{RULE}\n  rule::TEXT AS broken_rule, /* The same again */", "broken_rule")],
)
def test_columns_of_the_lake_and_the_model_that_differ_stop_the_export(
    project: Path, tmp_path: Path, new_lake: Callable[..., Settings], new: str, named: str
) -> None:
    settings = replace(new_lake(tmp_path / "lake", built=True), project=project)
    before = settings.read_file(PROD).read_bytes()
    _edit(project, "kpi/quarantine", RULE, new)
    with pytest.raises(ProjectError, match=rf"quarantine\.sql .* columns: {named}\. Run safer-kpi build"):
        export(settings)
    assert settings.read_file(PROD).read_bytes() == before


def test_a_column_without_a_comment_is_named(project: Path) -> None:
    _edit(project, "kpi/quarantine", RULE, "rule::TEXT AS rule,")
    with pytest.raises(ProjectError, match=r"quarantine\.rule"):
        read_schema(project)


def test_a_column_without_a_cast_is_named(project: Path) -> None:
    _edit(project, "kpi/quarantine", RULE, "rule AS rule, /* Check it did not pass */")
    with pytest.raises(ProjectError, match=r"quarantine\.sql does not cast its column rule"):
        read_schema(project)


@pytest.mark.parametrize(
    ("text", "told"),
    [("SELECT 1::INT AS a", "is not one MODEL header"), ("MODEL (name kpi.area); SELECT (1", "does not parse")],
)
def test_a_model_that_cannot_be_read_is_named(project: Path, text: str, told: str) -> None:
    (project / "models" / "kpi" / "area.sql").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=rf"models/kpi/area\.sql {told}"):
        read_schema(project)


def test_columns_that_a_macro_writes_have_its_comments_and_types(project: Path) -> None:
    """``@change_columns()`` writes entry, the model itself crime_type."""
    model = read_model(project, "staging", "police_street")
    assert model.columns["entry"] == "Journal entry that posted the change row"
    assert model.types["entry"] == "BIGINT"
    assert list(model.columns)[-3:] == list(model.types)[-3:]
    assert all(model.columns.values())


def test_as_of_is_made_of_the_model_alone(project: Path) -> None:
    """No name that stands inside a text, such as ``kpi.`` or ``@known_at`` in a comment, is touched."""
    kept = "'see kpi.ledger, @known_at'"
    _edit(project, "kpi/observation/values", "THEN 'missing'\n", f"THEN {kept}\n")
    as_of, *_ = macros(project, read_schema(project))
    assert kept in as_of
    assert "@known_at" not in as_of.replace(kept, "")


def test_as_of_cannot_hold_what_only_sqlmesh_expands(project: Path) -> None:
    _edit(project, "kpi/observation/values", "THEN 'missing'\n", "THEN @start_date\n")
    with pytest.raises(ProjectError, match=r"observation\.sql holds the macro @start_date"):
        list(macros(project, read_schema(project)))
