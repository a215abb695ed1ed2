"""Addresses as people may see them: without a user, a password, or what follows the path, which may hold a key."""

from __future__ import annotations

from urllib.parse import urlsplit


def shown(address: str) -> str:
    """Return an address without a user, password, query or fragment."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    # abfs writes the container there: abfs://container@account/path.
    place = parts.netloc if parts.scheme == "abfs" and ":" not in user else host
    return f"{parts.scheme}://{place}{parts.path}"
