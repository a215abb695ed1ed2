"""Say what a code is that is not a local authority of England and Wales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_CODE = re.compile(r"[A-Z]\d{8}")
#: Kinds of areas that the tables do not list, by the start of their codes (ONS Register of Geographic Codes).
_KINDS = {
    "E92": "a country",
    "W92": "a country",
    "E12": "a region",
    "E10": "a county",
    "E11": "a metropolitan county",
    "E47": "a combined authority",
    "E02": "a middle layer super output area",
    "W02": "a middle layer super output area",
    "E00": "an output area",
    "W00": "an output area",
    "E14": "a parliamentary constituency",
    "W07": "a parliamentary constituency",
    "E04": "a parish",
    "W04": "a community",
    "E31": "a fire and rescue authority",
    "E54": "an integrated care board",
    "S": "a code of Scotland",
    "N": "a code of Northern Ireland",
    "K": "a code of several countries of the United Kingdom",
}
_AUTHORITIES = "list_sort(list(DISTINCT la_name || ' (' || la_code || ')'))"
#: What a code may be, and the query that gives its name and the authorities it belongs to.
_QUERIES = {
    "the ward {name} in {places}": f"SELECT any_value(ward_name), {_AUTHORITIES} FROM ward WHERE ward_code = $code",
    "an LSOA of 2021 in {places}": f"SELECT any_value(lsoa21_name), {_AUTHORITIES} FROM ward WHERE lsoa21_code = $code",
    "an LSOA of 2011 in {places}": (
        "SELECT any_value(lsoa11_name), list_sort(list(DISTINCT ward.la_name || ' (' || ward.la_code || ')'))"
        " FROM change JOIN ward USING (lsoa21_code) WHERE lsoa11_code = $code"
    ),
    "the police force area {name}, which holds {places}": (
        f"SELECT any_value(force_name), {_AUTHORITIES} FROM authority WHERE force_code = $code"
    ),
    "the community safety partnership {name}, which holds {places}": (
        f"SELECT any_value(csp_name), {_AUTHORITIES} FROM authority WHERE csp_code = $code"
    ),
    "the former district {name}, which is now part of {places}": (
        "SELECT any_value(change.la_name), list_sort(list(DISTINCT ward.la_name || ' (' || ward.la_code || ')'))"
        " FROM change JOIN ward USING (lsoa21_code) WHERE change.la_code = $code"
    ),
}


def kind_of_code(connection: duckdb.DuckDBPyConnection, code: str) -> str:
    """Return what a code is, such as ``the ward Elswick in Newcastle upon Tyne (E08000021)``; empty if unknown."""
    for told, query in _QUERIES.items():
        name, places = connection.execute(query, {"code": code}).fetchall()[0]
        if name is not None:
            return told.format(name=name, places=_listed(places))
    if not _CODE.fullmatch(code):
        return ""
    return next((kind for start, kind in _KINDS.items() if code.startswith(start)), "")


def _listed(places: list[str]) -> str:
    shown = places if len(places) <= 8 else [*places[:7], f"{len(places) - 7} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
