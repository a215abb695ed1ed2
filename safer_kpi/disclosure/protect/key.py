"""The secret publication key, from which the offset of every atom follows; whoever has it can undo the rounding.

It stands in a file that the settings name, best outside the home, or in the lake's own ``state/publication.key``. The
key of a later series lies beside it, with the number of the series after its name; those of former series are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.files import new_secret

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

_HEX = 64


def publication_key(settings: Settings, *, series: int = 1, is_begun: bool = False) -> bytes:
    """Return the key of a series of this lake, 256 bits; made at first need where the settings name no file.

    Args:
        settings: the lake.
        series: the series.
        is_begun: whether figures of the series are published, so that no other key may take the place of a lost one.

    Raises:
        UsageError: the file cannot be read, does not hold 64 hexadecimal digits, or holds the key of another series.
    """
    file = publication_key_file(settings, series)
    if settings.publication_key_file is None and not file.exists() and not is_begun:
        new_secret(file)
    key = _read(file)
    former = (publication_key_file(settings, one) for one in range(1, series))
    if any(one.is_file() and _read(one) == key for one in former):
        raise UsageError(
            f"The publication key file {file.name} holds the key of an earlier series.",
            next_action="Make a new one with: openssl rand -hex 32",
        )
    return key


def publication_key_file(settings: Settings, series: int = 1) -> Path:
    """Return the file that holds the key of a series, or will."""
    first = settings.publication_key_file or settings.home / "state" / "publication.key"
    return first if series == 1 else first.with_name(f"{first.name}.{series}")


def publication_key_files(settings: Settings) -> list[Path]:
    """Return the files of keys that exist, the first series before later ones."""
    first = publication_key_file(settings)
    later = sorted(first.parent.glob(f"{first.name}.[0-9]*"), key=lambda file: (len(file.name), file.name))
    return [file for file in (first, *later) if file.is_file()]


def _read(file: Path) -> bytes:
    """Return the key that a file holds."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"The publication key file {file.name} cannot be read.",
            next_action="Check its path, rights and content. A lost key is never replaced within a series: a new series"
            " begins with --new-series.",
        ) from None
    if re.fullmatch(rf"[0-9a-fA-F]{{{_HEX}}}", text) is None:
        raise UsageError(
            f"The publication key file {file.name} does not hold {_HEX} hexadecimal digits.",
            next_action="Make a key with: openssl rand -hex 32",
        )
    return bytes.fromhex(text)
