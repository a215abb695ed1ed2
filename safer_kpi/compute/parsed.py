"""The models of a project as SQLMesh's own parser reads them: how a file is written makes no difference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from safer_kpi.compute.observed import GIVEN, MACRO, observations, rule_files, rule_text
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlglot import exp
    from sqlmesh.core.macros import MacroRegistry

DIALECT = "duckdb"


@dataclass(frozen=True)
class Model:
    """One model of a project.

    Attributes:
        description: what one row is.
        columns: the comment of every output column by its name, in their order; "" where a column has none.
        types: the SQL type of every output column by its name.
        query: its query as written, the rule of observations put together: variables and other macros are not put in.
    """

    description: str
    columns: dict[str, str]
    types: dict[str, str]
    query: exp.Query


def read_models(project: Path, schema: str, names: Iterable[str]) -> dict[str, Model]:
    """Return the named models of a schema, by name. Columns that a macro writes are read as the macro writes them.

    Raises:
        ProjectError: a model does not exist, does not parse or has no description.
    """
    paths = {name: project / "models" / schema / f"{name}.sql" for name in names}
    files = [*paths.values(), *sorted((project / "macros").glob("*.py")), *rule_files(project)]
    return dict(_parsed(project, tuple(paths.items()), tuple(path.read_bytes() for path in files if path.is_file())))


@lru_cache(maxsize=4)
def _parsed(project: Path, paths: tuple[tuple[str, Path], ...], _content: tuple[bytes, ...]) -> dict[str, Model]:
    """Parse the models once for all builds of this process, until one of them or a macro changes."""
    macros = _macros(project)
    return {name: _read(project, path, macros) for name, path in paths}


def read_model(project: Path, schema: str, name: str) -> Model:
    """Return one model; see ``read_models``."""
    return read_models(project, schema, [name])[name]


def parse_file(project: Path, path: Path) -> list[exp.Expr]:
    """Return the header of one model file and its statements, as they are written.

    Raises:
        ProjectError: the file does not exist, does not parse or begins with no header.
    """
    from sqlglot.errors import SqlglotError
    from sqlmesh.core import dialect
    from sqlmesh.utils.errors import SQLMeshError

    if not path.is_file():
        raise ProjectError(f"{path.relative_to(project)} does not exist.")
    try:
        found = dialect.parse(path.read_text(encoding="utf-8"), default_dialect=DIALECT)
    except (SqlglotError, SQLMeshError) as error:
        raise ProjectError(f"{path.relative_to(project)} does not parse: {error}") from error
    if not found or not isinstance(found[0], dialect.Model):
        raise ProjectError(f"{path.relative_to(project)} is not one MODEL header and one query.")
    return found


def query_as_written(project: Path, path: Path) -> str:
    """Return the query of one model file as ``make format`` writes it, without its header.

    Raises:
        ProjectError: the file does not parse, or is not one header and one query.
    """
    from sqlmesh.core.config.format import FormatConfig
    from sqlmesh.core.config.loader import load_config_from_yaml
    from sqlmesh.core.dialect import format_model_expressions

    style = FormatConfig.parse_obj(load_config_from_yaml(project / "config.yaml").get("format") or {})
    return format_model_expressions([_one_query(project, path)[1]], DIALECT, **style.generator_options)


def _one_query(project: Path, path: Path) -> tuple[exp.Expr, exp.Query]:
    """Return the header and the query of one model file."""
    from sqlglot import exp

    head, *statements = parse_file(project, path)
    queries = [_rule(project, each) for each in statements if isinstance(each, exp.Query) or _is_rule(each)]
    if len(queries) != 1:
        raise ProjectError(f"{path.relative_to(project)} is not one MODEL header and one query.")
    return head, queries[0]


def _is_rule(statement: exp.Expr) -> bool:
    from sqlmesh.core.dialect import MacroFunc

    return isinstance(statement, MacroFunc) and statement.name.lower() == MACRO


def _rule(project: Path, statement: exp.Expr) -> exp.Query:
    """Return a query as it is, and the rule of observations for what its macro gives it."""
    from sqlglot import exp

    if isinstance(statement, exp.Query):
        return statement
    given = {each.name: each.expression.unnest() for each in statement.find_all(exp.PropertyEQ)}
    if sorted(given) != sorted(GIVEN):
        raise ProjectError(f"@{MACRO} takes {' and '.join(GIVEN)}.")
    return observations(rule_text(project), **given)


def _macros(project: Path) -> MacroRegistry:
    """Import the project's macros as SQLMesh does, and leave SQLMesh's registry of macros as it was."""
    from sqlmesh.core.macros import macro
    from sqlmesh.utils import sys_path
    from sqlmesh.utils.metaprogramming import import_python_file

    standard = macro.get_registry()
    try:
        with sys_path(project):
            for path in sorted((project / "macros").glob("*.py")):
                import_python_file(path, project)
        return macro.get_registry()
    finally:
        macro.set_registry(standard)


def _read(project: Path, path: Path, macros: MacroRegistry) -> Model:
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlmesh.core.model import load_sql_based_model
    from sqlmesh.utils.errors import SQLMeshError

    head, query = _one_query(project, path)
    try:
        # The output columns alone, with the header's audits left out: nothing else is needed to name and type them.
        head.set("expressions", [term for term in head.expressions if term.name.lower() in {"name", "description"}])
        loaded: Any = load_sql_based_model(
            [head, exp.select(*query.selects)],
            path=path,
            module_path=project,
            macros=macros,
            dialect=DIALECT,
            optimize_query=False,
        )
        rendered = loaded.render_query_or_raise()
        comments = loaded.column_descriptions
        types = {select.alias_or_name: _type(select, path, project) for select in rendered.selects}
    except (SqlglotError, SQLMeshError) as error:
        raise ProjectError(f"{path.relative_to(project)} does not parse: {error}") from error
    if not loaded.description:
        raise ProjectError(f"{path.relative_to(project)} has no description.")
    return Model(loaded.description, {name: comments.get(name, "") for name in types}, types, query)


def _type(select: exp.Expr, path: Path, project: Path) -> str:
    """Return the type that an output column is cast to."""
    from sqlglot import exp

    cast = select.unalias()
    if not isinstance(cast, exp.Cast):
        raise ProjectError(f"{path.relative_to(project)} does not cast its column {select.alias_or_name}.")
    return cast.to.sql(dialect=DIALECT)
