"""The check that the terms by which a file says why numbers are not judged are those that people signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.sealing.seal import METRIC, columns_of, terms_query
from safer_kpi.reading.sealing.sealed import differs

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture


def require_terms(lake: Picture, release_id: str, terms: str, *, metric: str | None = None) -> None:
    """Raise if the terms that a release judged its metrics by are not those of its seals.

    The seals of the release were read before, by ``require_sealed``; one without seals passes.

    Args:
        lake: the file that is read.
        release_id: the release.
        terms: the relation of the terms.
        metric: one metric; None means all of them.

    Raises:
        CheckFailed: a metric's terms differ from their seal.
    """
    seals = lake.seals[release_id]
    if seals is None or METRIC not in seals:
        return
    types = columns_of(lake.book.read(f"DESCRIBE SELECT * FROM {terms}")[1])
    covered = {name: types[name] for name in seals["columns"][METRIC] if name in types}
    rows = lake.book.read(terms_query(terms, covered))[1]
    found = {metric_id: seal for metric_id, _, seal, _ in rows}
    signed = seals[METRIC]
    wrong = sorted(key for key in found.keys() | signed.keys() if found.get(key) != signed.get(key))
    if named := [key for key in wrong if metric in {None, key}]:
        raise differs(release_id, f"the terms that {named[0]} is judged by differ from their seal")
