"""The kinds of report that the site engine renders: names, menus, and what an assessment should hold."""

from __future__ import annotations

from dataclasses import dataclass

#: The pages of the menu of a report, in order.
MENU = (
    ("index.html", "Summary"),
    ("measures.html", "Measures"),
    ("wards.html", "Wards"),
    ("people.html", "People"),
    ("changes.html", "What changed"),
    ("quality.html", "Data quality"),
    ("methods.html", "Methods"),
    ("data.html", "Data"),
    ("print.html", "Print"),
)
#: The pages of the menu of a strategic assessment, in order.
ASSESSMENT_MENU = (
    ("index.html", "Summary"),
    ("levels.html", "Levels and trends"),
    ("wards.html", "Wards"),
    ("times.html", "Time of day"),
    ("people.html", "People"),
    ("repeats.html", "Repeat demand"),
    ("substances.html", "Substance misuse"),
    ("peers.html", "Other areas"),
    ("emerging.html", "Emerging issues"),
    ("progress.html", "Progress"),
    ("recommendations.html", "Recommendations"),
    ("changes.html", "What changed"),
    ("quality.html", "Data quality"),
    ("measures.html", "Measures"),
    ("methods.html", "Methods"),
    ("data.html", "Data"),
    ("print.html", "Print"),
)
#: What an assessment of crime and disorder should hold, and the pages that do. In England regulations 5 to 7 of the
#: Crime and Disorder (Formulation and Implementation of Strategy) Regulations 2007 (SI 2007/1830) ask for it, and each
#: line is a matter that regulation 6 lists. Re-offending came in with the amendments of 2010, when section 6 of the
#: Crime and Disorder Act 1998 made it part of the strategy. The explanatory note names the first and the fourth line;
#: the others have not been read against the text of the regulations.
ASKED = (
    (
        "The levels and patterns of crime, disorder, re-offending and substance misuse",
        ("levels.html", "wards.html", "times.html", "people.html", "repeats.html", "substances.html", "peers.html"),
    ),
    ("How they have changed since the last assessment", ("levels.html", "emerging.html", "changes.html")),
    ("Why they have changed: what people who know say of it", ("measures.html", "changes.html")),
    ("What partners should put first", ("recommendations.html",)),
    ("What people who live and work here would put first", ("recommendations.html#views",)),
    ("How far the plan has been carried out", ("progress.html",)),
)
#: The pages of an assessment that its print holds after the summary.
PRINTED = (
    "levels", "wards", "times", "people", "repeats", "substances", "peers", "emerging", "progress", "recommendations",
    "changes", "quality", "methods",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One kind of report.

    Attributes:
        name: what it is called, and ``title`` the same before the name of the area.
        again: what the command that makes it again needs besides.
        templates: the folders of the templates of its own.
    """

    name: str
    title: str
    menu: tuple[tuple[str, str], ...]
    again: str = ""
    templates: tuple[str, ...] = ()


DOCUMENTS = {
    "report": Document(name="Community safety report", title="Community safety in", menu=MENU),
    "assessment": Document(
        name="Strategic assessment",
        title="Strategic assessment of crime and disorder in",
        menu=ASSESSMENT_MENU,
        again=" --kind assessment",
        templates=("assessment",),
    ),
}


def title_of(page: str) -> str:
    """Return the title of a page of an assessment in its menu."""
    return dict(ASSESSMENT_MENU)[page.partition("#")[0]]
