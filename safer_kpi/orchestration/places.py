"""Open the inbox, with an Airflow connection if its address names one: ``s3://CONNECTION@bucket/inbox``."""

from __future__ import annotations

from urllib.parse import urlsplit

from safer_kpi.inbox import Place, open_place


def open_inbox(url: str) -> Place:
    """Open the inbox at a folder or URL; ``CONNECTION@`` before the host names an Airflow connection."""
    if "://" not in url or urlsplit(url).username is None:
        return open_place(url)
    from airflow.sdk import ObjectStoragePath

    path = ObjectStoragePath(url)
    return Place(path.fs, path.path)
