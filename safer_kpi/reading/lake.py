"""The public reading interface: a lake, a safer_kpi.duckdb or a published release, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.book import one_of
from safer_kpi.reading.history import History
from safer_kpi.reading.table import Table
from safer_kpi.settings import KPI_FILE, Settings, earlier_name, open_location
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    import os

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.comparing.compare import Comparison
    from safer_kpi.reading.times import Moment

NOW = "now"
RECEIPT_COLUMNS = (
    "delivery_id, feed, file_name, sha256, bytes, published_at, received_at, cells, stale_cells, contract_version, "
    "status, rows_read, rows_accepted, rows_quarantined, rows_skipped, "
    "CAST(CAST(changes AS JSON) AS MAP(VARCHAR, BIGINT)) AS changes, error"
)

#: What is said of a lake that no build of this version has renewed yet.
SUPERSEDED = (
    f"An earlier version of safer-kpi built this lake: its numbers are read from {earlier_name(KPI_FILE)}. "
    f"Run safer-kpi build, which writes {KPI_FILE}."
)


class Lake(History):
    """One consistent picture of the numbers, for as long as it is open; safe to share between threads.

    Every call returns a :class:`Table`. Times are UTC. Names that do not exist raise :class:`NotFound` and say which
    are near; contradictory arguments raise :class:`UsageError`.
    """

    def metric(
        self,
        metric: str,
        *,
        area: str | None = None,
        by: PeriodType | None = None,
        breakdown: str | None = None,
        release: str | None = None,
        known_at: Moment | None = None,
        definition: int | None = None,
        period: str | None = None,
    ) -> Table:
        """One row per observation: a metric's value in an area over a period.

        Args:
            metric: its id, as ``metrics()`` lists them.
            area: a code or an exact name; every area when left out.
            by: the length of the periods: the shortest the metric has when left out, or the length of ``period``.
            breakdown: one part of the metric; its total when left out.
            release: a release id; ``"now"`` for the live balance; the latest release when left out, or the live balance
                while nothing has been published.
            known_at: a date (the end of that day in the UK) or a time (UTC): the numbers as they were known then.
            definition: the definition version the numbers must have.
            period: one period, such as ``2024-25-Q1``; ``by`` settles what 2009-10 means.

        Returns:
            The columns of ``kpi.certified``. ``value`` is in ``unit``; ``lower`` and ``upper`` are the 95 % interval.
        """
        from safer_kpi.reading.metric import metric_table

        return metric_table(
            self,
            metric,
            area=area,
            by=by,
            breakdown=breakdown,
            release=release,
            known_at=known_at,
            definition=definition,
            period=period,
        )

    def verdicts(
        self,
        metric: str | None = None,
        *,
        area: str | None = None,
        by: PeriodType | None = None,
        period: str | None = None,
        breakdown: str | None = None,
        release: str | None = None,
    ) -> Table:
        """One row per judgement: one observation against its baseline, the year before, or its own series.

        Arguments as for ``metric``. ``verdict`` is ``improving``, ``worsening``, ``no clear change`` or ``not judged``;
        ``reason``, ``test``, ``statistic`` and ``p_value`` say why. Verdicts are stored with the release.
        """
        from safer_kpi.reading.verdicts import verdict_table

        return verdict_table(self, metric, area=area, by=by, period=period, breakdown=breakdown, release=release)

    def metrics(self) -> Table:
        """One row per metric: its id, definition version, unit and the words of its definition.

        ``certified_in``, ``certificate`` (``certified``, ``lapsed``, ``provisional``) and ``because`` say whether the
        last release that certifies it still speaks for what is live, as ``certificates()`` does.
        """
        from safer_kpi.reading.certificates import states_query

        return Table(
            self._book,
            "SELECT m.*, s.release_id AS certified_in, s.state AS certificate, s.because "
            f"FROM kpi.metric AS m JOIN ({states_query(self)}) AS s USING (metric_id) ORDER BY metric_id",
        )

    def certificates(self) -> Table:
        """One row per metric: does the last certificate speak for what is live now?

        Columns: ``metric_id``, ``release_id`` (the last release that certifies it), ``certificate`` (SHA-256 over all
        it is bound to: definition, contracts, deliveries, coverage, models, seeds, package version), ``state``
        (``certified``; ``lapsed``, and ``because`` says what changed; ``provisional`` where no release certifies it).
        """
        from safer_kpi.reading.certificates import certificates_table

        return certificates_table(self)

    def releases(self) -> Table:
        """One row per published release, oldest first.

        ``status`` is ``published``, ``superseded`` or ``withdrawn``; a correction says what it ``supersedes``, why
        (``reason``) and of which kind it is (``revision``, the ONS code R1, R2, R3 or C).
        """
        from safer_kpi.reading.releases import releases_table

        return releases_table(self)

    def feeds(self, *, on: dt.date | None = None) -> Table:
        """One row per feed: how much of it has arrived, what is late and what is missing on a day (today's, UTC).

        Columns: ``feed``, ``title``, ``owner``, ``cadence``, ``deliveries`` (accepted), ``last_delivery`` (id),
        ``last_received`` and ``last_published`` (UTC), ``cells`` (scope cells covered), ``late`` (overdue, and nothing
        later has come), ``missing`` (a gap: later ones have come), ``held_rows``.
        """
        from safer_kpi.reading.feeds import feeds_table

        return feeds_table(self, on=on)

    def cells(self, feed: str, *, on: dt.date | None = None) -> Table:
        """One row per scope cell of a feed that is in, or that its cadence leads to expect by a day (today's, UTC).

        Columns: ``feed``, ``prefix`` (what cells that follow one another share), ``cell``, ``starts_on``, ``ends_on``,
        ``due_on``, ``status`` (``in``, ``late``, ``missing``, ``expected``), ``held_rows``.
        """
        from safer_kpi.reading.feeds import cells_table

        return cells_table(self, feed, on=on)

    def deliveries(self, feed: str | None = None) -> Table:
        """One row per delivery: its receipt, oldest first."""
        where = ""
        if feed is not None:
            known = [row[0] for row in self._book.read("SELECT DISTINCT feed FROM kpi.delivery")[1]]
            where = f"WHERE feed = {literal(one_of(feed, known, 'feed'))} "
        return Table(self._book, f"SELECT {RECEIPT_COLUMNS} FROM kpi.delivery {where}ORDER BY delivery_id")

    def compare(
        self,
        a: Moment,
        b: Moment,
        *,
        metric: str | None = None,
        area: str | None = None,
        by: PeriodType | None = None,
        period: str | None = None,
    ) -> Comparison:
        """One row per line of a reconciliation statement: why the numbers of ``a`` became those of ``b``.

        ``a`` and ``b`` are release ids, ``"now"`` (or ``"prod"``), dates or times as for ``known_at``, or previews
        of a changed project by the name of their environment (``"dev"``). For each metric, area, period and breakdown
        there is one ``opening``, a ``movement`` per cause and delivery, and one ``closing``; opening + movements =
        closing exactly. Amounts of counts are integers; as soon as a rate or proportion is among
        them they are decimals of nine places, in the metric's unit. An observation that one side does not hold opens
        or closes at that side's ledger balance, 0 where nothing was posted. Every statement is checked here, rows are
        computed when asked for; ``moved`` holds those alone of the numbers that are not the same.

        Raises:
            CheckFailed: a statement does not add up: stored numbers and their ledger contradict each other.
        """
        from safer_kpi.reading.comparing.compare import compare_table

        return compare_table(self, a, b, metric=metric, area=area, by=by, period=period)

    def verify(
        self, release: str | os.PathLike[str] | None = None, *, head: str | None = None, deep: bool = False
    ) -> Table:
        """One row per check of a release: ``check``, ``subject``, ``status`` and ``detail``.

        Files are hashed, missing and extra ones found; certificates, signatures and the chain are checked. ``status``
        is ``ok``, ``failed``, or ``open`` where nothing outside the release vouches for it: no trusted keys are set,
        or nobody has kept the head of the chain.

        Args:
            release: an id of this lake or a release folder anywhere; every release of this lake when left out.
            head: the SHA-256 of the manifest that was the last one; that it is missing shows a roll-back.
            deep: hash the rows again too.
        """
        from safer_kpi.reading.verifying.verify import Terms, verify_table

        # Whom to trust is for the reader's settings to say, never for a folder that was handed over.
        settings = Settings.load(None if self._place.release_id else self._place.file.parent)
        return verify_table(self, release, Terms.of(settings, head=head, deep=deep))

    def sql(self, query: str) -> Table:
        """The answer to a query over the schema ``kpi``; nothing can be written."""
        return Table(self._book, query)


def open_lake(where: str | os.PathLike[str] | None = None) -> Lake:
    """A lake, read-only: ``SAFER_KPI_HOME`` or ``./lake``; the path or URL of a home, a read file or a release folder.

    Remote files are fetched once into the local cache and checked; afterwards they are read there.

    Raises:
        NotFound: nothing readable lies there.
        CheckFailed: a fetched release is not what its manifest says.
    """
    from safer_kpi.reading.locate import locate

    place = locate(open_location(where), Settings.load().cache)
    if place.is_superseded:
        import warnings

        warnings.warn(SUPERSEDED, FutureWarning, stacklevel=3)
    return Lake(place)
