"""Which figures of protected counts are published, and what each of them is (decision 0080)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.atoms import Atoms
from safer_kpi.disclosure.protect.authority import Authority
from safer_kpi.disclosure.protect.book import Book
from safer_kpi.disclosure.protect.correcting import Corrections
from safer_kpi.disclosure.protect.counts import sorted_counts
from safer_kpi.disclosure.protect.families import families
from safer_kpi.disclosure.protect.sums import rolling_years, ward_sums
from safer_kpi.disclosure.protect.values import ALL, QUARTER, ROLLING12, YEAR
from safer_kpi.disclosure.protect.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from safer_kpi.disclosure.protect.values import Count, Place, Published
    from safer_kpi.disclosure.rule import Rule


def protect(
    *,
    counts: Iterable[Count],
    labels: Iterable[str],
    frozen: Iterable[Published],
    rules: Mapping[str, Rule],
    place: Place,
    key: bytes,
    release_id: str,
    edition: str,
    series: int = 1,
    corrections: Iterable[tuple[str, str]] = (),
) -> list[Published]:
    """Return every figure of protected counts that a public edition holds, those of earlier editions among them.

    Args:
        counts: the final counts of the restricted release, of the own authority and its wards; see ``read_counts``.
        labels: the parts that the release has of published breakdowns, in any area; see ``read_labels``.
        frozen: the figures of all earlier public editions, not of the last one only, the oldest edition first.
        rules: the rule of each metric, from the restricted release.
        place: the own authority and its wards.
        key: the secret publication key; no figure and no error holds it.
        release_id: the restricted release.
        edition: the public edition that is made.
        series: the series of new figures; none is of a period that figures of an earlier series reach into.
        corrections: the exact figures of the authority that are published again, each by its metric and period.

    Raises:
        CheckFailed: earlier editions give two figures for one cell, wards count more than their authority, metrics
            that a rule declares equal are not, or a correction would not be exact.
        NotFound, UsageError: a correction is of a figure that is not published, or not exact.
    """
    known = families(rules)
    earlier = list(frozen)
    book = Book(row for row in earlier if row.metric_id in known.rules)
    stated = (count for count in counts if _is_stated(count, known.rules.get(count.metric_id)))
    held = sorted_counts(stated, place=place, labels=labels)
    former = frozenset(row.period for row in earlier if row.series < series)
    writer = Writer(book=book, release_id=release_id, edition=edition, series=series, former=former)
    atoms = Atoms(families=known, counts=held, writer=writer, key=key)
    authority = Authority(families=known, counts=held, writer=writer, atoms=atoms)
    Corrections(authority).publish(corrections)
    atoms.wards()
    atoms.parts()
    for length in (QUARTER, YEAR, ROLLING12):
        authority.publish(length)
    ward_sums(known, held, writer)
    rolling_years(known, held, writer)
    return book.rows()


def _is_stated(count: Count, rule: Rule | None) -> bool:
    """Return whether a rule publishes the breakdown that a count is a part of."""
    return rule is not None and (count.breakdown == ALL or count.breakdown.partition(":")[0] in rule.breakdowns)
