"""What hostile senders send: texts, numbers, times and whole bodies, as rows of tables."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from typing import Any

DEEP = 100_000

# Not text: no field holds it, whatever the field is for.
NO_TEXT = ["a\x00b", "\ud800", "\udfff\ud800"]

# Text that must come out as it went in, and never as anything else.
INJECTIONS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'; DROP TABLE measurements_measurement; --",
    "' OR 1=1 --",
    "{{ 7*7 }}{% debug %}",
    "</textarea><svg/onload=alert(3)>",
    "javascript:alert(4)//",
    "]]><!--",
    "${7*7}#{7*7}%(x)s%s{0}",
    "\\'; \\x00 \\N \\.",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
]

# No numbers in JSON, and no numbers in a string.
NO_NUMBERS = [
    "true", "false", "[]", "{}", "[1]", '{"a":1}', '""', '" "', '"1_000"', '"1,5"', '"1 000"',
    '"٣"', '"१२"', '"NaN"', '"Infinity"', '"-inf"', '"0x10"', '"1e"', '"e5"', '"+"', '"--1"',
    '"½"', '"１"', '"1\\n"', '"\\u00001"', "1e400", "-1e400", "1e-400", '"1e400"', "1e31",
    '"1e9999999999"', "9" * 10_000, f'"{"9" * 10_000}"', "0." + "3" * 10_000, '"<b>1</b>"',
]  # fmt: skip
NO_JSON_NUMBERS = [
    "NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x10", "1_000", "--1",
    '"1\n2"', '"\\q"', '"\x01"',
]  # fmt: skip

# No times: neither a date-time with an offset nor a day or period between 1970 and in five years.
NO_TIMES = [
    "", " ", "soon", "2026-11-20T10:00:00", "2026-11-20 10:00", "0000-01-01", "0000",
    "0001-01-01T00:00:00Z", "1969-12-31", "9999", "9999-12-31", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "10000-01-01", "-2026-01-01",
    "2026-02-30", "2026-13", "2026-W54", "2026-Q5", "2026-Q0", "2026-W00", "2026-00-00",
    "2016-12-31T23:59:60Z", "2026-11-20T24:00:01Z", "2026-11-20T25:00:00Z",
    "2026-11-20T10:00:00+24:00", "2026-11-20T10:00:00+99:99", "2026-11-20T10:00:00 Europe/Oslo",
    "٢٠٢٦-١١-٢٠", "2026-11-20\n", "2026-11-20\x00", "2026\u201011\u201020", "\ud800", "1732096800",
    "20261120", "2026-11-20T10:00:00.1234567890Z", "2" * 100_000,
]  # fmt: skip


def zeros(size: int) -> bytes:
    """A gzip of so many blanks, which takes a thousandth of them."""
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * 2**20
    return b"".join(packer.compress(block) for _ in range(size // 2**20)) + packer.flush()


PACKED = gzip.compress(b'[{"indicator":"sales","at":"2026-11-20","value":1}]', mtime=0)

# Bodies that say they are gzip.
NO_GZIP: dict[str, bytes] = {
    "nothing": b"",
    "plain": b"[]",
    "head alone": PACKED[:10],
    "cut": PACKED[:-12],
    "without its length": PACKED[:-4],
    "a wrong sum": PACKED[:-8] + struct.pack("<LL", 1, 51),
    "a wrong length": PACKED[:-4] + struct.pack("<L", 2**31),
    "junk behind it": PACKED + b"junk",
    "packed twice": gzip.compress(PACKED),
    "zlib": zlib.compress(b"[]"),
    "a bit turned": PACKED[:20] + bytes([PACKED[20] ^ 0xFF]) + PACKED[21:],
}


def nested(kind: str) -> str:
    """JSON that is deeper than any stack."""
    return "[" * DEEP + "]" * DEEP if kind == "[" else '{"a":' * DEEP + "1" + "}" * DEEP


# Bodies that are JSON and no objects, or no JSON at all.
NO_JSON: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "open": b'{"value": 1',
    "two": b"{} {}",
    "single quotes": b"{'value': 1}",
    "a comma too many": b'{"value": 1,}',
    "a comment": b'{"value": 1} // one',
    "NUL": b'{"value": 1}\x00',
    "Latin-1": b'{"note": "caf\xe9"}',
    "UTF-16": '{"value": 1}'.encode("utf-16"),
    "overlong": b'{"note": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"note": "\xed\xa0\x80"}',
    "deep lists": nested("[").encode(),
    "deep objects": nested("{").encode(),
    "never closed": b"[" * DEEP,
    "not a number": b'{"value": NaN}',
    "infinite": b'{"value": -Infinity}',
    "a raw line end": b'{"note": "a\nb"}',
    "pickle": b"\x80\x04\x95\x00",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}

MANY_FIELDS = {f"field{number}": number for number in range(10_000)}


def as_json(fields: dict[str, Any], **raw: str) -> bytes:
    """An object whose `raw` fields are written as they are."""
    parts = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in fields.items()]
    parts += [f"{json.dumps(name)}:{text}" for name, text in raw.items()]
    return ("{" + ",".join(parts) + "}").encode("utf-8", "surrogatepass")
