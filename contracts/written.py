"""The forms of writing a day or a month that a contract may declare, and how an example of each is told to a partner.

``safer_kpi.landing.read_days`` reads them. ``yyyy-mm-dd`` and ``dd/mm/yyyy`` are read without being declared.
"""

from collections.abc import Mapping, Sequence

_MONTH = (
    r"(?i:jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
    r"|dec(ember)?)"
)
_DAY, _IN_YEAR = r"(0?[1-9]|[12]\d|3[01])", r"(0?[1-9]|1[0-2])"
_ISO, _BRITISH = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", rf"{_DAY}/{_IN_YEAR}/\d{{4}}"
_TIME = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"

#: Form of a day: its pattern and an example.
DAYS: Mapping[str, tuple[str, str]] = {
    "yyyy-mm-dd": (rf"{_ISO}([T ]00:00(:00)?)?", "2024-05-31"),
    "dd/mm/yyyy": (rf"{_BRITISH}([T ]00:00(:00)?)?", "31/05/2024"),
    "dd/mm/yy": (rf"{_DAY}/{_IN_YEAR}/\d{{2}}", "31/5/24"),
    "dd-mon-yyyy": (rf"{_DAY}[- ]{_MONTH}[- ]\d{{4}}", "31-May-2024 or 31 May 2024"),
    "yyyy-mm-dd hh:mm": (rf"{_ISO}{_TIME}(Z|[+-]\d{{2}}:?\d{{2}})?", "2024-05-31T14:30Z or 2024-05-31 14:30:00+01:00"),
    "dd/mm/yyyy hh:mm": (rf"{_BRITISH}{_TIME}", "31/05/2024 14:30"),
    "serial": (r"[1-9]\d{4}(\.\d+)?", "45443 (the number under which a spreadsheet stores a day)"),
}
#: Form of a month: its pattern and an example.
MONTHS: Mapping[str, tuple[str, str]] = {
    "yyyy-mm": (r"\d{4}-(0[1-9]|1[0-2])", "2024-05"),
    "mon-yy": (rf"{_MONTH}[- ](\d{{2}}|\d{{4}})", "May-24 or May 2024"),
    "mm/yyyy": (rf"{_IN_YEAR}/\d{{4}}", "05/2024"),
    "first day": (rf"\d{{4}}-(0[1-9]|1[0-2])-01([T ]00:00(:00)?)?|0?1/{_IN_YEAR}/\d{{4}}", "2024-05-01"),
}
USUAL_DAYS, USUAL_MONTHS = ("yyyy-mm-dd", "dd/mm/yyyy"), ("yyyy-mm",)

#: What a date column takes that declares no forms.
USUAL_DAY = rf"^({_ISO}|{_BRITISH})([T ]00:00(:00)?)?$"
_LEAP = r"(\d{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
#: A day of the calendar as the lake keeps it. The 29th of February is one in leap years alone.
REAL_DAY = (
    r"^(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    rf"|{_LEAP}-02-29)$"
)
REAL_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


def pattern(forms: Sequence[str], known: Mapping[str, tuple[str, str]]) -> str:
    """Return what a text in one of the forms matches."""
    return "^(" + "|".join(known[form][0] for form in forms if form in known) + ")$"


def told(forms: Sequence[str], known: Mapping[str, tuple[str, str]]) -> str:
    """Return the examples of the forms, as they follow *written*."""
    examples = [known[form][1] for form in forms if form in known]
    return ", ".join(examples[:-1]) + (" or " if len(examples) > 1 else "") + "".join(examples[-1:])
