"""Values of a Parquet file as the text that other formats have for them."""

from __future__ import annotations

_AS_WRITTEN = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "VARCHAR", "DATE", "TIME", "UUID", "ENUM",
}  # fmt: skip
_TIMES = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_MOST_EXACT = 10**15


def as_text(value: str, kind: str) -> str | None:
    """Return the SQL of a value as text; None if a kind is no single value.

    Numbers are in their shortest exact form, days in ISO 8601, times with a zone in UTC.
    """
    text = f"CAST({value} AS VARCHAR)"
    plain = kind.split("(", maxsplit=1)[0]
    if plain in _AS_WRITTEN and not kind.endswith("]"):
        return text
    whole = f"{value} = floor({value}) AND abs({value}) < {_MOST_EXACT}"
    number = f"CASE WHEN {whole} THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) ELSE {text} END"
    shorter = f"CASE WHEN contains({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"
    others = {
        "FLOAT": number,
        "DOUBLE": number,
        "DECIMAL": shorter,
        "BOOLEAN": f"upper({text})",
        "TIMESTAMP WITH TIME ZONE": f"replace(CAST(make_timestamp(epoch_us({value})) AS VARCHAR), ' ', 'T') || 'Z'",
        **dict.fromkeys(_TIMES, f"replace({text}, ' ', 'T')"),
    }
    return others.get(plain) if not kind.endswith("]") else None


def kind_in_words(kind: str) -> str:
    """Return the name of a kind without what it is made of: the fields of a STRUCT are words of the file."""
    return "LIST" if kind.endswith("]") else kind.split("(", maxsplit=1)[0][:20]
