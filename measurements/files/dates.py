"""Dates and periods as people write them, as the texts that the core of ingestion reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from web.cells import Cell, cell_text
from web.numbers import Unacceptable, cited

MONTH_WORDS = (
    "january jan januar januari janvier janv enero ene gennaio gen janeiro",
    "february feb februar februari februarie février févr fév febrero febbraio fevereiro fev",
    "march mar märz mär mrz mars maart mrt marzo março",
    "april apr avril avr abril abr aprile",
    "may mai mei maj mayo maggio mag maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug augusti augustus août agosto ago",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez desember des décembre déc diciembre dic dicembre dezembro",
)
MONTHS: Mapping[str, int] = {
    word: number for number, words in enumerate(MONTH_WORDS, start=1) for word in words.split()
}
COUNTED = frozenset(form.format(month) for month in range(1, 13) for form in ("{}", "{:02}"))
BEGINS, ENDS = ("-01", "-Q1", "-W01"), ("-12", "-Q4", "-W52", "-W53")
ORDERS: Mapping[str, tuple[int, int, int]] = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
ORDER_WORDS: Mapping[str, str] = {
    "ymd": "Year, month, day",
    "dmy": "Day, month, year",
    "mdy": "Month, day, year",
}

# A day or an instant as the core reads it already; most cells of large files are.
PLAIN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_ISO = re.compile(r"(?:19|20)[0-9]{2}(?:-(?:W[0-9]{2}|Q[1-4]|[0-9]{2}(?:-[0-9]{2})?))?")
_MOMENT = re.compile(
    r"(?P<day>\S.*?[0-9]{2})(?:[Tt]|,?[ ]+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?[ ]?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"[ ]?(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?"
)
_NUMERIC = re.compile(r"([0-9]{1,4})([./-])[ ]?([0-9]{1,2})\2[ ]?([0-9]{1,4})\.?")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
_FULL = "(?P<year>(?:19|20)[0-9]{2})"
_YEAR_MONTH = re.compile(
    r"((?:19|20)[0-9]{2})[./-]([0-9]{1,2})|([0-9]{1,2})[./-]((?:19|20)[0-9]{2})"
)
_YEAR = rf"(?:{_FULL}|['’](?P<short>[0-9]{{2}}))"
_QUARTER = re.compile(
    rf"(?:[QqTt]\.?[ ]?(?P<a>[1-4])|(?P<b>[1-4])\.?[ ]?[Qq](?:uarter|uartal|uartale)?)"
    rf"[ ,./-]{{0,2}}{_YEAR}"
)
_YEAR_QUARTER = re.compile(r"(?P<year>[0-9]{4})[ ./-]{0,2}[QqTt](?P<a>[1-4])")
_WEEK_WORD = r"(?:w|wk|week|cw|kw|v|vecka|uge|uke|semaine|s)"
_WEEK = re.compile(
    rf"{_WEEK_WORD}\.?[ ]?(?P<week>[0-9]{{1,2}})[ ,./-]{{1,2}}{_FULL}", re.IGNORECASE
)
_YEAR_WEEK = re.compile(
    rf"{_FULL}[ ,./-]{{0,2}}{_WEEK_WORD}\.?[ ]?(?P<week>[0-9]{{1,2}})", re.IGNORECASE
)
_QUARTER_ALONE = re.compile(r"[QqTt]\.?[ ]?([1-4])|([1-4])\.?[ ]?[Qq](?:uarter|uartal|uartale)?")
_WEEK_ALONE = re.compile(r"(?:w|wk|week|cw|kw|vecka|uge|uke)\.?[ ]?([0-9]{1,2})", re.IGNORECASE)
_WORD = r"(?P<month>[^\W\d_]{3,10})\.?"
_NAMED = (
    re.compile(
        rf"(?P<day>[0-9]{{1,2}})(?:\.|st|nd|rd|th)?[ -]?(?:de )?{_WORD}"
        r"[ ,-]{0,2}(?:de )?(?P<year>[0-9]{4})"
    ),
    re.compile(rf"(?P<day>[0-9]{{1,2}})-{_WORD}-(?P<short>[0-9]{{2}})"),
    re.compile(rf"{_WORD} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? {_FULL}"),
    re.compile(rf"{_WORD}[ ,./-]{{0,2}}(?:de )?{_FULL}"),
    re.compile(rf"{_FULL}[ ,./-]{{0,2}}{_WORD}"),
    re.compile(rf"{_WORD}(?:-| ?['’])(?P<short>[0-9]{{2}})"),
)


def date_meanings(cell: Cell) -> Mapping[str, str]:
    """What a cell names, as the core reads it, in each order of day, month and year that fits.

    Where the order plays no part, the one meaning is told under every order; nothing is told of
    what is no date.

    >>> meanings("03/04/2026")
    {'dmy': '2026-04-03', 'mdy': '2026-03-04'}
    >>> set(meanings("Nov 2026").values()), meanings("soon")
    ({'2026-11'}, {})
    """
    text = cell_text(cell)
    if isinstance(cell, datetime) or _ISO.fullmatch(text):
        return always(text)
    is_number = isinstance(cell, Decimal) and text.isdigit()
    if len(text) > 60 or not (is_number or isinstance(cell, str)):
        return {}
    moment = _MOMENT.fullmatch(text)
    if moment is None:
        return day_or_period(text)
    days = day_or_period(moment["day"])
    found = {day: with_clock(day, moment) for day in set(days.values())}
    return {order: at for order, day in days.items() if (at := found[day])}


def read_date(cell: Cell, order: str) -> str:
    """The one meaning of a cell in an order, or in any where none is known; "" of all others."""
    return one_meaning(date_meanings(cell), cell_text(cell), order)


def one_meaning(found: Mapping[str, str], text: str, order: str) -> str:
    """The one of the meanings of a text that an order chooses, or that is the only one."""
    if order:
        return found.get(order, "")
    texts = set(leaning(text, found).values())
    return texts.pop() if len(texts) == 1 else ""


def always(text: str) -> dict[str, str]:
    """The same in every order."""
    return dict.fromkeys(ORDERS, text)


def day_or_period(text: str) -> dict[str, str]:
    """The meanings of a text without a time of day."""
    if match := _NUMERIC.fullmatch(text):
        return numeric_days(match)
    if match := _COMPACT.fullmatch(text):
        return always(day) if (day := iso_day(*map(int, match.groups()))) else {}
    found = next((name for name in named_periods(text) if name), "")
    return always(found) if found else {}


def named_periods(text: str) -> Iterator[str]:
    """Months, quarters, weeks and days that are written so that no order matters."""
    if match := _YEAR_MONTH.fullmatch(text):
        year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        yield f"{year}-{int(month):02}" if 1 <= int(month) <= 12 else ""
    if match := _YEAR_QUARTER.fullmatch(text):
        yield f"{match['year']}-Q{match['a']}"
    if match := _QUARTER.fullmatch(text):
        yield f"{year_of(match)}-Q{match['a'] or match['b']}"
    if match := _WEEK.fullmatch(text) or _YEAR_WEEK.fullmatch(text):
        yield f"{match['year']}-W{int(match['week']):02}"
    lowered = text.lower()
    for shape in _NAMED:
        if match := shape.fullmatch(lowered):
            yield of_month_word(match)


def of_month_word(match: re.Match[str]) -> str:
    """The month or day of a text with the name of a month; "" where it is none."""
    month = MONTHS.get(match["month"])
    if month is None:
        return ""
    given = match.groupdict()
    year = year_of(match)
    return iso_day(year, month, int(given["day"])) if given.get("day") else f"{year}-{month:02}"


def year_of(match: re.Match[str]) -> int:
    """The year, also of two digits."""
    given = match.groupdict()
    return int(given["year"]) if given.get("year") else full_year(int(given["short"]))


def in_year(text: str, year: str) -> str:
    """A month, quarter or week without a year, in that year; "" of everything else.

    >>> [in_year(text, "2026") for text in ("Jan.", "Q4", "KW 7", "7")]
    ['2026-01', '2026-Q4', '2026-W07', '']
    """
    if month := MONTHS.get(text.lower().removesuffix(".")):
        return f"{year}-{month:02}"
    if match := _QUARTER_ALONE.fullmatch(text):
        return f"{year}-Q{match[1] or match[2]}"
    match = _WEEK_ALONE.fullmatch(text)
    return f"{year}-W{int(match[1]):02}" if match else ""


def when(cells: Mapping[str, Cell], year: str) -> Cell:
    """The time that the columns "at", "year" and "month" of a line tell together.

    `year` is that of what has none; numbers are months only in a column of months.
    """
    own = cell_text(cells.get("year", "")) or year
    month, at = cell_text(cells.get("month", "")), cells.get("at", "")
    if not month:
        return (in_year(cell_text(at), own) if own else "") or at
    if month in COUNTED:
        return f"{own}-{int(month):02}"
    return in_year(month, own) or f"{month} {own}"


def is_month(cell: Cell) -> bool:
    """Whether a cell names a month, or counts it."""
    text = cell_text(cell)
    return text in COUNTED or is_yearless(text)


def is_yearless(text: str) -> bool:
    """Whether a text names a period of some year."""
    return len(text) < 20 and bool(in_year(text, "2000"))


def in_years(texts: Sequence[str], year: str) -> list[str]:
    """Periods of columns; those without a year are of this one, and after its end of the next."""
    found: list[str] = []
    first, before = int(year or 0), ""
    for text in texts:
        period = in_year(text, f"{first:04}") if year else ""
        if period[4:] in BEGINS and before[4:] in ENDS:
            first += 1
            period = in_year(text, f"{first:04}")
        found.append(period or text)
        before = period
    return found


def full_year(short: int) -> int:
    """Two digits as the year that they stand for: 1970 to 2069."""
    return short + (2000 if short < 70 else 1900)


def numeric_days(match: re.Match[str]) -> dict[str, str]:
    """Three numbers: the orders in which they are a day.

    Where the year stands first with four digits, no order but that is in use.
    """
    first, _, second, third = match.groups()
    parts = (first, second, third)
    if len(first) == 4 and len(third) <= 2:
        day = iso_day(int(first), int(second), int(third))
        return always(day) if day else {}
    if len(first) > 2:
        return {}
    orders = [order for order, places in ORDERS.items() if len(parts[places[0]]) in (2, 4)]
    if len(third) > 2:
        orders = [order for order in orders if order != "ymd"]
    found = {order: iso_day(*parts_in_order(parts, order)) for order in orders}
    return {order: day for order, day in found.items() if day}


def leaning(text: str, found: Mapping[str, str]) -> Mapping[str, str]:
    """The meanings by which a file is decided: between points the day stands first.

    No country writes month.day.year; a file that does says so by a day above 12.
    """
    if "dmy" in found and text[1:3].strip("0123456789") == ".":
        return {"dmy": found["dmy"]} if len(set(found.values())) > 1 else found
    return found


def parts_in_order(parts: tuple[str, str, str], order: str) -> tuple[int, int, int]:
    """Year, month and day of three numbers."""
    year, month, day = (parts[place] for place in ORDERS[order])
    return int(year) if len(year) == 4 else full_year(int(year)), int(month), int(day)


def iso_day(year: int, month: int, day: int) -> str:
    """The ISO text of a day; "" where there is no such day."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def with_clock(day: str, match: re.Match[str]) -> str:
    """A day with its time; midnight without an offset is the day itself.

    Other times without an offset stay without one, and the core refuses them.
    """
    hour, minute = int(match["hour"]), int(match["minute"])
    second, zone = int(match["second"] or 0), offset(match["zone"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return ""
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    if len(day) != 10 or hour > 23 or minute > 59 or second > 59:
        return ""
    at = time(hour, minute, second)
    part = f".{match['part']}" if match["part"] and int(match["part"]) else ""
    if at == time.min and not part and not zone:
        return day
    return f"{day}T{at.isoformat()}{part}{zone}"


def offset(given: str | None) -> str:
    """The offset from UTC as RFC 3339 writes it."""
    if not given:
        return ""
    if given.upper() in ("Z", "UTC", "GMT"):
        return "Z"
    return given if ":" in given else f"{given[:3]}:{given[3:]}"


def is_period(cell: Cell) -> bool:
    """Whether a cell names a day or a period."""
    found = date_meanings(cell)
    return bool(found) and all(len(text) <= 10 for text in found.values())


# --- times without an offset from UTC -------------------------------------------------------------

_LOCAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?",
)
MINUTE = timedelta(minutes=1)
TWICE = "{} was twice in {}, when the clocks were put back: write its offset from UTC."
NEVER = "{} never was in {}: the clocks were put forward over it."


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def is_local(text: str) -> bool:
    """Whether a time, as the core reads it, lacks its offset.

    >>> is_local("2026-11-20T10:00:00"), is_local("2026-11-20T10:00:00-05:00")
    (True, False)
    """
    return len(text) > 10 and _LOCAL.fullmatch(text) is not None


def with_offset(text: str, zone: str) -> str:
    """The time with the offset that the clocks of a zone had then.

    `Unacceptable` where they showed it twice, or never.

    >>> placed("2026-11-20T10:00:00.5", "Europe/Oslo")
    '2026-11-20T10:00:00.5+01:00'
    """
    try:
        clock = datetime.fromisoformat(text[:19]).replace(tzinfo=ZoneInfo(zone))
    except ValueError as problem:
        raise Unacceptable("invalid", f"{cited(text)} does not exist.") from problem
    first, second = clock.utcoffset(), clock.replace(fold=1).utcoffset()
    if first is None or second is None or first > second:
        raise Unacceptable("ambiguous", TWICE.format(cited(text), zone))
    if first < second:
        raise Unacceptable("invalid", NEVER.format(cited(text), zone))
    if first % MINUTE:  # of long ago; RFC 3339 has no seconds in its offsets
        return f"{clock.astimezone(UTC).replace(tzinfo=None).isoformat()}{text[19:]}Z"
    return f"{text}{clock.isoformat()[19:]}"
