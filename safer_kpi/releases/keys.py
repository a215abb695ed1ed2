"""Create, read and use approvers' own keys. A private key is a file of its owner and never part of a lake."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safer_kpi.settings import Settings


def make_key(file: Path, *, passphrase: str = "") -> str:
    """Write a new private key that only its owner can read, and return its public key.

    Raises:
        UsageError: the file exists.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    lock: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    content = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{file.name} exists; an existing key is never overwritten.", next_action="Name another file."
        ) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return public_key(key)


def read_key(file: Path, *, passphrase: str = "") -> Ed25519PrivateKey:
    """Return the private key of a file, as OpenSSH or PKCS #8 (PEM) writes it.

    Raises:
        NotFound: there is no such file.
        UsageError: it is no Ed25519 key, or its passphrase is another one.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    if not file.is_file():
        raise NotFound(f"There is no key {file.name!r}.", next_action=f"Run safer-kpi key new {file}.")
    content = file.read_bytes()
    load = load_ssh_private_key if b"OPENSSH" in content[:64] else load_pem_private_key
    try:
        found = load(content, passphrase.encode() or None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UsageError(
            f"{file.name} cannot be read as a private key.",
            next_action="Check the file and SAFER_KPI_SIGNING_PASSPHRASE; a passphrase needs a key in PKCS #8 (PEM).",
        ) from None
    if not isinstance(found, Ed25519PrivateKey):
        raise UsageError(f"{file.name} is no Ed25519 key.", next_action="Make one with safer-kpi key new.")
    return found


def key_of(settings: Settings, name: str, file: Path | None = None) -> Ed25519PrivateKey:
    """Return a person's approval key: the given file, the settings' signing key, or the lake's key for the name.

    The lake makes its key for a person on first use. Everybody who can write to the lake's home can use that key, so it
    is weaker evidence of the approver than the person's own key.
    """
    chosen = file or settings.signing_key
    if chosen is None:
        person = " ".join(name.split()).casefold()
        word = re.sub(r"[^a-z0-9]+", "-", person).strip("-")[:40]
        chosen = settings.home / "state" / "keys" / f"{word}-{hashlib.sha256(person.encode()).hexdigest()[:8]}"
        if not chosen.exists():
            make_key(chosen, passphrase=settings.signing_passphrase)
    return read_key(chosen, passphrase=settings.signing_passphrase)


def public_key(key: Ed25519PrivateKey) -> str:
    """Return the public key as OpenSSH writes it."""
    from cryptography.hazmat.primitives import serialization

    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def sign(key: Ed25519PrivateKey, message: bytes) -> str:
    """Return the signature of a message, base64."""
    return base64.b64encode(key.sign(message)).decode()
