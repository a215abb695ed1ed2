"""Hostile and broken files, generated: a name, the bytes, and the rule that must refuse them.

Each is small; the large ones have tests of their own.
"""

from __future__ import annotations

import gzip
import random

HEADER = b"id,name,count\n"
GOOD = HEADER + b"1,north,3\n2,south,4\n"
_NOISE = random.Random(20240601).randbytes(4096)

REFUSED: dict[str, tuple[bytes, str]] = {
    # nothing in it
    "no bytes": (b"", "empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "only line ends": (b"\n\r\n\n", "empty"),
    "only blanks": (b"   \n\t\n", "empty"),
    "gzip of nothing": (gzip.compress(b"", mtime=0), "empty"),
    # another kind of file
    "zip or xlsx": (b"PK\x03\x04\x14\x00\x06\x00" + _NOISE, "not_csv"),
    "empty zip": (b"PK\x05\x06" + bytes(18), "not_csv"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + _NOISE, "not_csv"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "not_csv"),
    "parquet": (b"PAR1\x15\x04\x15\x10" + _NOISE, "not_csv"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + _NOISE, "not_csv"),
    "rar": (b"Rar!\x1a\x07\x01\x00" + _NOISE, "not_csv"),
    "xz": (b"\xfd7zXZ\x00" + _NOISE, "not_csv"),
    "zstandard": (b"\x28\xb5\x2f\xfd" + _NOISE, "not_csv"),
    "bzip2": (b"BZh91AY&SY" + _NOISE, "not_csv"),
    "sqlite": (b"SQLite format 3\x00" + _NOISE, "not_csv"),
    "rich text": (b"{\\rtf1\\ansi a,b}\n", "not_csv"),
    "png": (b"\x89PNG\r\n\x1a\n" + _NOISE, "not_csv"),
    "jpeg": (b"\xff\xd8\xff\xe0" + _NOISE, "not_csv"),
    "web page": (b"<!DOCTYPE html><html><body>Please sign in, then retry</body></html>\n", "not_csv"),
    "web page after blanks": (b"\n  <HTML>\n<p>id,name</p>\n", "not_csv"),
    "xml after a mark": (b"\xef\xbb\xbf<?xml version='1.0'?>\n<a/>\n", "not_csv"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD, mtime=0), mtime=0), "not_csv"),
    "xlsx in gzip": (gzip.compress(b"PK\x03\x04" + _NOISE, mtime=0), "not_csv"),
    "noise": (b"x" + _NOISE, "nul_byte"),
    "tar in gzip": (gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar\0" + GOOD, mtime=0), "nul_byte"),
    # encodings
    "utf-16 with a mark": (GOOD.decode().encode("utf-16"), "encoding"),
    "utf-16 big-endian with a mark": (b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), "encoding"),
    "utf-32 with a mark": (GOOD.decode().encode("utf-32"), "encoding"),
    "utf-32 big-endian with a mark": (b"\x00\x00\xfe\xff" + GOOD.decode().encode("utf-32-be"), "encoding"),
    "utf-16 in gzip": (gzip.compress(GOOD.decode().encode("utf-16"), mtime=0), "encoding"),
    "utf-16 without a mark": (GOOD.decode().encode("utf-16-le"), "nul_byte"),
    "utf-32 without a mark": (GOOD.decode().encode("utf-32-le"), "nul_byte"),
    "neither utf-8 nor cp1252": (HEADER + b"1,\x81\x8d\x8f\x90\x9d,2\n", "encoding"),
    "a mark and then cp1252": (b"\xef\xbb\xbf" + HEADER + b"1,caf\xe9,2\n", "encoding"),
    "utf-8 cut inside a character": (HEADER + b"1,\x81\xe2\x82", "encoding"),
    "an encoded surrogate": (HEADER + b"1,\xed\xa0\x81,2\n", "encoding"),
    "an overlong slash, undefined in cp1252": (HEADER + b"1,\xc0\x8f,2\n", "encoding"),
    # bytes that text has not
    "nul in a row": (HEADER + b"1,\0,2\n", "nul_byte"),
    "nul in the header": (b"id\0,name\n1,2\n", "nul_byte"),
    "nul in quotes": (HEADER + b'1,"a\0b",2\n', "nul_byte"),
    "nul at the end": (GOOD + b"\0", "nul_byte"),
    "padded with nul": (GOOD + bytes(512), "nul_byte"),
    # gzip
    "gzip header only": (b"\x1f\x8b", "truncated"),
    "gzip cut short": (gzip.compress(GOOD * 50, mtime=0)[:-12], "truncated"),
    "gzip without its check": (gzip.compress(GOOD, mtime=0)[:-8], "truncated"),
    "gzip of no known method": (b"\x1f\x8b\x07\x00" + _NOISE, "compression"),
    "gzip with a wrong check": (gzip.compress(GOOD, mtime=0)[:-8] + bytes(8), "compression"),
    "gzip with rubbish after": (gzip.compress(GOOD, mtime=0) + b"rubbish", "compression"),
    "gzip with a cut second member": (gzip.compress(GOOD, mtime=0) + gzip.compress(GOOD, mtime=0)[:9], "truncated"),
    # the header
    "a blank first line": (b"\n" + GOOD, "header"),
    "a first line of blanks": (b"   \n" + GOOD, "header"),
    "a header of delimiters": (b",,\n1,2,3\n", "header"),
    "a column without a name": (b"id,,count\n1,2,3\n", "header"),
    "a trailing delimiter in the header": (b"id,name,\n1,2,\n", "header"),
    "a name twice": (b"id,name,id\n1,2,3\n", "header"),
    "a name twice but for blanks": (b"id,name, id \n1,2,3\n", "header"),
    "5,000 columns": (",".join(f"c{n}" for n in range(5000)).encode() + b"\n", "header"),
    "semicolons": (b"id;name;count\n1;north;3\n", "delimiter"),
    "tabs": (b"id\tname\tcount\n1\tnorth\t3\n", "delimiter"),
    "bars": (b"id|name|count\n1|north|3\n", "delimiter"),
    "a quote opened in the header": (b'id,"name,count\n1,2,3\n', "unclosed_quote"),
    "text after a quote in the header": (b'id,"name"x,count\n1,2,3\n', "quote"),
    # quotes
    "a quote never closed": (HEADER + b'1,"north,3\n2,south,4\n', "unclosed_quote"),
    "a quote opened at the end": (HEADER + b'1,north,3\n2,south,"', "unclosed_quote"),
    "a quote opened in cr-only text": (b'id,name\r1,"north\r2,south\r', "unclosed_quote"),
    "text after a closing quote": (HEADER + b'1,"north" shore,3\n', "quote"),
    "a blank after a closing quote": (HEADER + b'1,"north" ,3\n', "quote"),
    "quotes escaped with a backslash": (HEADER + b'1,"the \\"north\\" shore",3\n', "quote"),
    "quotes not doubled": (HEADER + b'1,"the "north" shore",3\n', "quote"),
    # cut short
    "last line without its last field": (GOOD + b"3,east", "truncated"),
    "last line of one character": (GOOD + b"3", "truncated"),
    "last line cut short, CRLF": (GOOD.replace(b"\n", b"\r\n") + b"3,east", "truncated"),
    "last line cut short, CR": (GOOD.replace(b"\n", b"\r") + b"3,east", "truncated"),
    "last line cut short after an uneven one": (GOOD + b"3\n4,west", "truncated"),
    "last line cut short after quoted line ends": (HEADER + b'1,"a\nb",3\n2,so', "truncated"),
    "last line cut short in gzip": (gzip.compress(GOOD + b"3,east", mtime=0), "truncated"),
    "last line cut short, cp1252": (GOOD + b"3,caf\xe9", "truncated"),
    # too many malformed rows
    "1,001 rows too short": (HEADER + b"1,2\n" * 1001, "column_count"),
    "1,001 rows too long": (HEADER + b"1,2,3,4\n" * 1001, "column_count"),
    "1,001 rows far too long": (HEADER + b"1,2,3" * 40 + b"\n" + b"1,2\n" * 1000, "column_count"),
    "1,001 rows with a delimiter too many": (HEADER + b"1,2,3,\n" * 1001, "column_count"),
}
