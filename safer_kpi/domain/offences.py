"""Home Office offence classes as forces write them, and the one way in which the list of classes writes them."""

from __future__ import annotations


def class_sql(written: str) -> str:
    """Return SQL of the class that the SQL expression ``written`` names, as the list of offence classes writes it.

    ``8/67``, ``008/67`` and ``00867`` are ``8.67``, ``15/00`` is ``15`` and ``08n`` is ``8N``. Any other text is kept,
    in capitals.
    """
    text = f"REPLACE(UPPER(TRIM({written})), '/', '.')"
    parted = f"SPLIT_PART({text}, '.', 1)", f"SPLIT_PART({text}, '.', 2)"
    joined = f"SUBSTRING({text}, 1, 3)", f"SUBSTRING({text}, 4, 2)"
    return (
        f"CASE WHEN REGEXP_MATCHES({text}, '^[0-9]{{1,3}}[.][0-9]{{1,3}}$') THEN {_with_dot(*parted)} "
        f"WHEN REGEXP_MATCHES({text}, '^[0-9]{{5}}$') THEN {_with_dot(*joined)} "
        f"ELSE LTRIM({text}, '0') END"
    )


def _with_dot(number: str, offence: str) -> str:
    return f"RTRIM(LTRIM({number}, '0') || '.' || LTRIM({offence}, '0'), '.')"
