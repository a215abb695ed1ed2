"""Addresses as people may see them: without a user, a password, or what follows the path, which may hold a key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from safer_kpi.catalogue.source import Source


def shown(address: str) -> str:
    """Return an address without a user, password, query or fragment."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    # abfs writes the container there: abfs://container@account/path.
    place = parts.netloc if parts.scheme == "abfs" and ":" not in user else host
    return f"{parts.scheme}://{place}{parts.path}"


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
