"""Make a small lake of made-up files, with two releases, to be kept as an older version left it.

Run by the interpreter of the version whose lake is wanted, from its checkout: ``python make.py DIR``. The README beside
this file says which version made which archive.
"""

import datetime as dt
import shutil
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

from safer_kpi.catalogue.template import write_project
from safer_kpi.landing import Terms, land, revert
from safer_kpi.releases import approve, draft, publish
from safer_kpi.releases.keys import make_key
from safer_kpi.settings import Settings

try:
    from safer_kpi.compute import build
except ImportError:  # before the room was called compute
    from safer_kpi.build import build

STREET = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)
PATROL = "Patrol reference,Date,Start,End,Ward code,Officers\n"
WORDING = "I feel safe where I live"
SURVEY = "Wave,Fieldwork month,Question,Wording,Wording version,Group,Age band,Sex,Respondents,Agree\n"
PLACES = ("E01015272", "E01015273", "E01015274", "E01015275")
KINDS = ("Violence and sexual offences", "Robbery", "Possession of weapons", "Anti-social behaviour")
PEOPLE = ("A. Sample (police)", "B. Sample (council)")


def street(month: str, crimes: int, *, relocated: bool = False) -> str:
    """Crimes of one month; the first lies elsewhere where it was ``relocated``."""
    lines = []
    for number in range(crimes):
        kind = KINDS[number % len(KINDS)]
        crime = "" if kind == KINDS[-1] else f"{int(month.replace('-', '')) * 1000 + number:064x}"
        place = PLACES[(number + relocated * (number == 0)) % len(PLACES)]
        lines.append(f"{crime},{month},Dorset Police,Dorset Police,,,No Location,{place},Somewhere,{kind},,\n")
    return STREET + "".join(lines)


def patrols(month: str, part: str, *, broken: bool = False) -> str:
    """Two patrols of a month, which both partners logged; the second breaks a check where ``broken``."""
    end = "25:00" if broken else "20:30"
    return PATROL + (
        f"{part}-{month}-1,{month}-03,18:00,19:30,E05012652,2\n{part}-{month}-2,{month}-17,18:00,{end},E05012652,2\n"
    )


def survey() -> str:
    """One wave: 100 children were asked and 70 agreed."""
    return (
        SURVEY
        + f"2023-24,2023-11,feel_safe,{WORDING},1,child,10-12,F,60,40\n"
        + (f"2023-24,2023-11,feel_safe,{WORDING},1,child,10-12,M,40,30\n")
    )


def few(text: str) -> list[str]:
    """The header of a list of places, and the lines of those that occur here: the lake stays small."""
    header, *lines = text.splitlines(keepends=True)
    return [header, *(line for line in lines if any(place in line for place in PLACES))]


class Story:
    """The lake in the making: each file comes on a day of its own."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True)
        self.keys = home.parent / "keys"
        lines = [f'"{name}" {make_key(self.keys / str(place))}' for place, name in enumerate(PEOPLE)]
        (home / "approvers").write_text("\n".join(lines) + "\n")
        project = home.parent / "project"
        write_project(project, area="E06000058")
        for seed in [*project.glob("seeds/area_lookup/*.csv"), *project.glob("seeds/population/*.csv")]:
            seed.write_text("".join(few(seed.read_text())))
        self.settings = replace(Settings.load(home, project=project), approvers=home / "approvers")
        self.files = home.parent / "files"
        self.files.mkdir()

    def lands(self, day: str, feed: str, name: str, text: str, *, status: str = "accepted") -> int:
        path = self.files / name
        path.write_text(text)
        at = dt.datetime.fromisoformat(f"{day} 09:00")
        (receipt,) = land(self.settings, feed, [str(path)], terms=Terms(published=at, received_at=at))
        if receipt.status != status:
            raise SystemExit(f"{name}: {receipt.status}: {receipt.error}")
        return receipt.delivery_id

    def publishes(self, release_id: str, *, override: str | None = None) -> None:
        """Build, draft, approve and publish; the first person says why where coverage speaks against it."""
        build(self.settings)
        draft(self.settings, release_id)
        for place, name in enumerate(PEOPLE):
            approve(self.settings, release_id, name=name, comment="A sample.", key=self.keys / str(place),
                    override=None if place else override)  # fmt: skip
        publish(self.settings, release_id)


def tell(story: Story) -> None:
    """What happened, in order."""
    for number, month in enumerate(("2024-01", "2024-02", "2024-03")):
        story.lands(f"2024-05-{2 * number + 1:02}", "police_street", f"{month}-dorset-street.csv", street(month, 12))
        for part in ("police", "council"):
            text = patrols(month, part, broken=month == "2024-02" and part == "council")
            story.lands(f"2024-05-{2 * number + 2:02}", "joint_patrols", f"{month}-{part}-patrols.csv", text)
    story.lands("2024-05-08", "safety_survey", "safety-survey_2023-24.csv", survey())
    story.publishes("2023-24-Q4")
    story.lands("2024-06-01", "police_street", "2024-02-dorset-street.csv", street("2024-02", 14, relocated=True))
    for number, month in enumerate(("2024-04", "2024-05", "2024-06")):
        story.lands(f"2024-08-{number + 1:02}", "police_street", f"{month}-dorset-street.csv", street(month, 10))
    mistaken = story.lands("2024-08-04", "joint_patrols", "2024-04-police-patrols.csv", patrols("2024-04", "police"))
    revert(story.settings, mistaken, reason="sent by mistake", person="A. Sample",
           received_at=dt.datetime.fromisoformat("2024-08-05 09:00"))  # fmt: skip
    story.lands("2024-08-06", "police_street", "2024-04-dorset-street.csv", "not a street file\n", status="refused")
    story.publishes("2024-25-Q1", override="The patrols were sent by mistake.")
    # Not built yet when the lake was put away.
    story.lands("2024-09-01", "police_street", "2024-06-dorset-street.csv", street("2024-06", 11))


def main() -> None:
    """Make ``lake.tar.xz`` in the folder that is named."""
    folder = Path(sys.argv[1]).absolute()
    home = folder / "lake"
    tell(Story(home))
    for left in ("tmp", "state/extensions", "drafts"):
        shutil.rmtree(home / left, ignore_errors=True)
    with tarfile.open(folder / "lake.tar.xz", "w:xz", preset=9) as archive:
        archive.add(home, "lake")


main()
