"""Local copies of read files elsewhere, in object storage or on the web: fetched once, checked, then read offline."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from safer_kpi.domain.release_format import require_format
from safer_kpi.errors import CheckFailed, NotFound, Unavailable
from safer_kpi.failures.redact import redacted
from safer_kpi.files import make_private, private_folder, replacing, sha256_of, write_durably
from safer_kpi.reading.place import MANIFEST, PUBLIC, PUBLIC_FILE, RELEASE_FILE, Place, release_named
from safer_kpi.reading.web import Limits, Web, is_web
from safer_kpi.settings import KPI_FILE, RELEASES, earlier_name

if TYPE_CHECKING:
    from pathlib import Path

_ADDRESS = f"Check the address: it is that of the folder that holds the release's {MANIFEST}."


def locate(url: str, cache: Path) -> Place:
    """Return the place of a URL: a release folder, a home, or one DuckDB file.

    Raises:
        NotFound: the URL holds no lake, read file or release, or it cannot be reached and no copy exists.
        CheckFailed: a fetched file does not match the manifest.
        Unavailable: a web server cannot be reached, and no copy exists.
    """
    if url.endswith(".duckdb"):
        parent = url.rsplit("/", 1)[0]
        return Place(_current(url, cache), f"{parent}/{RELEASES}", None, cache)
    try:
        folder = _folder(url, cache)
    except Unavailable:
        last = _last_copy(f"{url}/{KPI_FILE}", cache)
        if last is None:
            raise
        return Place(last, f"{url}/{RELEASES}", None, cache)
    if folder is not None:
        parent, last_part = url.rsplit("/", 1)
        release_id = release_named(folder) or last_part
        if (folder / PUBLIC_FILE).is_file():
            return Place(folder / PUBLIC_FILE, None, release_id, cache, edition=PUBLIC)
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
            shown = redacted(url)
            raise NotFound(
                f"Neither {shown}/{MANIFEST} nor {shown}/{KPI_FILE} can be read.", next_action=missing.next_action
            ) from missing
        return Place(earlier, releases, None, cache, is_superseded=True)


def release_folder(url: str, cache: Path) -> Path | None:
    """Return a complete local copy of a release folder, each file checked.

    None means that the URL is not a release folder, or that nobody can tell. A release never changes, so a complete
    copy is never fetched again.

    Raises:
        CheckFailed: a fetched file does not have the hash that the manifest gives.
        ReleaseFormat: its format is newer than this version knows.
    """
    try:
        return _folder(url, cache)
    except Unavailable:
        return None


def _folder(url: str, cache: Path) -> Path | None:
    """Return the copy that ``release_folder`` documents.

    Raises:
        Unavailable: a web server cannot be reached, is too slow or refuses the file.
    """
    private_folder(cache)
    pointer = _pointer(url, cache)
    if pointer.is_file():
        known: str = json.loads(pointer.read_text())["manifest_sha256"]
        folder = cache / RELEASES / known
        if (folder / MANIFEST).is_file():
            return folder
    filesystem, root = _open(url)
    try:
        manifest_bytes: bytes = filesystem.cat_file(f"{root}/{MANIFEST}")
    except OSError:
        return None
    sha256 = hashlib.sha256(manifest_bytes).hexdigest()
    private_folder(cache / RELEASES)
    folder = cache / RELEASES / sha256
    files = _files(manifest_bytes, f"{redacted(url)}/{MANIFEST}")
    targets = {name: _inside(folder, name) for name in files}
    if not {RELEASE_FILE, PUBLIC_FILE} & files.keys():
        raise CheckFailed(f"{redacted(url)}/{MANIFEST} names no {RELEASE_FILE}.", next_action=_ADDRESS)
    for name, target in targets.items():
        _fetch_checked(filesystem, f"{root}/{name}", target, files[name])
    # The manifest is written last, so a folder with a manifest is complete.
    _write(folder / MANIFEST, manifest_bytes)
    _write(pointer, json.dumps({"url": redacted(url), "manifest_sha256": sha256}).encode())
    return folder


def _files(content: bytes, where: str) -> dict[str, str]:
    """Return the files of a manifest and their hashes.

    Raises:
        CheckFailed: it is not the manifest of a release.
        ReleaseFormat: its format is newer than this version knows.
    """
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError):
        manifest = None
    if isinstance(manifest, dict):
        require_format(manifest)
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or not all(isinstance(sha256, str) for sha256 in files.values()):
        what = "a web page" if content.lstrip()[:1] == b"<" else "something else"
        raise CheckFailed(
            f"{where} is not the manifest of a release, but {what}.",
            next_action=_ADDRESS,
        )
    return files


def _current(url: str, cache: Path) -> Path:
    """Return a local copy of the current file, or the last fetched copy if the storage cannot be reached."""
    private_folder(cache)
    try:
        filesystem, path = _open(url)
        for _ in range(5):
            version = _version(filesystem.info(path))
            copy = cache / "files" / f"{_key(url + version)}.duckdb"
            if not copy.is_file() and not _fetch_version(filesystem, path, version, copy):
                continue
            _write(_pointer(url, cache), json.dumps({"url": redacted(url), "copy": copy.name}).encode())
            return copy
    except (OSError, Unavailable) as unreachable:
        last = None if isinstance(unreachable, FileNotFoundError) else _last_copy(url, cache)
        if last is not None:
            return last
        if isinstance(unreachable, Unavailable):
            raise
        raise NotFound(
            f"{redacted(url)} cannot be read.", next_action="Check the address and the storage credentials."
        ) from unreachable
    raise CheckFailed(f"{redacted(url)} changed during each of five fetches.", next_action="Try again.")


def _last_copy(url: str, cache: Path) -> Path | None:
    """Return the last fetched copy of a file; None if there is none."""
    pointer = _pointer(url, cache)
    if not pointer.is_file():
        return None
    name: str = json.loads(pointer.read_text())["copy"]
    return cache / "files" / name


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
        try:
            filesystem.get_file(path, str(partial))
        except FileNotFoundError:
            raise CheckFailed(
                f"The manifest names {target.name}, and no such file lies beside it.",
                next_action="Ask the publisher to put the whole release there.",
            ) from None
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
        if is_web(url):
            return Web(url, Limits()), url
        import fsspec

        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as missing:
        scheme = url.split(":", 1)[0]
        extra = "http" if is_web(url) else "s3"
        raise NotFound(
            f"A package for {scheme}:// is not installed.",
            next_action=f"Install it with: pip install 'safer-kpi[{extra}]'.",
        ) from missing
    return filesystem, path


def _write(target: Path, content: bytes) -> None:
    private_folder(target.parent)
    write_durably(target, content, private=True)


def _pointer(url: str, cache: Path) -> Path:
    """Return the file that names the copy of a URL."""
    return cache / "urls" / f"{_key(url)}.json"


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
