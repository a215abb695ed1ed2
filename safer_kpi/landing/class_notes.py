"""What to say of landed files whose rows are of offence classes that nobody has listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.outlines import outline
from safer_kpi.lake import connect
from safer_kpi.receipts.delivered import entry_of
from safer_kpi.receipts.unclassified import unclassified, unclassified_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings


def unclassified_notes(settings: Settings, receipts: Sequence[Receipt]) -> list[str]:
    """Return a line for each receipt whose rows are of an offence class that the list of classes does not hold."""
    of_classes = [
        (one, feed) for one in receipts if one.status == "accepted" and (feed := outline(settings, one.feed)).classes
    ]
    if not of_classes:
        return []
    notes = []
    with connect(settings, read_only=True) as connection:
        for one, feed in of_classes:
            entry = entry_of(connection, one.delivery_id)
            if entry is None:
                continue
            found = unclassified(connection, feed, settings.project, first=entry, last=entry)
            if found.rows:
                notes.append(f"{one.file_name or f'Delivery {one.delivery_id}'}: {unclassified_text(found)}")
    return notes
