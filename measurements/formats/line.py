"""One measurement as a JSON object, decoded with its numbers still texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw

from measurements.row import Refusal, Row
from web.numbers import cited

ABSENT = Raw(b"")
# The decoder's names of types, and words for people.
TYPES = {
    "int": "A number",
    "float": "A number",
    "bool": "True or false",
    "str": "A text",
    "null": "Null",
    "array": "A list",
    "object": "An object",
}
_OTHER_TYPE = re.compile(r"Expected `[^`]*`, got `(?P<got>[^`]*)`")
_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<field>[^`]*)`")
ESCAPED_LETTER = re.compile(rb"\\u00[67]")  # no program writes letters of names in this way
_AT_FIELD = re.compile(r"at `\$\.(?P<field>[^`]*)`")


class Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The fields of a measurement; numbers stay as written, so that no digit is lost."""

    indicator: str | None = None
    at: str | None = None
    value: Raw = ABSENT
    numerator: Raw = ABSENT
    denominator: Raw = ABSENT
    note: str | None = None


def may_repeat(body: bytes, lines: Sequence[Line]) -> bool:
    """Whether a field may be there twice in one of the lines, told without decoding them again."""
    if ESCAPED_LETTER.search(body):
        return True
    for name, absent in zip(Line.__struct_fields__, Line.__struct_defaults__, strict=True):
        written = body.count(b'"%s"' % name.encode())
        part = attrgetter(name)
        if written and written != [part(line) is not absent for line in lines].count(True):
            return True
    return False


def repeated(token: bytes | Raw) -> set[str]:
    """The fields that an object names twice, of which all but the last would be lost."""
    found: set[str] = set()

    def note_repeats(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            (found if name in seen else seen).add(name)

    try:
        json.loads(bytes(token), object_pairs_hook=note_repeats, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return set()  # what is wrong with it is said by the look at its shape
    return found


def rows_of(lines: Sequence[Line], key: str | None) -> list[Row]:
    """Rows of decoded lines; `key` is the indicator where the address names it."""
    texts = [str(line.value, "utf-8", "replace") for line in lines]
    if key is None and are_plain(lines, texts):
        return [
            Row(index=index, indicator=line.indicator or "", at=line.at or "", value=text)
            for index, (line, text) in enumerate(zip(lines, texts, strict=True))
        ]
    return [row_of(index, line, key) for index, line in enumerate(lines)]


def are_plain(lines: Iterable[Line], values: Iterable[str]) -> bool:
    """Whether each line has a number as its value, and no other part or note."""
    joined = "".join(values)
    others = [
        line.value is ABSENT
        or line.numerator is not ABSENT
        or line.denominator is not ABSENT
        or line.note
        for line in lines
    ]
    return not ('"' in joined or "null" in joined or any(others))


def row_of(index: int, line: Line, key: str | None) -> Row:
    """One line as a row."""
    named = line.indicator
    problem = None
    if key is not None:
        if named is not None and named != key:
            problem = Refusal(index, "indicator", "mismatch", "The address names another one.")
        named = key
    return Row(
        index=index,
        indicator=named or "",
        at=line.at or "",
        value=text_of(line.value),
        numerator=text_of(line.numerator),
        denominator=text_of(line.denominator),
        note=line.note or "",
        problem=problem,
    )


def text_of(token: Raw) -> str | None:
    """A number or a string holding one, as text; None for null and for what is missing."""
    if token is ABSENT:
        return None
    text = str(token, "utf-8", "replace")
    if text.startswith('"'):
        return msgspec.json.decode(token, type=str) if "\\" in text else text[1:-1]
    return None if text == "null" else text


def rows_one_by_one(tokens: Iterable[Raw], key: str | None) -> Iterator[Row]:
    """Decode each object by itself; one with the wrong shape becomes a row with a problem."""
    decoder = msgspec.json.Decoder(Line)
    for index, token in enumerate(tokens):
        try:
            row = row_of(index, decoder.decode(token), key)
            twice = repeated(token)
        except msgspec.ValidationError as problem:
            yield refused(misshapen(index, problem), key)
        else:
            yield refused(named_twice(index, min(twice)), key) if twice else row


def refused(problem: Refusal, key: str | None) -> Row:
    """A row that is only there for its problem."""
    return Row(index=problem.index, indicator=key or "", at="", problem=problem)


def named_twice(index: int, field: str) -> Refusal:
    """The refusal of a field that is there twice."""
    name = field[:80]
    return Refusal(index, name, "duplicate_field", f"The field {cited(name)} is there twice.")


def misshapen(index: int, problem: msgspec.ValidationError) -> Refusal:
    """The refusal of a row with the wrong shape, in words for people."""
    words = str(problem)
    if unknown := _UNKNOWN_FIELD.search(words):
        field = unknown["field"][:80]
        return Refusal(index, field, "unknown_field", f"A measurement has no field {cited(field)}.")
    place = _AT_FIELD.search(words)
    if types := _OTHER_TYPE.search(words):
        got = TYPES.get(types["got"], types["got"])
        field, wanted = (place["field"], "a text") if place else (None, "a measurement, an object,")
        return Refusal(index, field, "invalid", f"{got} stands where {wanted} belongs.")
    said = words.partition(" - at ")[0].replace("`", "")
    return Refusal(index, place["field"] if place else None, "invalid", f"{said}.")
