"""Ed25519 signatures, and the people whose keys are trusted.

Keys are written as OpenSSH writes them (``ssh-ed25519 AAAA…``). The file of approvers holds one line per key: the
person's name, in double quotes where it has spaces, then the key, then anything. Lines that begin with ``#`` say
nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_LINE = re.compile(r'(?:"(?P<quoted>[^"]+)"|(?P<bare>\S+))\s+(?P<key>ssh-ed25519 [A-Za-z0-9+/=]+)(?:\s.*)?')


@dataclass(frozen=True)
class Approvers:
    """Whose signatures count: each key's person, by the key's text. None were named where it is empty."""

    names: dict[str, str]

    def knows(self, key: str) -> bool:
        """Whether a key is one of theirs."""
        return key in self.names

    def is_person(self, key: str, name: str) -> bool:
        """Whether a key is that person's."""
        return same_person(self.names.get(key, ""), name)


def same_person(one: str, other: str) -> bool:
    """Whether two spellings are one name: spaces and capitals do not tell people apart."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def read_approvers(file: Path | None) -> Approvers:
    """The approvers a file names; nobody where there is no file.

    Raises:
        UsageError: a line is no name and key.
    """
    if file is None or not file.is_file():
        return Approvers({})
    names: dict[str, str] = {}
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise UsageError(
                f"Line {number} of {file.name} is no approver.",
                next_action='Write: "NAME" ssh-ed25519 KEY, as safer-kpi key show prints it.',
            )
        names[found["key"]] = found["quoted"] or found["bare"]
    return Approvers(names)


def approver_line(name: str, public_key: str) -> str:
    """The line that names a person's key in a file of approvers.

    Raises:
        UsageError: the name holds a quotation mark or is no single line.
    """
    person = " ".join(name.split())
    if not person or '"' in person or not person.isprintable():
        raise UsageError("A name is one line without quotation marks.", next_action="Write it otherwise.")
    return f'"{person}" {public_key}'


def is_signed(public_key: object, message: bytes, signature: object) -> bool:
    """Whether ``signature`` (base64) is that key's over ``message``."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    if not isinstance(public_key, str) or not isinstance(signature, str):
        return False
    try:
        key = load_ssh_public_key(public_key.encode())
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, binascii.Error):
        return False
    return True


def fingerprint(public_key: str) -> str:
    """A key's name for people, as ``ssh-keygen -l`` prints it: ``SHA256:…``."""
    blob = base64.b64decode(public_key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
