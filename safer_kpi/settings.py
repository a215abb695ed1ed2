"""Where a lake and its project lie. This is the only place that reads the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from safer_kpi.errors import UsageError

KPI_FILE = "safer_kpi.duckdb"
PROD = "prod"
RELEASES = "releases"
DRAFTS = "drafts"


@dataclass(frozen=True, kw_only=True)
class S3:
    """How to reach object storage; the secret never shows."""

    key_id: str = ""
    secret: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = "eu-west-2"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One lake: its home folder, its project and its three stores.

    Attributes:
        home: folder of ``safer_kpi.duckdb``, releases, state and the local lease.
        project: folder with ``contracts/``, ``models/`` and ``config.yaml``.
        catalogue: DuckLake's catalogue, ``sqlite:PATH`` or ``postgres:DSN``.
        data: folder or URL of the lake's Parquet files.
        raw: folder or URL of the received bytes; may have a credential of its own.
        cache: folder for local copies of remote read files.
        inbox: where partners drop files, a folder or URL with a folder per feed; links that leave it are refused.
            Empty: ``inbox`` in the home for those who watch it, each file's own folder for links.
        settle_seconds: how long a dropped file must have been left alone before it is landed.
        notify: e-mail addresses that are told of refusals, failures and approvals that wait.
        pseudonym_key: the key of partners' ids, hex or text of at least 32 characters; it never shows.
        pseudonym_key_file: a file that holds it. With neither, the lake makes one of its own.
        approvers: the file of people whose signatures are trusted, and their public keys.
        signing_key: the private key approvals are signed with.
        signing_passphrase: what opens it; it never shows.
        heads: the file in which the heads of known chains are remembered, outside every lake.
    """

    home: Path
    project: Path
    catalogue: str
    data: str
    raw: str
    cache: Path
    inbox: str = ""
    settle_seconds: float = 2.0
    notify: tuple[str, ...] = ()
    pseudonym_key: str = field(default="", repr=False)
    pseudonym_key_file: Path | None = None
    approvers: Path | None = None
    signing_key: Path | None = None
    signing_passphrase: str = field(default="", repr=False)
    heads: Path | None = None
    s3: S3 = field(default_factory=S3)

    @classmethod
    def load(
        cls, home: str | os.PathLike[str] | None = None, *, project: str | os.PathLike[str] | None = None
    ) -> Settings:
        """Settings from the environment; a ``home`` or ``project`` given here wins over it."""
        env = os.environ
        folder = Path(home or env.get("SAFER_KPI_HOME") or "lake").absolute()
        inbox = env.get("SAFER_KPI_INBOX", "")
        key_file = env.get("SAFER_KPI_PSEUDONYM_KEY_FILE")
        signing_key = env.get("SAFER_KPI_SIGNING_KEY")
        state = Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        return cls(
            home=folder,
            project=_project(project or env.get("SAFER_KPI_PROJECT")),
            catalogue=env.get("SAFER_KPI_CATALOGUE") or f"sqlite:{folder / 'catalogue.sqlite'}",
            data=env.get("SAFER_KPI_DATA") or f"{folder / 'data'}/",
            raw=env.get("SAFER_KPI_RAW") or f"{folder / 'raw'}/",
            cache=Path(env.get("SAFER_KPI_CACHE") or env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "safer_kpi",
            inbox=os.fspath(Path(inbox).absolute()) if inbox and "://" not in inbox else inbox,
            settle_seconds=_seconds(env.get("SAFER_KPI_SETTLE_SECONDS")),
            notify=tuple(env.get("SAFER_KPI_NOTIFY", "").replace(",", " ").split()),
            pseudonym_key=env.get("SAFER_KPI_PSEUDONYM_KEY", ""),
            pseudonym_key_file=Path(key_file).absolute() if key_file else None,
            approvers=Path(env.get("SAFER_KPI_APPROVERS") or folder / "approvers").absolute(),
            signing_key=Path(signing_key).absolute() if signing_key else None,
            signing_passphrase=env.get("SAFER_KPI_SIGNING_PASSPHRASE", ""),
            heads=Path(env.get("SAFER_KPI_HEADS") or state / "safer_kpi" / "heads.json").absolute(),
            s3=S3(
                key_id=env.get("AWS_ACCESS_KEY_ID", ""),
                secret=env.get("AWS_SECRET_ACCESS_KEY", ""),
                endpoint=env.get("AWS_ENDPOINT_URL", ""),
                region=env.get("AWS_REGION", "eu-west-2"),
            ),
        )

    def read_file(self, environment: str) -> Path:
        """The read-side file of a build: ``safer_kpi.duckdb``, or that of the preview ``environment`` beside it."""
        return self.home / read_file_name(environment)

    @property
    def kpi_file(self) -> Path:
        """The read-side file that analysts and the library open."""
        return self.home / KPI_FILE

    @property
    def superseded_files(self) -> tuple[Path, ...]:
        """The read files in the home that earlier versions wrote: ``kpi.duckdb`` and previews. No build renews them."""
        names = (earlier_name(KPI_FILE), earlier_name("safer_kpi.*.duckdb"))
        return tuple(sorted(file for name in names for file in self.home.glob(name)))

    @property
    def watched(self) -> str:
        """The inbox that is watched: the one named, or ``inbox`` in the home."""
        return self.inbox or str(self.home / "inbox")

    @property
    def scratch(self) -> Path:
        """Work files of one command; nothing in it outlives a crash's sweep."""
        return self.home / "tmp"


_ENVIRONMENT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = {"now"}  # what compare calls the live balance


def is_environment(name: str) -> bool:
    """Whether a text could name an environment: no release id and no date does."""
    return _ENVIRONMENT.fullmatch(name) is not None


def read_file_name(environment: str) -> str:
    """The name of the read-side file of an environment.

    Raises:
        UsageError: no environment can be called that.
    """
    if not is_environment(environment) or environment in _TAKEN:
        raise UsageError(
            f"{environment[:40]!r} names no environment.",
            next_action="Write small letters, digits and underscores, a letter first, such as dev.",
        )
    return KPI_FILE if environment == PROD else f"safer_kpi.{environment}.duckdb"


def earlier_name(read_file: str) -> str:
    """Return the name that earlier versions gave a read file: ``kpi.duckdb`` for ``safer_kpi.duckdb``."""
    return read_file.removeprefix("safer_")


def _seconds(text: str | None) -> float:
    try:
        found = float(text or 2)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 3600:
        raise UsageError(
            "SAFER_KPI_SETTLE_SECONDS is no number of seconds up to 3600.", next_action="Write it as 2 or 2.5."
        )
    return found


def _project(named: str | os.PathLike[str] | None) -> Path:
    """The project folder: the one named, the working folder, or this checkout."""
    if named:
        return Path(named).absolute()
    here = Path.cwd()
    if (here / "config.yaml").is_file() and (here / "contracts").is_dir():
        return here
    beside_package = Path(__file__).resolve().parent.parent
    if (beside_package / "config.yaml").is_file():
        return beside_package
    return Path(__file__).resolve().parent / "_template"


def open_location(home: str | os.PathLike[str] | None) -> str:
    """What ``safer_kpi.open()`` opens: the place given, ``SAFER_KPI_HOME``, or ``./lake``."""
    return os.fspath(home) if home is not None else os.environ.get("SAFER_KPI_HOME") or "lake"


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that is to find the same lake, project and inbox, and to import both."""
    inherited = os.environ.get("PYTHONPATH")
    package = Path(__file__).resolve().parent.parent
    paths = [str(settings.project), str(package), *([inherited] if inherited else [])]
    return os.environ | {
        "SAFER_KPI_HOME": str(settings.home),
        "SAFER_KPI_PROJECT": str(settings.project),
        "SAFER_KPI_INBOX": settings.watched,
        "PYTHONPATH": os.pathsep.join(paths),
    }
