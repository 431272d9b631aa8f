"""What a reading must say before rows can be read with it."""

from __future__ import annotations

from collections import Counter

from measurements.files.names import PART_WORDS
from measurements.files.reading import MEASURES, ROLES, Layout, Reading

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
    return contradiction(roles, reading.layout) or missing(roles, reading.layout)


def contradiction(roles: list[str], layout: Layout) -> str:
    """What cannot be true of the columns together."""
    twice = next((role for role, count in Counter(roles).items() if count > 1), "")
    if twice:
        return f"Two columns are said to hold {in_words(twice)}."
    both = next((role for role in roles if is_whole_of_a_part(role, roles)), "")
    if both:
        key = both.partition(":")[2]
        return f"Columns are said to hold “{key}” as a whole and in parts."
    misplaced = next((role for role in roles if not fits(role, layout)), "")
    if misplaced:
        return f"A column “{misplaced}” has no place where {LAYOUT_WORDS[layout]}."
    return ""


def is_whole_of_a_part(role: str, roles: list[str]) -> bool:
    """Whether an indicator has this column, and another one for a part of it."""
    kind, _, key = role.partition(":")
    return kind == "key" and any(f"{part}:{key}" in roles for part in PART_WORDS)


def in_words(role: str) -> str:
    """What a column of this role holds."""
    kind, _, rest = role.partition(":")
    return f"{TWICE[kind]} of “{rest}”" if kind in PART_WORDS and rest else TWICE.get(role, rest)


def missing(roles: list[str], layout: Layout) -> str:
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


def fits(role: str, layout: Layout) -> bool:
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
