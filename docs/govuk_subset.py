"""Cut the vendored style sheet out of a published one: ``python docs/govuk_subset.py PACKAGE``.

PACKAGE is the unpacked npm package ``govuk-frontend``, which ships its style sheet compiled. The subset keeps the rules
of the components that reports use. It leaves out every font, because GDS Transport may be used on GOV.UK alone, and the
crest and the logo. ``safer_kpi/publishing/site/vendor/README.md`` records where the package came from.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "safer_kpi" / "publishing" / "site" / "vendor"
SOURCE = "dist/govuk/govuk-frontend.min.css"
#: A rule is kept if each class in its selector begins with one of these.
COMPONENTS = (
    "govuk-body", "govuk-breadcrumbs", "govuk-caption", "govuk-details", "govuk-heading", "govuk-inset-text",
    "govuk-link", "govuk-list", "govuk-main-wrapper", "govuk-skip-link", "govuk-summary-list", "govuk-table",
    "govuk-tag", "govuk-template", "govuk-visually-hidden", "govuk-width-container",
)  # fmt: skip
_CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
_FONT = re.compile(r"font-family:(?:GDS Transport|sans-serif)[^;}]*;?")


def subset(sheet: str) -> str:
    """Return the rules of ``COMPONENTS``, one on each line."""
    return "\n".join(_kept(re.sub(r"/\*.*?\*/", "", sheet.lstrip("\ufeff"), flags=re.DOTALL))) + "\n"


def _kept(sheet: str) -> list[str]:
    kept = []
    for head, body in _rules(sheet):
        if head.startswith(("@media", "@supports")):
            inner = _kept(body)
            kept += [f"{head}{{{''.join(inner)}}}"] if inner else []
        elif head.startswith("@"):
            continue  # fonts
        elif (selectors := [one for one in head.split(",") if _is_of_component(one)]) and (
            declared := _FONT.sub("", body)
        ):
            kept.append(f"{','.join(selectors)}{{{declared}}}")
    return kept


def _is_of_component(selector: str) -> bool:
    names = _CLASS.findall(selector)
    return all(name.startswith(COMPONENTS) for name in names) and (bool(names) or selector == ":root")


def _rules(sheet: str) -> list[tuple[str, str]]:
    """Return head and body of each rule of the outermost level."""
    found, start, depth, opened = [], 0, 0, 0
    for place, letter in enumerate(sheet):
        if letter == ";" and depth == 0:
            start = place + 1
        elif letter == "{":
            depth += 1
            opened = place if depth == 1 else opened
        elif letter == "}":
            depth -= 1
            if depth == 0:
                found.append((sheet[start:opened].strip(), sheet[opened + 1 : place]))
                start = place + 1
    return found


def main(package: Path) -> None:
    """Write the subset and print what the record beside it must say."""
    version = json.loads((package / "package.json").read_bytes())["version"]
    source = (package / SOURCE).read_bytes()
    target = VENDOR / "govuk-frontend.css"
    target.write_text(subset(source.decode("utf-8-sig")), encoding="utf-8")
    for name, content in ((f"govuk-frontend {version}, {SOURCE}", source), (target.name, target.read_bytes())):
        print(f"{name}: SHA-256 {hashlib.sha256(content).hexdigest()}, {len(content):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
