"""What each metric is: the definitions of ``contracts/kpis/*.yaml``, loaded and checked."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from safer_kpi.catalogue.definition_rules import check
from safer_kpi.catalogue.strategy import FILE as STRATEGY
from safer_kpi.catalogue.strategy import check_strategy, load_strategy
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.catalogue.definition import Definition

FOLDER = "contracts/kpis"


def load_definitions(project: Path, *, feeds: Sequence[str] | None = None) -> tuple[Definition, ...]:
    """Return every metric of the project, by metric_id; ``feeds`` are the known feeds, where the caller knows them.

    Raises:
        ProjectError: a file is not a KPI definition, a key is missing, unknown or of the wrong kind, a metric is
            defined twice, or a definition contradicts itself, another one, the strategy or the ledger models.
    """
    # A build asks seven times. What the files hold is the key, so an edited file is read again.
    return _loaded(project, None if feeds is None else tuple(feeds), _contents(project))


def _contents(project: Path) -> tuple[tuple[str, bytes], ...]:
    """Return every file that the definitions are made of or checked against, with its bytes."""
    files = [
        project / STRATEGY,
        *(path for path in (project / FOLDER).rglob("*") if path.suffix in {".yaml", ".csv"}),
        *(project / "models" / "ledger").glob("*.sql"),
    ]
    return tuple((str(path), path.read_bytes()) for path in sorted(files) if path.is_file())


@lru_cache(maxsize=4)
def _loaded(
    project: Path,
    feeds: tuple[str, ...] | None,
    contents: tuple[tuple[str, bytes], ...],  # noqa: ARG001 (part of the key)
) -> tuple[Definition, ...]:
    """Read and check the definitions; ``contents`` only tells one state of the files from another."""
    from safer_kpi.catalogue.definition_read import read_definitions
    from safer_kpi.catalogue.ledgers import check_posted

    found: dict[str, Definition] = {}
    files = sorted((project / FOLDER).glob("*.yaml"))
    if not files:
        raise ProjectError(f"No KPI is defined under {project / FOLDER}.")
    strategy = load_strategy(project)
    for path in files:
        for one in read_definitions(path, strategy):
            if one.metric_id in found:
                raise one.error("metric_id", "the metric is defined twice.", "Rename or remove one of them.")
            found[one.metric_id] = one
    definitions = tuple(found[name] for name in sorted(found))
    broken = [mistake for one in found.values() for mistake in check(one, found, feeds=feeds)]
    broken += check_strategy(strategy, found) if strategy else []
    if broken:
        raise ProjectError("\n".join(broken))
    check_posted(project, definitions)
    return definitions
