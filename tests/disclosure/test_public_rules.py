"""The ``public`` rule of a definition is refused at load wherever it would give somebody away."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.catalogue.definition import Definition
from safer_kpi.catalogue.definitions import load_definitions
from safer_kpi.catalogue.public_rule import PublicRule
from safer_kpi.catalogue.public_rules import SENSITIVE_KPIS, public_laws
from safer_kpi.disclosure.rule import Rule, read_rules
from safer_kpi.errors import ProjectError

PROJECT = Path(__file__).resolve().parents[2]
DEFINED = {one.metric_id: one for one in load_definitions(PROJECT)}
OPEN, VIOLENCE, SEXUAL = "1a.violence_and_sexual_offences", "1a.violence_against_person", "1a.sexual_offences"
KNIFE, PLACES, YOUTH_RATE = "1a.knife_weapon_assaults", "1a.repeat_locations", "1a.serious_youth_violence_rate"
ASKED, SAFER, SHARE = "2d.children_asked", "2d.children_safer", "2d.children_feel_safer"
EXACT_LA = {"method": "exact", "grain": "local_authority"}


def laws(metric_id: str, changed: dict[str, Any], *, others: dict[str, dict[str, Any]] | None = None) -> list[str]:
    """The laws that a shipped metric breaks with another rule, and others with theirs."""
    every = dict(DEFINED)
    for name, values in {metric_id: changed, **(others or {})}.items():
        every[name] = replace(every[name], public=replace(every[name].public, **values))
    return public_laws(every[metric_id], every)


def test_the_shipped_rules_break_no_law() -> None:
    assert {name: public_laws(one, DEFINED) for name, one in DEFINED.items() if public_laws(one, DEFINED)} == {}


def test_what_is_sensitive_is_exact_at_no_ward() -> None:
    exact = [one for one in DEFINED.values() if one.public.method == "exact" and one.public.grain == "ward"]
    assert {one.sensitivity for one in exact} == {"official"}
    assert {one.kpi for one in exact} & SENSITIVE_KPIS == set()


@pytest.mark.parametrize(
    ("metric_id", "changed", "told"),
    [
        (SEXUAL, {"method": "exact"}, "public.grain: sexual and domestic violence"),
        ("1c.msv_offences", {"method": "exact"}, "public.grain: sexual and domestic violence"),
        ("1c.violence_dealt_with", {"grain": "ward"}, "public.grain: sexual and domestic violence"),
        # Violence and sexual offences of the open tables less violence is sexual offences.
        (VIOLENCE, EXACT_LA, f"public.method: {OPEN} is public, so an exact number here would tell {SEXUAL}"),
        (SEXUAL, EXACT_LA, f"public.method: {OPEN} is public, so an exact number here would tell {VIOLENCE}"),
        (OPEN, {"contains": (SEXUAL,)}, f"public.contains: {SEXUAL} is protected by ward"),
        (KNIFE, {"contains": (SEXUAL,)}, f"public.contains: {SEXUAL} is protected by ward, too"),
        (KNIFE, {"grain": "force"}, "public.grain: protected figures are never of the force"),
        (KNIFE, {"periods": ("month",)}, "public.periods: protected figures are of quarter, year, rolling12"),
        (KNIFE, {"periods": ("rolling12",)}, "public.periods: rolling12 is always published as the sum"),
        (KNIFE, {"periods": ("weekly",)}, "public.periods: the metric is not stated by weekly."),
        (KNIFE, {"periods": ("year", "year")}, "public.periods: each stands once."),
        (KNIFE, {"periods": ()}, "public.periods: name the lengths that are published"),
        (KNIFE, {"grain": None}, "public.grain: name the smallest area that is published"),
        (KNIFE, {"breakdowns": ("age",)}, "public.breakdowns: the metric is not stated by age."),
        (SEXUAL, {"periods": ("quarter",)}, "public.breakdowns: protected parts are of counts that add up, by year."),
        (KNIFE, {"contains": ("1a.knives",)}, "public.contains: 1a.knives is not defined."),
        (KNIFE, {"sums_to": KNIFE}, "public.sums_to: a metric does not name itself."),
        (KNIFE, {"contains": (YOUTH_RATE,)}, f"public.contains: {YOUTH_RATE} is a rate; only counts hold"),
        (YOUTH_RATE, {"external": (OPEN,)}, "public: a rate names no metrics"),
        (PLACES, {"grain": "ward"}, "public.grain: a protected count of different people or places"),
        ("1c.msv_offenders", {"periods": ("quarter", "year")}, "public.periods: a protected count of different people"),
        ("1a.robbery", {"method": "none"}, "public.grain: nothing of the metric is published"),
        (SHARE, {"method": "exact"}, f"public.method: {SAFER} is protected, so what is made of it cannot be exact."),
        (YOUTH_RATE, {"periods": ("month",)}, "public.periods: protected figures are of quarter, year, rolling12"),
        ("1c.msv_positive_outcome_share", {"grain": "ward"}, "public.grain: of protected rates only those over"),
        ("1a.violence_and_sexual_offences_rate", {"grain": "parish"}, "public.grain: the metric is not stated for"),
    ],
)  # fmt: skip
def test_a_rule_that_would_tell_is_refused(metric_id: str, changed: dict[str, Any], told: str) -> None:
    assert any(law.startswith(told) for law in laws(metric_id, changed)), laws(metric_id, changed)


def test_an_exact_part_of_an_open_whole_is_refused_only_where_one_other_part_is_left() -> None:
    third = {KNIFE: {"external": (OPEN,)}}
    assert laws(VIOLENCE, EXACT_LA, others=third) == []
    assert laws(VIOLENCE, EXACT_LA, others={SEXUAL: {"external": ()}}) == []


def test_the_complement_in_an_exact_sum_is_refused() -> None:
    whole, part, other = "3b.tools_offered", "3b.mediation", "3b.restorative_justice"
    summed = {part: {"sums_to": whole}, other: {"sums_to": whole, "method": "protected", "periods": ("year",)}}
    told = [law for law in laws(part, summed[part], others=summed) if "public.method" in law]
    assert len(told) == 1
    assert f"would tell {other}, which is the rest of it" in told[0]
    assert laws(part, summed[part], others={other: {"sums_to": whole}}) == []


def test_what_is_equal_to_an_exact_number_is_not_protected() -> None:
    (told,) = laws("1c.msv_victims", {}, others={"1c.msv_offences": {"method": "exact", "grain": "local_authority"}})
    assert told == "public.sums_to: 1c.msv_offences is exact, and it is the same number."


def test_a_rate_of_what_is_not_published_is_refused() -> None:
    nothing = {"method": "none", "grain": None, "periods": (), "breakdowns": (), "contains": (), "external": ()}
    (told,) = laws(SHARE, {}, others={ASKED: nothing})
    assert told == f"public.method: {ASKED} is none, so what is made of it cannot be protected."


def test_the_error_names_file_line_and_what_to_write(tmp_path: Path) -> None:
    folder = tmp_path / "contracts" / "kpis"
    folder.mkdir(parents=True)
    text = (PROJECT / "contracts" / "kpis" / "kpi_2b.yaml").read_text(encoding="utf-8")
    rule = next(line for line in text.splitlines() if line.startswith("  public:"))
    (folder / "kpi_2b.yaml").write_text(text.replace(rule + "\n", ""), encoding="utf-8")
    (tmp_path / "contracts" / "strategy.yaml").write_bytes((PROJECT / "contracts" / "strategy.yaml").read_bytes())
    first = 1 + text.replace(rule + "\n", "").splitlines().index("  - metric_id: 2b.completions")
    with pytest.raises(ProjectError) as caught:
        load_definitions(tmp_path)
    assert str(caught.value).startswith(f"kpi_2b.yaml, line {first}: 2b.completions: missing public.")
    assert "`public: {method: none}` publishes nothing" in caught.value.next_action


def test_a_release_tells_the_rule_and_an_older_one_publishes_nothing() -> None:
    rows = [{"metric_id": name, "definition": DEFINED[name].as_json()} for name in (VIOLENCE, SHARE)]
    older = json.loads(DEFINED[OPEN].as_json())
    del older["public"]
    rules = read_rules([*rows, {"metric_id": OPEN, "definition": json.dumps(older)}])
    assert rules[VIOLENCE] == Rule(
        metric_id=VIOLENCE, definition_version=1, numerator=VIOLENCE, denominator=None, additive=True,
        method="protected", grain="local_authority", periods=("quarter", "year"),
        contains=("1a.domestic_abuse_violence", KNIFE, "1a.serious_youth_violence"), external=(OPEN,),
    )  # fmt: skip
    assert (rules[SHARE].numerator, rules[SHARE].denominator, rules[SHARE].is_count) == (SAFER, ASKED, False)
    assert rules[OPEN].method == "none"


def test_a_rule_is_written_without_what_it_leaves_out() -> None:
    assert PublicRule(method="none").as_data() == {"method": "none"}
    assert isinstance(DEFINED[OPEN], Definition)
    assert json.loads(DEFINED[OPEN].as_json())["public"] == {
        "method": "exact", "grain": "ward", "periods": ["month", "quarter", "year", "rolling12"],
    }  # fmt: skip
