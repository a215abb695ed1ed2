"""The check of a release's rows: their hash, computed again from the DuckDB file and from the Parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.errors import CheckFailed, NotFound
from safer_kpi.reading.attaching import attach, limit
from safer_kpi.reading.place import RELEASE_FILE
from safer_kpi.reading.verifying.row_hash import row_hash
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from pathlib import Path


def rows_check(folder: Path, manifest: dict[str, Any]) -> tuple[str, str, str, str]:
    """Return the check that the observations in both files have the hash in the manifest."""
    import duckdb

    release_id = manifest["release_id"]
    try:
        with open_engine() as connection:
            limit(connection, files=[folder / RELEASE_FILE, folder / "observation.parquet"], folders=[])
            attach(connection, folder / RELEASE_FILE, "book")
            own = f"(SELECT * FROM book.kpi.certified WHERE release_id = {literal(release_id)})"
            read = row_hash(connection, own)
            stored = f"(SELECT * FROM read_parquet({literal(str(folder / 'observation.parquet'))}))"
            kept = row_hash(connection, stored)
    except (CheckFailed, NotFound) as refused:
        return ("rows", release_id, "failed", refused.what)
    except duckdb.Error:
        return ("rows", release_id, "failed", "the observations cannot be read")
    if read == kept == manifest.get("row_hash"):
        return ("rows", release_id, "ok", "row hash as in the manifest")
    return ("rows", release_id, "failed", "row hash differs")
