"""Describe an export for programs: as CSV on the Web, and as a Data Package.

- CSV on the Web: W3C Recommendations *Metadata Vocabulary for Tabular Data* and *Model for Tabular Data and Metadata on
  the Web*, 17 December 2015.
- Data Package: version 2.0 of the standard (datapackage.org), with its Table Schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.publishing.exports.tables import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.publishing.exports.tables import Column, Exported

#: By the type in DuckDB: the types of CSV on the Web and of a Table Schema. Every other type is text.
_KINDS = {
    "BIGINT": ("integer", "integer"),
    "INTEGER": ("integer", "integer"),
    "DOUBLE": ("double", "number"),
    "DATE": ("date", "date"),
    "TIMESTAMP": ("dateTime", "datetime"),
    "BOOLEAN": ("boolean", "boolean"),
}
_TEXT = ("string", "string")


def csvw(tables: Sequence[Exported], *, title: str, says: str) -> dict[str, Any]:
    """Return the metadata of a group of tables."""
    here = {each.kept.name for each in tables}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": title,
        "dc:description": says,
        "tables": [_csvw_table(each, here) for each in tables],
    }


def _csvw_table(table: Exported, here: set[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "columns": [_csvw_column(column) for column in table.columns],
        "primaryKey": list(table.kept.key),
    }
    if parents := _parents(table, here):
        schema["foreignKeys"] = [
            {"columnReference": column, "reference": {"resource": f"{parent}.csv", "columnReference": key}}
            for column, (parent, key) in parents.items()
        ]
    return {
        "url": f"{table.kept.name}.csv",
        "dc:title": table.kept.title,
        "dc:description": table.says,
        "tableSchema": schema,
    }


def _csvw_column(column: Column) -> dict[str, Any]:
    listed = {"separator": SEPARATOR} if column.is_list else {}
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.says,
        "datatype": _KINDS.get(column.of, _TEXT)[0],
        **listed,
    }


def data_package(
    tables: Sequence[Exported], files: Mapping[str, tuple[int, str]], *, name: str, title: str, says: str
) -> dict[str, Any]:
    """Return the description of a package; ``files`` has the size and the SHA-256 of each file.

    A resource is a CSV file. Its ``parquet``, a property of our own, is the Parquet file with the same rows: tools that
    check packages read other types there than are declared.
    """
    here = {each.kept.name for each in tables}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "title": title,
        "description": says,
        "resources": [_resource(each, files, here) for each in tables],
    }


def _resource(table: Exported, files: Mapping[str, tuple[int, str]], here: set[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.kept.key),
    }
    if parents := _parents(table, here):
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": parent, "fields": [key]}}
            for column, (parent, key) in parents.items()
        ]
    return {
        "name": table.kept.name,
        "type": "table",
        **_file(f"{table.kept.name}.csv", files),
        "title": table.kept.title,
        "description": table.says,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "schema": schema,
        "parquet": _file(f"{table.kept.name}.parquet", files),
    }


def _file(path: str, files: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    size, sha256 = files[path]
    return {"path": path, "bytes": size, "hash": f"sha256:{sha256}"}


def _field(column: Column) -> dict[str, Any]:
    kind = _KINDS.get(column.of, _TEXT)[1]
    typed = {"type": "list", "delimiter": SEPARATOR, "itemType": kind} if column.is_list else {"type": kind}
    return {"name": column.name, "description": column.says, **typed}


def _parents(table: Exported, here: set[str]) -> dict[str, tuple[str, str]]:
    return {column: named for column, named in table.kept.parents.items() if named[0] in here}
