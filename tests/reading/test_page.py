"""The page of a comparison, as text; a browser looks at it in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.statements import Slice, explain
from safer_kpi.statements.document import page
from tests.reading.hostile_names import AREA, FILE, OVERRIDE, TITLE, spoil

VIOLENCE = "1a.violence_and_sexual_offences"
COMMAND = ["safer-kpi", "compare", "2024-08-15", "now"]


class _Seen(HTMLParser):
    """Every element with its attributes, and the text of each."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in {"span", "bdi", "code"}:
            self.text += " "

    def handle_data(self, data):
        self.text += data

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


def _page(home: Path, slice_: Slice | None = None) -> str:
    with safer_kpi.open(home) as lake:
        return page(explain(lake, slice_ or Slice("2024-08-15", "now")), command=COMMAND)


@pytest.fixture
def home(book_writer: Callable[..., Path], tmp_path: Path) -> Path:
    book_writer(tmp_path / "safer_kpi.duckdb")
    return tmp_path


def test_it_says_what_the_terminal_says(home: Path) -> None:
    told = " ".join(_Seen(_page(home)).text.split())
    assert (
        f"{VIOLENCE} in Seatown, April to June 2024, rose by 2 to 58 offences: 15 were delivered for the first time"
        in told
    )
    # 56 - 14 + 2 - 1 + 15 = 58: the running balance of each line
    lines = ("56", "reverted", "\u221214 42", "late", "+2 44", "\u22121 43", "new", "+15 58", "as it stands now +2 58")
    positions = [told.index(part, told.index("2. 1a.violence")) for part in lines]
    assert positions == sorted(positions)
    for part in ("safer-kpi compare 2024-08-15 now --csv movements.csv", "2024-04b.csv", f"{5:064d}"):
        assert part in told


def test_readers_see_titles_and_periods_in_words(home: Path) -> None:
    with duckdb.connect(str(home / "safer_kpi.duckdb")) as con:
        con.execute("UPDATE kpi.metric SET title = 'Title ' || metric_id[4]")  # 1a.violence_...: v
        rows = con.execute("SELECT metric_id FROM kpi.metric UNION SELECT feed FROM kpi.feed").fetchall()
    ids = [name for (name,) in rows]
    source = _page(home, Slice("2024-08-15", "now", metric=VIOLENCE, area="L1", by="quarter", period="2024-25-Q1"))
    told, commands = source.split("<h2>How to check</h2>")
    told = re.sub("<code>.*?</code>", "", told)  # a command names a metric as it is typed
    assert "Title v" in told
    assert "April to June 2024" in told
    assert not [name for name in (*ids, "2024-25-Q1") if name in told]
    assert "police_street" not in commands
    assert f"<dt>Title v</dt><dd><code>{VIOLENCE}</code></dd>" in commands


def test_the_same_comparison_gives_the_same_bytes(home: Path) -> None:
    assert _page(home) == _page(home)


def test_names_are_data(home: Path) -> None:
    spoil(home / "safer_kpi.duckdb")
    source = _page(home)
    seen = _Seen(source)
    tags = Counter(tag for tag, _ in seen.tags)
    plain = Counter(tag for tag, _ in _Seen(_page(home)).tags)
    assert tags == plain
    assert not {"script", "iframe", "img", "b", "link", "object"} & set(tags)
    assert tags["style"] == tags["title"] == 1
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "style"]
    assert OVERRIDE not in source
    assert not [letter for letter in source if not letter.isprintable() and letter != "\n"]
    for name in (FILE, AREA, TITLE):  # shown in full all the same
        assert "".join(letter if letter.isprintable() else "\ufffd" for letter in name) in seen.text


def test_nothing_can_be_fetched_or_run(home: Path) -> None:
    source = _page(home)
    seen = _Seen(source)
    assert {value for value in seen.values("href") if not value.startswith("#")} == set()
    assert seen.values("src") == []
    [policy] = [each["content"] for _, each in seen.tags if each.get("http-equiv") == "Content-Security-Policy"]
    [sheet] = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_links_lead_somewhere_and_ids_are_one_each(home: Path) -> None:
    seen = _Seen(_page(home))
    assert {value[1:] for value in seen.values("href")} <= set(seen.values("id"))
    assert len(seen.values("id")) == len(set(seen.values("id")))


def test_what_is_left_out_is_counted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 38 numbers moved (see test_statement.py); one metric in one area, of violence in L1: April, June and the quarter.
    monkeypatch.setattr("safer_kpi.statements.page_movements.MOST", 10)
    told = " ".join(_Seen(_page(home)).text.split())
    assert "The table has the first 10 of 38 numbers that moved" in told
    assert "28 numbers are not shown" in told
    monkeypatch.setattr("safer_kpi.statements.document.STATEMENTS", 1)
    told = " ".join(_Seen(_page(home, Slice("2024-08-15", "now", metric=VIOLENCE, area="L1"))).text.split())
    assert "2 further statements are not shown" in told


def test_nothing_changed_is_a_page_too(home: Path) -> None:
    seen = _Seen(_page(home, Slice("now", "now")))
    assert "Nothing changed: 80 numbers are the same on both sides, residual 0." in seen.text
    assert {"summary", "check"} == {value for value in seen.values("id") if "-" not in value}


def test_a_missing_figure_has_no_value(home: Path) -> None:
    told = " ".join(
        _Seen(_page(home, Slice("2024-06-15", "now", metric=VIOLENCE, area="L1", by="quarter"))).text.split()
    )
    assert "as known on 2024-06-15 no figure: incomplete 30" in told  # April's 10 + 20 stand in the ledger
    # 30 + 12 of May + 14 of June + 15 of June again - 14 + 2 - 1 = 58; without a figure there is no number to go from
    assert "incomplete 58 +41 new, \u221214 reverted, +2 late, \u22121 reclassified out" in told
