"""An address on a receipt says where a file was, and holds no credential."""

from __future__ import annotations

import pytest

from safer_kpi.catalogue.source import Source
from safer_kpi.failures.addresses import shown
from safer_kpi.inbox.sources.addresses import fetched_from


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://user:secret@data.example/a/2024-05.zip?key=secret#secret", "https://data.example/a/2024-05.zip"),
        ("https://secret@data.example:8443/a.csv", "https://data.example:8443/a.csv"),
        ("sftp://secret@files.example/out/a.csv", "sftp://files.example/out/a.csv"),
        ("abfs://container@account.example/a.csv", "abfs://container@account.example/a.csv"),
        ("abfs://container:secret@account.example/a.csv", "abfs://account.example/a.csv"),
        ("file:///srv/share/a.csv", "file:///srv/share/a.csv"),
    ],
)
def test_an_address_is_shown_without_credentials(address: str, expected: str) -> None:
    assert shown(address) == expected


@pytest.mark.parametrize(
    ("source", "path", "expected"),
    [
        ("s3://bucket/out/*.csv", "bucket/out/a.csv", "s3://bucket/out/a.csv"),
        ("sftp://secret@files.example/out/*.csv", "/out/a.csv", "sftp://files.example/out/a.csv"),
        ("file:///srv/*.csv", "/srv/a.csv", "file:///srv/a.csv"),
    ],
)
def test_a_listed_file_has_the_protocol_and_host_of_its_source(source: str, path: str, expected: str) -> None:
    stated = Source(
        address=source, kind=None, first="", look_back=1, every="day", name="", files=None, contact="", max_bytes=1,
        pause_seconds=0,
    )  # fmt: skip
    assert fetched_from(stated, path) == expected
