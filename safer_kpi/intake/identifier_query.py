"""The SQL that finds what looks like an identifier in the cells of a file, and counts it for each column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.intake import identifier_patterns as p
from safer_kpi.intake import prose_patterns as q
from safer_kpi.intake.words import ALONE_NOT, FORENAMES, NOT_PEOPLE, SURNAMES
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDE = "".join(chr(0xFF01 + place) for place in range(94))
_PLAIN = "".join(chr(0x21 + place) for place in range(94))
_FROM = _WIDE + "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r\n"
_FROM += "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2019\u2018\u02bc" + "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
_TO = _PLAIN + " " * 18 + "-" * 7 + "." + "'" * 3 + "01234567890123456789"
#: Invisible characters: zero-width marks and soft hyphens.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"


def holds_nothing(cell: str) -> str:
    """Return whether a cell holds nothing to search, as the SQL of a condition."""
    return _is(p.NOTHING, cell)


def _each(pattern: str) -> str:
    return f"unnest(regexp_extract_all(v, {literal(pattern)}, 1))"


def _is(pattern: str, text: str = "v") -> str:
    return f"regexp_matches({text}, {literal(pattern)})"


def _if(quick: str, condition: str) -> str:
    """Return a condition that is looked at only where a quicker one holds; DuckDB computes both sides of an AND."""
    return f"CASE WHEN {quick} THEN {condition} ELSE false END"


def _in(word: str, table: str) -> str:
    return f"{word} IN (FROM {table})"


def _table(words: frozenset[str]) -> str:
    """Return a word list as a query; planning thousands of literals would take longer than reading a file."""
    return f"SELECT unnest(string_split({literal(' '.join(sorted(words)))}, ' ')) AS word"


def _spoken(date: str) -> str:
    """Return a date with its month in words, as ``3 Mar 1984``."""
    plain = f"regexp_replace(lower({date}), '([0-9])(?:st|nd|rd|th)|( )of ', '\\1\\2', 'g')"
    return f"regexp_replace(replace({plain}, 'sept ', 'sep '), '[ ,.-]+', ' ', 'g')"


def _check_digit(digits: str) -> str:
    """Return whether ten digits end in the modulus-11 check digit of an NHS number and are not one digit repeated."""
    total = " + ".join(f"{10 - place} * (ascii(substr({digits}, {place + 1}, 1)) - 48)" for place in range(9))
    repeated = f"length(replace({digits}, substr({digits}, 1, 1), '')) = 0"
    return (
        f"(({total} + (ascii(substr({digits}, 10, 1)) - 48)) % 11 = 0 AND NOT {repeated} "
        f"AND NOT starts_with({digits}, '000'))"
    )


def _card(token: str) -> str:
    """Return whether a token, its gaps left out, is the number of a payment card."""
    digits = f"regexp_replace({token}, '[ -]', '', 'g')"
    return f"starts_with(kind, 'card') AND {_is(q.CARD_DIGITS, digits)} AND {_luhn(digits)}"


def _luhn(digits: str) -> str:
    """Return whether digits end as Luhn's formula asks: from the right, each second one doubled, its digits added."""
    digit = f"(ascii(substr({digits}, length({digits}) - place, 1)) - 48)"
    added = f"CASE WHEN place % 2 = 0 THEN {digit} WHEN {digit} > 4 THEN 2 * {digit} - 9 ELSE 2 * {digit} END"
    return f"list_sum(list_transform(range(length({digits})), lambda place: {added})) % 10 = 0"


#: The patterns of each kind of token, by the cells that they are looked for in.
_PATTERNS: Mapping[str, Sequence[tuple[str, str]]] = {
    "numbered": (
        ("nhs_solid", p.NHS_SOLID), ("nhs_grouped", p.NHS_GROUPED), ("nhs_labelled", p.NHS_LABELLED),
        ("abroad", p.PHONE_ABROAD), ("phone", p.PHONE_MOBILE), ("phone", p.PHONE_LANDLINE), ("eleven", p.SOLID_ELEVEN),
        ("card", q.CARD), ("card_of", q.CARD_OF),
    ),
    "lettered": (
        ("ni", p.NI_LOOSE), ("ni", p.NI_CELL), ("ni_low", q.NI_LOW), ("postcode", p.POSTCODE), ("mixed", p.MIXED),
        ("plate", q.PLATE),
    ),
    "worded": (("house", q.ADDRESS), ("titled_low", q.TITLE_LOW)),
}  # fmt: skip


def _tokens() -> str:
    """Return the SQL of tokens in a cell that look like a kind of identifier, or like codes of that shape.

    One query for each sort of cells: planning one for each pattern would take longer than running them.
    """
    found = " UNION ALL ".join(
        "SELECT place, one.kind AS kind, unnest(one.tokens) AS token FROM (SELECT place, unnest(["
        + ", ".join(
            f"{{'kind': '{kind}', 'tokens': regexp_extract_all(v, {literal(pattern)}, 1)}}" for kind, pattern in kinds
        )
        + f"]) AS one FROM {of})"
        for of, kinds in _PATTERNS.items()
    )
    return f"""SELECT place, kind, CASE
            WHEN kind IN ('nhs_grouped', 'nhs_labelled') THEN regexp_replace(token, '[^0-9]', '', 'g')
            WHEN kind IN ('ni', 'ni_low') THEN regexp_replace(upper(token), '[^0-9A-Z]', '', 'g')
            ELSE token
        END AS token
        FROM ({found}) WHERE kind <> 'titled_low' OR {_in("token", "true_surname")}"""


def _token_counts() -> str:
    joined, ordinal = _is("^[A-Za-z0-9]+$", "token"), _is(p.ORDINAL, "token")
    ni = f"{_is(p.NI_VALID, 'token')} AND NOT {_is(p.NI_NEVER, 'token')}"
    counts = {
        "nhs_solid": "kind = 'nhs_solid'",
        "nhs_solid_valid": "kind = 'nhs_solid' AND nhs",
        "nhs_solid_likely": f"kind = 'nhs_solid' AND nhs AND {_is('^[4679]', 'token')}",
        "nhs_grouped": "kind = 'nhs_grouped'",
        "nhs_grouped_valid": "kind = 'nhs_grouped' AND nhs",
        "nhs_labelled_valid": "kind = 'nhs_labelled' AND nhs",
        "ni_loose": "kind = 'ni'",
        "ni_valid": f"kind = 'ni' AND {ni}",
        "ni_low": f"kind = 'ni_low' AND {ni} AND NOT {_is(q.NI_WORDS, 'token')}",
        "titled_low": "kind = 'titled_low'",
        "cards_solid": "kind = 'card' AND solid_number",
        "cards_solid_valid": "kind = 'card' AND solid_number AND card",
        "cards": "kind IN ('card', 'card_of') AND card AND (kind = 'card_of' OR NOT solid_number)",
        "plates": "kind = 'plate'",
        "houses": "kind = 'house'",
        "postcode_apart": f"kind = 'postcode' AND NOT {joined} AND NOT {ordinal}",
        "postcode_joined": f"kind = 'postcode' AND {joined} AND NOT {ordinal}",
        "mixed": "kind = 'mixed' AND length(token) BETWEEN 5 AND 7",
        "phone_abroad": "kind = 'abroad'",
        "phone_apart": "kind = 'phone' AND NOT solid AND NOT dated",
        "phone_solid": "kind = 'phone' AND solid",
        "eleven": "kind = 'eleven'",
        "phone_years": f"kind = 'phone' AND solid AND {_is('^0[1-9](?:19|20)[0-9]{2}', 'token')}",
        "phone_example": f"kind IN ('phone', 'nhs_solid') AND {_is(p.EXAMPLE_PHONE, 'token')}",
        "phone_short": f"kind = 'nhs_solid' AND {_is('^7[1-57-9]', 'token')}",
    }
    return ", ".join(f"count(*) FILTER ({condition}) AS {name}" for name, condition in counts.items())


def _span(kind: str, condition: str) -> str:
    """Return the SQL of the difference between the largest and the smallest number of a kind."""
    numbers = f"TRY_CAST(token AS HUGEINT)) FILTER (kind = '{kind}' AND {condition})"
    return f"max({numbers} - min({numbers}"


def tally_query(cells: str, received_on: str) -> str:
    """Return one SQL statement that normalises the cells, finds the tokens in them and counts these per column."""
    formats = ", ".join(literal(form) for form in p.DATE_FORMATS)
    return f"""
    WITH forename AS MATERIALIZED ({_table(FORENAMES)}), surname AS MATERIALIZED ({_table(SURNAMES)}),
    thing_word AS MATERIALIZED ({_table(NOT_PEOPLE)}), ambiguous_word AS MATERIALIZED ({_table(ALONE_NOT)}),
    true_surname AS MATERIALIZED ({_table(SURNAMES - NOT_PEOPLE)}),
    cell AS MATERIALIZED (
        SELECT place, CASE WHEN strlen(cell) = length(cell) AND NOT contains(cell, chr(10)) THEN cell
            ELSE translate(cell, {literal(_FROM + _UNSEEN)}, {literal(_TO)}) END AS v
        FROM ({cells}) WHERE NOT {_is(p.NOTHING, "cell")}
    ), looked AS MATERIALIZED (
        -- Most cells of a feed are codes, counts, coordinates or hashes; this step excludes them early.
        SELECT place, v, NOT bare AS not_bare, number AND NOT bare AS digits,
            NOT bare AND {_is("[A-Za-z]{2}")} AS words,
            number AND length(v) BETWEEN 6 AND 60 AND {_is("[0-9 ][/. -]|[0-9]{8}|^[A-Za-z]{3}")} AS dates
        FROM (
            SELECT place, v, {_is(p.BARE)} AS bare, {_is("[0-9]{2}")} AS number
            FROM cell
        )
    ), numbered AS MATERIALIZED (SELECT place, v FROM looked WHERE digits AND {_is(p.LONG_NUMBER)}),
    lettered AS MATERIALIZED (SELECT place, v FROM looked WHERE not_bare AND {_is(p.LETTER_AND_DIGIT)}),
    worded AS MATERIALIZED (SELECT place, v FROM looked WHERE words),
    token AS (
        SELECT DISTINCT place, kind, token FROM ({_tokens()})
    ), token_tally AS (
        SELECT place, {_token_counts()},
            {_span("phone", "solid")} AS phone_span, {_span("nhs_solid", "true")} AS ten_span,
            count(DISTINCT substr(token, 1, 6)) FILTER (kind = 'phone' AND solid) AS phone_prefixes
        FROM (
            SELECT *, starts_with(kind, 'nhs') AND {_check_digit("token")} AS nhs,
                {_is("^[0-9]+$", "token")} AS solid_number, {_card("token")} AS card,
                {_is("^[0-9]{11}$", "token")} AS solid, {_is(p.DATED, "token")} AS dated
            FROM token
        ) GROUP BY place
    ), named AS (
        -- Names in running text: the last two words of a run of capitalised words, with or without an initial between.
        SELECT place, count(*) AS strong_runs, count(*) FILTER (said) AS said_runs FROM (
            SELECT DISTINCT place, run,
                {_is(q.SAID_TO, "before")} OR {_is(q.SAID_BY, "after")} OR {_is(p.SAID_OF, "before")} AS said FROM (
                SELECT place, run, split_part(v, regexp_extract(run, {literal(p.LAST_PAIR)}, 1), 1) AS before,
                    substr(v, strpos(v, run) + length(run)) AS after,
                    string_split(regexp_replace(lower(strip_accents(run)), ' [a-z]\\.? ', ' ', 'g'), ' ') AS w
                FROM (SELECT place, v, {_each(p.RUN)} AS run FROM looked WHERE words AND {_is("[a-z]")})
            ) WHERE {_in("w[-2]", "forename")} AND {_in("split_part(w[-1], '-', 1)", "true_surname")}
        ) GROUP BY place
    ), name_cell AS (
        SELECT place, n, contains(n, ',') AS comma,
            list_filter(string_split_regex(replace(n, ',', ' '), '[ .]+'), lambda x: x <> '') AS w
        FROM (
            SELECT place, trim(lower(strip_accents(v))) AS n FROM worded WHERE length(v) <= 60
        )
        WHERE {_is(p.NAME_CELL, "n")} OR {_is(p.WORD_CELL, "n")}
    ), name_hit AS (
        SELECT place, len(w) AS size, {_is(p.TITLED_CELL, "n")} AS titled,
            {_in("w[-1]", "thing_word")} OR {_is(p.BODY, "n")} OR (NOT comma AND {_is(p.PLACE_FIRST, "n")}) AS thing,
            {_in("w[1]", "forename")} AS fore,
            {_in("split_part(w[-1], '-', 1)", "surname")} OR {_is(p.SURNAME_SHAPE, "w[-1]")} AS sur,
            {_in("split_part(w[1], '-', 1)", "surname")} OR {_is(p.SURNAME_SHAPE, "w[1]")} AS sur_first,
            {_in("coalesce(w[2], '')", "forename")} AND (comma OR len(w) = 2) AS fore_after,
            length(w[1]) = 1 OR (len(w) > 1 AND length(w[-1]) = 1) AS initial,
            len(w) = 1 AND NOT {_in("w[1]", "ambiguous_word")} AND ({_in("w[1]", "forename")}
                OR {_in("split_part(w[1], '-', 1)", "surname")} OR {_is(p.GAELIC, "w[1]")}) AS alone
        FROM name_cell
    ), name_tally AS (
        SELECT place, count(*) FILTER (size > 1 AND titled AND NOT thing) AS titled_cells,
            count(*) FILTER (size > 1 AND NOT thing AND (fore AND sur OR sur_first AND fore_after)) AS strong,
            count(*) FILTER (size > 1 AND NOT thing AND (fore OR sur OR fore_after)) AS medium,
            count(*) FILTER (size > 1 AND NOT thing AND initial AND (sur OR sur_first)) AS initials,
            count(*) FILTER (size = 1) AS single, count(*) FILTER (alone) AS alone
        FROM name_hit GROUP BY place
    ), born AS (
        SELECT place, sum(times) AS dates_found, map_from_entries(list((year, times))) AS date_years,
            sum(cadence) AS date_cadence
        FROM (
            SELECT place, year, count(*) AS times, sum(cadence) AS cadence FROM (
                SELECT DISTINCT place, d,
                    year(d) - CASE WHEN short AND d > {received_on} THEN 100 ELSE 0 END AS year,
                    (day(d) = 1 OR day(d) >= 28)::INTEGER AS cadence
                FROM (
                    SELECT place,
                        try_strptime(
                            CASE WHEN {_is("[A-Za-z]", "t")} THEN {_spoken("t")} ELSE t END, [{formats}]
                        )::DATE AS d,
                        {_is("[^0-9][0-9]{2}$", "t")} AND NOT {_is("^[0-9]{4}", "t")} AS short
                    FROM (SELECT place, regexp_extract(v, {literal(p.DATE_CELL)}, 1) AS t FROM looked WHERE dates)
                    WHERE t <> ''
                ) WHERE d IS NOT NULL
            ) GROUP BY place, year
        ) GROUP BY place
    ), date_cell AS (
        SELECT place, count(*) AS date_cells_seen FROM looked WHERE dates AND {_is(p.DATE_CELL)} GROUP BY place
    ), whole AS (
        SELECT place, count(*) AS cells,
            count(*) FILTER ({_if(f"words AND ({p.AT_SQL})", _is(p.EMAIL))}) AS emails,
            count(*) FILTER ({_if("words AND length(v) <= 14", _is(p.POSTCODE_CELL))}) AS postcode_cells,
            count(*) FILTER ({_if("words AND length(v) <= 14", _is(p.NI_SPACED))}) AS ni_cells,
            count(*) FILTER ({_if(f"words AND {_is(p.BORN)}", _is(q.BORN_IN_WORDS))}) AS born_labelled,
            count(*) FILTER ({_if(f"words AND {_is(p.NUMBER_AND_WORD)}", _is(q.ADDRESS_OF))}) AS homes,
            count(*) FILTER ({_if(f"words AND {_is(p.LETTER_AND_DIGIT)}", _is(q.PLATE_OF))}) AS plates_labelled,
            count(*) FILTER ({_if(f"words AND {_is(p.TITLED)}", f"NOT {_is(p.TITLED_THING)}")}) AS titled,
            count(*) FILTER ({_if("words", _is(q.DOCTOR))}) AS doctors
        FROM looked GROUP BY place
    )
    SELECT * REPLACE (substr(place, 2)::INTEGER AS place)
    FROM whole LEFT JOIN token_tally USING (place)
        LEFT JOIN named USING (place) LEFT JOIN name_tally USING (place)
        LEFT JOIN born USING (place) LEFT JOIN date_cell USING (place)
    ORDER BY place
    """
