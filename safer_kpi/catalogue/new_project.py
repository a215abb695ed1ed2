"""Write a new project for a partnership: the template's folders with its own places, names and area."""

from __future__ import annotations

import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from safer_kpi.catalogue.own_places import SEEDS, write_places
from safer_kpi.catalogue.own_words import Place, Words, place_of, rewrite
from safer_kpi.catalogue.partnership import chosen_partnership
from safer_kpi.catalogue.template import area_of, template, write_template
from safer_kpi.catalogue.written import files_in, record
from safer_kpi.files import sha256_of
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from safer_kpi.catalogue.partnership import Partnership

_TEXTS = Path(__file__).resolve().parent / "project_files"
#: Where each text goes.
_FILES = {
    "README.md": "README.md",
    "peers.yaml": "contracts/peers.yaml",
    "gitignore": ".gitignore",
    "ci_run": ".ci/run",
    "check.yml": ".github/workflows/check.yml",
    "test_project.txt": "tests/test_project.py",
}
#: The example of an authority that has no figure of its own, because its partnerships do not add up to it.
_OF_THE_DEMO_ALONE = ("contracts/kpis/examples/1a.official_recorded_crime",)
_REWRITTEN = ("contracts", "models", "macros", "audits", "linter", "dags")


def new_project(folder: Path, partnership: Partnership) -> None:
    """Write a project for a partnership into a new or empty folder.

    Raises:
        UsageError: the folder is not empty.
    """
    write_template(folder, area=partnership.code)
    seeds = folder / "seeds"
    forces = seeds / "forces.csv"
    old = place_of(chosen_partnership([area_of(template())], None), forces)
    words = Words(old=old, new=place_of(partnership, forces))
    for feed in {Path(name).parent.name for name in SEEDS} - {""}:
        for path in (seeds / feed).iterdir():
            path.unlink()
    write_places(seeds, partnership)
    _list_seeds(seeds / "README.md", words)
    for name in _OF_THE_DEMO_ALONE:
        shutil.rmtree(folder / name)
    for name in _REWRITTEN:
        rewrite(folder / name, words)
    _write_texts(folder, partnership, words.new)
    record(folder, partnership, {name: sha256_of(path) for name, path in files_in(folder).items()})


def _list_seeds(readme: Path, words: Words) -> None:
    """List the seeds of the new project in the place of the template's, whose names end with the same feed."""
    lines = readme.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("| `area_lookup/", "| `population/", "| `partnership.csv"))]
    own = [
        f"| `{name}` | {text.format(name=words.new.whole)} | Office for National Statistics |"
        for name, text in SEEDS.items()
    ]
    place = next(number for number, line in enumerate(kept) if line.startswith("|---")) + 1
    text = "\n".join([*kept[:place], *own, *kept[place:]]) + "\n"
    readme.write_text(words.text(text), encoding="utf-8")


def _write_texts(folder: Path, partnership: Partnership, place: Place) -> None:
    ward = place.ordered[0]
    places = [(each.name, "local authority", each.code) for each in partnership.authorities]
    forces = {each.force_code: each.force_name for each in partnership.authorities}
    places += [(name, "police force area", code) for code, name in forces.items()]
    if len(partnership.authorities) > 1 or partnership.code != place.code:
        places.insert(0, (partnership.name, "partnership", partnership.code))
    slots = {
        "name": place.whole,
        "code": place.code,
        "slug": place.slug,
        "police": place.police,
        "force_code": place.force_code,
        "ward": ward,
        "lsoa": place.wards[ward][0],
        "residents": str(place.residents),
        "version": package_version(),
        "places": "\n".join(f"| {kind} | `{code}` | {name} |" for name, kind, code in places),
    }
    for name, target in _FILES.items():
        path = folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template((_TEXTS / name).read_text(encoding="utf-8")).substitute(slots), encoding="utf-8")
    (folder / ".ci" / "run").chmod(0o755)
