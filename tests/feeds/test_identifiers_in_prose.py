"""One identifier in a sentence of a column of notes is found; the values are made by another generator (faker).

The targets are those of whole columns: at least 99 % of what has a form of its own, at most 0.1 % of clean columns.
Names have no form: a surname that no list holds, without a title or a verb beside it, is not known.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from faker import Faker
from stdnum import luhn
from stdnum.gb import nhs

from tests.feeds.test_identifiers import found_in

FLOORS = {"name": 0.9}
#: One number of ten digits has an NHS number's check digit in 1 of 11 cases, and in 4 of 10 a first digit that is
#: issued; it is taken for one, for the other mistake would keep a patient's.
BY_CHANCE = {"nhs_number": 0.4 / 11}
FLOOR = 0.99
TRIALS = 150
LEFT = ("Mr", "Mrs", "Miss", "Ms")


def _birth(rng: random.Random, day: dt.date) -> str:
    ordinal = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 12: "twelfth", 21: "twenty-first"}
    word = ordinal.get(day.day, f"{day.day}{'th' if day.day not in (1, 2, 3, 21, 22, 23, 31) else 'st'}")
    return rng.choice([
        f"born on the {word} of {day:%B} {day:%Y}", f"DOB {day:%d.%m.%y}", f"d.o.b. {day.day}/{day.month}/{day:%y}",
        f"date of birth: {day:%d %b %Y}", f"(b. {day:%d/%m/%Y})", f"dob {day:%d%m%y}", f"born {day:%d %B} '{day:%y}",
    ])  # fmt: skip


def _name(fake: Faker, rng: random.Random) -> str:
    first, last = fake.first_name(), fake.last_name()
    return rng.choice([
        f"Spoke to {first} {last} about this.", f"{rng.choice(LEFT)} {last} attended.",
        f"{first} {last} said it was late.", f"Victim {first} {last} left early.", f"seen by Dr {last} at noon",
        f"Neighbour {rng.choice(LEFT)}. {first} {last} complained.", f"interviewed {first} {last}, no reply",
    ])  # fmt: skip


def _nhs(rng: random.Random) -> str:
    while not nhs.is_valid(number := f"{rng.choice('4679')}{rng.randrange(10**9):09}"):
        pass
    return rng.choice([nhs.format(number), f"NHS {number}", f"NHS no. {number}"])


def _ni(rng: random.Random) -> str:
    # faker's have the prefix ZZ, which is never issued: these are made by the rule of NIM39110.
    prefix = rng.choice("ABCEGHJKLMNOPRSTWXYZ".replace("O", "")) + rng.choice("ABCEGHJKLMNPRSTWXYZ")
    if prefix in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}:
        prefix = "AB"
    solid = f"{prefix}{rng.randrange(10**6):06}{rng.choice('ABCD')}"
    spaced = " ".join((solid[:2], solid[2:4], solid[4:6], solid[6:8], solid[8:]))
    return rng.choice([solid, spaced, spaced.lower(), solid.lower()])


def _card(fake: Faker, rng: random.Random) -> str:
    number = fake.credit_card_number(rng.choice(["visa16", "mastercard", "amex"]))
    assert luhn.is_valid(number)
    groups = (
        [number[:4], number[4:10], number[10:]] if len(number) == 15 else [number[n : n + 4] for n in (0, 4, 8, 12)]
    )
    return rng.choice([f"paid by card {number}", " ".join(groups), "-".join(groups)])


def _plate(fake: Faker, rng: random.Random) -> str:
    plate = fake.license_plate()
    while not (plate[2:4].isdigit() and not set(plate) & set("IQ") and "Z" not in plate[:2]):
        plate = fake.license_plate()
    return rng.choice(
        [f"vehicle {plate}", f"reg {plate.replace(' ', '')}", f"VRM {plate.lower()}", f"silver car {plate}"]
    )


def _address(fake: Faker, rng: random.Random) -> str:
    house = f"{rng.randrange(1, 300)} {fake.last_name()} {rng.choice(['Road', 'Street', 'Avenue', 'Close', 'Lane'])}"
    return rng.choice([f"lives at {house}", f"Flat {rng.randrange(1, 40)}, {house}", f"home address {house}"])


Make = Callable[[Faker, random.Random], str]
PLANTED: dict[str, Make] = {
    "name": _name,
    "date_of_birth": lambda fake, rng: _birth(rng, fake.date_of_birth(minimum_age=12, maximum_age=90)),
    "ni_number": lambda _, rng: _ni(rng),
    "nhs_number": lambda _, rng: _nhs(rng),
    "address": _address,
    "card": _card,
    "vehicle": _plate,
    "postcode": lambda fake, _: f"near {fake.postcode()} again",
    "email": lambda fake, _: f"write to {fake.email()}.",
    "phone": lambda fake, _: f"ring {fake.cellphone_number()}",
}


def _clean(fake: Faker, rng: random.Random) -> str:
    """A sentence of notes in which words, places, streets, dates, references and figures stand, and no person."""
    sentence: Callable[[], str] = rng.choice([
        lambda: fake.sentence(nb_words=12),
        lambda: f"{fake.catch_phrase()}.",
        lambda: f"Patrol at {fake.city()} on {fake.date()}.",
        lambda: f"Reported near {fake.street_name()} at {fake.time()}.",
        lambda: f"Ref {fake.bothify('??-#####')}, {rng.randrange(900)} items.",
        lambda: f"{fake.bs().capitalize()} by {rng.randrange(2, 40)} officers.",
        lambda: f"Order {fake.numerify('##########')} closed.",
        lambda: f"Signs on the A{rng.randrange(1, 400)} and the B{rng.randrange(1000, 9999)} in {fake.month_name()}.",
        lambda: f"Batch {fake.numerify('################')}, {rng.randrange(1, 9)} of {rng.randrange(9, 20)}.",
    ])  # fmt: skip
    return sentence()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Per kind the share of columns in which it was found, and the kinds that were found in clean columns."""
    fake, rng = Faker("en_GB"), random.Random(20261101)
    fake.seed_instance(20261101)
    folder: Path = tmp_path_factory.mktemp("prose")

    def column(planted: str | None) -> list[str]:
        cells = [_clean(fake, rng) for _ in range(30)]
        if planted is not None:
            cells[rng.randrange(30)] = f"{fake.sentence(nb_words=5)} {planted}"
        return cells

    recall = {}
    for kind, make in PLANTED.items():
        columns = {f"notes {number}": column(make(fake, rng)) for number in range(TRIALS)}
        hit = {each.column for each in found_in(folder, columns) if each.kind == kind}
        recall[kind] = len(hit) / TRIALS
    clean = [(each.column, each.kind) for each in found_in(folder, {f"notes {n}": column(None) for n in range(1000)})]
    return recall, clean


def test_each_kind_is_found_in_a_sentence(
    found: tuple[dict[str, float], list[tuple[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    recall, clean = found
    with capsys.disabled():
        told = ", ".join(f"{kind} {share:.1%}" for kind, share in recall.items())
        print(f"\nfound of one in 30 sentences: {told}")
        print(f"clean columns refused of 1,000: {dict(Counter(kind for _, kind in clean))}")
    assert {kind: share for kind, share in recall.items() if share < FLOORS.get(kind, FLOOR)} == {}


def test_clean_notes_pass(found: tuple[dict[str, float], list[tuple[str, str]]]) -> None:
    kinds = Counter(kind for _, kind in found[1])
    assert {kind: count for kind, count in kinds.items() if count > 1000 * BY_CHANCE.get(kind, 0.001)} == {}


@pytest.mark.parametrize("prefix", ["4", "51", "55", "2221", "2229", "2230", "2699", "2720", "34", "37"])
def test_a_card_of_the_first_and_last_numbers_of_a_scheme_is_found(prefix: str, tmp_path: Path) -> None:
    """The ranges of ISO/IEC 7812 as the schemes publish them: that of Mastercard from 2017 ends with 272099."""
    solid = prefix.ljust(14 if prefix.startswith("3") else 15, "0")
    solid += luhn.calc_check_digit(solid)
    assert [each.kind for each in found_in(tmp_path, {"notes": [f"paid by card {solid}"]})] == ["card"]
