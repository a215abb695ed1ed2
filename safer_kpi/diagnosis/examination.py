"""All checks, one after another; a check that cannot look says so, and the others go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.diagnosis import agreement, catalogue, clocks, keys, leftovers, packages, places, servers, trust
from safer_kpi.diagnosis.finding import wrong
from safer_kpi.errors import SaferKpiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

CHECKS: tuple[tuple[str, Callable[[Settings], Iterable[Finding]]], ...] = (
    ("settings", agreement.check),
    ("packages", packages.check),
    ("home", places.check_home),
    ("rights", places.check_rights),
    ("disk", places.check_disk),
    ("object storage", servers.check_object_storage),
    ("Postgres", servers.check_postgres),
    ("catalogue", catalogue.check),
    ("pseudonym key", keys.check_pseudonym_key),
    ("publication key", keys.check_publication_key),
    ("signing key", keys.check_signing_key),
    ("approvers", trust.check_approvers),
    ("heads", trust.check_heads),
    ("work files", leftovers.check_work_files),
    ("read files", leftovers.check_read_files),
    ("local Airflow", leftovers.check_airflow),
    ("clock", clocks.check),
)


def examine(settings: Settings) -> list[Finding]:
    """Return what every check finds, in a fixed order; nothing is changed but small files that are removed again."""
    return [finding for name, check in CHECKS for finding in _looked(name, check, settings)]


def mend(findings: Iterable[Finding]) -> list[str]:
    """Do what is safe: run each finding's own fix; return what was done, one text for each."""
    return [finding.fix() for finding in findings if finding.fix is not None]


def _looked(name: str, check: Callable[[Settings], Iterable[Finding]], settings: Settings) -> Iterator[Finding]:
    """Yield what a check finds; what stops it is a finding, without the words of a driver."""
    import duckdb

    try:
        yield from check(settings)
    except SaferKpiError as mistake:
        yield wrong(name, mistake.what, mistake.next_action)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        yield wrong(name, f"It cannot be looked at: {reason}.", "Check the place, its rights and its disk.")
    except (UnicodeDecodeError, json.JSONDecodeError):
        yield wrong(name, "A file that it looks at is damaged.", "Restore it from backup.")
    except duckdb.Error as problem:
        reason = type(problem).__name__
        yield wrong(name, f"The lake cannot be read ({reason}).", "Run safer-kpi verify, which names damaged files.")
