"""A metric's files are those that SQLMesh's parser finds; text that merely looks like a model is none of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.catalogue.count import Count
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.compute.model_files import made_of, seeds_of
from safer_kpi.errors import ProjectError

ROBBERY = next(one for one in load_definitions(Path(__file__).resolve().parents[2]) if one.metric_id == "1a.robbery")
HEADER = "MODEL (name {name}, kind {kind});\n"
#: What the counted model is written as; ``core`` is an alias in the last line, and ``core.day`` its column.
EVENT = """
/* Not read: staging.comment */
WITH placed AS (
  SELECT * FROM @in_place(staging.argument, month) AS change
)
SELECT placed.month, 'staging.text' AS word, core.day, r.code
FROM placed JOIN staging."table" AS core ON placed.month = core.month
JOIN reference.code AS r ON r.code = core.code
"""
MACRO = '''"""Nothing reads staging.docstring."""

def in_place(_, staging, kind):
    """Return staging.docstring."""
    # FROM staging.comment
    name = "x"
    return f"SELECT '{name}' AS feed FROM core.macro_text WHERE kind = '{kind}' AND {'EXISTS (FROM core.inserted)'}"
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("staging.argument", "staging.table", "staging.comment", "staging.text", "staging.docstring",
                 "core.day", "core.macro_text", "core.inserted", "ledger.counted"):  # fmt: skip
        write(tmp_path, name, "SELECT 1 AS a")
    write(tmp_path, "core.event", EVENT)
    write(tmp_path, "reference.code", "", kind="SEED (path '../../seeds/codes.csv')")
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "places.py").write_text(MACRO)
    return tmp_path


def write(project: Path, name: str, query: str, *, kind: str = "VIEW") -> None:
    path = project / "models" / f"{name.replace('.', '/')}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER.format(name=name, kind=kind) + query)


def files_of(project: Path) -> set[str]:
    counting = replace(ROBBERY, count=Count(source="core.event"))
    found = made_of(project, [counting])[counting.metric_id].files
    return {".".join(path.relative_to(project / "models").with_suffix("").parts) for path in found}


def test_the_files_are_those_of_tables_and_of_the_arguments_and_strings_of_macros(project: Path) -> None:
    assert files_of(project) == {
        "ledger.counted", "core.event", "staging.argument", "staging.table", "reference.code", "core.macro_text",
        "core.inserted",
    }  # fmt: skip


def test_a_seed_is_found_however_the_header_is_written(project: Path) -> None:
    path = project / "models" / "reference" / "code.sql"
    assert seeds_of(project, [path]) == [(project / "seeds" / "codes.csv").resolve()]
    path.write_text("MODEL(kind seed(/* the codes */ path\n'../../seeds/codes.csv'),name reference.code);")
    assert seeds_of(project, [path]) == [(project / "seeds" / "codes.csv").resolve()]


def test_what_cannot_be_read_is_named(project: Path) -> None:
    macro = project / "macros" / "places.py"
    macro.write_text('half = "SELECT \'x FROM core.macro_text"\n')
    with pytest.raises(ProjectError, match=r"macros/places\.py has a string that names a model and cannot be read"):
        files_of(project)
    macro.write_text('words = "the build\'s own sentence"\n')
    write(project, "core.event", "SELECT (1")
    with pytest.raises(ProjectError, match=r"models/core/event\.sql does not parse"):
        files_of(project)
