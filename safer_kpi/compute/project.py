"""Open the SQLMesh project in this process, with the gateway from our own settings."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.catalogue.count_sql import counted_query
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.distinct_sql import distinct_counts
from safer_kpi.catalogue.ledgers import ledger_names
from safer_kpi.compute.observed import rule_text
from safer_kpi.compute.state import state_file
from safer_kpi.domain import causes
from safer_kpi.engine import engine_config
from safer_kpi.errors import CheckFailed, LakeBroken, ProjectError, Unavailable
from safer_kpi.failures import known
from safer_kpi.lake import extension_directory, s3_secret
from safer_kpi.lake.transaction import transaction as one_transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlmesh import Context
    from sqlmesh.core.plan import Plan

    from safer_kpi.settings import Settings


def open_project(
    settings: Settings, feeds: Mapping[str, Sequence[str]], *, state: Path | None = None, checking: bool = False
) -> Context:
    """Open the project's models on the lake of ``settings``; ``feeds`` are the columns of each feed's change rows.

    ``state`` is SQLMesh's state file; default: the lake's own. ``checking`` resolves every column and reads the models'
    tests, which the linter and a test run need and a build does not.

    Raises:
        ProjectError: a model, audit or macro does not load, or breaks a rule of the linter.
    """
    from sqlmesh import Context
    from sqlmesh.core import constants
    from sqlmesh.core.config import Config
    from sqlmesh.core.config.loader import load_config_from_yaml
    from sqlmesh.core.console import set_console
    from sqlmesh.utils.errors import SQLMeshError

    from safer_kpi.compute.console import QuietConsole
    from safer_kpi.compute.count_check import check_counts
    from safer_kpi.compute.loader import keep_to_the_lake, loader_of

    set_console(QuietConsole())
    # Workers are forks of a process that holds a lake open, and take longer to start than they save.
    constants.MAX_FORK_WORKERS = 1
    keep_to_the_lake()
    logging.getLogger("sqlmesh").setLevel(logging.ERROR)
    (settings.home / "state").mkdir(parents=True, exist_ok=True)
    raw = load_config_from_yaml(settings.project / "config.yaml")
    gateway = raw["gateways"]["lake"]
    lake = gateway["connection"]["catalogs"]["lake"]
    lake["path"], lake["data_path"] = _within_quotes(settings.catalogue), _within_quotes(settings.data)
    extensions = extension_directory(settings)
    own = {"extension_directory": _within_quotes(str(extensions))} if extensions else {}
    gateway["connection"]["connector_config"] = {**engine_config(), **own}
    if settings.data.startswith("s3://"):
        gateway["connection"]["secrets"] = {"lake_s3": s3_secret(settings.s3)}
    gateway["state_connection"]["database"] = str(state or state_file(settings))
    raw["cache_dir"] = str(settings.cache / "models")
    raw["variables"] = {**(raw.get("variables") or {}), **_given(settings.project)}
    raw["model_defaults"]["optimize_query"] = checking
    config = Config.parse_obj(raw)
    config.loader = loader_of(feeds, tests=checking)
    try:
        context = Context(paths=str(settings.project), config=config)
    except SQLMeshError as error:
        raise ProjectError(f"The models do not load: {error}") from error
    try:
        check_counts(load_definitions(settings.project), context.models)
    except ProjectError:
        context.close()
        raise
    return context


def _within_quotes(place: str) -> str:
    """Return a place as SQLMesh needs it: it puts quotes around it and doubles none that the place holds."""
    return place.replace("'", "''")


def _given(project: Path) -> dict[str, str]:
    """Return the variables of the models: ledgers, what metrics count, the order of causes, the rule of observations.

    SQLMesh puts a variable into the fingerprint of the models that use it.
    """
    definitions = load_definitions(project)
    return {
        "ledgers": " ".join(ledger_names(project)),
        "counted": counted_query(definitions),
        "counted_distinct": distinct_counts(definitions),
        "causes": " ".join(causes.PRECEDENCE),
        "observed": rule_text(project),
    }


def tables_of(context: Context, feeds: Collection[str]) -> list[str]:
    """Return the models that hold rows and read change rows of one of ``feeds``, directly or through others."""
    landed = {context.get_model(f"landing.{feed}", raise_if_missing=True).fqn for feed in feeds}
    return sorted(
        model.name
        for fqn, model in context.models.items()
        if model.kind.is_materialized and landed & set(context.dag.upstream(fqn))
    )


def digest(project: Path) -> str:
    """Return the SHA-256 of everything the models are made of, with SQLMesh's version: equal if no model differs."""
    from importlib.metadata import version

    found = hashlib.sha256(version("sqlmesh").encode())
    for one in load_definitions(project):
        # Of a definition what its number is made with: an edited caveat changes no model.
        found.update(repr((one.metric_id, one.numerator, one.denominator, one.count, one.feeds, one.areas)).encode())
    # These variables stand in no file of the project: the package decides them.
    found.update(repr(sorted(_given(project).items())).encode())
    files = [project / "config.yaml", project / "external_models.yaml"]
    files += (project / "contracts" / "feeds").glob("*.py")
    for folder in ("models", "audits", "macros", "seeds"):
        files += [path for path in (project / folder).rglob("*") if path.suffix in {".sql", ".py", ".csv", ".yaml"}]
    for path in sorted(files):
        found.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


@contextmanager
def transaction(context: Context) -> Iterator[None]:
    """Put one transaction of the lake around everything SQLMesh does, which would commit statement by statement.

    A build changes the lake completely or not at all, and the lake's catalogue is written and read again once instead
    of once for each of some hundred statements.
    """
    with one_transaction(context.engine_adapter.cursor, "models.commit"):
        yield


def apply(
    context: Context,
    environment: str,
    *,
    start: dt.date,
    end: dt.date,
    restate: Sequence[str] | None,
) -> None:
    """Build ``environment`` for the days ``start`` to ``end``; rebuild ``restate``, else the changed models.

    Raises:
        CheckFailed: an audit found rows, or a model could not be evaluated; the error names it.
        Unavailable: the disk, the object storage or the catalogue failed.
    """
    with _named_failures():
        plan = context.plan_builder(
            environment,
            start=start if restate else None,
            end=end if restate else None,
            execution_time=_after(end),
            restate_models=list(restate) if restate else None,
            skip_tests=True,
            skip_linter=True,
        ).build()
        if restate:
            # Views hold no rows: without this every model that lies up or down from a ledger would be made again.
            tables = {context.get_model(name, raise_if_missing=True).fqn for name in restate}
            plan = plan.copy(update={"models_to_backfill": tables})
        context.apply(plan)


def apply_tables(context: Context, environment: str, *, end: dt.date) -> None:
    """Make the tables and views of ``environment`` up to the day ``end``, with the rows of seeds and no others.

    SQLMesh remembers the days as built: whoever calls this builds them.

    Raises:
        CheckFailed: a table or view could not be made; the error names it.
        Unavailable: the disk, the object storage or the catalogue failed.
    """
    with _named_failures():
        plan = context.plan_builder(
            environment, execution_time=_after(end), empty_backfill=True, skip_tests=True, skip_linter=True
        ).build()
        context.apply(plan)


def apply_preview(context: Context, environment: str, *, start: dt.date, since: dt.date | None, end: dt.date) -> None:
    """Build ``environment`` for the days ``start`` to ``end``: only the models that differ from prod's.

    Days from ``since`` that an earlier preview built are built again: more may have been posted on them later.

    Raises:
        CheckFailed: an audit found rows, or a model could not be evaluated; the error names it.
    """
    with _named_failures():
        plan = _preview_plan(context, environment, start, end)
        # By version, not by fingerprint: a model whose description changed keeps the table that prod reads.
        prod = context.state_reader.get_environment("prod")
        built = {(each.name, each.version) for each in prod.snapshots} if prod else set()
        own = [each for each in plan.snapshots.values() if (each.name, each.version) not in built]
        stale = [each for each in own if each.intervals]
        if stale and since is not None:
            context.state_sync.remove_intervals(
                [(each, each.get_removal_interval(since, end, strict=False)) for each in stale]
            )
            plan = _preview_plan(context, environment, start, end)
        context.apply(plan.copy(update={"models_to_backfill": {each.name for each in own}}))


def _preview_plan(context: Context, environment: str, start: dt.date, end: dt.date) -> Plan:
    return context.plan_builder(
        environment,
        start=start,
        end=end,
        execution_time=_after(end),
        include_unmodified=True,
        skip_tests=True,
        skip_linter=True,
    ).build()


def _after(day: dt.date) -> dt.date:
    import datetime as dt

    return day + dt.timedelta(days=1)


@contextmanager
def _named_failures() -> Iterator[None]:
    """Raise errors of a plan as a failed check that names the models."""
    from sqlmesh.core.console import get_console
    from sqlmesh.utils.errors import SQLMeshError

    from safer_kpi.compute.console import QuietConsole

    console = get_console()
    failures, raised = (console.failures, console.causes) if isinstance(console, QuietConsole) else ([], [])
    try:
        yield
    except SQLMeshError as error:
        for cause in (*raised, error):
            if isinstance(ours := known(cause), Unavailable | LakeBroken):
                raise ours from cause
        raise CheckFailed(f"The build stopped: {'; '.join(failures) or error}") from error
