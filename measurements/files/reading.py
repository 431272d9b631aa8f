"""What is decided about a file before it is read, what is asked, and what is shown of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, cast

from measurements.files.dates import is_zone
from measurements.files.limits import MAX_COLUMNS, Unreadable

Form = Literal["text", "workbook"]
Layout = Literal["", "long", "indicators", "periods"]
Decimals = Literal["", ".", ","]
Order = Literal["", "ymd", "dmy", "mdy"]

ROLES = ("indicator", "at", "year", "month", "value", "numerator", "denominator", "note")
# How the role of a column of an indicator begins; a ratio may have a column for each of its parts.
MEASURES = ("key:", "numerator:", "denominator:")
PART_WORDS: Mapping[str, str] = {
    "numerator": "numerator|num|nominator|zähler|täljare|numérateur|numerador|tæller|teller",
    "denominator": "denominator|denom|den|out of|base|nenner|nämnare|dénominateur|denominador|"
    "nævner|nevner",
}
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
class FileQuestion:
    """Something that the file does not tell: the choice it is about, and answers with labels.

    `field` is "decimal", "dates", "year", "indicator" or "columns". A year is to be written and a
    role chosen for each column: these two have no options.
    """

    field: str
    words: str
    options: tuple[tuple[str, str], ...]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileLook:
    """What was found out about a file: `lines` are its first 20 lines as texts, from line 1.

    `is_local`: it has times without an offset from UTC. `hidden` are those of its sheets that
    a spreadsheet program does not show.
    """

    reading: Reading
    questions: tuple[FileQuestion, ...]
    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    sheets: tuple[str, ...]
    guessed: tuple[str, ...]
    is_local: bool = False
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownIndicator:
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


# --- what a reading must say before rows can be read with it --------------------------------------


TWICE = {
    "at": "the date",
    "year": "the year",
    "month": "the month",
    "value": "the value",
    "indicator": "the indicator",
    "note": "the note",
    "numerator": "the numerator",
    "denominator": "the denominator",
}
LAYOUT_WORDS = {
    "": "the layout is open",
    "long": "each line is one measurement",
    "indicators": "each line is a time and each indicator has a column",
    "periods": "each line is an indicator and each period has a column",
}


def column_lack(reading: Reading) -> str:
    """What is missing among the roles of the columns, in words; "" when nothing is."""
    roles = [role for role in reading.columns if role]
    return column_contradiction(roles, reading.layout) or missing_role(roles, reading.layout)


def column_contradiction(roles: list[str], layout: Layout) -> str:
    """What cannot be true of the columns together."""
    twice = next((role for role, count in Counter(roles).items() if count > 1), "")
    if twice:
        return f"Two columns are said to hold {role_words(twice)}."
    both = next((role for role in roles if is_whole_of_a_part(role, roles)), "")
    if both:
        key = both.partition(":")[2]
        return f"Columns are said to hold “{key}” as a whole and in parts."
    misplaced = next((role for role in roles if not fits_layout(role, layout)), "")
    if misplaced:
        return f"A column “{misplaced}” has no place where {LAYOUT_WORDS[layout]}."
    return ""


def is_whole_of_a_part(role: str, roles: list[str]) -> bool:
    """Whether an indicator has this column, and another one for a part of it."""
    kind, _, key = role.partition(":")
    return kind == "key" and any(f"{part}:{key}" in roles for part in PART_WORDS)


def role_words(role: str) -> str:
    """What a column of this role holds."""
    kind, _, rest = role.partition(":")
    return f"{TWICE[kind]} of “{rest}”" if kind in PART_WORDS and rest else TWICE.get(role, rest)


def missing_role(roles: list[str], layout: Layout) -> str:
    """What no column holds, as a question."""
    if layout == "periods":
        return "" if any_of("period:", roles) else "Which columns are periods?"
    if "month" in roles and "year" not in roles:
        return "Which column holds the year?"
    if not {"at", "month"} & set(roles):
        return "Which column holds the date or period?"
    if layout == "indicators":
        return missing_part(roles) if any_of(MEASURES, roles) else "Which columns are indicators?"
    has_values = "value" in roles or {"numerator", "denominator"} <= set(roles)
    return "" if has_values else "Which column holds the value?"


def missing_part(roles: list[str]) -> str:
    """The other half of a ratio, as a question."""
    for one, other in (tuple(PART_WORDS), tuple(PART_WORDS)[::-1]):
        keys = [role.partition(":")[2] for role in roles if role.startswith(f"{one}:")]
        half = next((key for key in keys if f"{other}:{key}" not in roles), "")
        if half:
            return f"Which column holds the {other} of “{half}”?"
    return ""


def any_of(kind: str | tuple[str, ...], roles: list[str]) -> bool:
    """Whether a column has a role of this kind."""
    return any(role.startswith(kind) for role in roles)


def needs_indicator(reading: Reading) -> bool:
    """Whether the indicator must be chosen, because no column tells it."""
    return not (reading.indicator or reading.names_indicators)


def fits_layout(role: str, layout: Layout) -> bool:
    """Whether a column of a layout can have a role."""
    if role in ("", "note"):
        return True
    kind = role.partition(":")[0]
    return {
        "long": role in ROLES,
        "indicators": role in ("at", "year", "month") or role.startswith(MEASURES),
        "periods": kind in ("indicator", "period"),
        "": False,
    }[layout]


def holds_numbers(role: str) -> bool:
    """Whether a column of this role holds numbers."""
    is_wide = role.startswith((*MEASURES, "period:"))
    return is_wide or role in ("value", *PART_WORDS)
