"""What the macros of a read file may say: plain queries over its tables, and no function that opens anything."""

from __future__ import annotations

import re
from functools import lru_cache

#: The functions that these macros may call: they make values of their arguments and open nothing.
FUNCTIONS = frozenset(
    {
        *("abs", "ceil", "exp", "floor", "greatest", "least", "ln", "mod", "nullif", "power", "round", "sign", "sqrt"),
        *("coalesce", "extract", "if", "ifnull", "trunc"),
        *("any_value", "arg_max", "arg_min", "array_agg", "avg", "bool_and", "bool_or", "count", "count_star", "first"),
        *("last", "list", "max", "max_by", "median", "min", "min_by", "string_agg", "sum"),
        *("date_add", "date_diff", "date_part", "date_sub", "date_trunc", "datediff", "day", "last_day", "make_date"),
        *("month", "quarter", "strftime", "strptime", "to_days", "to_months", "to_years", "try_strptime", "year"),
        *("array_contains", "array_length", "contains", "len", "list_concat", "list_contains", "list_distinct"),
        *("list_extract", "list_position", "list_sort", "list_sum", "list_value", "row", "struct_extract"),
        *("struct_pack", "concat", "concat_ws", "length", "lower", "printf", "regexp_extract", "regexp_matches"),
        *("replace", "split_part", "starts_with", "substring", "trim", "upper"),
        *("dense_rank", "first_value", "lag", "last_value", "lead", "rank", "row_number"),
        *("generate_series", "range", "unnest"),
        *("decimal", "numeric", "varchar"),
    }
)
_KEYWORDS = frozenset(
    {
        *("all", "and", "any", "as", "between", "by", "case", "cast", "columns", "distinct"),
        *("else", "end", "except", "exclude", "exists", "filter", "from", "group", "grouping", "having"),
        *("ilike", "in", "intersect", "interval", "is", "join", "like", "limit", "materialized", "not"),
        *("null", "offset", "on", "or", "order", "over", "partition", "select", "sets", "similar"),
        *("some", "then", "to", "try_cast", "union", "using", "values", "when", "where", "window"),
        *("with", "within"),
    }
)
#: A text, which says nothing; a name, with the dot before it and the bracket after it; or a sign that no macro has.
_SAID = re.compile(r"""'(?:[^']|'')*'|(\.?)("(?:[^"]|"")*"|[^\W\d]\w*)(\(?)|([$?`@#"])""")
PLAIN_NAME = re.compile(r"\w+")
#: A name after a dot that would make the two the name of a file.
_ENDINGS = frozenset(
    {"csv", "tsv", "txt", "parquet", "json", "jsonl", "ndjson", "db", "ddb", "duckdb", "sqlite", "gz", "zst"}
)
#: Names by which a query reaches DuckDB's own lists, such as that of secrets, without calling a function.
_LISTS = re.compile(r"(duckdb|pragma|pg|sqlite)_|information_schema$|recursive$", re.IGNORECASE)


@lru_cache(maxsize=16)
def foreign_words(definition: str) -> tuple[str, ...]:
    """Return what a macro's text calls or names that no macro of a read file may, in the order it first does so.

    The text is what DuckDB writes of a parsed query: it has no comments, and names that are not plain stand in quotes.
    """
    found = []
    # A macro of thousands of words says most of them many times.
    for dot, token, bracket, sign in dict.fromkeys(_SAID.findall(definition)):
        name = token.strip('"').lower()
        is_quoted = token[:1] == '"'
        is_place = _LISTS.match(name) or (dot and name in _ENDINGS)
        is_call = bracket and (is_quoted or name not in _KEYWORDS)
        if sign or (is_quoted and not PLAIN_NAME.fullmatch(token[1:-1])):
            found.append(sign or token)
        elif is_place or (is_call and name not in FUNCTIONS):
            found.append(name)
    return tuple(found)
