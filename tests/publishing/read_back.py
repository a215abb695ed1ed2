"""Read a report back out of its pages, and look everything in it up in the releases it was made of.

Figures are formatted here by rules of their own, and looked up with SQL in ``release.duckdb`` and with ``Lake.change``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb

import safer_kpi

VOID = {"meta", "link", "br", "line", "rect", "circle", "path"}
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
#: What is a date, a period or a release and no figure: "4 November 2024", "April 2024 to March 2025", "2024-25-Q4".
DATED = re.compile(rf"(?:\d{{1,2}} )?(?:{MONTHS})(?: \d{{4}})?|\d{{4}}-\d{{2}}(?:-\d{{2}}|-[QR]\d+)?(?:\.\d+)?")
KEYS = ("metric_id", "area_code", "period_type", "period", "breakdown")


@dataclass
class Element:
    """One element of a page."""

    name: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def find(self, attribute: str) -> list[Element]:
        return [element for element in self.walk() if attribute in element.attributes]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            closed = self.open.pop()
            assert closed.name == tag, f"</{tag}> closes <{closed.name}>"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(content: bytes) -> Element:
    """The elements of a page; every element is closed where it should be."""
    tree = _Tree()
    tree.feed(content.decode())
    tree.close()
    assert len(tree.open) == 1, [element.name for element in tree.open]
    return tree.root


def formatted(value: float, unit: str) -> str:
    """A value as the report shows it, by rules written down here."""
    if unit == "per cent":
        text = f"{value:,.1f}%"
    elif unit.startswith("per "):
        text = f"{value:,.1f}" if abs(value) >= 1 else f"{value:,.2f}"
    else:
        text = f"{value:,.0f}" if value == int(value) or abs(value) >= 10_000 else f"{value:,.1f}"
    return text.replace("-", "\u2212")


class Releases:
    """The two releases of a report, or one public edition, looked up by name of number."""

    def __init__(self, folder: Path, before: Path | None) -> None:
        self.now = _rows(folder)
        self.before = {} if before is None else _rows(before)
        with duckdb.connect(str(_file(folder)), read_only=True) as con:
            self.series = {
                tuple(row[:5]): row[5]
                for row in con.execute(
                    f"SELECT {', '.join(KEYS)}, verdict FROM kpi.certified_verdict WHERE against = 'series'"
                ).fetchall()
            }
            self.verdicts = {
                tuple(row[:5]): row[5:]
                for row in con.execute(
                    f"SELECT {', '.join(KEYS)}, verdict, p_value FROM kpi.certified_verdict "
                    "WHERE against IN ('year_before', 'baseline') ORDER BY against = 'year_before'"
                ).fetchall()
            }
            self.references = {
                tuple(row[:5]): row[5]
                for row in con.execute(
                    f"SELECT {', '.join(KEYS)}, reference_value FROM kpi.certified_verdict "
                    "WHERE against = 'year_before'"
                ).fetchall()
            }
        self._lake = safer_kpi.open(folder)
        self._release = self._lake.releases().rows()[-1]["release_id"]
        self._changes: dict[tuple[str, ...], Mapping[str, Any]] = {}

    def change(self, key: tuple[str, ...]) -> Mapping[str, Any]:
        """The change of a number, as the library gives it."""
        if key not in self._changes:
            metric_id, area, by, period, breakdown = key
            rows = self._lake.change(
                metric_id, area=area, by=by, period=period, breakdown=breakdown, release=self._release
            ).rows()
            self._changes[key] = rows[0]
        return self._changes[key]

    def value(self, key: tuple[str, ...], column: str) -> float:
        if column == "earlier":
            return float(self.before[key]["value"])
        if column == "reference_value":
            return float(self.change(key)["reference_value"])
        if column == "verdict_reference":
            return float(self.references[key])
        if column == "change_value":
            return float(self.change(key)["value"])
        return float(self.now[key][column])


def _file(folder: Path) -> Path:
    """The DuckDB file of a release or of a public edition."""
    public = folder / "public.duckdb"
    return public if public.is_file() else folder / "release.duckdb"


def _rows(folder: Path) -> dict[tuple[str, ...], dict[str, Any]]:
    with duckdb.connect(str(_file(folder)), read_only=True) as con:
        found = con.execute("SELECT * FROM kpi.certified")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {tuple(row[name] for name in KEYS): row for row in rows}


def figures(page: Element) -> list[tuple[tuple[str, ...], str, float, str]]:
    """Every figure of a page: the number it names, the column, the value and the text."""
    return [
        (
            tuple((element.attributes["data-of"] or "").split("|")),
            element.attributes["data-is"] or "",
            float(element.attributes["value"] or ""),
            element.text(),
        )
        for element in page.walk()
        if element.name == "data"
    ]


def check_figures(page: Element, releases: Releases) -> int:
    """Every figure is what the release states for the number it names, and reads so; return how many there are."""
    found = figures(page)
    for key, column, value, text in found:
        assert value == releases.value(key, column), (key, column)
        unit = releases.now[key]["unit"]
        if (column in {"lower", "upper"} and not unit.startswith("per ")) or column == "numerator":
            expected = f"{value:,.0f}"
        else:
            expected = formatted(value, unit)
        assert text == expected, (key, column, text)
    return len(found)


def check_marks(page: Element, releases: Releases) -> int:
    """Every mark of every chart stands where its number puts it and has the shape that the release gives it."""
    marks = 0
    for plot in page.walk():
        if plot.attributes.get("class") != "plot__field":
            continue
        low, high, top, tall = (float(plot.attributes[f"data-{name}"] or "") for name in ("low", "high", "top", "tall"))
        for mark in plot.find("data-kind"):
            key = tuple((mark.attributes["data-of"] or "").split("|"))
            row = releases.now[key]
            drawn = high - (float(mark.attributes["y"] or "") - top) * (high - low) / tall
            assert abs(drawn - row["value"]) <= (high - low) / tall * 0.006, (key, drawn)
            verdict = releases.series.get(key)
            expected = {"improving": "better", "worsening": "worse"}.get(verdict or "")
            expected = expected or ("young" if row["status"] == "provisional" else "plain")
            assert mark.attributes["data-kind"] == expected, key
            marks += 1
    for bars in page.walk():
        if bars.attributes.get("class") == "bars":
            highest = float(bars.attributes["data-high"] or "")
            for bar in bars.find("data-of"):
                key = tuple((bar.attributes["data-of"] or "").split("|"))
                width = float((bar.attributes["width"] or "").rstrip("%")) / 100
                assert abs(width - max(releases.now[key]["value"], 0) / highest) < 0.0001, key
                marks += 1
        if bars.attributes.get("class") == "interval":
            highest = float(bars.attributes["data-high"] or "")
            for mark in bars.find("data-kind"):
                key = tuple((mark.attributes["data-of"] or "").split("|"))
                share = (float((mark.attributes["x"] or "").rstrip("%")) / 100 - 0.02) / 0.96
                assert abs(share * highest - releases.now[key]["value"]) < highest * 0.0002, key
                marks += 1
    return marks


def of_row(key: tuple[str, ...], releases: Releases) -> set[str]:
    """Every number that a sentence about a number may hold."""
    row, change = releases.now[key], releases.change(key)
    unit = row["unit"]
    found = {formatted(row[name], unit) for name in ("value", "lower", "upper") if row[name] is not None}
    found |= {f"{row[name]:,.0f}" for name in ("lower", "upper") if row[name] is not None}
    found |= {formatted(change[name], unit) for name in ("value", "reference_value") if change[name] is not None}
    if change["latest_reference_value"] is not None:
        found.add(formatted(change["latest_reference_value"], unit))
    if change["difference"] is not None:
        found |= {formatted(abs(change["difference"]), unit), f"{abs(change['difference']):,.1f}"}
    if change["percentage"] is not None:
        found.add(f"{abs(change['percentage']):,.1f}%")
    if row["coverage"] is not None:
        found.add(f"{row['coverage']:.0%}")
    if row.get("placed") is not None:
        found.add(f"{int(row['placed'] * 1000) / 10:g}%")
    found |= {f"{row[name]:,}" for name in ("unplaced", "held_rows") if row.get(name)}
    if key in releases.verdicts and releases.verdicts[key][1] is not None:
        found.add(f"{releases.verdicts[key][1]:.3g}")
    if key in releases.before and releases.before[key]["value"] is not None:
        found.add(formatted(releases.before[key]["value"], unit))
    return found | set(NUMBER.findall(unit)) | {"0.001", "95%"}


def check_sentences(page: Element, releases: Releases, titles: Mapping[str, str]) -> int:
    """Every number in a sentence about a number belongs to that number; return how many sentences there are."""
    checked = 0
    for element in page.find("data-about"):
        if "data-chart" in element.attributes or element.name == "tr":
            continue
        key = tuple((element.attributes["data-about"] or "").split("|"))
        text = element.text()
        for title in sorted(titles.values(), key=len, reverse=True):
            text = text.replace(title, "")
        numbers = set(NUMBER.findall(DATED.sub("", text)))
        assert numbers <= of_row(key, releases), (key, numbers - of_row(key, releases), text)
        checked += 1
    return checked


def check_charts(page: Element, releases: Releases) -> int:
    """Each number in the words of a chart is a value of its series, a limit of its band or a count of its points."""
    checked = 0
    for element in page.find("data-chart"):
        key = tuple((element.attributes["data-chart"] or "").split("|"))
        row = releases.now[key]
        figure = next(one for one in page.walk() if one.name == "figure" and element in list(one.walk()))
        shown = [tuple((mark.attributes["data-of"] or "").split("|")) for mark in figure.find("data-kind")]
        allowed = {formatted(releases.now[one]["value"], row["unit"]) for one in shown}
        for band in (
            one for one in figure.walk() if one.attributes.get("class") == "band" and "data-mean" in one.attributes
        ):
            for name in ("mean", "lower", "upper"):
                limit = float(band.attributes[f"data-{name}"] or "")
                per = row["unit"].startswith("per ")
                allowed.add(formatted(limit, row["unit"]) if per else f"{limit:,.{0 if abs(limit) >= 100 else 1}f}")
        revised = [
            one
            for one in shown
            if one in releases.before
            and releases.before[one]["value"] is not None
            and formatted(releases.before[one]["value"], row["unit"])
            != formatted(releases.now[one]["value"], row["unit"])
        ]
        allowed |= {str(len(revised)), *(str(number) for number in range(1, len(shown)))}
        numbers = set(NUMBER.findall(DATED.sub("", element.text())))
        assert numbers <= allowed, (key, numbers - allowed, element.text())
        checked += 1
    return checked
