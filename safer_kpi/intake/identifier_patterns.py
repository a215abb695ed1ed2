"""Regular expressions for identifiers in a cell, which both RE2 (in DuckDB) and Python read.

Each has a group around the identifier itself. Cells are normalised first: one kind of blank and hyphen, ASCII digits.
"""

from __future__ import annotations

#: Most cells of a feed: a count, a coordinate, a hash, an ONS code, a month or day. They hold nothing else to look for.
BARE = r"^(?:-?[0-9]{1,8}(?:\.[0-9]+)?|[0-9a-f]{32,}|[A-Z][0-9]{8}|[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)$"

#: Those of them that are no date either, and hold nothing at all to look for.
NOTHING = r"^(?:-?[0-9]{1,7}(?:\.[0-9]+)?|-?[0-9]{8}\.[0-9]+|[0-9a-f]{32,}|[A-Z][0-9]{8})$"

#: What a cell holds at least if any of the longer patterns below can be in it; these are quick to look for.
LONG_NUMBER = r"(?:[0-9][\s().\-]{0,4}){9}"
LETTER_AND_DIGIT = r"[A-Za-z][\s.\-/]{0,3}[0-9]"
AT_SQL = r"contains(v, '@') OR regexp_matches(v, '[(\[]\s?at')"
NUMBER_AND_WORD = r"[0-9][A-Za-z]?,?\s+[A-Z][a-z']"
BORN = r"(?i:o\.?\s?b|birth|born|(?:^|[^a-z])b[.:)])"

_START = r"(?:^|[^0-9A-Za-z.]|[^0-9]\.)"
_END = r"(?:$|[^0-9A-Za-z.]|\.(?:$|[^0-9]))"
#: Before a telephone number there may be its label; no slash, hyphen or letter of a reference number.
_CALLED = r"(?:^|[^0-9A-Za-z/_.#+\-]|(?i:tel|telephone|phone|mob|mobile|ph|call|no|number|m|t)[.:\s]*)"
_GAP = r"[\s().\-]{0,3}"
_RINGS_OFF = r"(?:$|[^0-9A-Za-z_\-.]|[.\-](?:$|[^0-9]))"

EMAIL = (
    r"([^\s@<>()\[\],;:\"]\s{0,2}(?:@|[(\[]\s?at\s?[)\]])\s{0,2}[A-Za-z0-9\-]+(?:\s?(?:\."
    r"|[(\[]\s?dot\s?[)\]])\s?[A-Za-z0-9\-]+)*\s?(?:\.|[(\[]\s?dot\s?[)\]])\s?[A-Za-z]{2,})"
)

NHS_SOLID = _START + r"([0-9]{10})(?:\.0+)?" + _END
NHS_GROUPED = (
    r"(?:^|[^0-9A-Za-z.\-/])\(?([0-9]{3}\)?[\s.\-]{1,3}[0-9]{3}[\s.\-]{1,3}[0-9]{4})(?:$"
    r"|[^0-9A-Za-z\-/.]|\.(?:$|\s))"
)
NHS_LABELLED = r"(?i:nhs)[^0-9]{0,24}((?:[0-9][\s.\-]{0,2}){9}[0-9])(?:$|[^0-9])"

#: Two letters, six digits, one letter; upper case with gaps, or any case as one word or the whole cell.
NI_LOOSE = (
    r"(?:^|[^A-Za-z0-9])([A-Z]{2}[\s.\-/]{0,2}[0-9]{2}[\s.\-/]{0,2}[0-9]{2}[\s.\-/]{0,2}[0-9]{2}[\s.\-/]{0,2}[A-Z]"
    r"|[A-Za-z]{2}[0-9]{6}[A-Za-z]|[a-z]{2}[0-9]{2} [0-9]{2} [0-9]{2} ?[a-z])(?:$|[^A-Za-z0-9])"
)
NI_CELL = (
    r"^\s*\(?([A-Za-z]{2}[\s.\-/]{0,3}[0-9]{2}[\s.\-/]{0,3}[0-9]{2}[\s.\-/]{0,3}[0-9]{2}[\s.\-/]{0,3}[A-Za-z])\)?\s*$"
)
NI_SPACED = r"^[A-Z]{2} [0-9]{2} ?[0-9]{2} ?[0-9]{2} [A-Z]$"
NI_VALID = r"^(?:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]|QQ)[0-9]{6}[A-D]$"
NI_NEVER = r"^(?:BG|GB|KN|NK|NT|TN|ZZ)"

_AREAS = (
    "A[BL]|B[ABDHLNRSTX]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUXY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]|"
    "L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|QC|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE"
)
#: Area, district, any gap, sector and unit (no C, I, K, M, O, V); ``1st`` or ``2nd`` after a letter and digit is none.
POSTCODE = (
    r"(?i:(?:^|[^A-Za-z0-9])((?:(?:" + _AREAS + r")(?:[0-9]{1,2}|[0-9][A-HJKMNPR-Y])|GIR)"
    r"[\s.\-]{0,4}[0-9][ABD-HJLNP-UW-Z]{2})(?:$|[^A-Za-z0-9]))"
)
ORDINAL = r"^[A-Za-z0-9]+[\s.\-]*(?:1st|2nd|3rd|[04-9]th)$"
POSTCODE_CELL = r"^\s*\(?[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s{1,3}[0-9][A-Za-z]{2}\)?\s*$"
MIXED = r"(?:^|[^A-Za-z0-9])([A-Za-z]+[0-9][A-Za-z0-9]*)(?:$|[^A-Za-z0-9])"

PHONE_ABROAD = (
    r"(?:^|[^0-9A-Za-z+])(\(?(?:\+|00)[\s(]{0,2}44\)?" + _GAP + r"(?:\(?0\)?" + _GAP + r")?[1-9](?:" + _GAP
    + r"[0-9]){8,9}|\+[1-9](?:[\s().\-]{0,2}[0-9]){9,14}|447[1-57-9][0-9]{8})" + _RINGS_OFF
)  # fmt: skip
PHONE_MOBILE = (
    _CALLED + r"(\(?0[\s().\-]{0,2}7[\s().\-]{0,2}[1-57-9](?:" + _GAP + r"[0-9]){8})(?:\.0)?" + _RINGS_OFF
)  # fmt: skip
_G = r"[\s\-.]{1,2}"
PHONE_LANDLINE = (
    _CALLED + r"(01[1-9][0-9]{8}|02[03489][0-9]{8}"
    rf"|\(?02[03489]\)?{_G}?[0-9]{{4}}{_G}[0-9]{{4}}|\(?02[03489]\)?{_G}[0-9]{{8}}"
    rf"|\(?01(?:1[0-9]|[0-9]1)\)?{_G}?[0-9]{{3}}{_G}[0-9]{{4}}|\(?01(?:1[0-9]|[0-9]1)\)?{_G}[0-9]{{7}}"
    rf"|\(?01[2-9][0-9]{{2}}\)?{_G}[0-9]{{5,6}}|\(01[2-9][0-9]{{2}}\)[0-9]{{5,6}}"
    rf"|\(?01[2-9][0-9]{{2}}\)?{_G}[0-9]{{3}}{_G}[0-9]{{3}}|\(?01[2-9][0-9]{{2}}\)?{_G}[0-9]{{2}}{_G}[0-9]{{2}}{_G}[0-9]{{2}})"
    + _RINGS_OFF
)
#: A date or a year in what would otherwise be a telephone number: ``07.05.2024 123``, ``07-2024-00123``.
DATED = r"^\(?0[0-9][\s.\-]+(?:[0-9]{1,2}[\s.\-]+)?(?:19|20)[0-9]{2}(?:$|[\s.\-])"
SOLID_ELEVEN = r"(?:^|[^0-9A-Za-z.+])([0-9]{11})(?:\.0)?(?:$|[^0-9A-Za-z.])"
#: Numbers Ofcom keeps free for plays and examples lie close together, as serial numbers do.
EXAMPLE_PHONE = (
    r"^0?(?:7700900|1632960|1134960|1144960|1154960|1164960|1174960|1184960|1214960|1314960|1414960"
    r"|1514960|1614960|1914980|20794602?|289649|292018)"
)

_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
DATE = (
    r"((?:18|19|20)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}[.\-][0-9]{1,2}[.\-](?:18|19|20)[0-9]{2}"
    r"|(?:18|19|20)[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|[0-9]{1,2}(?:st|nd|rd|th)?[ \-](?:of )?" + _MONTH + r",?[ \-](?:[0-9]{4}|[0-9]{2})"
    r"|" + _MONTH + r" [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4})"
)  # fmt: skip
DATE_CELL = (
    r"^[^0-9A-Za-z]*(?:(?i:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
    + DATE
    + r"(?:$|[T ,.)\]][^A-Za-z]{0,14}Z?$)"
)
DATE_LABELLED = (
    r"(?i:(?:^|[^a-z])(?:d\.?\s?o\.?\s?b|date of birth|birth\s?date|birthday|born)(?:[^0-9a-z]|on"
    r"|is|was|the){0,6})" + DATE
)
DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%b %d %Y",
    "%B %d %Y", "%d/%m/%y", "%d %b %y", "%d %B %y", "%m/%d/%Y", "%m/%d/%y",
)  # fmt: skip

TITLED = r"(?:^|[^A-Za-z])((?:Mr|Mrs|Miss|Ms|Mx|MR|MRS|MISS)\.? (?:[A-Z]\.? ?){0,3}[A-Z][A-Za-z'\-]*)"
TITLED_THING = (
    r"(?:Mr|Mrs|Miss|Ms|Mx)\.? [A-Z][A-Za-z'\-]* "
    r"(?:Street|Road|Lane|Close|Drive|Avenue|Way|Court|Place|Gardens|Walk|Hill|Row)"
    r"|M[sS] (?:Excel|Word|Office|Teams|Access|Windows|Outlook)"
)
TITLED_CELL = (
    r"^(?:mr|mrs|miss|ms|mx|master|dr|prof|rev|sir|dame"
    r"|lady)\.? (?:[a-z]\.? ?){0,3}[a-z][a-z'\-]+(?: [a-z'\-]+){0,3}$"
)
RUN = r"([A-Z][A-Za-z']+(?:-[A-Z][A-Za-z']+)?(?: [A-Z]\.?)?(?: [A-Z][A-Za-z']+(?:-[A-Z][A-Za-z']+)?)+)"
NAME_CELL = r"^[a-z][a-z'\-]*\.?(?:, ?| )[a-z'\-.]+(?:[ ,]+[a-z'\-.]+){0,3}$"
WORD_CELL = r"^[a-z][a-z'\-]+$"
#: The last two words of a run, with or without an initial between.
LAST_PAIR = r"([^ ]+(?: [A-Z]\.?)? [^ ]+)$"
SAID_OF = (
    r"(?i:(?:^|[^a-z])(?:victims?|suspects?|offenders?|client|witness|patient|child|mother|father|mum"
    r"|dad|son|daughter|brother|sister|parent|carer|partner|wife|husband|named?|called|aka|contact"
    r"|spoke (?:to|with)|informant|caller)[^a-z]{1,3}(?:is|was|by)?\s?)$"
)
#: Surnames that no list holds all of, known by how they end or begin.
GAELIC = r"^(?:mc[a-z]{3,}|o'[a-z]{3,})$"
SURNAME_SHAPE = (
    r"^(?:mc[a-z]{3,}|o'[a-z]{3,}|[a-z]{2,}(?:ski|ska|cki|cka|dzki|dzka|wicz|czyk|czak|escu|eanu|enko"
    r"|chuk|ovic|evic|akis|oglu))$"
)
BODY = r"(?:^|[^a-z])(?:and|of|the|plc|ltd|llp|inc|group|sons|associates|partners|solutions|consulting)(?:$|[^a-z])"
PLACE_FIRST = r"^(?:new|old|north|south|east|west|port|lake|upper|lower|great|little|saint|st|royal|friends) "
