"""The public, read-only interface to a lake, a safer_kpi.duckdb or a published release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.failures import translated
from safer_kpi.reading.book import one_of
from safer_kpi.reading.history import History
from safer_kpi.reading.older import origin_columns
from safer_kpi.reading.table import Table
from safer_kpi.settings import KPI_FILE, Settings, earlier_name, open_location
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Sequence

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
    """One consistent state of the numbers, unchanged while it is open; threads may share it.

    ``edition`` is ``public`` for the folder of a public edition, else ``restricted``. A public edition holds figures
    and no evidence: what asks for the ledger, deliveries or earlier values raises :class:`UsageError` there.

    Every method returns a :class:`Table`. Times are UTC. An unknown name raises :class:`NotFound`, which suggests
    similar names; contradictory arguments raise :class:`UsageError`.
    """

    def metric(
        self,
        metric: str | Sequence[str],
        *,
        area: str | Sequence[str] | None = None,
        by: PeriodType | None = None,
        breakdown: str | None = None,
        release: str | None = None,
        known_at: Moment | None = None,
        definition: int | None = None,
        period: str | None = None,
    ) -> Table:
        """One row per observation: a metric's value in an area over a period.

        Args:
            metric: the metric's id, as ``metrics()`` lists it, or several.
            area: an area code or an exact name, as ``areas()`` lists them, or several; default: every area.
            by: the period length; default: the length of ``period``, or the metric's shortest.
            breakdown: one part of the metric, as ``breakdowns()`` lists them; default: its total.
            release: a release id, or ``"now"`` for the live balance; default: the latest release, or the live balance
                if nothing is published.
            known_at: a date (the end of that day in the UK) or a time (UTC): the numbers as known then.
            definition: the definition version that the numbers must have.
            period: one period, such as ``2024-25-Q1``; add ``by`` for a label such as 2009-10, which has two meanings.

        Returns:
            The columns of ``kpi.certified``, and the metric's ``sensitivity`` (``official`` or ``official_sensitive``).
            ``value`` is in ``unit``; ``lower`` and ``upper`` are the 95 % interval. ``contributors`` are the other
            sources, such as British Transport Police, that add to the area's number in some months, each with its
            ``code``, its ``name`` and the ``months`` of the period that have it; null where no contract declares any.
            With several metrics, they come in the order given.
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

    def change(
        self,
        metric: str | Sequence[str],
        *,
        area: str | Sequence[str] | None = None,
        period: str | None = None,
        by: PeriodType | None = None,
        against: str = "year_before",
        breakdown: str | None = None,
        release: str | None = None,
        known_at: Moment | None = None,
    ) -> Table:
        """One row per observation: its value beside that of an earlier period at equal age, and the change.

        Equal age means that ``reference_value`` is what the earlier period was known to be when it was as old as this
        one is at ``known_at``: late records mostly add to a young number, so a young one beside an old one looks like
        a fall. ``latest_reference_value`` is what it is known to be now, and ``latest_difference`` the change against
        that. ``basis`` is ``equal age``; or ``latest known`` if the earlier period was not known at that age and this
        one has settled.

        Like for like means that a period without all its months is compared by the ``months`` (of ``of_months``) that
        both have; ``left_out`` names the others, and all values are of these months. ``percentage`` is null if the
        reference is below 20, and for a percentage, whose ``difference`` is in points.

        ``reason`` says why a row has no ``difference``, such as a break in series, method or boundaries.
        ``contributors_differ`` says where another source, such as British Transport Police, adds to other months of the
        one period than of the other; the difference then holds that too. ``sensitivity`` is that of ``metric``.

        Args:
            metric: the metric's id, or several.
            area: an area code or an exact name, or several; default: every area.
            period: one period, such as ``2024-25-Q1``; default: every period of the length ``by``.
            by: the period length; default: the length of ``period`` or ``against``, or the metric's shortest.
            against: ``"year_before"`` (for rolling36 the 36 months before), ``"baseline"``, or an earlier period.
            breakdown: one part of the metric; default: its total.
            release: a release id, or ``"now"``; default: as for ``metric``.
            known_at: a date or time: the numbers as known then.
        """
        from safer_kpi.reading.changing.change import change_table

        return change_table(
            self,
            metric,
            area=area,
            period=period,
            by=by,
            against=against,
            breakdown=breakdown,
            release=release,
            known_at=known_at,
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
        """One row per verdict: one observation against its baseline, the year before, or its own series.

        The arguments are those of ``metric``. ``verdict`` is ``improving``, ``worsening``, ``no clear change`` or
        ``not judged``; ``reason``, ``test``, ``statistic`` and ``p_value`` say why. ``value`` and ``reference_value``
        are the two numbers, with their numerators and denominators; against a series, the reference is its mean. If
        the year before is the baseline too, there is one row, ``year_before``, and ``is_baseline`` says so.
        ``contributors_differ`` is that of ``change``, for the two periods as known together; ``sensitivity`` is that of
        ``metric``. A release stores what was judged; what was not, and why, is derived from its numbers.
        """
        from safer_kpi.reading.verdicts import verdict_table

        return verdict_table(self, metric, area=area, by=by, period=period, breakdown=breakdown, release=release)

    def peers(
        self,
        metric: str,
        *,
        area: str | None = None,
        by: PeriodType | None = None,
        period: str | None = None,
        breakdown: str | None = None,
        release: str | None = None,
    ) -> Table:
        """One row per area: the own number, then that of each peer, in the order of the project and never ranked.

        The project names its peers and ``why`` in ``contracts/peers.yaml``. Authorities stand beside the own area
        (``is_own``), police forces beside the own force. Other forces whose files are landed come last. ``differs``
        says what is known to differ from the own number: what the project states of the peer, a count of an area of
        another size, an estimate of another year, other sources, or why the peer has no such number, and which metrics
        of the same KPI it has by other definitions. ``sensitivity`` is that of ``metric``.

        Args:
            metric: the metric's id.
            area: an area code or an exact name; default: the partnership's own area.
            by: the period length; default: the length of ``period``, or the metric's shortest.
            period: one period; default: the latest in which the own area or force has a value.
            breakdown: one part of the metric; default: its total.
            release: a release id, or ``"now"``; default as for ``metric``.
        """
        from safer_kpi.reading.peers import peers_table

        return peers_table(self, metric, area=area, by=by, period=period, breakdown=breakdown, release=release)

    def kpis(self, *, area: str | None = None, release: str | None = None) -> Table:
        """One row per KPI of the strategy in its own words and order, then one per measure that an action plan adds.

        ``direction`` is what the strategy asks for (``increase``, ``decrease``, ``both``) and ``explanation`` why,
        where it surprises. ``headlines`` are the metrics that stand for the KPI, in order, and ``wanted`` is the
        direction that is asked of each. ``status`` is ``measured``; ``not measured`` if none of its metrics has a
        value, and then ``note`` says what is missing and from whom it was asked; or ``strategy not recorded`` if an
        older version wrote these numbers.

        Args:
            area: an area code or an exact name, for the status there; default: anywhere.
            release: a release id, or ``"now"`` for the live balance; default as for ``metric``. The words are those
                that the release was made under; of the latest release, if it has none, those of today.
        """
        from safer_kpi.reading.kpis import kpis_table

        return kpis_table(self, area=area, release=release)

    def metrics(self, metric: str | None = None) -> Table:
        """One row per metric: its id, definition version, unit and the text of its definition.

        ``metric`` is the id of the only one to list; default: all. One that is not defined any more has no row.

        ``certified_in``, ``certificate`` (``certified``, ``lapsed``, ``provisional``) and ``because`` say whether the
        metric's last certificate still holds for the live balance, as ``certificates()`` does. ``settling_note`` says
        whether numbers moved after they were called final, with ``moved_after`` of the ``measured_periods`` and the
        ``measured_months``, as ``settling()`` measures them; it is null if none moved.
        """
        from safer_kpi.reading.certificates import states_query
        from safer_kpi.reading.settling import NOTED, noted_query

        noted = ", ".join(NOTED)
        return Table(
            self._book,
            f"SELECT m.*, s.release_id AS certified_in, s.state AS certificate, s.because, {noted} "
            f"FROM kpi.metric AS m JOIN ({states_query(self, metric)}) AS s USING (metric_id) "
            f"LEFT JOIN ({noted_query(self, metric)}) AS n USING (metric_id) ORDER BY metric_id",
        )

    def areas(self) -> Table:
        """One row per area: its ``area_code``, ``area_name``, ``area_type``, ``la_code`` and ``force_code``.

        The largest areas come first. ``la_code`` and ``force_code`` name the authority and the force it lies in.
        """
        from safer_kpi.reading.catalogue import areas_table

        return areas_table(self)

    def breakdowns(self, metric: str | Sequence[str] | None = None, *, release: str | None = None) -> Table:
        """One row per metric and part of it that has numbers: ``all`` is the total.

        ``numbers`` counts its observations, from ``first_start`` to ``last_end``.

        Args:
            metric: the metric's id, or several; default: every metric.
            release: a release id, or ``"now"``; default: as for ``metric()``.
        """
        from safer_kpi.reading.catalogue import breakdowns_table

        return breakdowns_table(self, metric, release)

    def definition(self, metric: str, *, release: str | None = None) -> Table:
        """One row per term of a metric's definition: ``term`` and ``value``, a list or a structure as JSON.

        Args:
            metric: the metric's id.
            release: a release id, for the definition it was certified under; default: today's.
        """
        from safer_kpi.reading.catalogue import definition_table

        return definition_table(self, metric, release)

    def certificates(self) -> Table:
        """One row per metric: whether its last certificate still holds for the live balance.

        Columns: ``metric_id``, ``release_id`` (the last release that certifies it), ``certificate`` (SHA-256 of
        everything it is bound to: definition, contracts, deliveries, coverage, models, seeds, package version) and
        ``state`` (``certified``; ``lapsed``, and ``because`` says what changed; ``provisional`` if no release
        certifies it).
        """
        from safer_kpi.reading.certificates import certificates_table

        return certificates_table(self)

    def releases(self) -> Table:
        """One row per published release, oldest first.

        ``status`` is ``published``, ``superseded`` or ``withdrawn``. For a correction, ``supersedes`` is the release it
        replaces, ``reason`` is why, and ``revision`` is its kind (the ONS code R1, R2, R3 or C).
        """
        from safer_kpi.reading.releases import releases_table

        return releases_table(self)

    def feeds(self, *, on: dt.date | None = None) -> Table:
        """One row per feed: its received, late and missing cells on a day (default: today, UTC).

        Columns: ``feed``, ``title``, ``owner``, ``cadence``, ``deliveries`` (accepted), ``last_delivery`` (id),
        ``last_received`` and ``last_published`` (UTC), ``cells`` (scope cells covered), ``late`` (cells overdue, with
        no later cell received), ``missing`` (cells not received although later ones were), ``held_rows``.
        """
        from safer_kpi.reading.feeds import feeds_table

        return feeds_table(self, on=on)

    def cells(self, feed: str, *, on: dt.date | None = None) -> Table:
        """One row per scope cell of a feed that is received, or expected by a day (default: today, UTC).

        Columns: ``feed``, ``prefix`` (the beginning that the cells of one series share), ``cell``, ``starts_on``,
        ``ends_on``, ``due_on``, ``status`` (``in``, ``late``, ``missing``, ``expected``), ``held_rows``.
        """
        from safer_kpi.reading.feeds import cells_table

        return cells_table(self, feed, on=on)

    def deliveries(self, feed: str | None = None) -> Table:
        """One row per delivery: its receipt, oldest first.

        Of a fetched file, ``fetched_from`` is the address and ``publisher_date`` the date that its publisher gave it.
        In a file that an older version built, nobody counted what workbooks hide, and no archive or address is named.
        """
        self.require_evidence("deliveries")
        where = ""
        if feed is not None:
            known = [row[0] for row in self._book.read("SELECT DISTINCT feed FROM kpi.delivery")[1]]
            where = f"WHERE feed = {literal(one_of(feed, known, 'feed'))} "
        return Table(
            self._book,
            f"SELECT {RECEIPT_COLUMNS}, {origin_columns(self._book)} FROM kpi.delivery {where}ORDER BY delivery_id",
        )

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

        ``a`` and ``b`` are release ids, ``"now"`` (or ``"prod"``), dates or times as for ``known_at``, or the
        environment names of previews of a changed project (``"dev"``). Each metric, area, period and breakdown has one
        ``opening``, one ``movement`` per cause and delivery, and one ``closing``; opening + movements = closing
        exactly. Amounts are integers if all are counts; if a rate or proportion is among them, all are decimals of nine
        places in the metric's unit. An observation that one side lacks opens or closes at that side's ledger balance,
        which is 0 if nothing was posted. This call checks every statement and computes rows on demand; ``moved`` holds
        only the rows of numbers that differ.

        Raises:
            CheckFailed: a statement does not add up, because stored numbers and their ledger contradict each other.
        """
        from safer_kpi.reading.comparing.compare import compare_table

        return compare_table(self, a, b, metric=metric, area=area, by=by, period=period)

    def verify(
        self, release: str | os.PathLike[str] | None = None, *, head: str | None = None, deep: bool = False
    ) -> Table:
        """One row per check of a release: ``check``, ``subject``, ``status`` and ``detail``.

        The checks hash the files, find missing and extra files, and test certificates, signatures and the chain.
        ``status`` is ``ok``, ``failed``, or ``open`` if nothing outside the release confirms it: no trusted keys are
        set, or nobody has kept the head of the chain.

        Args:
            release: an id of this lake or a release folder anywhere; default: every release of this lake.
            head: the SHA-256 of the last known manifest; if the chain lacks it, the store was rolled back.
            deep: hash the rows again too.
        """
        from safer_kpi.reading.verifying.verify import Terms, verify_table

        # The reader's settings decide whom to trust, never the folder under check.
        settings = Settings.load(None if self._place.release_id else self._place.file.parent)
        return verify_table(self, release, Terms.of(settings, head=head, deep=deep))

    def sql(self, query: str) -> Table:
        """Return the rows of one SELECT over the schema ``kpi``.

        Raises:
            UsageError: the query is another statement, or calls a table function that may open a file or a server.
        """
        self._book.require_reading(query)
        return Table(self._book, query)


@translated()
def open_lake(where: str | os.PathLike[str] | None = None) -> Lake:
    """Open a home, a read file or a release folder read-only, by path or URL; default: SAFER_KPI_HOME or ``./lake``.

    Remote files are fetched once into the local cache, checked, and then read from there.

    Raises:
        NotFound: the location holds no lake, read file or release.
        CheckFailed: a fetched release does not match its manifest, or a file is damaged.
        Unavailable: the disk or the object storage failed.
    """
    from safer_kpi.reading.locate import locate

    place = locate(open_location(where), Settings.load().cache)
    if place.is_superseded:
        import warnings

        warnings.warn(SUPERSEDED, FutureWarning, stacklevel=4)  # 1 is here, 2 what translates errors, 3 safer_kpi.open
    return Lake(place)
