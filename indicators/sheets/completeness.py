"""What a reading must say before rows can be read with it."""

from __future__ import annotations

from collections import Counter

from indicators.sheets.reading import ROLES, Layout, Reading

TWICE = {
    "at": "the date",
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
        return f"Two columns are said to hold {TWICE.get(twice, twice.partition(':')[2])}."
    misplaced = next((role for role in roles if not fits(role, layout)), "")
    if misplaced:
        return f"A column “{misplaced}” has no place where {LAYOUT_WORDS[layout]}."
    return ""


def missing(roles: list[str], layout: Layout) -> str:
    """What no column holds, as a question."""
    if layout == "periods":
        return "" if any_of("period:", roles) else "Which columns are periods?"
    if "at" not in roles:
        return "Which column holds the date or period?"
    if layout == "indicators":
        return "" if any_of("key:", roles) else "Which columns are indicators?"
    has_values = "value" in roles or {"numerator", "denominator"} <= set(roles)
    return "" if has_values else "Which column holds the value?"


def any_of(kind: str, roles: list[str]) -> bool:
    """Whether a column has a role of this kind."""
    return any(role.startswith(kind) for role in roles)


def needs_indicator(reading: Reading) -> bool:
    """Whether the indicator must be chosen, because no column tells it."""
    if reading.layout == "indicators" or reading.indicator:
        return False
    return "indicator" not in reading.columns


def fits(role: str, layout: Layout) -> bool:
    """Whether a column of a layout can have a role."""
    if role in ("", "note"):
        return True
    kind = role.partition(":")[0]
    return {
        "long": kind in ROLES,
        "indicators": kind in ("at", "key"),
        "periods": kind in ("indicator", "period"),
        "": False,
    }[layout]
