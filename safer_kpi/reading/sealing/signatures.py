"""Ed25519 signatures, and the people whose keys are trusted.

Keys have the OpenSSH form (``ssh-ed25519 AAAA…``). The file of approvers has one line per key: the person's name, in
double quotes if it contains spaces, then the key, then ``role=data-protection-officer`` if that is the person's role,
then an optional comment. Lines that begin with ``#`` are ignored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

APPROVALS_REQUIRED = 2
#: What the bytes of a key begin with: the kind, and the length of what follows, each with its length before it.
_KEY_START = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/=]+")
#: The role of an approver who signs public editions for the protection of people's data.
OFFICER = "data-protection-officer"
_LINE = re.compile(
    r'(?:"(?P<quoted>[^"]+)"|(?P<bare>\S+))\s+(?P<key>ssh-ed25519 [A-Za-z0-9+/=]+)(?:\s+role=(?P<role>\S+))?(?:\s.*)?'
)


class Line(NamedTuple):
    """A line of a file of approvers: a key, its person, and whether that is a data protection officer."""

    key: str
    name: str
    is_officer: bool


@dataclass(frozen=True)
class Approvers:
    """The trusted approvers.

    Attributes:
        names: each key's person, by the key's text; empty if no approvers are set.
        officers: the keys of data protection officers.
    """

    names: dict[str, str]
    officers: frozenset[str] = frozenset()

    def knows(self, key: str) -> bool:
        """Return whether a key belongs to an approver."""
        return key in self.names

    def is_person(self, key: str, name: str) -> bool:
        """Return whether a key belongs to this person."""
        return same_person(self.names.get(key, ""), name)


def same_person(one: str, other: str) -> bool:
    """Return whether two spellings are the same name, ignoring spaces and capitals."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def read_approvers(file: Path | None) -> Approvers:
    """Return the approvers in a file; none if the file does not exist.

    Raises:
        UsageError: a line is not a name and a key, names another role, or the file is not UTF-8.
    """
    if file is None or not file.is_file():
        return Approvers({})
    people: list[Line] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as problem:
        raise UsageError(
            f"The file of approvers, {file.name}, is not UTF-8 text.",
            next_action="Move it away, and run safer-kpi approvers restore.",
        ) from problem
    for number, text in enumerate(lines, start=1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        found = read_line(line)
        if found is None:
            raise UsageError(
                f"Line {number} of {file.name} is not a name and a key.",
                next_action='Write it as "NAME" ssh-ed25519 KEY, as safer-kpi key show prints it; '
                f"the only role is role={OFFICER}.",
            )
        people.append(found)
    return Approvers({one.key: one.name for one in people}, frozenset(one.key for one in people if one.is_officer))


def read_line(line: str) -> Line | None:
    """Return what a line of a file of approvers says; None if the text is not such a line."""
    found = _LINE.fullmatch(line.strip())
    if found is None or not is_key(found["key"]) or found["role"] not in {None, OFFICER}:
        return None
    return Line(found["key"], found["quoted"] or found["bare"], is_officer=found["role"] == OFFICER)


def is_key(text: object) -> bool:
    """Return whether a value has the form of a public key, as OpenSSH writes it."""
    if not isinstance(text, str) or _KEY.fullmatch(text) is None:
        return False
    try:
        return bool(base64.b64decode(text.split()[1], validate=True))
    except binascii.Error:
        return False


def approver_line(name: str, public_key: str, *, is_officer: bool = False) -> str:
    """Return the line for a person's key in a file of approvers; ``is_officer``: of a data protection officer.

    Raises:
        UsageError: the name contains a quotation mark or a line break.
    """
    person = " ".join(name.split())
    if not person or '"' in person or not person.isprintable():
        raise UsageError(
            "The name contains a quotation mark or a line break.",
            next_action="Write the name on one line without quotation marks.",
        )
    return f'"{person}" {public_key.strip()} role={OFFICER}' if is_officer else f'"{person}" {public_key}'


def is_signed(public_key: object, message: bytes, signature: object) -> bool:
    """Return whether ``signature`` (base64) is the key's signature of ``message``."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not isinstance(public_key, str) or not isinstance(signature, str):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(_key_bytes(public_key))
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, binascii.Error):
        return False
    return True


def _key_bytes(public_key: str) -> bytes:
    """Return the 32 bytes of an Ed25519 key in the form of OpenSSH (RFC 8709, section 4).

    Raises:
        ValueError: the text is not such a key.
    """
    kind, _, rest = public_key.partition(" ")
    blob = base64.b64decode(rest.split(" ")[0], validate=True)
    if kind != "ssh-ed25519" or not blob.startswith(_KEY_START) or len(blob) != len(_KEY_START) + 32:
        raise ValueError("not an Ed25519 key in the form of OpenSSH")
    return blob[len(_KEY_START) :]


def fingerprint(public_key: str) -> str:
    """Return a key's fingerprint, as ``ssh-keygen -l`` prints it: ``SHA256:…``."""
    blob = base64.b64decode(public_key.split()[1])
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
