"""The secret publication key, from which the offset of every atom follows; whoever has it can undo the rounding.

It stands in a file that the settings name, best outside the home, or in the lake's own ``state/publication.key``.
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


def publication_key(settings: Settings) -> bytes:
    """Return the key of this lake, 256 bits; made at first need where the settings name no file.

    Raises:
        UsageError: the file cannot be read, or does not hold 64 hexadecimal digits.
    """
    file = publication_key_file(settings)
    if settings.publication_key_file is None and not file.exists():
        new_secret(file)
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"The publication key file {file.name} cannot be read.",
            next_action="Check its path, rights and content. A lost key is never replaced within a series.",
        ) from None
    if re.fullmatch(rf"[0-9a-fA-F]{{{_HEX}}}", text) is None:
        raise UsageError(
            f"The publication key file {file.name} does not hold {_HEX} hexadecimal digits.",
            next_action="Make a key with: openssl rand -hex 32",
        )
    return bytes.fromhex(text)


def publication_key_file(settings: Settings) -> Path:
    """Return the file that holds the key, or will."""
    return settings.publication_key_file or settings.home / "state" / "publication.key"
