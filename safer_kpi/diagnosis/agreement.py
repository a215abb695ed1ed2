"""Check that the settings agree with each other and name what exists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.settings import unknown_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

_PAGE = "docs/reference/settings.md lists the settings."


def check(settings: Settings) -> Iterator[Finding]:
    """Check the settings of the environment against each other; no server is asked."""
    found = [
        *_unknown(), *_project(settings), *_stores(settings), *_object_storage(settings), *_keys(settings),
        *_files(settings), *_addresses(settings),
    ]  # fmt: skip
    yield from found or [ok("settings", "The settings agree with each other and name what exists.")]


def _unknown() -> Iterator[Finding]:
    for name in unknown_variables():
        yield warning("settings", f"No setting is called {name}; it has no effect.", f"Correct or unset it. {_PAGE}")


def _project(settings: Settings) -> Iterator[Finding]:
    if not (settings.project / "config.yaml").is_file() or not (settings.project / "contracts").is_dir():
        yield wrong(
            "settings",
            "The project folder has no config.yaml or no contracts folder.",
            "Set SAFER_KPI_PROJECT to the folder that `safer-kpi init` wrote.",
        )


def _stores(settings: Settings) -> Iterator[Finding]:
    kind, _, place = settings.catalogue.partition(":")
    if kind not in {"sqlite", "postgres"} or not place:
        yield wrong(
            "settings",
            "SAFER_KPI_CATALOGUE is neither sqlite:PATH nor postgres:DSN.",
            "Write it as one of the two, or unset it for a catalogue in the home.",
        )
    named = {"SAFER_KPI_DATA": settings.data, "SAFER_KPI_RAW": settings.raw, "the inbox": settings.watched}
    seen: list[tuple[str, str]] = []
    for name, url in named.items():
        here = _plain(url)
        for other, there in seen:
            if here.startswith(there) or there.startswith(here):
                yield wrong(
                    "settings",
                    f"{other} and {name} are the same place, or one lies inside the other.",
                    "Give each a place of its own: a sweep removes from a store what it does not know.",
                )
        seen.append((name, here))


def _plain(url: str) -> str:
    """Return a place with one slash at its end, so that one that lies inside another begins with it."""
    return f"{url if '://' in url else Path(url).absolute()}".rstrip("/") + "/"


def _object_storage(settings: Settings) -> Iterator[Finding]:
    uses = [url for url in (settings.data, settings.raw, settings.watched) if url.startswith("s3://")]
    store = settings.s3
    if bool(store.key_id) != bool(store.secret):
        yield wrong(
            "settings",
            "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set.",
            "Set both, or neither where the machine has a role.",
        )
    if store.endpoint and not store.endpoint.startswith(("http://", "https://")):
        yield wrong("settings", "AWS_ENDPOINT_URL does not begin with http:// or https://.", "Write its whole URL.")
    if store.endpoint and not uses:
        yield warning(
            "settings",
            "AWS_ENDPOINT_URL is set, and neither data, raw bytes nor inbox lie in object storage.",
            "Set SAFER_KPI_DATA and SAFER_KPI_RAW to s3:// URLs if they should; a lake of `up --production` has them "
            "in airflow/lake.env.",
        )
    if settings.catalogue.startswith("sqlite:") and settings.data.startswith("s3://"):
        yield warning(
            "settings",
            "The data lie in object storage and the catalogue in a file: the lease is a lock of this machine only.",
            "Let one machine alone write, or keep the catalogue in Postgres.",
        )


def _keys(settings: Settings) -> Iterator[Finding]:
    values = {
        "SAFER_KPI_PSEUDONYM_KEY": settings.pseudonym_key,
        "SAFER_KPI_PSEUDONYM_KEY_FILE": settings.pseudonym_key_file,
        "SAFER_KPI_PSEUDONYM_KEY_COMMAND": settings.pseudonym_key_command,
        "SAFER_KPI_PSEUDONYM_KEY_CONNECTION": settings.pseudonym_key_connection,
    }
    given = [name for name, value in values.items() if value]
    if len(given) > 1:
        others = " and ".join(given[1:])
        yield warning("settings", f"{given[0]} is used; {others} has no effect.", "Set one of them only.")
    if settings.signing_passphrase and settings.signing_key is None:
        yield warning(
            "settings",
            "SAFER_KPI_SIGNING_PASSPHRASE is set without SAFER_KPI_SIGNING_KEY.",
            "Name the key that it opens, unless the lake's own keys are meant.",
        )


def _files(settings: Settings) -> Iterator[Finding]:
    named = {
        "SAFER_KPI_SIGNING_KEY": settings.signing_key,
        "SAFER_KPI_PSEUDONYM_KEY_FILE": settings.pseudonym_key_file,
        "SAFER_KPI_PUBLICATION_KEY_FILE": settings.publication_key_file,
    }
    if settings.approvers != settings.home / "approvers":
        named["SAFER_KPI_APPROVERS"] = settings.approvers
    for name, file in named.items():
        if file is not None and not file.is_file():
            yield wrong("settings", f"{name} names a file that does not exist.", "Correct the path, or unset it.")


def _addresses(settings: Settings) -> Iterator[Finding]:
    bad = sum(address.count("@") != 1 for address in settings.notify)
    if bad:
        yield wrong("settings", f"SAFER_KPI_NOTIFY holds {bad} words that are no e-mail address.", "Correct them.")
