"""Find and write the release and draft folders of a lake's home."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.files import bytes_of, write_durably
from safer_kpi.reading.place import MANIFEST
from safer_kpi.reading.record import NOTICE
from safer_kpi.settings import DRAFTS, RELEASES

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings

DRAFT_FILE = "draft.json"
_QUARTER = re.compile(r"(?P<quarter>\d{4}-\d{2}-Q[1-4])(\.(?P<correction>[2-9]|[1-9]\d+))?")


@dataclass(frozen=True)
class ReleaseId:
    """A release's name: a financial quarter and, from the second on, the number of the correction."""

    quarter: str
    correction: int = 1

    def __str__(self) -> str:
        return self.quarter if self.correction == 1 else f"{self.quarter}.{self.correction}"

    @classmethod
    def parse(cls, text: str) -> ReleaseId:
        """Return the name that a text gives.

        Raises:
            UsageError: it is not of the form 2024-25-Q4 or 2024-25-Q4.2.
        """
        from safer_kpi.domain.periods import parse_period

        found = _QUARTER.fullmatch(text)
        if found is None:
            raise UsageError(
                f"{text!r} is not a release id.", next_action="Write 2024-25-Q4, or 2024-25-Q4.2 for a correction."
            )
        parse_period(found["quarter"], by="quarter")
        return cls(found["quarter"], int(found["correction"] or 1))


def release_folders(settings: Settings) -> dict[str, Path]:
    """Return the folder of every published release by its id, in the order of the chain."""
    root = settings.home / RELEASES
    manifests = (path for path in root.glob(f"*/{MANIFEST}") if path.is_file())
    found = [path.parent for path in manifests if _QUARTER.fullmatch(path.parent.name)]
    stamped = sorted((read_json(folder / MANIFEST)["published_at"], folder) for folder in found)
    return {folder.name: folder for _, folder in stamped}


def withdrawals(settings: Settings) -> dict[str, Path]:
    """Return the notice of each withdrawn release, by its id."""
    root = settings.home / RELEASES
    names = [name for name in release_folders(settings) if (root / NOTICE.format(release_id=name)).is_file()]
    return {name: root / NOTICE.format(release_id=name) for name in names}


def project_variables(settings: Settings) -> dict[str, Any]:
    """Return the variables of the project's ``config.yaml``."""
    import yaml

    config = settings.project / "config.yaml"
    if not config.is_file():
        return {}
    found: dict[str, Any] = yaml.safe_load(config.read_text(encoding="utf-8")).get("variables") or {}
    return found


def draft_folder(settings: Settings, release_id: str) -> Path:
    """Return the folder of a draft.

    Raises:
        NotFound: there is no such draft.
    """
    folder = settings.home / DRAFTS / str(ReleaseId.parse(release_id))
    if not (folder / DRAFT_FILE).is_file():
        known = ", ".join(row["release_id"] for row in drafts(settings))
        raise NotFound(
            f"No draft {release_id} exists.",
            next_action=f"Drafts: {known}." if known else f"Run safer-kpi release draft {release_id}.",
        )
    return folder


def drafts(settings: Settings) -> list[dict[str, Any]]:
    """Return every draft: id, quarter, last entry, ``known_at`` (UTC), superseded release, reason and approvers."""
    keys = ("release_id", "quarter", "last_entry", "known_at", "supersedes", "revision", "reason", "findings")
    files = sorted((settings.home / DRAFTS).glob(f"*/{DRAFT_FILE}"))
    # Any other name belongs to a draft whose writing was stopped.
    found = [read_json(path) for path in files if _QUARTER.fullmatch(path.parent.name)]
    return [
        {key: each[key] for key in keys} | {"approved_by": [approval["name"] for approval in each["approvals"]]}
        for each in found
    ]


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object from a file."""
    content: dict[str, Any] = json.loads(bytes_of(path))
    return content


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object for people to read; the file is replaced whole."""
    write_durably(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n")
