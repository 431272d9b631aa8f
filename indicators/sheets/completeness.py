"""What a reading must say before rows can be read with it."""

from __future__ import annotations

from indicators.sheets.reading import Reading

TWICE = {
    "at": "the date",
    "value": "the value",
    "indicator": "the indicator",
    "note": "the note",
    "numerator": "the numerator",
    "denominator": "the denominator",
}


def column_lack(reading: Reading) -> str:
    """What is missing among the roles of the columns, in words; "" when nothing is."""
    roles = [role for role in reading.columns if role]
    twice = next((role for role in roles if roles.count(role) > 1), "")
    if twice:
        return f"Two columns are said to hold {TWICE.get(twice, twice.partition(':')[2])}."
    if reading.layout == "periods":
        return "" if any_of("period:", roles) else "Which columns are periods?"
    if "at" not in roles:
        return "Which column holds the date or period?"
    if reading.layout == "indicators":
        return "" if any_of("key:", roles) else "Which columns are indicators?"
    if "value" in roles or {"numerator", "denominator"} <= set(roles):
        return ""
    return "Which column holds the value?"


def any_of(kind: str, roles: list[str]) -> bool:
    """Whether a column has a role of this kind."""
    return any(role.startswith(kind) for role in roles)


def needs_indicator(reading: Reading) -> bool:
    """Whether the indicator must be chosen, because no column tells it."""
    if reading.layout == "indicators" or reading.indicator:
        return False
    return "indicator" not in reading.columns
