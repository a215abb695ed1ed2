"""Regular expressions for identifiers in running text: births in words, addresses, cards, vehicles, NI numbers.

Sources of the forms:

- NI numbers: HM Revenue and Customs, National Insurance Manual NIM39110: two prefix letters, six digits, suffix A to D.
- Registrations of vehicles: DVLA leaflet INF104: two letters, two digits, three letters since September 2001; before,
  one letter, up to three digits, three letters, or the reverse. I and Q, and Z in the first two, are not issued.
- Cards: ISO/IEC 7812: 13 to 19 digits, the last by Luhn's formula, with the leading digits of the schemes in use.
- Dates and addresses: as people write them; a house has a number before a street.
"""

from __future__ import annotations

_NOT_IN_WORD = r"(?:^|[^A-Za-z0-9])"
_END = r"(?:$|[^A-Za-z0-9])"

#: Lower case with gaps: two letters that are an English word begin a sentence's own words and figures.
NI_LOW = (
    _NOT_IN_WORD + r"([a-z]{2}[\s.\-/]{0,2}[0-9]{2}[\s.\-/]{0,2}[0-9]{2}[\s.\-/]{0,2}[0-9]{2}[\s.\-/]{0,2}[a-d])" + _END
)
NI_WORDS = r"^(?:AM|AN|AS|AT|BE|BY|GO|HE|IN|IS|IT|ME|MY|NO|OF|ON|OR|RE|SO|ST|TO|UP|US|WE)"

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_ORDINAL = (
    r"(?:(?:twenty|thirty)[ \-])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR = r"(?:'?[0-9]{2}|(?:19|20)[0-9]{2}|(?:nineteen|two thousand|twenty)[ \-a-z]{0,24})"
_DAY = (
    r"(?:[0-9]{1,2}(?:\s?[./\-]\s?|\s)[0-9]{1,2}(?:\s?[./\-]\s?|\s)(?:(?:19|20)?[0-9]{2})"
    r"|(?:19|20)[0-9]{2}[./\-][0-9]{1,2}[./\-][0-9]{1,2}|[0-3][0-9][01][0-9](?:19|20)?[0-9]{2}"
    r"|(?:the )?(?:[0-9]{1,2}(?:st|nd|rd|th)?|" + _ORDINAL + r")[ \-.]{1,2}(?:of )?"
    + _MONTH + r"\.?,?[ \-]{1,2}(?:of )?" + _YEAR
    + r"|" + _MONTH + r"\.? (?:the )?(?:[0-9]{1,2}(?:st|nd|rd|th)?|" + _ORDINAL + r"),? " + _YEAR + r")"
)  # fmt: skip
#: A day after a word that says it is a birth; ``b.`` and ``(b)`` only with a day right after.
BORN_IN_WORDS = (
    r"(?i:(?:^|[^a-z])(?:d\.?\s?o\.?\s?b\.?|date of birth|birth\s?date|birthday|born|b\.|b:|\(b\)|birth)"
    r"[^0-9]{0,16}?" + _DAY + r"(?:$|[^0-9]))"
)

_STREET = (
    r"(?:Street|Road|Lane|Close|Drive|Avenue|Way|Court|Place|Gardens|Walk|Hill|Row|Crescent|Terrace|Square|Grove|Mews"
    r"|Park|Rise|View|Green|St|Rd|Ave|Ln|Cres|Gdns|Dr)"
)
_HOUSE = r"[0-9]{1,4}[A-Za-z]?,?\s+(?:[A-Z][A-Za-z']+\s+){1,3}" + _STREET + r"(?:$|[^A-Za-z])"
_FLAT = r"(?:(?i:flat|apartment|apt|studio|unit|room)\s+[0-9]{1,4}[A-Za-z]?,?\s+)"
ADDRESS = _NOT_IN_WORD + r"(" + _HOUSE + r")"
#: An address that a flat or a word says to be somebody's home.
ADDRESS_OF = (
    r"(?:"
    + _FLAT
    + r"(?:[A-Z0-9][A-Za-z0-9' ]+,?\s+)?"
    + _HOUSE
    + r"|(?i:\b(?:lives?|living|resid(?:es|ing|ent)|address|"
    r"home|stay(?:s|ing)|moved|house|property)\b[^0-9]{0,16})" + _HOUSE + r"|(?i:\bof )" + _HOUSE + r")"
)

CARD = (
    r"(?:^|[^0-9A-Za-z.\-])([0-9]{4}(?:[ \-]?[0-9]{4}){2,3}[ \-]?[0-9]{0,4}|[0-9]{4}[ \-]?[0-9]{6}[ \-]?[0-9]{4,5})"
    r"(?:$|[^0-9A-Za-z.\-]|[.\-](?:$|[^0-9]))"
)
CARD_OF = r"(?i:card|visa|mastercard|amex|debit|credit|pan|payment)[^0-9]{0,20}([0-9]{13,19})(?:$|[^0-9])"
CARD_DIGITS = (
    r"^(?:4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|3[47][0-9]{13}"
    r"|2(?:2(?:2[1-9]|[3-9][0-9])|[3-6][0-9]{2}|7(?:[01][0-9]|20))[0-9]{12}"
    r"|6(?:011|5[0-9]{2})[0-9]{12,15}|(?:5018|5020|5038|6304|6759|676[1-3])[0-9]{8,15}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12})$"
)

_ISSUED = r"[A-HJ-PR-Y]"
PLATE = _NOT_IN_WORD + r"(" + _ISSUED + r"{2}(?:0[1-9]|[1-7][0-9])\s[A-HJ-PR-Z]{3})" + _END
PLATE_OF = (
    r"(?:\b(?i:vrm|vrn|reg(?:istration)?(?:\s(?:no|number|mark|plate))?|plates?|vehicle|car|van|motorbike|index)\b"
    r"[^0-9]{0,20}?[^0-9A-Za-z])"
    r"(?:(?i:[A-HJ-PR-Y]{2}[0-9]{2}\s?[A-HJ-PR-Z]{3})|[A-HJ-NPR-TV-Y][0-9]{1,3}\s?[A-HJ-PR-Z]{3}"
    r"|[A-HJ-PR-Z]{3}\s?[0-9]{1,3}[A-HJ-NPR-TV-Y])" + _END
)

#: A doctor is one where a street's ``Dr`` cannot stand: at the start, after a mark, or after who was seen or called.
DOCTOR = (
    r"(?:^|[.,;:(]\s?|(?i:\b(?:see|saw|seen|with|by|to|from|gp|called|named)\s))(?:Dr|Prof|Rev|Cllr)\.?\s"
    r"(?:[A-Z]\.?\s)?[A-Z][a-z'\-]{2,}(?:$|[^A-Za-z])"
)
#: A title in lower case, with the word after it: a name if the list of surnames has it.
TITLE_LOW = r"(?:^|[^A-Za-z])(?:mr|mrs|mr\.|mrs\.)\s([a-z][a-z'\-]+)"
_VERBS = (
    r"said|says|stated?s?|reported|reports|alleged?s?|disclosed|told|admitted|denie[ds]|confirmed|complained|explained"
    r"|claim(?:ed|s)|called|rang|phoned|emailed|texted|attended|arrived|left|lives|moved|has|had|was|is|will|would|wants"
    r"|did|does|went|came|asked|refused|threatened|assaulted|attacked|punched|hit|became|feels|felt|lost|described"
)
SAID_BY = r"^[,]?\s(?:" + _VERBS + r")(?:$|[^a-z])"
SAID_TO = (
    r"(?i:(?:^|[^a-z])(?:victims?|suspects?|offenders?|perpetrators?|client|witness(?:es)?|patient|child|mother"
    r"|father|mum|dad|son|daughter|brother|sister|parent|carer|partner|wife|husband|boyfriend|girlfriend|neighbours?"
    r"|tenant|pupil|student|named?|called|aka|contact(?:ed)?|spoke (?:to|with)|speaking (?:to|with)|informant|caller"
    r"|met(?: with)?|told|interviewed|arrested|detained|charged|visited|seen|saw|reported by|made by|referred"
    r"|identified(?: as)?|known as|from|against|phoned|rang|emailed|texted|asked|attacked|assaulted|threatened)"
    r"[^a-z]{1,3}(?:is|was|by|as|his|her|the)?\s?)$"
)
