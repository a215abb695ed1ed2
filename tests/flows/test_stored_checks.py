"""A data file or stored bytes that are gone or changed are found, and named by file and delivery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from safer_kpi.lake import connect
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.settings import Settings


def _failed(settings: Settings) -> list[tuple[str, str]]:
    return [(check, subject) for check, subject, status, _ in stored_checks(settings) if status == "failed"]


def test_what_is_missing_cut_or_flipped_is_found(new_lake: Callable[..., Settings], tmp_path: Path) -> None:
    settings = new_lake(tmp_path / "lake")
    assert _failed(settings) == []
    with connect(settings, read_only=True) as connection:
        delivery, feed, sha256 = connection.execute(
            "SELECT delivery_id, feed, sha256 FROM journal.delivery ORDER BY delivery_id LIMIT 1"
        ).fetchall()[0]
        listed = f"ducklake_list_files('lake', '{feed}', schema => 'landing')"
        file = Path(connection.execute(f"SELECT data_file FROM {listed} LIMIT 1").fetchall()[0][0])
    bytes_of = Path(settings.raw) / sha256[:2] / sha256
    subject = f"{feed} delivery {delivery}"
    for path, found in ((file, ("data file", f"landing.{feed}/{file.name}")), (bytes_of, ("raw bytes", subject))):
        whole = path.read_bytes()
        path.unlink()
        assert _failed(settings) == [found]
        path.write_bytes(whole[:-1])
        assert _failed(settings) == [found]
        path.write_bytes(whole)
    content = bytes_of.read_bytes()
    bytes_of.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert _failed(settings) == [("raw bytes", subject)]
