"""Check the pseudonym key, the publication key and the key that approves; none is shown, nor any command's output."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.diagnosis.opening import opened
from safer_kpi.disclosure.protect.key import publication_key, publication_key_file, publication_key_files
from safer_kpi.files import make_private
from safer_kpi.landing.pseudonyms import keys_in_use, own_key_file, pseudonym_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

_PSEUDONYM, _PUBLICATION, _SIGNING = "pseudonym key", "publication key", "signing key"
_OUTSIDE = (
    "Keep it elsewhere: let SAFER_KPI_PSEUDONYM_KEY_FILE name a file outside, SAFER_KPI_PSEUDONYM_KEY_COMMAND a "
    "command that prints it, or SAFER_KPI_PSEUDONYM_KEY_CONNECTION an Airflow connection; then remove this file. The "
    "key itself must stay the same."
)
_PUBLICATION_OUTSIDE = (
    "Keep it elsewhere: let SAFER_KPI_PUBLICATION_KEY_FILE name a file outside, and remove this one. The key itself "
    "must stay the same."
)


def check_pseudonym_key(settings: Settings) -> Iterator[Finding]:
    """Check that the key can be read, is the one that the lake was read under, and does not lie beside the data."""
    file = _file(settings)
    if file == own_key_file(settings) and not file.exists():
        yield from _not_made(settings)
        return
    key = pseudonym_key(settings)
    with opened(settings) as connection:
        used = keys_in_use(connection) if connection is not None else {}
    other = sorted(feed for feed, identity in used.items() if identity != key.id)
    if other:
        yield wrong(
            _PSEUDONYM,
            f"{', '.join(other)} was read under another key than the settings hold ({key.id}).",
            "Restore the former key, or run safer-kpi rekey.",
        )
    if file is not None:
        yield from _kept(settings, file)
    if not other:
        yield ok(_PSEUDONYM, f"The key {key.id} can be read.")


def _file(settings: Settings) -> Path | None:
    """Return the file that holds the key; None if a variable, a command or a connection gives it."""
    if settings.pseudonym_key:
        return None
    if settings.pseudonym_key_file is not None:
        return settings.pseudonym_key_file
    elsewhere = settings.pseudonym_key_command or settings.pseudonym_key_connection
    return None if elsewhere else own_key_file(settings)


def _not_made(settings: Settings) -> Iterator[Finding]:
    with opened(settings) as connection:
        used = keys_in_use(connection) if connection is not None else {}
    if used:
        yield wrong(_PSEUDONYM, f"The key that {', '.join(sorted(used))} was read under is gone.", "Restore it.")
    else:
        yield ok(_PSEUDONYM, "No feed has needed a key yet; without a setting it would be made beside the data.")


def check_publication_key(settings: Settings) -> Iterator[Finding]:
    """Check that the key of public editions can be read, and does not lie beside the data."""
    file = publication_key_file(settings)
    if settings.publication_key_file is not None and not file.is_file():
        return  # the check of the settings tells it
    if not file.exists():
        yield ok(
            _PUBLICATION, "No public edition has needed a key; without a setting it would be made beside the data."
        )
        return
    publication_key(settings)
    for one in publication_key_files(settings):
        if _is_beside(settings, one):
            undone = "who copies the lake can undo the rounding of public editions."
            yield warning(_PUBLICATION, f"The key {one.name} lies beside the data: {undone}", _PUBLICATION_OUTSIDE)
        yield from _private(_PUBLICATION, one)
    yield ok(_PUBLICATION, "The key can be read.")


def _kept(settings: Settings, file: Path) -> Iterator[Finding]:
    if _is_beside(settings, file):
        yield warning(
            _PSEUDONYM, f"The key {file.name} lies beside the data: who copies the lake can undo pseudonyms.", _OUTSIDE
        )
    yield from _private(_PSEUDONYM, file)


def _is_beside(settings: Settings, file: Path) -> bool:
    places = [settings.home, *(Path(place) for place in (settings.data, settings.raw) if "://" not in place)]
    return any(file.resolve().is_relative_to(place.resolve()) for place in places)


def _private(check: str, file: Path) -> Iterator[Finding]:
    """Yield what is wrong with the rights of a key's file."""
    if file.stat().st_mode & 0o077:
        yield wrong(
            check,
            f"Other users of this machine can read or write the key {file.name}.",
            "Run safer-kpi doctor --fix, or chmod 600; if somebody may have read it, make a new key.",
            fix=partial(_close, file),
        )


def _close(file: Path) -> str:
    closed = make_private(file, 0o600)
    return f"Took the rights of others from {file.name}." if closed else f"{file.name} belongs to another user: left."


def check_signing_key(settings: Settings) -> Iterator[Finding]:
    """Check that the key which commands approve with is a private key that its owner alone can read."""
    from safer_kpi.releases.keys import read_key

    file = settings.signing_key
    if file is None:
        made = sorted(path.name for path in (settings.home / "state" / "keys").glob("*"))
        if made:
            yield warning(
                _SIGNING,
                f"The lake keeps {len(made)} keys of people itself: who can write to the home can approve as them.",
                "Let each approver make a key with `safer-kpi key new` and set SAFER_KPI_SIGNING_KEY.",
            )
        return
    if not file.is_file():
        return  # the check of the settings tells it
    read_key(file, passphrase=settings.signing_passphrase)
    if file.resolve().is_relative_to(settings.home.resolve()):
        yield warning(_SIGNING, "The signing key lies in the lake's home.", "Keep it where its owner alone can write.")
    rights = list(_private(_SIGNING, file))
    yield from rights or [ok(_SIGNING, "The signing key can be read, by its owner alone.")]
