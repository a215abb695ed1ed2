"""Hostile and broken text files, generated: each with the rule that must refuse it, or with what must be read.

``REFUSED`` holds bytes and rule, ``READ`` bytes, rows (source row, id, name, count) and the rows held back because they
have a wrong number of fields. Each is small; the large ones have tests of their own.
"""

from __future__ import annotations

import gzip
import random

HEADER = b"id,name,count\n"
GOOD = HEADER + b"1,north,3\n2,south,4\n"
TWO: list[tuple[object, ...]] = [(2, "1", "north", "3"), (3, "2", "south", "4")]
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
    "a column without a name that is filled": (b"id,name,\n1,2,3\n", "header"),
    "a column without a name that is filled once": (b"id,name,,\n1,2,,\n" * 2 + b'3,"4",x,\n', "header"),
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
    # a first line that is no header
    "a line for Excel that names the semicolon": (b"sep=;\n" + GOOD, "delimiter"),
    "a line for Excel that names the comma": (b"sep=,\n" + GOOD, "header"),
    "a title with commas to fill the row": (b"Table 1: counts,,\n" + GOOD, "header"),
    "a column named by a hard blank": (b"id,\xc2\xa0,count\n1,2,3\n", "header"),
    "a name twice but for a hard blank": (b"id,name,\xc2\xa0id\n1,2,3\n", "header"),
    "a name twice in quotes": (b'id,"name","name"\n1,2,3\n', "header"),
    "4,097 columns": (",".join(f"c{n}" for n in range(4097)).encode() + b"\n", "header"),
    # long
    "a header of 2 MB": (b"x" * 2**21, "line_length"),
    "a field of 2 MB": (HEADER + b"1," + b"x" * 2**21 + b",3\n", "line_length"),
    "2 MB of delimiters": (HEADER + b"," * 2**21 + b"\n", "line_length"),
    "2 MB of quotes": (HEADER + b'1,"' + b'"' * 2**21 + b'",3\n', "line_length"),
    "a quoted field over 2 MB of lines": (HEADER + b'1,"' + b"x\n" * 2**20 + b'",3\n', "unclosed_quote"),
    "a field of 2 MB in gzip": (gzip.compress(HEADER + b"1," + b"x" * 2**21 + b",3\n", mtime=0), "line_length"),
    # more of gzip
    "gzip cut inside its header": (gzip.compress(GOOD, mtime=0)[:6], "truncated"),
    "gzip with a wrong length": (gzip.compress(GOOD, mtime=0)[:-4] + b"\1\0\0\0", "compression"),
    "gzip with a byte flipped": (
        gzip.compress(GOOD * 9, mtime=0).replace(b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\xe0"),
        "compression",
    ),
    "gzip with a second member of rubbish": (
        gzip.compress(GOOD, mtime=0) + b"\x1f\x8b\x08\xff" + _NOISE,
        "compression",
    ),
    "gzip of a web page": (gzip.compress(b"<html>sign in</html>", mtime=0), "not_csv"),
    "gzip of noise": (gzip.compress(b"x" + _NOISE, mtime=0), "nul_byte"),
    "gzip of blanks": (gzip.compress(b" \n" * 50, mtime=0), "empty"),
    # more of everything
    "a DOS end of file": (GOOD + b"\x1a", "truncated"),
    "a mark in the wrong order and NUL": (b"\xfe\xff\0i\0d", "encoding"),
    "cp1252 that is not, far down": (GOOD + b"3,east,5\n" * 500 + b"4,\x8d,5\n", "encoding"),
    "a mark, then utf-8 cut short": (b"\xef\xbb\xbf" + GOOD + b"3,\xe2\x82", "encoding"),
    "svg": (b'<?xml version="1.0"?><svg/>', "not_csv"),
    "a quote opened in the last line, CRLF": (HEADER + b'1,north,3\r\n2,"south,4\r\n', "unclosed_quote"),
    "a single quote character": (b'"', "unclosed_quote"),
    "quoted header, row with text after a quote": (b'"id","name","count"\n"1","no"rth,"3"\n', "quote"),
    "last line cut short inside quotes": (GOOD + b'3,"east', "unclosed_quote"),
}

READ: dict[str, tuple[bytes, list[tuple[object, ...]], list[int]]] = {
    # values that mean something elsewhere
    "a formula": (HEADER + b"1,=1+1,3\n", [(2, "1", "=1+1", "3")], []),
    "a formula that calls a program": (HEADER + b"1,=cmd|' /C calc'!A0,3\n", [(2, "1", "=cmd|' /C calc'!A0", "3")], []),
    "a formula after a plus": (HEADER + b"1,+1+1,-3\n", [(2, "1", "+1+1", "-3")], []),
    "a formula after an at": (HEADER + b"1,@SUM(A1),3\n", [(2, "1", "@SUM(A1)", "3")], []),
    "a formula after a tab": (HEADER + b"1,\t=1+1,3\n", [(2, "1", "\t=1+1", "3")], []),
    "a quoted link": (
        HEADER + b'1,"=HYPERLINK(""http://x"",""y"")",3\n',
        [(2, "1", '=HYPERLINK("http://x","y")', "3")],
        [],
    ),
    "a statement": (HEADER + b"1,'; DROP TABLE x; --,3\n", [(2, "1", "'; DROP TABLE x; --", "3")], []),
    "a script": (HEADER + b"1,<script>alert(1)</script>,3\n", [(2, "1", "<script>alert(1)</script>", "3")], []),
    "a template": (HEADER + b"1,{{7*7}}${7*7}%s%n,3\n", [(2, "1", "{{7*7}}${7*7}%s%n", "3")], []),
    "a path": (HEADER + b"1,../../etc/passwd,3\n", [(2, "1", "../../etc/passwd", "3")], []),
    # tokens
    "suppressed": (HEADER + b"1,*,<5\n", [(2, "1", "*", "<5")], []),
    "unavailable": (HEADER + b"1,-,[x]\n", [(2, "1", "-", "[x]")], []),
    "dots and letters": (HEADER + b"1,..,c\n2,n/a,:\n", [(2, "1", "..", "c"), (3, "2", "n/a", ":")], []),
    "words for nothing": (HEADER + b"NULL,None,NaN\n", [(2, "NULL", "None", "NaN")], []),
    "backslash N": (HEADER + b"\\N,\\N,\\N\n", [(2, "\\N", "\\N", "\\N")], []),
    "numbers that must stay text": (HEADER + b"007,1e5,0x10\n", [(2, "007", "1e5", "0x10")], []),
    "a thousands separator in quotes": (HEADER + b'1,north,"1,234"\n', [(2, "1", "north", "1,234")], []),
    "dates that others swap": (HEADER + b"01/02/2024,SEPT2,1-2\n", [(2, "01/02/2024", "SEPT2", "1-2")], []),
    "true and false": (HEADER + b"TRUE,true,f\n", [(2, "TRUE", "true", "f")], []),
    "infinity": (HEADER + b"inf,-Infinity,1e999\n", [(2, "inf", "-Infinity", "1e999")], []),
    # totals and notes
    "a totals row": (GOOD + b"Total,,7\n", [*TWO, (4, "Total", None, "7")], []),
    "a note below": (GOOD + b"Source: police\n", TWO, [4]),
    "a note below with commas": (GOOD + b"Note,,\n", [*TWO, (4, "Note", None, None)], []),
    "the header once more": (GOOD + HEADER, [*TWO, (4, "id", "name", "count")], []),
    "rows of delimiters": (GOOD + b",,\n,,\n", TWO, []),  # skipped as blank
    # invisible characters
    "a hard blank": (HEADER + "1,\xa0north\xa0,3\n".encode(), [(2, "1", "\xa0north\xa0", "3")], []),
    "a blank of no width": (HEADER + "1,nor\u200bth,3\n".encode(), [(2, "1", "nor\u200bth", "3")], []),
    "a mark inside": (HEADER + "1,\ufeffnorth,3\n".encode(), [(2, "1", "\ufeffnorth", "3")], []),
    "writing turned round": (HEADER + "1,\u202ehtron,3\n".encode(), [(2, "1", "\u202ehtron", "3")], []),
    "isolates": (HEADER + "1,\u2066a\u2069,3\n".encode(), [(2, "1", "\u2066a\u2069", "3")], []),
    "control characters": (HEADER + b"1,\x01\x07\x1b[2J,3\n", [(2, "1", "\x01\x07\x1b[2J", "3")], []),
    "a vertical tab and a form feed": (HEADER + b"1,a\x0bb\x0cc,3\n", [(2, "1", "a\x0bb\x0cc", "3")], []),
    "line ends of Unicode": (
        HEADER + "1,a\u2028b\u2029c\x85d,3\n".encode(),
        [(2, "1", "a\u2028b\u2029c\x85d", "3")],
        [],
    ),
    "a DOS end of file in a field": (HEADER + b"1,a\x1ab,3\n", [(2, "1", "a\x1ab", "3")], []),
    "accents in two ways": (HEADER + "é,e\u0301,3\n".encode(), [(2, "é", "e\u0301", "3")], []),
    "letters that look alike": (HEADER + "1,n\u043erth,3\n".encode(), [(2, "1", "n\u043erth", "3")], []),
    "beyond the basic plane": (HEADER + "1,😀👩\u200d👧,3\n".encode(), [(2, "1", "😀👩\u200d👧", "3")], []),
    "letters with a hundred marks": (
        HEADER + ("1,z" + "\u0300" * 100 + ",3\n").encode(),
        [(2, "1", "z" + "\u0300" * 100, "3")],
        [],
    ),
    "no character at all": (HEADER + "1,\ufffe\uffff,3\n".encode(), [(2, "1", "\ufffe\uffff", "3")], []),
    # encodings
    "cp1252": (HEADER + b"1,caf\xe9 \x80\x99,3\n", [(2, "1", "café €™", "3")], []),
    "a mark": (b"\xef\xbb\xbf" + GOOD, TWO, []),
    "utf-8 read as cp1252 and saved again": (HEADER + "1,cafÃ©,3\n".encode(), [(2, "1", "cafÃ©", "3")], []),
    "utf-7": (HEADER + b"1,+AGE-,3\n", [(2, "1", "+AGE-", "3")], []),
    # line ends
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), TWO, []),
    "CR": (GOOD.replace(b"\n", b"\r"), TWO, []),
    "mixed": (b"id,name,count\r\n1,north,3\n2,south,4\r\n", TWO, []),
    "no end": (GOOD[:-1], TWO, []),
    "blank lines between": (
        HEADER + b"\n1,north,3\n\n\n2,south,4\n\n",
        [(3, "1", "north", "3"), (6, "2", "south", "4")],
        [],
    ),
    "lines of blanks": (
        HEADER + b"  \n1,north,3\n\t\n2,south,4\n",
        [(3, "1", "north", "3"), (5, "2", "south", "4")],
        [],
    ),
    "a line end in quotes": (HEADER + b'1,"no\nrth",3\n2,south,4\n', [(2, "1", "no\nrth", "3"), TWO[1]], []),
    "every line end in quotes": (HEADER + b'1,"a\nb\r\nc\rd",3\n', [(2, "1", "a\nb\r\nc\rd", "3")], []),
    "two carriage returns and a line feed": (
        HEADER + b"1,north,3\r\r\n2,south,4\n",
        [(2, "1", "north", "3"), (4, "2", "south", "4")],
        [],
    ),
    # quotes
    "every field quoted": (b'"id","name","count"\n"1","north","3"\n"2","south","4"\n', TWO, []),
    "quotes doubled": (HEADER + b'1,"the ""north"" shore",3\n', [(2, "1", 'the "north" shore', "3")], []),
    "nothing but quotes": (HEADER + b'"","",""""\n', [(2, None, None, '"')], []),
    "a quote inside a plain field": (HEADER + b'1,6" pipe,3\n', [(2, "1", '6" pipe', "3")], []),
    "a delimiter and a line end in one field": (HEADER + b'1,",\n,",3\n', [(2, "1", ",\n,", "3")], []),
    "a backslash at the end of a quoted field": (HEADER + b'1,"a\\",3\n', [(2, "1", "a\\", "3")], []),
    "single quotes": (HEADER + b"1,'north',3\n", [(2, "1", "'north'", "3")], []),
    "curly quotes": (HEADER + "1,“a”,3\n".encode(), [(2, "1", "“a”", "3")], []),
    # rows of a wrong length
    "a row too short": (HEADER + b"1,north\n2,south,4\n", [TWO[1]], [2]),
    "a row too long": (HEADER + b"1,north,3,x\n2,south,4\n", [TWO[1]], [2]),
    "an unquoted comma": (HEADER + b"1,north, east,3\n2,south,4\n", [TWO[1]], [2]),
    "a row of one field": (HEADER + b"x\n2,south,4\n", [TWO[1]], [2]),
    "a row of 5,000 fields": (HEADER + b"x" + b"," * 5000 + b"\n2,south,4\n", [TWO[1]], [2]),
    "a delimiter too many everywhere": (HEADER + b"1,north,3,\n2,south,4,\n", [], [2, 3]),
    "a comment line": (HEADER + b"# comment\n2,south,4\n", [TWO[1]], [2]),
    # sizes
    "a header and nothing else": (HEADER, [], []),
    "a field of 100 KB": (HEADER + b"1," + b"x" * 100_000 + b",3\n", [(2, "1", "x" * 100_000, "3")], []),
    "a quoted field of 100 KB of lines": (
        HEADER + b'1,"' + b"x\n" * 50_000 + b'",3\n',
        [(2, "1", "x\n" * 50_000, "3")],
        [],
    ),
    # gzip
    "gzip": (gzip.compress(GOOD, mtime=0), TWO, []),
    "gzip in two members": (gzip.compress(GOOD[:20], mtime=0) + gzip.compress(GOOD[20:], mtime=0), TWO, []),
    "gzip padded with zeros": (gzip.compress(GOOD, mtime=0) + bytes(512), TWO, []),
    "gzip with an empty member": (gzip.compress(b"", mtime=0) + gzip.compress(GOOD, mtime=0), TWO, []),
    "gzip with a name that climbs out": (
        gzip.compress(GOOD, mtime=0)[:3]
        + b"\x08"
        + gzip.compress(GOOD, mtime=0)[4:10]
        + b"../../x\0"
        + gzip.compress(GOOD, mtime=0)[10:],
        TWO,
        [],
    ),
    "gzip, not compressed inside": (gzip.compress(GOOD, 0, mtime=0), TWO, []),
    "gzip of cp1252": (gzip.compress(HEADER + b"1,caf\xe9,3\n", mtime=0), [(2, "1", "café", "3")], []),
}
