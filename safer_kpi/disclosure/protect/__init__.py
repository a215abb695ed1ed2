"""Disclosure control of counts: which figures are published, and what each of them is."""

from safer_kpi.disclosure.protect.changes import Change, changes_since
from safer_kpi.disclosure.protect.key import publication_key
from safer_kpi.disclosure.protect.protector import protect
from safer_kpi.disclosure.protect.relations import (
    place_of,
    read_counts,
    read_labels,
    read_published,
    write_published,
)
from safer_kpi.disclosure.protect.values import Count, Place, Published

__all__ = [
    "Change",
    "Count",
    "Place",
    "Published",
    "changes_since",
    "place_of",
    "protect",
    "publication_key",
    "read_counts",
    "read_labels",
    "read_published",
    "write_published",
]
