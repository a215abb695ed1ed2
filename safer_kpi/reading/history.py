"""The part of the public interface that shows a number's source rows and earlier values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.picture import Picture

if TYPE_CHECKING:
    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.table import Table
    from safer_kpi.reading.times import Moment


class History(Picture):
    """The methods for traces, earlier values and settling times."""

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

        The header of a file is row 1. Of a fetched file, ``fetched_from`` is the address and ``publisher_date`` the
        date that its publisher gave it. ``amount`` belongs to the posting and repeats on each of its rows; ``weight``
        is the row's own share. Over the rows whose ``measure`` is ``amount``, the weights of the numerator's ledger sum
        to the numerator, and those of the denominator's ledger, under its own ``metric_id``, to the denominator. If a
        metric counts distinct things, one source row represents each. A ``suppressed`` or ``unavailable`` figure is
        traced too, under that ``measure``.

        A release holds no source rows; they come from the lake, where that is open or the release's folder lies in it,
        for each posting that the lake holds as the release does. Else ``evidence_delivery_id`` and ``source_row`` are
        null, ``weight`` is the posting's amount, and file and SHA-256 are those of the delivery that posted it.

        The arguments are those of ``metric``.
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
        """One row per number that counts or counted a row of a partner's file, and per time span in which it did.

        ``entry`` and ``cause`` added the source row, ``out_entry`` and ``out_cause`` removed it again (null while it
        is live). ``weight`` is its weight in the ``part`` (``numerator`` or ``denominator``); ``releases`` are the
        releases that certified the number with this row. If no posting rests on the source row, the table has one row,
        and ``outcome`` and ``reason`` say why, as far as this read file shows; from a release alone, without its
        lake, it is ``not known``. If a metric counts distinct things, the
        table finds the source row only if it represents one of them.

        Args:
            delivery: the delivery's number, its file name, or the beginning of its SHA-256.
            row: the row's number in the file; the header is row 1.

        Raises:
            NotFound: no such delivery exists.
            UsageError: several deliveries match, or the row is the header.
        """
        from safer_kpi.reading.tracing.row import trace_row_table

        return trace_row_table(self, delivery, row)

    def trace_delivery(self, delivery: int | str) -> Table:
        """One row per change a delivery made: metric, area (of every level), period, breakdown, cause and amount.

        The changes are those of its landing, replay and reversal, by ``entry`` and ``kind``. Periods are those of the
        ledger: months for summed metrics, from which quarters and years follow. The table is empty if the delivery
        changed nothing.

        Raises:
            NotFound: no such delivery exists.
            UsageError: several deliveries match.
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
        """One row per value a period ever had: the value as known from ``known_from`` until ``known_until``.

        A new row begins with each ``entry`` that changes the numerator, denominator, value, unit or status; a period's
        history begins with its first figure. ``revision`` is the value minus the value before, in the metric's unit.
        ``causes`` are those of the postings at that entry; the list is empty if only coverage changed or time passed,
        which turns ``provisional`` into ``final``. ``months_after`` is the number of whole months from the period's
        end to ``known_from``. ``known_until`` is null for the current value. Times are UTC. ``sensitivity`` is that of
        ``metric``.

        The arguments are those of ``metric``; ``by`` defaults to the metric's shortest period length.
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
        """One row per period: how its value was revised after its first publication in the lake.

        ``revisions`` counts the later values that differ from the value before; ``revision`` is the latest value minus
        the first. ``mean_revision`` is the average of (later - first) over the later values, and
        ``mean_absolute_revision`` the average of its absolute amount (OECD, Guidelines on Revisions Policy and
        Analysis; ONS, revision triangles); both are null for a value that was never revised. An incomplete period has
        no value, so it does not count.

        The arguments are those of ``vintages``.
        """
        from safer_kpi.reading.revisions import revisions_table

        return revisions_table(self, metric, area=area, by=by, period=period, breakdown=breakdown)

    def settling(self) -> Table:
        """One row per metric: its declared settling time in months, and the measured one.

        :mod:`safer_kpi.reading.settling` defines the measurement and its ``periods``. ``verdict`` says whether the
        declared months are enough, and so does ``is_enough`` (null if too few periods have ended to tell); only the
        declared months decide whether a number is ``provisional``.
        """
        from safer_kpi.reading.settling import settling_table

        return settling_table(self)
