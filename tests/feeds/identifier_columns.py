"""Columns made up for the search for identifiers: planted ones of each kind, and clean ones that look like them.

A maker takes a seeded ``random.Random`` and a number of rows and gives a column's header and its cells.
"""

from __future__ import annotations

import datetime as dt
import itertools
import string
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Maker = Callable[[random.Random, int], tuple[str, list[str]]]


def _words(text: str, between: str = " ") -> list[str]:
    return [word.strip() for word in " ".join(text.split()).split(between)]


FIRST = _words("""
    Oliver Amelia George Isla Harry Ava Noah Mia Jack Ivy Leo Lily Oscar Freya Charlie Emily Mohammed Fatima Aisha
    Yusuf Priya Arjun Agnieszka Piotr Katarzyna Tomasz Oluwaseun Chioma Kwame Abena Ioana Andrei Wei Mei Siobhan
    Niamh Callum Hamish Gareth Rhiannon Margaret Derek Susan Kevin Tracey Gurpreet Harjit Zainab Ibrahim Hassan
    Layla Joao Ines Ewa Bartosz Kofi Amina Abdi Hodan Sanjay Meena Sharon Darren Kayleigh Tyler Chantelle Brooklyn
    Xanthe Peregrine
""")
LAST = _words("""
    Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
    Roberts Green Hall Khan Hussain Ahmed Begum Ali Singh Kaur Sharma Kowalski Nowak Wisniewska Lewandowski Okafor
    Adeyemi Mensah Owusu Popescu Ionescu Chen Wang Nguyen O'Brien Murphy Kelly McDonald MacLeod Campbell Llewellyn
    Griffiths Hughes Fernandes Silva Mohamed Abdi Warsame Hassan Rahman Chowdhury Miah Iqbal Mahmood Turner Cooper
    Bailey Featherstonehaugh
""")
STREETS = _words(
    """
    Ashridge Avenue|Pearson Gardens|Lynwood Drive|Victoria Road|Florence Road|Charles Street|Albert Road|St Mary's
    Close|George Street|Stanley Green Road|Parking Area|Supermarket|Petrol Station|Francis Avenue|Wallace
    Road|Alexandra Park|Kelly Close|Taylor Drive|William Road|B3066|A35|Jubilee Crescent|Sports/Recreation
    Area|Nightclub|Morrison Avenue
""",
    "|",
)
PLACES = _words("""
    Bournemouth Poole
    Christchurch Alderney Boscombe Canford Kinson Moordown Southbourne Winton Talbot Branksome Creekmoor Hamworthy
    Oakdale Parkstone Penn Queens Throop Littledown Highcliffe Mudeford Burton Grange Commons Bolton Preston Lincoln
    Lancaster Stafford Bradford Barnet Ashford Harlow Warwick Chester Shirley Milton Kingston Nelson Bedford Dudley
    Stroud Wakefield Burnley Hastings Lewes Worthing Crawley Slough Reading Luton Hull York Derby Leicester Carlisle
""")
AGENCIES = [
    "Barnardo's",
    "Dorset Police",
    "St. Mungo's",
    "BCP Council",
    "NHS Dorset",
    "We Are With You",
    "Marie Curie",
    "Julian House",
    "Dorset & Wiltshire Fire",
    "Probation Service",
    "YMCA",
    "Shelter",
    "Victim Support",
    "Refuge",
    "The Children's Society",
    "NSPCC",
    "Sue Ryder",
    "Terrence Higgins Trust",
    "John Lewis",
    "CRIMESTOPPERS",
]
OUTCOMES = [
    "Investigation complete; no suspect identified",
    "Unable to prosecute suspect",
    "Suspect charged",
    "Local resolution",
    "Offender given a caution",
    "Awaiting court outcome",
    "Under investigation",
    "Status update unavailable",
    "Further action is not in the public interest",
    "Action to be taken by another organisation",
]
CRIMES = [
    "Anti-social behaviour",
    "Bicycle theft",
    "Burglary",
    "Drugs",
    "Other theft",
    "Public order",
    "Robbery",
    "Shoplifting",
    "Vehicle crime",
    "Violence and sexual offences",
    "Possession of weapons",
    "Theft from the person",
]
CAVEATS = [
    "Figures for 2023-24 are provisional.",
    "Includes 12 cases recorded late in Q1 2024.",
    "The 2nd cohort, by 2019-20 a fall.",
    "Counts under 5 are shown as *.",
    "Source: table 4b, page 12, published 14/03/2024.",
    "See note 3 at www.gov.uk/statistics",
    "In 2019-20 a change of system; 10 May to 12 June is missing.",
    "From 1 April 2024 all Grade A calls; see 07/2024",
    "Rate per 1,000 @ mid-year population",
    "Call 101, or 0800 555 111 in confidence",
    "M27 junction B1 2nd exit closed",
]
QUESTIONS = [
    "How safe do you feel outside after dark?",
    "Do children feel safer than a year ago?",
    "I trust the police in my area (1-5)",
    "Have you, in the last 12 months, reported a crime?",
    "Parents and carers: more confident?",
]
AREAS = _words("BH SP DT SO E N SW M B LS NE CF EH G PO RG OX")
UNITS = "ABDEFGHJLNPQRSTUWXYZ"


def nhs(rng: random.Random) -> str:
    """A number with the check digit of the NHS Data Dictionary: 11 less the weighed sum's rest, never 10."""
    while True:
        digits = [rng.choice([4, 6, 7, 9]), *(rng.randrange(10) for _ in range(8))]
        check = 11 - sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11
        if check != 10:
            return "".join(map(str, [*digits, check % 11]))


def ni(rng: random.Random) -> str:
    while True:
        prefix = rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ")
        if prefix not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}:
            return f"{prefix}{rng.randrange(10**6):06}{rng.choice('ABCD')}"


def postcode(rng: random.Random) -> tuple[str, str]:
    return f"{rng.choice(AREAS)}{rng.randrange(1, 25)}", f"{rng.randrange(10)}{rng.choice(UNITS)}{rng.choice(UNITS)}"


def full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() else letter for letter in text)


def spread(
    rng: random.Random, rows: int, value: Callable[[], str], other: Callable[[], str], share: float
) -> list[str]:
    """Cells of which at least one, and about a share, are planted."""
    cells = [value() if rng.random() < share else other() for _ in range(rows)]
    cells[rng.randrange(rows)] = value()
    return cells


def plant_nhs(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    style = rng.randrange(8)

    def value() -> str:
        n = nhs(rng)
        grouped = f"{n[:3]} {n[3:6]} {n[6:]}"
        return [
            n,
            grouped,
            grouped.replace(" ", "-"),
            f"NHS no. {n} seen",
            f"NHS: {grouped}",
            n + ".0",
            full_width(n),
            grouped.replace(" ", " "),
        ][style]

    if style in (1, 2, 3, 4):
        return "reference", spread(
            rng, rows, value, lambda: rng.choice(["", "none", *CAVEATS]), rng.choice([0.02, 0.5, 1])
        )
    return "reference", [value() if rng.random() > 0.1 else "" for _ in range(rows)]


def plant_ni(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    style = rng.randrange(5)

    def value() -> str:
        n = ni(rng)
        apart = f"{n[:2]} {n[2:4]} {n[4:6]} {n[6:8]} {n[8]}"
        return [n, apart, n.lower(), f"claimant {n}, seen", apart.replace(" ", "-")][style]

    return "notes", spread(
        rng, rows, value, lambda: rng.choice(["", *CAVEATS, "E01015272"]), rng.choice([0.01, 0.3, 1])
    )


def plant_postcode(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    style = rng.randrange(7)

    def value() -> str:
        out, into = postcode(rng)
        return [
            f"{out} {into}",
            f"{out}{into}",
            f"{out} {into}".lower(),
            f"{out}  {into}",
            f"{out}\u00a0{into}",
            f"12 Sample Street, Poole {out} {into}",
            f"near ({out}{into})",
        ][style]

    return "location", spread(
        rng, rows, value, lambda: rng.choice(["", *STREETS, "BH1", "BH1 2"]), rng.choice([0.01, 0.3, 1])
    )


def plant_email(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    def value() -> str:
        name = f"{rng.choice(FIRST)}.{rng.choice(LAST)}{rng.randrange(99)}".lower().replace("'", "")
        address = f"{name}@{rng.choice(['gmail.com', 'nhs.net', 'example.org', 'bcp-council.gov.uk', 'mail.co.uk'])}"
        return rng.choice([address, address.upper(), f"contact {address}", f"<{address}>", address.replace("@", " @ ")])

    return "notes", spread(rng, rows, value, lambda: rng.choice(["", *CAVEATS]), rng.choice([0.01, 0.3, 1]))


def plant_phone(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    style = rng.randrange(9)

    def value() -> str:
        m = f"7{rng.choice('12345789')}{rng.randrange(10**8):08}"
        local = f"{rng.randrange(200000, 999999)}"
        return [
            f"0{m}",
            f"0{m[:4]} {m[4:]}",
            f"+44{m}",
            f"+44 (0){m[:4]} {m[4:7]} {m[7:]}",
            f"tel 0{m[:4]} {m[4:7]} {m[7:]}",
            f"01202 {local}",
            f"(01202) {local}",
            f"020 7{local[:3]} {rng.randrange(1000, 9999)}",
            f"07700 900{rng.randrange(1000):03}",
        ][style]

    return "notes", spread(rng, rows, value, lambda: rng.choice(["", *CAVEATS]), rng.choice([0.01, 0.3, 1]))


def plant_birth(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    form = rng.choice(
        ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d.%m.%Y", "%Y-%m-%d 00:00:00", "%d/%m/%y", "%d %B %Y"]
    )
    first, last = rng.choice([(1935, 2010), (1950, 2006), (1925, 2024), (1970, 2005), (1998, 2014)])
    low, high = dt.date(first, 1, 1).toordinal(), dt.date(last, 12, 31).toordinal()
    if rng.random() < 0.15:
        text = rng.choice(["DOB {}", "born {}", "d.o.b. {}, seen", "Date of birth: {}"])

        def made() -> str:
            return str(text.format(dt.date.fromordinal(rng.randint(low, high)).strftime("%d/%m/%Y")))

        return "notes", spread(rng, rows, made, lambda: rng.choice(["", *CAVEATS]), 0.05)
    header = rng.choice(["detail", "date_3", "client_date"])
    return header, [dt.date.fromordinal(rng.randint(low, high)).strftime(form) for _ in range(rows)]


def plant_name(rng: random.Random, rows: int) -> tuple[str, list[str]]:
    style = rng.randrange(10)

    def value() -> str:
        first, last = rng.choice(FIRST), rng.choice(LAST)
        return [
            f"{first} {last}",
            f"{last}, {first}",
            f"{last.upper()} {first}",
            f"Mr {first[0]} {last}",
            f"{first} {rng.choice(UNITS)} {last}",
            first,
            last,
            f"{first[0]}. {last}",
            f"{first} {last}".lower(),
            f"{first} {rng.choice(FIRST)} {last}",
        ][style]

    blank = rng.choice([0, 0.3])
    return "detail", [value() if rng.random() >= blank else "" for _ in range(rows)]


PLANTED: dict[str, Maker] = {
    "nhs_number": plant_nhs,
    "ni_number": plant_ni,
    "postcode": plant_postcode,
    "email": plant_email,
    "phone": plant_phone,
    "date_of_birth": plant_birth,
    "name": plant_name,
}


def _clean_values(rng: random.Random) -> dict[str, Callable[[], str]]:
    r = rng.randrange
    start = r(10**9, 9 * 10**9)
    day = dt.date(2015 + r(5), 1, 1).toordinal()
    serial = iter(range(start, start + 10**7, rng.choice([1, 1, 7, 11])))
    eleven = iter(range(7 * 10**9 + r(10**9), 9 * 10**9, 1))
    end_of_year = itertools.cycle(range(1985, 2025))
    prefix = rng.choice(["P", "OFF", "DP-", "REF/", "CR"])
    letters = string.ascii_uppercase
    return {
        "count": lambda: str(r(500)),
        "large": lambda: f"{r(10**6):,}",
        "percentage": lambda: f"{rng.random():.1%}",
        "suppressed": lambda: rng.choice(["*", "<5", "-", str(r(90)), "[c]"]),
        "recorded_date": lambda: dt.date.fromordinal(day + r(3000)).isoformat(),
        "date": lambda: dt.date.fromordinal(day + r(2500)).strftime("%d/%m/%Y"),
        "stamp": lambda: f"{dt.date.fromordinal(day + r(2500))}T{r(24):02}:{r(60):02}:00+00:00",
        "year end": lambda: f"31/03/{next(end_of_year)}",
        "time": lambda: f"{r(24):02}:{r(60):02}",
        "month": lambda: f"20{r(15, 26)}-{r(1, 13):02}",
        "period": lambda: f"20{r(15, 26)}-Q{r(1, 5)}",
        "lsoa_code": lambda: f"E010{r(10**5):05}",
        "lsoa name": lambda: f"{rng.choice(PLACES)} {r(60):03}{rng.choice('ABCDEF')}",
        "ward": lambda: rng.choice(PLACES),
        "outcode": lambda: postcode(rng)[0],
        "sector": lambda: f"{postcode(rng)[0]} {r(10)}",
        "offence_code": lambda: f"{r(1, 200)}{rng.choice(['', 'A', 'B', 'N'])}",
        "crime_id": lambda: f"{rng.getrandbits(256):064x}",
        "person": lambda: f"{prefix}{r(10**6):06}",
        "serial": lambda: str(next(serial)),
        "random ten": lambda: str(r(10**9, 10**10)),
        "unix": lambda: str(1_400_000_000 + r(3 * 10**8)),
        "eleven": lambda: f"0{next(eleven)}",
        "year and serial": lambda: f"07-20{r(15, 26)}-{r(10**5):05}",
        "long": lambda: f"55{r(10**9):09}",
        "uuid": lambda: str(uuid.UUID(int=rng.getrandbits(128))),
        "hex": lambda: f"{rng.getrandbits(40):010x}",
        "six": lambda: "".join(rng.choice(letters + string.digits) for _ in range(6)),
        "two and six": lambda: f"{rng.choice(letters)}{rng.choice(letters)}{r(10**6):06}{rng.choice(letters)}",
        "location": lambda: f"On or near {rng.choice(STREETS)}",
        "street": lambda: rng.choice(STREETS),
        "crime_type": lambda: rng.choice(CRIMES),
        "outcome": lambda: rng.choice(OUTCOMES),
        "question": lambda: rng.choice(QUESTIONS),
        "caveat": lambda: rng.choice(CAVEATS),
        "agency": lambda: rng.choice(AGENCIES),
        "longitude": lambda: f"{rng.uniform(-6, 2):.6f}",
        "exact": lambda: repr(rng.uniform(50, 55)),
        "easting": lambda: str(r(380000, 420000)),
        "money": lambda: f"£{r(10**6):,}.{r(100):02}",
        "grouped": lambda: f"{r(1000):03}-{r(1000):03}-{r(10**4):04}",
        "ethnicity": lambda: rng.choice(["White", "Black", "Asian", "Mixed", "Other", "White - Irish", "Not stated"]),
        "rag": lambda: rng.choice(["Red", "Amber", "Green", "Grey"]),
        "month name": lambda: rng.choice(["January", "February", "April", "May", "June", "August"]),
        "sex": lambda: rng.choice(["Male", "Female", "M", "F", "Unknown"]),
        "flag": lambda: rng.choice("YN"),
        "age": lambda: rng.choice(["10-17", "18-24", "25-34", "over 34", str(r(100))]),
        "date_of_death_registered": lambda: str(r(1993, 2024)),
    }


def clean(rng: random.Random, rows: int) -> list[tuple[str, list[str]]]:
    """One column of every clean sort; some cells are blank."""
    blank = rng.choice([0, 0, 0.2])
    return [
        (header, ["" if rng.random() < blank else value() for _ in range(rows)])
        for header, value in _clean_values(rng).items()
    ]
