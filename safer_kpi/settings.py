"""The locations and credentials of a lake and its project; only this module reads environment variables."""

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
PUBLICATIONS = "publications"
PUBLICATION_DRAFTS = "publication-drafts"
COMMENTS = "commentary"
DUCKDB = "duckdb"
APPROVERS = "approvers"
#: What computes ledgers and numbers.
ENGINES = (DUCKDB, "sail", "spark")


@dataclass(frozen=True, kw_only=True)
class S3:
    """The credentials and endpoint of object storage; the secret is left out of ``repr``."""

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
        inbox: the folder or URL where partners drop files, with one folder per feed; links that leave it are refused.
            If empty, the watched inbox is ``inbox`` in the home, and a link may not leave its file's own folder.
        settle_seconds: how long a dropped file must stay unchanged before it is landed; half of that on a disk of
            this machine.
        notify: e-mail addresses that receive notices of refusals, failures and pending approvals.
        pseudonym_key: the key that pseudonymises partners' ids, hex or text of at least 32 characters; left out of
            ``repr``.
        pseudonym_key_file: a file that holds this key.
        pseudonym_key_command: a command that prints this key, such as that of a secret store; run without a shell.
        pseudonym_key_connection: the Airflow connection whose password is this key. If none of the four is set, the
            lake makes its own key.
        publication_key_file: a file that holds the key of public editions; None if the lake makes its own key.
        approvers: the file of trusted people and their public keys.
        signing_key: the private key that signs approvals.
        signing_passphrase: the passphrase of the signing key; left out of ``repr``.
        heads: the file outside every lake that remembers the heads of known chains.
        engine: what computes ledgers and numbers: ``duckdb``, ``sail`` or ``spark``.
        engine_remote: the address of a Spark Connect server; left out of ``repr``, since it may hold a token. If empty,
            Sail is started where it is needed.
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
    pseudonym_key_command: str = ""
    pseudonym_key_connection: str = ""
    publication_key_file: Path | None = None
    approvers: Path | None = None
    signing_key: Path | None = None
    signing_passphrase: str = field(default="", repr=False)
    heads: Path | None = None
    engine: str = DUCKDB
    engine_remote: str = field(default="", repr=False)
    s3: S3 = field(default_factory=S3)

    @classmethod
    def load(
        cls,
        home: str | os.PathLike[str] | None = None,
        *,
        project: str | os.PathLike[str] | None = None,
        default_home: str | os.PathLike[str] = "lake",
    ) -> Settings:
        """Read the settings from environment variables; a ``home`` or ``project`` given here takes precedence.

        ``default_home`` is the home where neither ``home`` nor ``SAFER_KPI_HOME`` names one.
        """
        env = os.environ
        folder = Path(home or env.get("SAFER_KPI_HOME") or default_home).absolute()
        inbox = env.get("SAFER_KPI_INBOX", "")
        key_file = env.get("SAFER_KPI_PSEUDONYM_KEY_FILE")
        publication = env.get("SAFER_KPI_PUBLICATION_KEY_FILE")
        signing_key = env.get("SAFER_KPI_SIGNING_KEY")
        state = Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        return cls(
            home=folder,
            project=_project(project or env.get("SAFER_KPI_PROJECT")),
            catalogue=env.get("SAFER_KPI_CATALOGUE") or f"sqlite:{folder / 'catalogue.sqlite'}",
            data=env.get("SAFER_KPI_DATA") or f"{folder / 'data'}/",
            raw=env.get("SAFER_KPI_RAW") or f"{folder / 'raw'}/",
            cache=cache_folder(),
            inbox=os.fspath(Path(inbox).absolute()) if inbox and "://" not in inbox else inbox,
            settle_seconds=_seconds(env.get("SAFER_KPI_SETTLE_SECONDS")),
            notify=tuple(env.get("SAFER_KPI_NOTIFY", "").replace(",", " ").split()),
            pseudonym_key=env.get("SAFER_KPI_PSEUDONYM_KEY", ""),
            pseudonym_key_file=Path(key_file).absolute() if key_file else None,
            pseudonym_key_command=env.get("SAFER_KPI_PSEUDONYM_KEY_COMMAND", ""),
            pseudonym_key_connection=env.get("SAFER_KPI_PSEUDONYM_KEY_CONNECTION", ""),
            publication_key_file=Path(publication).absolute() if publication else None,
            approvers=Path(env.get("SAFER_KPI_APPROVERS") or folder / APPROVERS).absolute(),
            signing_key=Path(signing_key).absolute() if signing_key else None,
            signing_passphrase=env.get("SAFER_KPI_SIGNING_PASSPHRASE", ""),
            heads=Path(env.get("SAFER_KPI_HEADS") or state / "safer_kpi" / "heads.json").absolute(),
            engine=_engine(env.get("SAFER_KPI_ENGINE")),
            engine_remote=env.get("SPARK_REMOTE", ""),
            s3=S3(
                key_id=env.get("AWS_ACCESS_KEY_ID", ""),
                secret=env.get("AWS_SECRET_ACCESS_KEY", ""),
                endpoint=env.get("AWS_ENDPOINT_URL", ""),
                region=env.get("AWS_REGION", "eu-west-2"),
            ),
        )

    def read_file(self, environment: str) -> Path:
        """Return the path of an environment's read file: ``safer_kpi.duckdb``, or the preview's file beside it."""
        return self.home / read_file_name(environment)

    @property
    def kpi_file(self) -> Path:
        """The read file that analysts and the library open."""
        return self.home / KPI_FILE

    @property
    def superseded_files(self) -> tuple[Path, ...]:
        """The read files in the home that earlier versions wrote: ``kpi.duckdb`` and previews. No build renews them."""
        names = (earlier_name(KPI_FILE), earlier_name("safer_kpi.*.duckdb"))
        return tuple(sorted(file for name in names for file in self.home.glob(name)))

    @property
    def watched(self) -> str:
        """The watched inbox: the configured one, or ``inbox`` in the home."""
        return self.inbox or str(self.home / "inbox")

    @property
    def airflow(self) -> Path:
        """The folder of the local Airflow."""
        return self.home / "airflow"

    @property
    def scratch(self) -> Path:
        """The folder of a command's work files; the next command removes what a crash leaves there."""
        return self.home / "tmp"


_ENVIRONMENT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = {"now"}  # compare uses this name for the live balance


def is_environment(name: str) -> bool:
    """Return whether a text has the form of an environment name; release ids and dates do not."""
    return _ENVIRONMENT.fullmatch(name) is not None


def read_file_name(environment: str) -> str:
    """Return the file name of an environment's read file.

    Raises:
        UsageError: the name is not allowed for an environment.
    """
    if not is_environment(environment) or environment in _TAKEN:
        raise UsageError(
            f"{environment[:40]!r} is not a valid environment name.",
            next_action="Use lower-case letters, digits and underscores, and start with a letter, such as dev.",
        )
    return KPI_FILE if environment == PROD else f"safer_kpi.{environment}.duckdb"


def earlier_name(read_file: str) -> str:
    """Return the name that earlier versions gave a read file: ``kpi.duckdb`` for ``safer_kpi.duckdb``."""
    return read_file.removeprefix("safer_")


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or 2)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise UsageError(
            "SAFER_KPI_SETTLE_SECONDS is not a number from 0 to 3600.",
            next_action="Set it to a number of seconds such as 2 or 2.5.",
        )
    return seconds


def _engine(text: str | None) -> str:
    if text and text not in ENGINES:
        raise UsageError(
            f"SAFER_KPI_ENGINE is none of {', '.join(ENGINES)}.",
            next_action="Set it to one of them, or unset it to compute with DuckDB.",
        )
    return text or DUCKDB


def engine_threads() -> int | None:
    """Return how many threads each DuckDB of this process may use; None for one for each processor.

    Where ``SAFER_KPI_THREADS`` does not say, a thread has at least 400 MB of the memory that DuckDB may use.

    Raises:
        UsageError: ``SAFER_KPI_THREADS`` is not a whole number from 1 to 1024, or ``SAFER_KPI_MEMORY`` no size.
    """
    text = os.environ.get("SAFER_KPI_THREADS", "")
    if not text:
        most = max(1, _engine_megabytes() // _THREAD_MB)
        return most if most < (os.cpu_count() or 1) else None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 1024):
        raise UsageError(
            "SAFER_KPI_THREADS is not a whole number from 1 to 1024.",
            next_action="Set it to a number of threads such as 2, or unset it to use every processor.",
        )
    return int(text)


_SIZE = re.compile(r"([1-9][0-9]{0,6})(MB|GB)")
#: What a command may hold at most where the environment does not say: this, or most of a small machine's memory.
_MEMORY_MB = 4096
#: What Python and the libraries of a build take; DuckDB has the rest, and at least two fifths.
_BESIDE_MB = 550
#: The lists of rows behind postings cannot be written to disk while they are made, and each thread makes its own.
_THREAD_MB = 400


def engine_memory(parts: int = 1) -> str:
    """Return how much memory the DuckDB of a command may use before it spills to disk, such as ``512MB``.

    ``SAFER_KPI_MEMORY`` says how much the command may use in all; one of two DuckDBs side by side may have a part.

    Raises:
        UsageError: ``SAFER_KPI_MEMORY`` is not a whole number of MB or GB.
    """
    return f"{_engine_megabytes() // parts}MB"


def _engine_megabytes() -> int:
    text = os.environ.get("SAFER_KPI_MEMORY", "")
    if not text:
        own = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 10**6
        whole = min(_MEMORY_MB, own * 4 // 5)
    elif (found := _SIZE.fullmatch(text)) is None:
        raise UsageError(
            "SAFER_KPI_MEMORY is not a whole number followed by MB or GB.",
            next_action="Set it to a size such as 1GB, or unset it.",
        )
    else:
        whole = int(found[1]) * (1000 if found[2] == "GB" else 1)
    return max(whole - _BESIDE_MB, whole * 2 // 5)


def spill_folder() -> Path:
    """Return the folder that takes what does not fit into memory: ``SAFER_KPI_SPILL``, or one in the cache."""
    return Path(os.environ.get("SAFER_KPI_SPILL") or cache_folder() / "spill").absolute()


def cache_folder() -> Path:
    """Return the folder of what can be made again."""
    env = os.environ
    return Path(env.get("SAFER_KPI_CACHE") or env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "safer_kpi"


def _project(named: str | os.PathLike[str] | None) -> Path:
    """Return the project folder: the named one, the working folder, this checkout, or the installed template."""
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
    """Return the location for ``safer_kpi.open()``: ``home``, ``SAFER_KPI_HOME`` or ``./lake``."""
    return os.fspath(home) if home is not None else os.environ.get("SAFER_KPI_HOME") or "lake"


_PREFIX = "SAFER_KPI_"
#: Every variable that this package reads or sets, without its prefix; ``STACK`` marks the processes of a local Airflow.
_VARIABLES = {
    "HOME", "PROJECT", "CATALOGUE", "DATA", "RAW", "INBOX", "SETTLE_SECONDS", "NOTIFY", "PSEUDONYM_KEY",
    "PSEUDONYM_KEY_FILE", "PSEUDONYM_KEY_COMMAND", "PSEUDONYM_KEY_CONNECTION", "PUBLICATION_KEY_FILE", "APPROVERS",
    "SIGNING_KEY", "SIGNING_PASSPHRASE", "HEADS", "THREADS", "MEMORY", "SPILL", "CACHE", "STACK",
    "ENGINE",
}  # fmt: skip


def unknown_variables() -> list[str]:
    """Return the names of variables of the environment that look like settings and are none."""
    return sorted(name for name in os.environ if name.startswith(_PREFIX) and name[len(_PREFIX) :] not in _VARIABLES)


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment variables for a child process that uses the same lake, project and inbox."""
    inherited = os.environ.get("PYTHONPATH")
    package = Path(__file__).resolve().parent.parent
    paths = [str(settings.project), str(package), *([inherited] if inherited else [])]
    return os.environ | {
        "SAFER_KPI_HOME": str(settings.home),
        "SAFER_KPI_PROJECT": str(settings.project),
        "SAFER_KPI_INBOX": settings.watched,
        "PYTHONPATH": os.pathsep.join(paths),
    }


_SECRETS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "PGPASSWORD",
    "SAFER_KPI_PSEUDONYM_KEY",
    "SAFER_KPI_SIGNING_PASSPHRASE",
    "SPARK_REMOTE",
)
#: How the names of other secrets begin and end.
_BEGIN, _END = "AIRFLOW_CONN_", ("_TOKEN", "_PASSWORD", "_SECRET")


def secrets() -> tuple[str, ...]:
    """Return the values of the environment that no message may show, the catalogue's connection string among them."""
    catalogue = os.environ.get("SAFER_KPI_CATALOGUE", "")
    named = [os.environ.get(name, "") for name in _SECRETS]
    named += [value for name, value in os.environ.items() if name.startswith(_BEGIN) or name.endswith(_END)]
    return (*(value for value in named if value), *_of_connection(catalogue))


def _of_connection(catalogue: str) -> tuple[str, ...]:
    """Return the connection string of a catalogue in Postgres, and the password in it."""
    kind, _, connection = catalogue.partition(":")
    if kind != "postgres" or not connection:
        return ()
    in_url = re.search(r"://[^:/@]*:(.+)@", connection)
    in_words = re.search(r"password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))", connection)
    words = [*(in_url.groups() if in_url else ()), *(in_words.groups() if in_words else ())]
    return (connection, *(word for word in words if word))
