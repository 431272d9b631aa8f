"""Times without an offset from UTC: told apart, and placed in the time zone they are of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from web.numbers import Unacceptable, cited

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


def placed(text: str, zone: str) -> str:
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
