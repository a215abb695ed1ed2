"""A folder that is put back as it was after each trial, whatever was changed, added or removed in it."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

#: Links into installed packages, made anew by whoever needs them.
_LEFT = "extensions"


class Store:
    """The files of a folder, with their bytes in memory; what is changed is found by size, time and inode."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bytes = {path: path.read_bytes() for path in self._files()}
        self._folders = {path for path in self._paths() if path.is_dir()}
        self._stamps = {path: _stamp(path) for path in self._bytes}

    def restore(self) -> None:
        """Put everything back; files that are as they were are not written again."""
        for path in sorted(self._paths(), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if path not in self._folders:
                    shutil.rmtree(path)
            elif path not in self._bytes or not stat.S_ISREG(path.lstat().st_mode):
                path.unlink()
        for path in sorted(self._folders):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
        for path, content in self._bytes.items():
            if not path.is_file() or _stamp(path) != self._stamps[path]:
                if path.is_file() and path.stat().st_nlink > 1:
                    path.unlink()
                path.write_bytes(content)
                self._stamps[path] = _stamp(path)

    def _paths(self) -> list[Path]:
        found = []
        for root, folders, files in os.walk(self._folder):
            folders[:] = [name for name in folders if name != _LEFT]
            found += [Path(root) / name for name in (*folders, *files)]
        return found

    def _files(self) -> list[Path]:
        return [path for path in self._paths() if path.is_file() and not path.is_symlink()]


def _stamp(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_nlink
