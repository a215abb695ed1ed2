"""Put a fetched file into a feed's folder of the inbox: whole or not at all, and never over another file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.files import sync

if TYPE_CHECKING:
    from safer_kpi.inbox.place import Place


def drop(place: Place, feed: str, fetched: Path, name: str) -> None:
    """Copy a file into a feed's folder under a passed-over name, then give it its own.

    Raises:
        FileExistsError: a file of that name waits there already.
        OSError: the inbox cannot be reached; other filesystems raise errors of their own.
    """
    folder = place.folder(feed)
    target, beside = f"{folder}/{name}", f"{folder}/.{name}.part"
    if place.sends_whole:
        place.filesystem.put_file(str(fetched), target)
        return
    if not place.is_local:
        place.filesystem.put_file(str(fetched), beside)
        place.filesystem.mv(beside, target)
        return
    local = Path(beside)
    try:
        shutil.copyfile(fetched, local)
        sync(local)
        os.link(local, target)  # unlike a rename, a link never replaces a partner's file
        sync(Path(folder))
    finally:
        local.unlink(missing_ok=True)
