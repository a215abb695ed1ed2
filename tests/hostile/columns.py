"""Generated Parquet files, and what pyarrow reads of them."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from tests.hostile.bytewise import damaged
from tests.hostile.delimited import heading
from tests.hostile.made import REFUSED, Made, Right
from tests.hostile.project import HEADINGS
from tests.hostile.values import TRICKY, texts, words

_TEXTS = st.one_of(texts((*TRICKY, '"', "\n", ",")), st.none())
_WHOLE = st.one_of(st.integers(-(2**31), 2**31), st.none())
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), _TEXTS),
    "whole": (pa.int64(), _WHOLE),
    "short": (pa.int8(), st.one_of(st.integers(-128, 127), st.none())),
    "truth": (pa.bool_(), st.one_of(st.booleans(), st.none())),
    "coded": (pa.dictionary(pa.int32(), pa.string()), _TEXTS),
}
#: Kinds that are no single value.
NESTED: tuple[tuple[pa.DataType, Any], ...] = (
    (pa.list_(pa.int64()), [1]),
    (pa.struct([("zqaaaaax", pa.int64())]), {"zqaaaaax": 1}),
    (pa.binary(), b"zqaaaaax"),
    (pa.map_(pa.string(), pa.int64()), [("zqaaaaax", 1)]),
)


@st.composite
def parquet_files(draw: st.DrawFn) -> Made:
    """A Parquet file: of the agreed columns or not, of single values or not, damaged or not."""
    fault = draw(st.sampled_from(("none", "none", "none", "heading", "nested", "many", "bytes", "bytes", "bytes")))
    names = list(draw(st.permutations(HEADINGS)))
    if fault == "heading":
        names = draw(
            st.sampled_from((names[:-1], [*names, draw(words())], [*names[:-1], ""], [name.upper() for name in names]))
        )
    count = draw(st.integers(0, 9))
    made: dict[str, pa.Array] = {}
    for name in names:
        kind, values = KINDS["text" if heading(name) == "ref" else draw(st.sampled_from(tuple(KINDS)))]
        made[name] = pa.array(draw(st.lists(values, min_size=count, max_size=count)), type=kind)
    if fault == "nested":
        nested, value = draw(st.sampled_from(NESTED))
        made[names[-1]] = pa.array([value] * count, type=nested)
    if fault == "many":
        count = draw(st.sampled_from((1000, 100_000)))
        made = {name: pa.array(["zqaaaaax"] * count) for name in names}
    table = pa.table(made)
    if draw(st.booleans()):
        table = table.replace_schema_metadata({"zqaaaaax": "zqaaaaax"})
    out = io.BytesIO()
    pq.write_table(
        table,
        out,
        compression=draw(st.sampled_from(("none", "snappy", "gzip", "zstd"))),
        use_dictionary=draw(st.booleans()),
        row_group_size=draw(st.sampled_from((2, 10_000))) if count < 10 else 10_000,
        data_page_version=draw(st.sampled_from(("1.0", "2.0"))),
        write_page_checksum=True,
        # The schema of Arrow, which pyarrow cannot do without once it is there, is of no meaning to other readers.
        store_schema=fault != "bytes",
    )
    content = out.getvalue()
    if fault == "bytes":
        content = draw(damaged(content, most=2))
    return Made(
        kind="Parquet", feed="hostile_columns", content=content, right=right_of(content, damaged=fault == "bytes")
    )


def right_of(content: bytes, *, damaged: bool) -> Right:
    """What pyarrow reads, checksums of pages included; a damaged file may be refused even where that succeeds."""
    if content[:4] != b"PAR1" or content[-4:] != b"PAR1":
        return REFUSED
    try:
        table = pq.ParquetFile(io.BytesIO(content), page_checksum_verification=True).read()
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        return REFUSED
    names = [heading(name) for name in table.column_names]
    if sorted(names) != sorted(map(heading, HEADINGS)) or any(
        pa.types.is_nested(kind) or pa.types.is_binary(kind) for kind in table.schema.types
    ):
        return REFUSED
    try:
        own = [table.column(names.index(heading(name))).to_pylist() for name in HEADINGS]
    except UnicodeDecodeError:
        return REFUSED
    rows = [(number, *map(_text, values)) for number, values in enumerate(zip(*own, strict=True), 2)]
    return Right(rows=rows, read=len(rows), may_refuse=damaged)  # type: ignore[arg-type]  # zip does not say how long its tuples are


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).upper()
    return str(value) if value is not None and value != "" else None
