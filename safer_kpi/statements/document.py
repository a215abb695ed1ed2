"""A comparison as one HTML page for screen and A4 print, without scripts or external files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.statements import sentences
from safer_kpi.statements.markup import data, element, items, prose, text
from safer_kpi.statements.page_check import check_section
from safer_kpi.statements.page_movements import movements_section
from safer_kpi.statements.page_statement import statement_section
from safer_kpi.statements.page_style import policy, style
from safer_kpi.statements.wording import count
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.statements.explain import Explanation
    from safer_kpi.statements.moved import Moved

STATEMENTS = 40
SOURCES = 12


def page(found: Explanation, *, command: Sequence[str]) -> str:
    """Return the whole HTML document; ``command`` is the comparison's command line as a list of words.

    The same comparison gives the same bytes. The page is limited to 40 statements, 120 numbers and 100 deliveries, and
    says how many it leaves out.
    """
    title = f"What changed from {found.a.name} to {found.b.name}"
    statements = found.each(most=STATEMENTS) if found.is_narrow else found.moved
    sources = found.sources[:SOURCES]
    sections = [("summary", "Summary", _summary(found, statements))]
    if statements:
        sections.append(("statements", "Statements", _statements(found, statements)))
    if found.totals.moved:
        sections.append(("movements", "Movements", movements_section(found, command=command)))
    sections.append(("check", "How to check", check_section(found, statements, sources, command=command)))
    links = items("ul", [f'<a href="#{anchor}">{name}</a>' for anchor, name, _ in sections])
    sheet = style(title)
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{text(policy(sheet))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{text(title)}</title>
<style>{sheet}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the summary</a>
<header class="top"><div class="in">
<p class="name">Comparison of community safety figures</p>
<p class="mark">Restricted: exact numbers, for partners only</p>
</div></header>
<main class="in">
<h1>{prose(title)}</h1>
{_sides(found)}
<nav aria-label="On this page">{links}</nav>
{chr(10).join(section for _, _, section in sections)}
</main>
<footer><p class="quiet in">Made with safer_kpi {text(package_version())}. Times are UTC.</p></footer>
</body>
</html>
"""


def _sides(found: Explanation) -> str:
    terms = [("From", prose(f"{sentences.side(found.a)}.")), ("To", prose(f"{sentences.side(found.b)}."))]
    only = [f"{name} {data(value)}" for name, value in found.only]
    if only:
        terms.append(("Only", ", ".join(only)))
    return element("dl", "".join(f"<dt>{name}</dt><dd>{told}</dd>" for name, told in terms))


def _summary(found: Explanation, statements: tuple[Moved, ...]) -> str:
    parts = ["<h2>Summary</h2>", *(f"<p>{prose(sentence)}</p>" for sentence in sentences.overview(found.totals))]
    parts.append('<p class="quiet">A number is one metric, or one part of it, in one area over one period.</p>')
    if found.moved:
        numbers = {_anchor(moved): place for place, moved in enumerate(statements, 1)}
        parts.append("<h3>What moved most</h3>")
        parts.append(f'<p class="quiet">{text(_how_chosen(found))}</p>')
        parts.append(items("ol", [_told(moved, found, numbers) for moved in found.moved]))
    if found.sources:
        shown = found.sources[:SOURCES]
        parts.append("<h3>Deliveries and rules behind the changes</h3>")
        if len(shown) < len(found.sources):
            parts.append(
                f'<p class="quiet">The {len(shown)} of {len(found.sources)} that moved the most reported numbers.</p>'
            )
        parts.append(items("ul", [prose(sentences.source(source, found.titles)) for source in shown]))
    return element("section", "\n".join(parts), id="summary")


def _how_chosen(found: Explanation) -> str:
    some = (
        "This list is complete." if len(found.moved) == found.of else f"This list has {len(found.moved)} of {found.of}."
    )
    return (
        f"{some} Each number also represents the wards, months, rolling periods and parts that moved with it. Of each "
        "metric, the list has the whole area and the longest periods. The order combines relative change and size."
    )


def _anchor(moved: Moved) -> tuple[str, ...]:
    return (*moved.statement.key, moved.period_type)


def _told(moved: Moved, found: Explanation, numbers: dict[tuple[str, ...], int]) -> str:
    said = [f"<p>{prose(sentences.headline(moved, found.received, backwards=found.backwards))}</p>"]
    beside = " ".join(sentences.beside(moved))
    number = numbers.get(_anchor(moved))
    link = f'<a href="#statement-{number}">Statement {number}</a>' if number else ""
    notes = " · ".join(note for note in (text(sentences.nature(moved)), link) if note)
    said += [f'<p class="quiet">{part}</p>' for part in (text(beside), notes) if part]
    return "".join(said)


def _statements(found: Explanation, statements: tuple[Moved, ...]) -> str:
    left = found.totals.moved - len(statements) if found.is_narrow else 0
    more = f" {count(left, 'further statement is', 'further statements are')} not shown." if left > 0 else ""
    how = (
        "Each statement opens with the first side's balance, adds the movements line by line, and closes with the "
        f"second side's balance. The residual is the amount without an explanation.{more}"
    )
    told = (statement_section(moved, place, found) for place, moved in enumerate(statements, 1))
    return element(
        "section", f"<h2>Statements</h2>\n<p>{text(how)}</p>\n" + "\n".join(told), id="statements", class_="own-page"
    )
