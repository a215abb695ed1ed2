"""Headers that announce an identifier: ``Surname``, ``victimDOB``, ``NHS No.``, ``Address line 1``.

A header is split into words, those that name a role are removed, and the rest must be an identifying word in full.
So ``ward name``, ``Location``, ``phone calls``, ``postcode sector``, ``year of birth`` and ``births`` pass; so
does ``username``, which names an account: its values are searched like all others.
"""

from __future__ import annotations

import re

from safer_kpi.intake.words import PEOPLE

#: Words around an identifier's own.
_WHOSE = PEOPLE | frozenset({
    "a", "s", "the", "of", "for", "to", "by", "current", "previous", "former", "main", "primary", "secondary",
    "other", "alternative", "alt", "home", "work", "personal", "private", "contact", "emergency", "day",
    "daytime", "evening", "1", "2", "3", "4", "5", "line", "optional", "if", "known", "required", "yes", "text",
    "value", "field", "col",
})  # fmt: skip

_CORES: dict[str, frozenset[str]] = {
    "name": frozenset({
        "forename", "forenames", "fore name", "first name", "first names", "given name", "given names",
        "christian name", "middle name", "middle names", "surname", "surnames", "sur name", "last name",
        "family name", "maiden name", "full name", "fullname", "birth name", "known as", "known name",
        "preferred name", "alias", "aliases", "nickname", "next of kin", "nok", "name in full", "legal name",
        "name and address", "fname", "lname", "first name surname", "forename surname", "first last name",
        "name surname", "surname forename", "surname first name",
    }),
    "date_of_birth": frozenset({
        "dob", "d o b", "date of birth", "birth date", "birthday", "date born", "born on", "birth dt",
        "dt of birth", "dob dd mm yyyy", "date of birth dd mm yyyy", "date of birth dob", "dateofbirth dob",
        "birth day",
    }),
    "nhs_number": frozenset({
        "nhs", "nhs no", "nhs num", "nhs number", "nhs id", "nhs nr", "new nhs number", "chi no", "chi number",
        "health and care number", "national health service number", "nhs patient number", "nhs number verified",
    }),
    "ni_number": frozenset({
        "ni no", "ni num", "ni number", "nino", "nat ins no", "nat ins number", "nat ins", "national insurance",
        "national insurance no", "national insurance number", "national insurance num", "ni nr", "nin",
    }),
    "postcode": frozenset({
        "postcode", "post code", "postal code", "pcode", "p code", "pcd", "pcds", "full postcode", "zip",
        "zip code", "postcode full", "address postcode", "unit postcode", "addr postcode", "post cd",
    }),
    "address": frozenset({
        "address", "addr", "addresses", "street address", "full address", "postal address", "house number",
        "house no", "house name", "house name or number", "house name number", "house number name", "flat number",
        "flat no", "building number", "uprn", "property number", "address lines", "residential address",
        "correspondence address", "address street", "addressline", "addr line", "address and postcode",
        "ip address",
    }),
    "email": frozenset({
        "email", "e mail", "emails", "email address", "e mail address", "email addr", "email id", "mail address",
        "emailaddress",
    }),
    "phone": frozenset({
        "phone", "telephone", "tel", "mobile", "mob", "landline", "fax", "phone no", "phone number", "phone num",
        "telephone no", "telephone number", "telephone num", "tel no", "tel num", "tel number", "mobile no",
        "mobile number", "mobile num", "mobile phone", "mobile phone no", "mobile phone number", "mobile telephone",
        "mobile tel", "mobile telephone number", "mob no", "mob number", "cell", "cell phone", "cellphone",
        "cell number", "landline no", "landline number", "fax no", "fax number", "phone mobile", "phone landline",
        "telephone mobile", "tel mobile", "msisdn", "whatsapp", "whatsapp number", "phones", "number phone",
        "number mobile", "telephone landline",
    }),
    "document": frozenset({
        "passport", "passport no", "passport num", "passport number", "driving licence", "driving licence no",
        "driving licence number", "driving license", "driving license no", "driving license number",
        "driver licence number", "drivers licence", "driver licence", "driver number", "licence number driving",
        "vrm", "number plate", "registration plate", "vehicle registration mark", "vehicle registration number",
        "vehicle registration", "national id", "national id number", "identity card number", "id card number",
        "pnc id", "pncid", "pnc number", "pnc no", "cro number", "cro no", "bank account", "bank account number",
        "account number", "sort code", "social security number", "ssn",
    }),
}  # fmt: skip
_KIND = {core: kind for kind, cores in _CORES.items() for core in cores}
_JOINED = {core.replace(" ", ""): kind for core, kind in _KIND.items() if len(core.replace(" ", "")) > 2}
# A partner or a service has a name too, and so has a user's account.
_NAMED = PEOPLE - {"user", "users", "service", "social", "partner", "responsible", "young"}
_OWN_NAME = frozenset({"name", "names", "initials", "name s"})
_PEOPLE_JOINED = tuple(sorted(_NAMED - {"driver"}, key=len, reverse=True))


def kind_of_header(header: str) -> str | None:
    """Return the kind of identifier a header announces; None if it announces none."""
    words = _words(header)
    asked = list(words)
    while asked and asked[0] in _WHOSE and " ".join(asked) not in _KIND:
        asked.pop(0)
    while asked and (asked[-1] in _WHOSE or asked[-1].isdigit()) and " ".join(asked) not in _KIND:
        asked.pop()
    core = re.sub(r" [0-9]+$", "", " ".join(asked))
    if found := _KIND.get(core) or _JOINED.get(core.replace(" ", "")):
        return found
    of_person = bool(_NAMED & set(words)) or {"service", "user"} <= set(words)
    if core in _OWN_NAME and of_person:
        return "name"
    joined = re.sub(r"[0-9]+$", "", "".join(words))
    if found := _JOINED.get(joined):
        return found
    for person in _PEOPLE_JOINED:
        if joined.startswith(person) and joined != person:
            rest = joined.removeprefix(person).removeprefix("s")
            if rest in _OWN_NAME or rest in _JOINED:
                return _JOINED.get(rest, "name")
    return None


def _words(header: str) -> list[str]:
    """Return a header's words in lower case, camelCase taken apart."""
    plain = header.replace("#", " no ").replace("\u2019", "'").replace("'s", " s ")
    plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", plain)
    plain = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", plain)
    plain = re.sub(r"([A-Za-z])([0-9])", r"\1 \2", plain)
    return re.findall(r"[a-z]+|[0-9]+", plain.casefold())
