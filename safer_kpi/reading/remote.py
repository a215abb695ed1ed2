"""Local copies of read files on object storage: fetched once, checked, then read locally and offline."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.release_format import require_format
from safer_kpi.errors import CheckFailed, NotFound
from safer_kpi.failures.redact import redacted
from safer_kpi.files import make_private, private_folder, replacing, sha256_of, write_durably
from safer_kpi.reading.place import MANIFEST, RELEASE_FILE, Place
from safer_kpi.settings import KPI_FILE, RELEASES, earlier_name

if TYPE_CHECKING:
    from pathlib import Path


def locate(url: str, cache: Path) -> Place:
    """Return the place of a URL: a release folder, a home, or one DuckDB file.

    Raises:
        NotFound: the URL holds no lake, read file or release, or it cannot be reached and no copy exists.
        CheckFailed: a fetched file does not match the manifest.
    """
    if url.endswith(".duckdb"):
        parent = url.rsplit("/", 1)[0]
        return Place(_current(url, cache), f"{parent}/{RELEASES}", None, cache)
    folder = release_folder(url, cache)
    if folder is not None:
        parent, release_id = url.rsplit("/", 1)
        return Place(folder / RELEASE_FILE, parent, release_id, cache)
    return _home(url, cache)


def _home(url: str, cache: Path) -> Place:
    """Return the place of a home. The read file of an earlier version is used only where no newer one lies."""
    releases = f"{url}/{RELEASES}"
    try:
        return Place(_current(f"{url}/{KPI_FILE}", cache), releases, None, cache)
    except NotFound as missing:
        try:
            earlier = _current(f"{url}/{earlier_name(KPI_FILE)}", cache)
        except NotFound:
            raise missing from None
        return Place(earlier, releases, None, cache, is_superseded=True)


def release_folder(url: str, cache: Path) -> Path | None:
    """Return a complete local copy of a release folder, each file checked; None if the URL is not a release folder.

    A release never changes, so a complete copy is never fetched again.

    Raises:
        CheckFailed: a fetched file does not have the hash that the manifest gives.
        ReleaseFormat: its format is newer than this version knows.
    """
    pointer = cache / "urls" / f"{_key(url)}.json"
    if pointer.is_file():
        known: str = json.loads(pointer.read_text())["manifest_sha256"]
        folder = cache / "releases" / known
        if (folder / MANIFEST).is_file():
            return folder
    filesystem, root = _open(url)
    try:
        manifest_bytes: bytes = filesystem.cat_file(f"{root}/{MANIFEST}")
    except (FileNotFoundError, OSError):
        return None
    sha256 = hashlib.sha256(manifest_bytes).hexdigest()
    folder = cache / "releases" / sha256
    manifest = json.loads(manifest_bytes)
    require_format(manifest)
    for name, expected in manifest["files"].items():
        _fetch_checked(filesystem, f"{root}/{name}", _inside(folder, name), expected)
    # The manifest is written last, so a folder with a manifest is complete.
    _write(folder / MANIFEST, manifest_bytes)
    _write(pointer, json.dumps({"url": url, "manifest_sha256": sha256}).encode())
    return folder


def _current(url: str, cache: Path) -> Path:
    """Return a local copy of the current file, or the last fetched copy if the storage cannot be reached."""
    private_folder(cache)
    pointer = cache / "urls" / f"{_key(url)}.json"
    try:
        filesystem, path = _open(url)
        for _ in range(5):
            version = _version(filesystem.info(path))
            copy = cache / "files" / f"{_key(url + version)}.duckdb"
            if not copy.is_file() and not _fetch_version(filesystem, path, version, copy):
                continue
            _write(pointer, json.dumps({"url": url, "copy": copy.name}).encode())
            return copy
    except OSError as unreachable:
        if isinstance(unreachable, FileNotFoundError) or not pointer.is_file():
            raise NotFound(
                f"{redacted(url)} cannot be read.", next_action="Check the address and the storage credentials."
            ) from unreachable
        last: str = json.loads(pointer.read_text())["copy"]
        return cache / "files" / last
    raise CheckFailed(f"{redacted(url)} changed during each of five fetches.", next_action="Try again.")


class _ReplacedError(Exception):
    """The stored object was replaced while it was being fetched."""


def _fetch_version(filesystem: Any, path: str, version: str, copy: Path) -> bool:
    """Fetch one version of an object to ``copy``; return False and keep nothing if another version replaced it."""
    private_folder(copy.parent)
    with suppress(_ReplacedError), replacing(copy) as partial:
        filesystem.get_file(path, str(partial))
        make_private(partial, 0o600)
        if _version(filesystem.info(path)) != version:
            raise _ReplacedError
    return copy.is_file()


def _version(info: dict[str, Any]) -> str:
    """Return a text that identifies one version of a stored object."""
    return "|".join(str(info.get(key, "")) for key in ("ETag", "etag", "size", "LastModified", "mtime", "created"))


def _fetch_checked(filesystem: Any, path: str, target: Path, expected: str) -> None:
    if target.is_file() and sha256_of(target) == expected:
        return
    private_folder(target.parent)
    with replacing(target) as partial:
        filesystem.get_file(path, str(partial))
        make_private(partial, 0o600)
        if sha256_of(partial) != expected:
            raise CheckFailed(
                f"{target.name} does not have the SHA-256 in the manifest.",
                next_action="Fetch the release from its publisher again.",
            )


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a manifest's file in a copy; refuse a name that leads out of the folder."""
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise CheckFailed("The manifest names a file outside its folder.", next_action="Do not use this release.")
    return target


def _open(url: str) -> tuple[Any, str]:
    try:
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as missing:
        scheme = url.split(":", 1)[0]
        raise NotFound(
            f"A package for {scheme}:// is not installed.", next_action="Install it with: pip install 'safer-kpi[s3]'."
        ) from missing
    return filesystem, path


def _write(target: Path, content: bytes) -> None:
    private_folder(target.parent)
    write_durably(target, content, private=True)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
