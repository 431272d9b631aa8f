"""What a process behaviour chart says, in a headline and a sentence: signal, or noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from web.wording import Lens, as_date

Judged: TypeAlias = Mapping[str, Any]
ENOUGH = 6  # values that limits take to say something
RUN = 7  # values on one side of the mean that make a shift
MEANING: Mapping[str, str] = {
    "improvement": "It is signal, not noise, and for the better.",
    "concern": "It is signal, not noise, and for the worse.",
}
ASSURANCE: Mapping[str, str] = {
    "consistently_hits": "As it stands, the process meets the target every time.",
    "consistently_misses": "As it stands, the process misses the target every time; only a change "
    "of how things are done will meet it.",
    "hit_or_miss": "As it stands, the process meets the target by chance: sometimes it does, "
    "sometimes not.",
}

GOOD: Mapping[str, str] = {"True": ", and that is good", "False": ", and that is not good"}


@dataclass(frozen=True, slots=True)
class Headline:
    """A few words, the sentence under them, and whether the target can be counted on."""

    title: str
    text: str
    assurance: str = ""
    shift_on: str = ""


def headline(result: Judged, grain: str, lens: Lens) -> Headline:
    """What the newest finished value says of the process; without limits, how many are missing."""
    limits = (result.get("limits") or [{}])[-1]
    points = finished(result)
    if limits.get("lower") is None or result.get("variation") in (None, "unknown"):
        return too_few_values(len(points), grain)
    since = limits.get("from") or ""
    recent = [found for found in points if found["period"] >= since]
    signals = recent[-1].get("signals") or [] if recent else []
    assured = ASSURANCE.get(result.get("assurance") or "", "")
    if not signals:
        return Headline(*steady(recent, grain, lens), assured)
    title, text, start = signal_words(signals[0], recent, limits, grain, lens)
    meaning = MEANING.get(recent[-1].get("point_type") or "", "It is signal, not noise.")
    shift_on = start if "run" in signals else ""
    return Headline(title, f"{text} {meaning}", assured, shift_on)


def finished(result: Judged) -> list[Judged]:
    """The points that have a final value."""
    return [
        found
        for found in result.get("points") or []
        if found.get("value") is not None and not found.get("provisional")
    ]


def too_few_values(number: int, grain: str) -> Headline:
    """No limits: say how many values there are and how many it takes."""
    if number == 0:
        return Headline(
            "Nothing to see yet", "Natural limits are drawn from the values, and there are none."
        )
    missing = max(ENOUGH - number, 0)
    text = (
        f"There are {number} finished {grain}s." if number != 1 else f"There is 1 finished {grain}."
    )
    if missing:
        text += (
            f" Natural limits say something from {ENOUGH} on; until then any change may be noise."
        )
    return Headline("Too few values to tell signal from noise", text)


def steady(points: Sequence[Judged], grain: str, lens: Lens) -> tuple[str, str]:
    """Routine variation."""
    first = lens.in_sentence(as_date(points[0]["period"]), grain) if points else ""
    quiet = quiet_since(points)
    since = lens.in_sentence(as_date(quiet["period"]), grain) if quiet else first
    text = f"Since {since} every value lies inside the natural limits without a pattern."
    return "The process is steady", f"{text} This is noise, not signal."


def quiet_since(points: Sequence[Judged]) -> Judged | None:
    """The first point after the last signal."""
    loud = [place for place, found in enumerate(points) if found.get("signals")]
    after = loud[-1] + 1 if loud else 0
    return points[after] if after < len(points) else None


def signal_words(
    signal: str, points: Sequence[Judged], limits: Judged, grain: str, lens: Lens
) -> tuple[str, str, str]:
    """Title, sentence and first day of what the newest value is part of."""
    last = points[-1]
    is_above = last["value"] > limits["centre"]
    side = "above" if is_above else "below"
    run = stretch(points, limits["centre"], above=is_above)
    if signal == "beyond_limit" and len(run) < RUN:
        edge = "upper" if is_above else "lower"
        when = lens.in_sentence(as_date(last["period"]), grain)
        text = f"The value of {when} lies beyond the {edge} natural limit."
        return f"{when[:1].upper()}{when[1:]} is out of the ordinary", text, last["period"]
    if signal == "trend":
        way = "up" if last["value"] > points[-2]["value"] else "down"
        start = points[-7] if len(points) >= 7 else points[0]
        since = lens.in_sentence(as_date(start["period"]), grain)
        text = f"Seven values in a row have gone {way} since {since}."
        return f"The process is moving {way}", text, start["period"]
    if signal == "two_of_three":
        text = (
            f"Two of the last three values lie near the {'upper' if is_above else 'lower'} limit."
        )
        return f"The process may be moving {'up' if is_above else 'down'}", text, last["period"]
    since = lens.in_sentence(as_date(run[0]["period"]), grain)
    text = f"{len(run)} {grain}s in a row {side} the mean since {since}."
    return f"The process has shifted {'up' if is_above else 'down'}", text, run[0]["period"]


def stretch(points: Sequence[Judged], centre: float, *, above: bool) -> Sequence[Judged]:
    """The newest points that lie on one side of the mean without interruption."""
    start = len(points)
    while (
        start
        and (points[start - 1]["value"] > centre) is above
        and points[start - 1]["value"] != centre
    ):
        start -= 1
    return points[start:] or points[-1:]


def trend_headline(result: Judged, grain: str) -> tuple[str, str]:
    """What the trend line says: rising, falling, flat, or not enough evidence."""
    trend = result.get("trend") or {}
    number, direction = trend.get("n") or 0, trend.get("direction")
    good = GOOD.get(str(trend.get("good")), "")
    if direction in ("rising", "falling"):
        text = f"A clear trend over {number} {grain}s, more than chance explains."
        return f"{direction.capitalize()}{good}", text
    if direction == "flat":
        return "Level", f"Over {number} {grain}s there is no change worth mentioning."
    if number < 8:
        return "Too early for a trend", "A trend is claimed from eight values on."
    return (
        "No clear direction",
        f"Over {number} {grain}s the ups and downs are larger than any trend.",
    )
