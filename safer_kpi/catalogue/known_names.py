"""A file's name as far as its contract knows it: the rest may name a person, and is neither kept nor shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.cells import covered
from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from safer_kpi.catalogue.feeds import Feed

#: The endings of each format's files.
ENDINGS = {
    "workbook": (".xlsx", ".ods", ".xlsm", ".xls"),
    "parquet": (".parquet",),
    "json_lines": (".jsonl", ".ndjson", ".json"),
    "csv": (".csv", ".txt", ".tsv"),
}
_GZIP = ".gz"


def endings_of(feed: Feed) -> tuple[str, ...]:
    """Return the endings of a feed's files, without that of gzip."""
    return ENDINGS[next((kind for kind in ENDINGS if kind in feed.dialect), "csv")]


def known_name(feed: Feed, file_name: str) -> str | None:
    """Return the part of a file's name that the contract's ``file_name`` matches, with the ending of its format.

    None if the contract has no ``file_name``, or if the name does not fit it or its lists: then nothing in it is known.
    The part covers the same cells as the whole name.
    """
    if feed.file_name is None:
        return None
    found = feed.file_name.search(file_name)
    if found is None or not _covers(feed, file_name):
        return None
    rest = file_name[found.end() :].lower()
    lower = file_name.lower()
    endings = (ending + gzip for ending in endings_of(feed) for gzip in (_GZIP, ""))
    ending = next((one for one in endings if lower.endswith(one) and rest.endswith(one)), "")
    part = found.group(0) + ending
    again = feed.file_name.search(part)
    # A pattern that asks for what stands around its match knows that too.
    return part if again is not None and again.groupdict() == found.groupdict() else file_name


def _covers(feed: Feed, file_name: str) -> bool:
    try:
        covered(feed, file_name, feed.layouts[0])
    except InputRefused:
        return False
    return True
