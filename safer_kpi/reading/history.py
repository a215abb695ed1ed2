"""The part of the public interface that tells where a number comes from and what it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.picture import Picture

if TYPE_CHECKING:
    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.table import Table
    from safer_kpi.reading.times import Moment


class History(Picture):
    """Traces in three directions, every value a period had, and how long numbers take to settle."""

    def trace(
        self,
        metric: str,
        *,
        area: str,
        period: str,
        by: PeriodType | None = None,
        breakdown: str | None = None,
        release: str | None = None,
        known_at: Moment | None = None,
    ) -> Table:
        """One row per source row behind an observation: posting, delivery, file, SHA-256 and row number.

        The header of a file is row 1. ``amount`` belongs to the posting and repeats on each of its rows; ``weight`` is
        the row's own part: over the rows of ``measure`` ``amount`` the weights of the numerator's ledger sum to the
        numerator, those of the denominator's, under its own ``metric_id``, to the denominator. Where a metric counts
        distinct things, one source row stands for each. A figure that is ``suppressed`` or ``unavailable`` is traced
        too, under that ``measure``.

        Arguments as for ``metric``.
        """
        from safer_kpi.reading.tracing.trace import trace_table

        return trace_table(
            self,
            metric,
            area=area,
            period=period,
            by=by,
            breakdown=breakdown,
            release=release,
            known_at=known_at,
        )

    def trace_row(self, delivery: int | str, row: int) -> Table:
        """One row per number that a row of a partner's file is or was in, and per stay in it.

        ``entry`` and ``cause`` put it there, ``out_entry`` and ``out_cause`` took it out again (none while it is
        live); ``weight`` is what it counts in the ``part`` (``numerator`` or ``denominator``); ``releases`` are those
        that certified the number with the row in it. Where no posting rests on the row there is one row alone, whose
        ``outcome`` and ``reason`` say why, as far as this file knows. Where a metric counts distinct things, a row is
        found only if it stands for one of them.

        Args:
            delivery: its number, its file name, or the beginning of its SHA-256.
            row: the row's number in the file; the header is row 1.

        Raises:
            NotFound: there is no such delivery.
            UsageError: several deliveries are called that, or the row is the header.
        """
        from safer_kpi.reading.tracing.row import trace_row_table

        return trace_row_table(self, delivery, row)

    def trace_delivery(self, delivery: int | str) -> Table:
        """One row per change a delivery made: metric, area (of every level), period, breakdown, cause and amount.

        What it posted when it was landed, replayed or reverted, by ``entry`` and ``kind``. Periods are those of the
        ledger: months where months are summed, from which quarters and years follow. No rows where it changed nothing.

        Raises:
            NotFound: there is no such delivery.
            UsageError: several deliveries are called that.
        """
        from safer_kpi.reading.tracing.delivery import trace_delivery_table

        return trace_delivery_table(self, delivery)

    def vintages(
        self,
        metric: str,
        *,
        area: str | None = None,
        by: PeriodType | None = None,
        period: str | None = None,
        breakdown: str | None = None,
    ) -> Table:
        """One row per value a period ever had: what ``known_at`` gives from ``known_from`` until ``known_until``.

        A new row begins with the ``entry`` at which numerator, denominator, value, unit or status became another; a
        period's history begins with its first figure. ``revision`` is the value less the one before, in the metric's
        unit; ``causes`` are those of the postings at that entry (none where only coverage or time passed, which turns
        ``provisional`` into ``final``); ``months_after`` are whole months from the period's end to ``known_from``.
        ``known_until`` is none for the value that stands. Times are UTC.

        Arguments as for ``metric``; ``by`` is the shortest length of period the metric has when left out.
        """
        from safer_kpi.reading.vintages import vintages_table

        return vintages_table(self, metric, area=area, by=by, period=period, breakdown=breakdown)

    def revisions(
        self,
        metric: str,
        *,
        area: str | None = None,
        by: PeriodType | None = None,
        period: str | None = None,
        breakdown: str | None = None,
    ) -> Table:
        """One row per period: how its value was revised after it was first given.

        ``revisions`` counts the later values that differ from the one before; ``revision`` is the latest value less
        the first. ``mean_revision`` is the average over the later values of (later - first), ``mean_absolute_revision``
        that of its absolute amount (OECD, Guidelines on Revisions Policy and Analysis; ONS, revision triangles): both
        none for a value that was never revised. Values a period had while it was incomplete are none and left out.

        Arguments as for ``vintages``.
        """
        from safer_kpi.reading.revisions import revisions_table

        return revisions_table(self, metric, area=area, by=by, period=period, breakdown=breakdown)

    def settling(self) -> Table:
        """One row per metric: after how many months its numbers are declared to settle, and after how many they did.

        See :mod:`safer_kpi.reading.settling` for what is measured, on which ``periods``. ``verdict`` says whether the
        declared months are enough; they alone decide what is ``provisional``, for they do not depend on what arrived.
        """
        from safer_kpi.reading.settling import settling_table

        return settling_table(self)
