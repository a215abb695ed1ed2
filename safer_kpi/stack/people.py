"""The users of a local Airflow: names, roles and passwords."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING

from safer_kpi.errors import UsageError
from safer_kpi.files import write_durably
from safer_kpi.stack.layout import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.stack.layout import Layout

ROLES = ("viewer", "user", "op", "admin")
_FIRST = {"admin": "admin"}
# SimpleAuthManager splits its setting at commas and colons; configuration files expand $, ~ and %.
_NAME = re.compile(r"\w[\w .'()@+&/-]{0,59}")


def parse(words: Iterable[str]) -> dict[str, str]:
    """Return roles by name, from ``NAME:ROLE`` as a command line gives them.

    Raises:
        UsageError: Airflow's settings cannot hold a name or role.
    """
    people = {}
    for word in words:
        name, colon, role = word.rpartition(":")
        name, role = name.strip(), role.strip().lower()
        if not colon or not _NAME.fullmatch(name):
            raise UsageError(
                f"{word[:80]!r} names no user.",
                next_action='Write "NAME:ROLE"; a name has letters, digits, spaces and . - _ \' ( ) @ + & / only.',
            )
        if role not in ROLES:
            raise UsageError(f"{role[:20]!r} is not a role.", next_action=f"Roles are {', '.join(ROLES)}.")
        people[name] = role
    return people


def remember(layout: Layout, named: dict[str, str]) -> dict[str, str]:
    """Store and return the roles by name of all users: those known before and those named now."""
    people = {**(read_json(layout.users) or _FIRST), **named}
    write_durably(layout.users, (json.dumps(people, indent=1) + "\n").encode(), private=True)
    return people


def give_passwords(layout: Layout, people: Iterable[str]) -> dict[str, str]:
    """Create missing passwords and return them. They are created here so that no log prints them."""
    known = read_json(layout.passwords)
    new = {name: secrets.token_urlsafe(9) for name in people if name not in known}
    write_durably(layout.passwords, (json.dumps({**known, **new}) + "\n").encode(), private=True)
    return new


def passwords(layout: Layout) -> dict[str, str]:
    """Return passwords by user."""
    return {name: str(password) for name, password in read_json(layout.passwords).items()}
