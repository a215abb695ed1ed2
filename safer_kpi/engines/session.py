"""A session of an engine that speaks Spark Connect: Sail, or Spark itself."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from safer_kpi.engines.server import own_sail
from safer_kpi.engines.translate import translate
from safer_kpi.errors import Unavailable, UsageError
from safer_kpi.failures import require_extra

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pyspark.sql.connect.session import SparkSession

    from safer_kpi.engines.translate import Step
    from safer_kpi.settings import Settings

SAIL = "sail"
_log = logging.getLogger(__name__)


class Engine:
    """A session of views over Parquet files; whoever opens it says where its own files go.

    Queries are in DuckDB's SQL and read tables by the names that ``view_name`` gives them.
    """

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self._spark = spark
        self._folder = folder
        self._steps = 0

    def read(self, name: str, files: Sequence[str]) -> None:
        """Make a view of Parquet files that have the same columns."""
        self._spark.read.parquet(*files).createOrReplaceTempView(name)

    def define(self, name: str, query: str) -> None:
        """Make a view of a query; its rows are worked out by each query that reads it."""
        self._spark.sql(self._spoken(query)).createOrReplaceTempView(name)

    def write(self, query: str, *, by: str | None = None) -> Path:
        """Work out the rows of a query; return the folder of the Parquet files that hold them, none if there are none.

        With ``by``, the name of a column as SQL, the rows of each of its values lie in a folder of their own, which is
        called ``column=value`` and stands for the column.
        """
        return self._written(self._spoken(query), by)

    def _spoken(self, query: str) -> str:
        """Return the query in Spark's SQL, with views of the named queries that it reads."""
        self._steps += 1
        script = translate(query, prefix=f"q{self._steps}_")
        for step in script.steps:
            if step.stored:
                self._store(step)
            else:
                self._spark.sql(step.sql).createOrReplaceTempView(step.name)
        return script.sql

    def _store(self, step: Step) -> None:
        """Make a view of the rows of a step, worked out once."""
        folder = self._written(step.sql)
        if any(folder.glob("*.parquet")):
            self.read(step.name, [str(folder)])
        else:  # of no rows Sail writes no file, and to work them out again costs little
            self._spark.sql(step.sql).createOrReplaceTempView(step.name)

    def _written(self, sql: str, by: str | None = None) -> Path:
        """Work a query out; once more where the server itself failed, as Sail 0.7 does now and then under load."""
        from pyspark.errors.exceptions.connect import SparkConnectGrpcException

        try:
            return self._write(sql, by)
        except SparkConnectGrpcException as failed:
            if failed.getCondition() is not None:  # what is wrong with a query has a name
                raise
            _log.warning("The engine failed within itself; the query is tried once more.")
            return self._write(sql, by)

    def _write(self, sql: str, by: str | None) -> Path:
        self._steps += 1
        folder = self._folder / f"{self._steps:04}"
        writer = self._spark.sql(sql).write
        (writer.partitionBy(by.strip('"')) if by else writer).parquet(str(folder))
        return folder


@contextmanager
def opened(settings: Settings, folder: Path) -> Iterator[Engine]:
    """Yield a session of the engine of ``settings``; the files that it makes lie in ``folder``.

    Raises:
        MissingExtra: the extra ``spark`` is not installed.
        UsageError: Spark is asked for, and nothing says where it is.
        Unavailable: the engine does not answer, or a query failed.
    """
    require_extra("spark")
    with _address(settings) as remote, _named_failures(settings.engine):
        from pyspark.sql.connect.session import SparkSession

        spark = SparkSession.builder.remote(remote).create()
        try:
            # A time without a zone is what the lake holds; Spark would write one with a zone.
            spark.conf.set("spark.sql.timestampType", "TIMESTAMP_NTZ")
            yield Engine(spark, folder)
        finally:
            spark.stop()


def _address(settings: Settings) -> AbstractContextManager[str]:
    if settings.engine_remote:
        return nullcontext(settings.engine_remote)
    if settings.engine != SAIL:
        raise UsageError(
            "SAFER_KPI_ENGINE is spark, and nothing says where Spark is.",
            next_action="Set SPARK_REMOTE to the address of a Spark Connect server, such as sc://spark:15002.",
        )
    return own_sail()


@contextmanager
def _named_failures(name: str) -> Iterator[None]:
    """Turn what the engine raises into an error of ours, without the rows or the query that it may name."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise Unavailable(
            f"The engine {name} failed: {error.getCondition() or type(error).__name__}.",
            next_action="Look into the engine's own log, or compute with DuckDB.",
        ) from error
