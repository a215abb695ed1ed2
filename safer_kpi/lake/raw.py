"""The raw store: the bytes that partners sent, write-once under their SHA-256, on any filesystem of fsspec.

The bytes of a file that came inside an archive may be held by the archive alone: then ``<sha256>.member`` says which
archive and which place in it.
"""

from __future__ import annotations

import json
import shutil
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import LakeBroken
from safer_kpi.files import bytes_of, private_folder, sha256_of, sync
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.copying import copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from safer_kpi.settings import Settings

#: More bytes than a disk writes in no time.
_MANY = 8 * 2**20
MEMBER = ".member"
"""What a reference to bytes in an archive is called, after their hash."""


@dataclass(kw_only=True)
class Held:
    """One file's bytes in the holding place: they enter the raw store with ``keep``, or are gone with ``release``.

    Attributes:
        sha256: their hash.
        size: how many bytes.
        path: a local file that holds them until ``release``; only its owner can read it.
    """

    sha256: str
    size: int
    path: Path
    _settings: Settings
    _flushing: Future[None] | None = None
    _keeping: Future[None] | None = None

    def flush(self) -> None:
        """Begin to write many bytes to disk, while the caller reads on: to keep them is quick then."""
        if self.size > _MANY:
            self._flushing = _begun(sync, self.path)

    def keep(self) -> None:
        """Begin to store the bytes under their hash, while the caller reads on; they are searched and clean."""
        self._keeping = _begun(self._keep)

    def _keep(self) -> None:
        if self._flushing is not None:
            self._flushing.result()  # an error is told once, to whoever asked first
        keep(self._settings, self.path, self.sha256)

    @property
    def is_kept(self) -> bool:
        """Whether the bytes enter the raw store."""
        return self._keeping is not None

    def wait(self) -> None:
        """Wait until bytes that are kept are durable under their hash; nothing may refer to them before."""
        if self._keeping is not None:
            self._keeping.result()

    def release(self) -> None:
        """Delete the local file."""
        wait([each for each in (self._flushing, self._keeping) if each is not None])
        self.path.unlink(missing_ok=True)


def _begun(work: Callable[..., None], *words: object) -> Future[None]:
    """Begin a piece of work in a thread of its own."""
    helper = ThreadPoolExecutor(max_workers=1)
    future = helper.submit(work, *words)
    helper.shutdown(wait=False)
    return future


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where the bytes of a file that came in an archive lie: the archive's hash, and the file's place in it."""

    archive: str
    place: int


def hold(settings: Settings, source: str, *, most: int, seen: Callable[[bytes], None] | None = None) -> Held:
    """Copy a file's bytes to the holding place and hash them; nothing enters the raw store yet.

    ``seen`` is called with the pieces as they pass.

    Raises:
        InputRefused: the file cannot be read, or holds more than ``most`` bytes.
    """
    copied = copy(settings, source, most=most, seen=seen)
    return Held(sha256=copied.sha256, size=copied.size, path=copied.path, _settings=settings)


def keep(settings: Settings, local: Path, sha256: str) -> None:
    """Store the bytes of a local file, durably, under their hash; they may be there already."""
    sync(local)
    size = local.stat().st_size
    if "://" in settings.raw:
        _put(settings, local, sha256)
        return
    target = Path(settings.raw) / sha256[:2] / sha256
    if target.is_file() and target.stat().st_size == size:
        return
    private_folder(Path(settings.raw))
    private_folder(target.parent)
    with boundary("raw.rename"):
        # A second name for the same bytes, so that readers of the first name are not affected.
        second = local.with_name(f"{local.name}.kept")
        try:
            second.hardlink_to(local)
        except OSError:  # a file system without hard links
            shutil.copyfile(local, second)
            sync(second)
        second.chmod(0o400)
        second.replace(target)
        sync(target.parent)


def refer(settings: Settings, sha256: str, reference: Reference) -> None:
    """Say durably that an archive holds the bytes of a hash."""
    private_folder(settings.scratch)
    local = settings.scratch / f"refer-{uuid.uuid4().hex}"
    local.write_text(json.dumps(asdict(reference)), encoding="ascii")
    try:
        keep(settings, local, sha256 + MEMBER)
    finally:
        local.unlink()


def reference_of(settings: Settings, sha256: str) -> Reference | None:
    """Return where an archive holds the bytes of a hash, None if none is known to."""
    name = sha256 + MEMBER
    if not _is_there(settings, name):
        return None
    if "://" in settings.raw:
        filesystem, key = _remote(settings, name)
        text = filesystem.cat_file(key)
    else:
        text = bytes_of(Path(settings.raw) / name[:2] / name)
    try:
        return Reference(**json.loads(text))
    except (ValueError, TypeError) as damaged:
        raise LakeBroken(
            f"What says which archive holds the bytes of {sha256} is damaged.", next_action="Restore it from backup."
        ) from damaged


def references(settings: Settings) -> dict[str, Reference]:
    """Return for each hash whose bytes an archive holds where it does."""
    hashes = [name.removesuffix(MEMBER) for name in _names(settings) if name.endswith(MEMBER)]
    found = {sha256: reference_of(settings, sha256) for sha256 in hashes}
    return {sha256: reference for sha256, reference in found.items() if reference is not None}


def holds(settings: Settings, sha256: str) -> bool:
    """Return whether any bytes are stored under a hash, or in an archive; only ``fetch`` checks that they match it."""
    if _is_there(settings, sha256):
        return True
    reference = reference_of(settings, sha256)
    return reference is not None and _is_there(settings, reference.archive)


def holds_apart(settings: Settings, sha256: str) -> bool:
    """Return whether bytes are stored under a hash itself."""
    return _is_there(settings, sha256)


def _is_there(settings: Settings, name: str) -> bool:
    if "://" in settings.raw:
        filesystem, key = _remote(settings, name)
        return bool(filesystem.exists(key))
    return (Path(settings.raw) / name[:2] / name).is_file()


def _names(settings: Settings) -> list[str]:
    """Return the names of all that the store holds."""
    if "://" in settings.raw:
        filesystem, prefix = _remote(settings, "")
        return [str(key).rsplit("/", 1)[-1] for key in filesystem.find(prefix)]
    return [path.name for path in Path(settings.raw).glob("*/*")]


def fetch(settings: Settings, sha256: str) -> Path:
    """Return a local file with the bytes stored under a hash, checked against it.

    Raises:
        LakeBroken: the bytes are gone or no longer match their hash.
    """
    if "://" in settings.raw:
        private_folder(settings.scratch)
        path = settings.scratch / f"fetch-{uuid.uuid4().hex}"
        filesystem, key = _remote(settings, sha256)
        if not filesystem.exists(key):
            raise LakeBroken(f"The raw store holds no bytes under {sha256}.", next_action="Restore it from backup.")
        filesystem.get_file(key, str(path))
    else:
        path = Path(settings.raw) / sha256[:2] / sha256
        if not path.is_file():
            raise LakeBroken(f"The raw store holds no bytes under {sha256}.", next_action="Restore it from backup.")
    if sha256_of(path) != sha256:
        raise LakeBroken(f"The bytes stored under {sha256} do not match it.", next_action="Restore from backup.")
    return path


def release(settings: Settings, path: Path) -> None:
    """Delete a local copy that ``store`` or ``fetch`` made for a remote raw store."""
    if path.parent == settings.scratch:
        path.unlink(missing_ok=True)


def forget(settings: Settings, sha256: str) -> bool:
    """Delete the bytes stored under a hash; the caller has checked that no receipt needs them.

    Return whether any were deleted. Repeating it, or calling it for unknown bytes, changes nothing.
    """
    if "://" in settings.raw:
        filesystem, key = _remote(settings, sha256)
        if not filesystem.exists(key):
            return False
        filesystem.rm_file(key)
        return True
    target = Path(settings.raw) / sha256[:2] / sha256
    if not target.is_file():
        return False
    with boundary("raw.forget"):
        target.unlink()
        sync(target.parent)
    return True


def sweep(settings: Settings, referenced: set[str]) -> int:
    """Remove stored bytes that no receipt names; the caller holds the lease. Return how many.

    An archive stays while it holds the bytes of a file that a receipt names.
    """
    kept = set(referenced)
    for sha256, reference in references(settings).items():
        if sha256 in referenced:
            kept |= {sha256 + MEMBER, reference.archive}
    return sum(forget(settings, name) for name in _names(settings) if name not in kept)


def _remote(settings: Settings, sha256: str) -> tuple[Any, str]:
    filesystem, root = remote(settings, settings.raw)
    return filesystem, f"{root.rstrip('/')}/{sha256[:2]}/{sha256}" if sha256 else root


def remote(settings: Settings, url: str) -> tuple[Any, str]:
    """Return the filesystem of a URL, and the URL's path in it.

    What the filesystem remembers of earlier listings is dropped: another process may have removed a file since, and
    whoever takes it for stored would write a receipt whose bytes nobody keeps.
    """
    import fsspec

    options = {}
    if url.startswith("s3://"):
        options = {
            "key": settings.s3.key_id,
            "secret": settings.s3.secret,
            "client_kwargs": {"endpoint_url": settings.s3.endpoint or None, "region_name": settings.s3.region},
        }
    filesystem, path = fsspec.core.url_to_fs(url, **options)
    filesystem.invalidate_cache()
    return filesystem, str(path)


def _put(settings: Settings, local: Path, sha256: str) -> None:
    filesystem, key = _remote(settings, sha256)
    with boundary("raw.rename"):
        if not filesystem.exists(key) or filesystem.size(key) != local.stat().st_size:
            filesystem.put_file(str(local), key)
