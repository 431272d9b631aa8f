"""Rows from a JSON list, from `{"measurements": […]}`, or from a single object."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from measurements.formats import MAX_ROWS, TooManyRows, Unreadable
from measurements.formats.line import (
    ESCAPED_LETTER,
    Line,
    may_repeat,
    named_twice,
    refused,
    repeated,
    rows_of,
    rows_one_by_one,
)
from measurements.row import Refusal, Row

# A row has six fields at most; more separators than this are more rows than may be.
MAX_COMMAS = MAX_ROWS * 7
Some = TypeVar("Some")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LINES = msgspec.json.Decoder(list[Line])
_TOKENS = msgspec.json.Decoder(list[Raw])
_OBJECT = msgspec.json.Decoder(dict[str, Raw])


def read(body: bytes, *, key: str | None = None) -> list[Row]:
    """The rows of a body; `key` is the indicator where the address names it.

    `Unreadable` where it is not JSON, `TooManyRows` before much memory is taken.
    """
    if is_crowded(body):
        raise TooManyRows
    try:
        return _read(body, key)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Unreadable(f"The body is not valid JSON: {problem}.") from problem
    except RecursionError as problem:
        raise Unreadable("The body is nested too deeply.") from problem


def few(found: list[Some]) -> list[Some]:
    """The rows, unless they are too many."""
    if len(found) > MAX_ROWS:
        raise TooManyRows
    return found


def _read(body: bytes, key: str | None) -> list[Row]:
    start = body.lstrip(b" \t\r\n")[:1]
    if start == b"{":
        return _of_object(body, key)
    if start != b"[":
        msgspec.json.decode(body, type=Any)
        return [_refused(None, "invalid", "A list of measurements is expected.")]
    try:
        lines = few(_LINES.decode(body))
    except msgspec.ValidationError:
        lines = None
    if lines is None or may_repeat(body, lines):
        return list(rows_one_by_one(few(_TOKENS.decode(body)), key))
    return rows_of(lines, key)


def _of_object(body: bytes, key: str | None) -> list[Row]:
    found = _OBJECT.decode(body)
    if "measurements" not in found:
        return list(rows_one_by_one([Raw(body)], key))
    is_once = body.count(b'"measurements"') == 1 and not ESCAPED_LETTER.search(body)
    if not is_once and "measurements" in repeated(body):
        return [refused(named_twice(0, "measurements"), None)]
    others = sorted(set(found) - {"measurements"})
    if others:
        return [_refused(others[0][:80], "unknown_field", "Only “measurements” is expected here.")]
    inner = bytes(found["measurements"])
    if not inner.startswith(b"["):
        return [_refused("measurements", "invalid", "A list of measurements is expected.")]
    return _read(inner, key)


def _refused(field: str | None, code: str, detail: str) -> Row:
    return refused(Refusal(0, field, code, detail), None)


def is_crowded(body: bytes) -> bool:
    """Whether the body must hold more rows than allowed, told without decoding it."""
    return body.count(b",") > MAX_COMMAS and _STRING.sub(b"", body).count(b",") > MAX_COMMAS
