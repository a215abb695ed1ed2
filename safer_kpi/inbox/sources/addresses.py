"""The address of a fetched file, as its receipt shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from safer_kpi.failures.addresses import shown

if TYPE_CHECKING:
    from safer_kpi.catalogue.source import Source


def fetched_from(source: Source, address: str) -> str:
    """Return the address of one file of a source, as a receipt shows it.

    Args:
        source: the source; a filesystem lists the files of an address with a star as paths without its protocol.
        address: the file's address, or such a path.
    """
    if not source.is_pattern:
        return shown(address)
    parts = urlsplit(shown(source.address))
    return f"{parts.scheme}://{parts.netloc if address.startswith('/') else ''}{address}"
