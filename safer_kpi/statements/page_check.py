"""The section of the page on how to check it: hashes of releases and files, and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.statements.markup import command as typed
from safer_kpi.statements.markup import data, element, head, items, prose, table, text
from safer_kpi.statements.wording import count, day_in_words, feed_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from safer_kpi.statements.explain import Explanation
    from safer_kpi.statements.moved import Moved, Named, Source

MOST = 100


def check_section(
    found: Explanation, statements: Iterable[Moved], sources: Iterable[Source], *, command: Sequence[str]
) -> str:
    """Return the section with the hashes of the named releases and files, and the commands to check them."""
    parts = ["<h2>How to check</h2>", f"<p>This page was made with {typed([*command, '--html', 'FILE'])}</p>"]
    parts.append(items("ol", _steps(found)))
    parts += _metrics(statements)
    releases = [side for side in (found.a, found.b) if side.is_release]
    parts += [_release(side) for side in {side.name: side for side in releases}.values()]
    named = _named(found, statements, sources)
    if named:
        parts.append(_files(named, found.feeds))
    return element("section", "\n".join(parts), id="check", class_="own-page")


def _steps(found: Explanation) -> list[str]:
    releases = dict.fromkeys(side.name for side in (found.a, found.b) if side.is_release)
    steps = [
        f"{typed(['safer-kpi', 'verify', name, '--deep'])} checks the files, signatures, chain and rows of release "
        f"{prose(name)}."
        for name in releases
    ]
    trace = _trace(found)
    if trace:
        steps.append(f"{typed(trace)} lists the source rows of the first number above.")
    steps.append(f"{typed(['sha256sum', 'FILE'])} prints the SHA-256 of a partner's file, which must be the one below.")
    return steps


def _trace(found: Explanation) -> list[str]:
    """Return the command that traces the first total; empty for a preview, or if no total moved."""
    side = found.b
    picture = {True: ["--release", side.name], False: ["--known-at", side.name]}[side.is_release]
    if side.picture == "now":
        picture = ["--release", "now"]
    elif side.picture == "preview":
        return []
    for moved in found.moved:
        metric_id, area_code, _, period, breakdown = moved.statement.key
        if breakdown == "all":
            words = [
                "safer-kpi",
                "trace",
                metric_id,
                "--area",
                area_code,
                "--period",
                period,
                "--by",
                moved.period_type,
            ]
            return [*words, *picture]
    return []


def _metrics(statements: Iterable[Moved]) -> list[str]:
    """Return the list of the metrics in the statements with their ids, which commands need."""
    metrics = {moved.metric.metric_id: moved.metric.title for moved in statements}
    names = "".join(f"<dt>{text(title)}</dt><dd><code>{text(key)}</code></dd>" for key, title in metrics.items())
    return [f"<h3>Metrics in commands</h3>\n<dl>{names}</dl>"] if names else []


def _release(side: Named) -> str:
    values = [
        ("Manifest, SHA-256", side.manifest_sha256),
        ("Rows, hash", side.row_hash),
        ("Previous release's manifest, SHA-256", side.previous_manifest_sha256),
    ]
    hashes = "".join(f"<dt>{name}</dt><dd><code>{text(value)}</code></dd>" for name, value in values if value)
    when = prose(f"{side.published_at:%Y-%m-%d %H:%M}")
    return f"<h3>Release {prose(side.name)}</h3>\n<dl><dt>Published</dt><dd>{when} UTC</dd>{hashes}</dl>"


def _named(
    found: Explanation, statements: Iterable[Moved], sources: Iterable[Source]
) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the deliveries in the statements and in the summary, with their receipts."""
    wanted = {row["delivery_id"] for moved in statements for row in moved.statement.movements}
    wanted |= {source.delivery_id for source in sources}
    return [(delivery, found.receipts[delivery]) for delivery in sorted(wanted - {None}) if delivery in found.receipts]


def _files(named: list[tuple[int, Mapping[str, Any]]], feeds: Mapping[str | None, str]) -> str:
    titles = {receipt["feed"]: feed_in_words(receipt["feed"], feeds.get(receipt["feed"])) for _, receipt in named}
    rows = [
        f'<tr><th scope="row" class="n">{delivery}</th>'
        f"<td>{data(receipt['file_name'] or f'Delivery {delivery}')}<br><small>{data(titles[receipt['feed']])}, "
        f"received {prose(_day(receipt))}, contract {text(receipt['contract_version'])}</small></td>"
        f"<td><code>{text(receipt['sha256'])}</code></td></tr>"
        for delivery, receipt in named[:MOST]
    ]
    left = len(named) - len(rows)
    more = (
        f"<p>{count(left, 'more delivery', 'more deliveries')}: {typed(['safer-kpi', 'deliveries'])}</p>"
        if left
        else ""
    )
    files = table(
        caption="Deliveries named on this page",
        heads=[head("Delivery", "n"), head("File"), head("SHA-256")],
        rows=rows,
        class_="files",
    )
    return f"<h3>Files</h3>\n{files}{more}"


def _day(receipt: Mapping[str, Any]) -> str:
    return day_in_words(receipt["received_at"]) if receipt["received_at"] else "at an unknown time"
