"""The five facts under the title of an indicator, its newest values, and the running period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from dashboards.board.hero import (
    Fact,
    chance_term,
    chance_text,
    forecast_at,
    forecast_steps,
    give_or_take,
    next_milestone,
    rounded,
)
from dashboards.board.tiles import accumulates, compared_values, freshness
from indicators.aims import aim_words, brief, distance, percent, short, way_to
from indicators.models import Indicator, Target
from verdicts.models import Verdict
from web.formats import NBSP, NumberFormat, figure, plain, written
from web.formats import distance as apart
from web.wording import Lens, as_date

LAST = 5
NEWS: Mapping[str, str] = {
    Verdict.Signal.IMPROVING: "the process got better",
    Verdict.Signal.DETERIORATING: "the process got worse",
    Verdict.Signal.STEADY: "within noise",
}


def indicator_facts(
    indicator: Indicator,
    target: Target | None,
    result: Mapping[str, Any],
    fmt: NumberFormat,
    lens: Lens,
) -> Iterator[Fact]:
    """Latest, change, milestone, target, chance; what is unknown is said to be."""
    yield latest_fact(indicator, result, fmt, lens)
    yield change_fact(indicator, fmt, lens)
    milestone = next_milestone(target, lens.today) if target else None
    if milestone:
        away = lens.ahead(milestone.on)
        yield Fact(f"Milestone, {lens.day(milestone.on)}", brief(milestone.value, fmt), away)
    if target is None:
        yield Fact("Target", "–", "none is set")
        return
    yield target_fact(indicator, target, fmt, lens)
    if target.due_on or target.kind != Target.Kind.STANDING:
        yield chance_fact(target, result, fmt, indicator.period, lens)


def latest_fact(
    indicator: Indicator, result: Mapping[str, Any], fmt: NumberFormat, lens: Lens
) -> Fact:
    """The judged value, and how far it is from what is expected."""
    verdict = indicator.verdict
    term, value = freshness(indicator, lens) or "Latest", brief(verdict.value, fmt)
    term = f"Total, {term[:1].lower()}{term[1:]}" if accumulates(indicator) else term
    gap = (result.get("verdict") or {}).get("gap")
    if verdict.value is None:
        return Fact(term, value, "no measurements yet")
    if gap is None:
        return Fact(term, value)
    if gap == 0:
        return Fact(term, value, "exactly as expected")
    side = "better than expected" if gap > 0 else "short of expected"
    return Fact(term, value, f"{distance(gap, fmt, unit=False)} {side}")


def change_fact(indicator: Indicator, fmt: NumberFormat, lens: Lens) -> Fact:
    """The difference to the period before, and whether it is news."""
    verdict = indicator.verdict
    value, previous = compared_values(indicator)
    if value is None or previous is None or verdict.period is None:
        return Fact("Change", "–", "nothing to compare with")
    gap = Decimal(str(value)) - Decimal(str(previous))
    before = lens.in_sentence(lens.before(verdict.period, indicator.period), indicator.period)
    news = NEWS.get(verdict.signal, "")
    text = str(apart(gap, short(fmt), signed=True))
    return Fact("Change", text, ", ".join(filter(None, (f"vs {before}", news))))


def target_fact(indicator: Indicator, target: Target, fmt: NumberFormat, lens: Lens) -> Fact:
    """The target, and how much of the way is done."""
    verdict = indicator.verdict
    due = f", {lens.day(target.due_on)}" if target.due_on else ""
    way = way_to(target, verdict.value, verdict.expected)
    aside = ""
    if way and target.kind in (Target.Kind.REACH, Target.Kind.ACCUMULATE):
        aside = f"{percent(Decimal(str(way.position)))} of the way"
    elif target.kind == Target.Kind.STANDING:
        aside = f"every {indicator.period}"
    elif target.due_on:
        aside = lens.ahead(target.due_on)
    return Fact(f"Target{due}", aim_words(target, short(fmt), indicator.period), aside)


def chance_fact(
    target: Target, result: Mapping[str, Any], fmt: NumberFormat, grain: str, lens: Lens
) -> Fact:
    """The probability of reaching it, when, and the forecast for that period."""
    found = result.get("forecast") or {}
    probability, on = found.get("probability_of_target"), found.get("probability_on")
    ahead = next((s for s in forecast_steps(result) if s["period"] == on), None)
    ahead = ahead if on else forecast_at(result, target.due_on)
    aside = ""
    if ahead and target.kind != Target.Kind.ACCUMULATE:
        middle, half = rounded(ahead)
        aside = f"forecast {brief(middle, fmt)} {give_or_take(half, fmt)}"
    term = chance_term(target, result, grain, lens)
    if probability is None:
        return Fact(term, "–", aside or "not enough data to forecast")
    return Fact(term, chance_text(probability), aside)


def projection(
    indicator: Indicator, result: Mapping[str, Any], fmt: NumberFormat, lens: Lens
) -> str:
    """The running period in a sentence: so far, how complete, and where its pace leads."""
    found = result.get("projection")
    if not found:
        return ""
    name = lens.period(as_date(found["period"]), indicator.period)
    covered = plain(found["coverage"] * 100, 0)
    text = (
        f"{name} is not finished: {written(found['so_far'], fmt)} so far, {covered}{NBSP}% of it "
        f"is covered. At this pace it ends at {written(found['projected'], fmt)}"
    )
    if found.get("low") is not None and found.get("high") is not None:
        low = figure(found["low"], fmt).number
        text += f", probably between {low} and {written(found['high'], fmt)}"
    return f"{text}. It moves neither status nor limits until then."


def last_values(
    result: Mapping[str, Any], fmt: NumberFormat, grain: str, lens: Lens
) -> Iterator[dict[str, str]]:
    """The newest periods that have a value, newest first."""
    known = [row for row in result.get("points") or [] if row["value"] is not None]
    for place in range(len(known) - 1, max(len(known) - 1 - LAST, -1), -1):
        row, before = known[place], known[place - 1] if place else None
        name = lens.period(as_date(row["period"]), grain)
        change = ""
        if row.get("provisional"):
            name = f"{name} so far"
        elif before is not None:
            gap = Decimal(str(row["value"])) - Decimal(str(before["value"]))
            signed = apart(gap, fmt, signed=True)
            change = str(signed) if fmt.unit == "percent" else signed.number
        yield {"period": name, "value": brief(row["value"], fmt), "change": change}
