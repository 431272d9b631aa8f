"""What is decided about a file before it is read, what is asked, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, cast

from measurements.files.limits import MAX_COLUMNS, Unreadable
from measurements.files.zones import is_zone

Form = Literal["text", "workbook"]
Layout = Literal["", "long", "indicators", "periods"]
Decimals = Literal["", ".", ","]
Order = Literal["", "ymd", "dmy", "mdy"]

ROLES = ("indicator", "at", "year", "month", "value", "numerator", "denominator", "note")
# How the role of a column of an indicator begins; a ratio may have a column for each of its parts.
MEASURES = ("key:", "numerator:", "denominator:")
ENCODINGS: Mapping[str, str] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 (Unicode text)",
    "utf-16-le": "UTF-16 without a mark, little endian",
    "utf-16-be": "UTF-16 without a mark, big endian",
    "cp1252": "Windows-1252 (Western Europe)",
    "latin-1": "Latin-1 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
}
DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
UNDECIDED = -1


@dataclass(frozen=True, slots=True)
class Reading:
    """Every choice about how a file is read.

    `header` is the line with the names of the columns, from 1; 0 means that there is none. A role
    a column: one of ROLES, "" for left out, "key:<indicator>" or "period:<2026-11>" in the wide
    layouts, where a ratio may be "numerator:<indicator>" and "denominator:<indicator>". `zone` is
    that of times without an offset, "" the one of their indicator; `year` of the (first) period
    without one. Given to `look`, an empty
    encoding, delimiter, sheet or layout, no columns and a header of -1 mean "guess it".
    """

    form: Form
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    header: int = 1
    layout: Layout = "long"
    columns: tuple[str, ...] = ()
    indicator: str = ""
    decimal: Decimals = ""
    dates: Order = ""
    zone: str = ""
    year: str = ""

    @property
    def names_indicators(self) -> bool:
        """Whether the columns tell of which indicators the values are."""
        return self.layout == "indicators" or "indicator" in self.columns

    def as_json(self) -> dict[str, Any]:
        """As a JSON object; `from_json` reads it back."""
        return asdict(self) | {"columns": list(self.columns)}

    @classmethod
    def from_json(cls, given: object) -> Reading:
        """What `as_json` wrote, or a form sent; `Unreadable` where it is malformed."""
        if not isinstance(given, Mapping):
            raise Unreadable("The choices of how to read the file are not an object.")
        known = {field.name for field in fields(cls)}
        unknown = sorted(str(name)[:40] for name in given if name not in known)
        if unknown:
            raise Unreadable(f"There is no choice “{unknown[0]}” of how to read a file.")
        for name, value in given.items():
            check_choice(name, value)
        if "form" not in given:
            raise Unreadable("Whether the file is text or a workbook is not said.")
        return cls(**{**given, "columns": tuple(given.get("columns", ()))})


CHOICES: Mapping[str, tuple[str, ...]] = {
    "form": ("text", "workbook"),
    "layout": ("", "long", "indicators", "periods"),
    "decimal": ("", ".", ","),
    "dates": ("", "ymd", "dmy", "mdy"),
    "encoding": ("", *ENCODINGS),
}


def check_choice(name: str, value: object) -> None:
    """Refuse a value that no choice of this name can have."""
    if name == "header":
        good = isinstance(value, int) and not isinstance(value, bool) and UNDECIDED <= value < 10**7
    elif name == "columns":
        is_list = isinstance(value, list | tuple) and len(value) <= MAX_COLUMNS
        good = is_list and all(is_role(role) for role in cast("list[object]", value))
    elif not isinstance(value, str) or len(value) > 200 or "\0" in value:
        good = False
    elif name == "zone":
        good = value == "" or is_zone(value)
    elif name == "year":
        good = value == "" or (len(value) == 4 and value.isascii() and value.isdigit())
    elif name == "delimiter":
        good = value == "" or (len(value) == 1 and value not in '"\r\n')
    else:
        good = value in CHOICES.get(name, (value,))
    if not good:
        raise Unreadable(f"{str(value)[:40]!r} is no choice for “{name}”.")


def is_role(given: object) -> bool:
    """Whether a column can have this role."""
    if not isinstance(given, str) or len(given) > 100:
        return False
    rest = given.partition(":")[2]
    is_wide = given.startswith((*MEASURES, "period:"))
    return given in ("", *ROLES) or (is_wide and bool(rest))


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not tell: the choice it is about, and answers with labels.

    `field` is "decimal", "dates", "year", "indicator" or "columns". A year is to be written and a
    role chosen for each column: these two have no options.
    """

    field: str
    words: str
    options: tuple[tuple[str, str], ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What was found out about a file: `lines` are its first 20 lines as texts, from line 1.

    `is_local`: it has times without an offset from UTC. `hidden` are those of its sheets that
    a spreadsheet program does not show.
    """

    reading: Reading
    questions: tuple[Question, ...]
    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    sheets: tuple[str, ...]
    guessed: tuple[str, ...]
    is_local: bool = False
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """An indicator into which the person may enter values; `zone` is where its days begin.

    `label` tells it from others of its name.
    """

    key: str
    name: str
    unit: str
    rollup: str
    period: str
    zone: str = ""
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.name
