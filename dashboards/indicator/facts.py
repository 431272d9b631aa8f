"""Say the facts under the title of an indicator, its newest values, and how it is defined."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from analysis.words import decimal_text
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
from indicators.aims import (
    aim_sentence,
    aim_words,
    brief,
    distance,
    percent,
    short,
    tolerance_words,
    way_to,
)
from indicators.lineage import shown_definition, shown_formula
from indicators.models import DefinitionVersion, Indicator, Target
from verdicts.models import Verdict
from web.formats import NBSP, NumberFormat, figure, plain, unit_text, written
from web.formats import distance as apart
from web.wording import CADENCE, Lens, as_date

LAST = 5
FIELD_WORDS = {
    "unit": "unit",
    "factor": "factor",
    "direction": "direction",
    "period": "period",
    "rollup": "roll-up",
    "timezone": "time zone",
    "source_kind": "kind of source",
    "source": "source",
    "formula": "formula",
    "inputs": "inputs",
}
# how measurements become a period's value
ROLLUP_WORDS = {
    "sum": "as a sum",
    "mean": "as a mean",
    "last": "the last value",
    "min": "the smallest value",
    "max": "the largest value",
    "ratio": "as a ratio of sums",
    "none": "never added up",
}
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


def definition_pairs(
    indicator: Indicator, lens: Lens, *, seen: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Who, how often, which way, from where, how fresh; lines without an answer are left out.

    `seen` holds what is named of other things, as far as the reader may see them.
    """
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    measured = f"{CADENCE[indicator.period].capitalize()}, {ROLLUP_WORDS[indicator.rollup]}"
    pairs = [
        ("Owner", indicator.owner.as_owner if indicator.owner else "Nobody"),
        ("Team", indicator.team.name),
        ("Computed" if indicator.is_derived else "Measured", measured),
        ("Unit", unit_text(fmt)),
        ("Direction", indicator.get_direction_display()),
        ("Range", range_words(indicator, fmt)),
        ("Source", indicator.source),
        ("Objective", seen["Objective"]),
        ("Perspective", str(indicator.perspective) if indicator.perspective else ""),
        ("Guard", seen["Guard"]),
        ("Evaluated", indicator.get_evaluate_every_display().lower()),
        ("Re-evaluate", lens.day(indicator.reevaluate_on) if indicator.reevaluate_on else ""),
        ("Freshness", freshness_words(indicator, lens)),
        ("Tags", ", ".join(indicator.tags)),
    ]
    return [(term, text) for term, text in pairs if text]


def freshness_words(indicator: Indicator, lens: Lens) -> str:
    """To which period the newest value belongs, and when it was judged."""
    verdict = indicator.verdict
    if verdict.period is None or verdict.computed_at is None:
        return "–"
    name = lens.period(verdict.period, indicator.period)
    return f"{name}, judged {lens.ago(verdict.computed_at)}"


def range_words(indicator: Indicator, fmt: NumberFormat) -> str:
    """Which values are possible at all, where that is limited."""
    low, high = indicator.minimum, indicator.maximum
    if low is not None and high is not None:
        return f"{written(low, fmt)} to {written(high, fmt)}"
    if low is not None:
        return f"from {written(low, fmt)}"
    return f"up to {written(high, fmt)}" if high is not None else ""


def formula_of(indicator: Indicator, seen: Collection[str]) -> str:
    """The formula as it is shown to who sees these inputs; of a plain ratio its factor."""
    if indicator.formula:
        return shown_formula(indicator, seen)
    if indicator.rollup == Indicator.RollUp.RATIO and not indicator.is_derived:
        return f"Σ numerator / Σ denominator × {decimal_text(indicator.factor)}"
    return ""


def past_targets(
    targets: Iterable[Target], indicator: Indicator, lens: Lens
) -> Iterator[dict[str, Any]]:
    """Every version of every target, newest first, in words."""
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    for target in targets:
        when = f"since {lens.day(lens.local(target.made_at).date())}"
        if target.ended_at is not None:
            ended = lens.day(lens.local(target.ended_at).date())
            when = f"{when.removeprefix('since ')} to {ended}"
        yield {
            "target": target,
            "words": aim_sentence(target, fmt, indicator.period, lens),
            "tolerance": tolerance_words(target, fmt),
            "when": when,
        }


def past_versions(
    versions: Sequence[DefinitionVersion], lens: Lens, seen: Collection[str]
) -> list[dict[str, Any]]:
    """Every version of the definition, newest first, with what it changed; inputs where seen."""
    found = []
    for before, version in zip((None, *versions), versions, strict=False):
        since = f"since {lens.day(version.effective_on)}" if version.effective_on else "original"
        changed = changed_words(before, version, seen)
        found.append({"version": version, "effective": since, "changed": changed})
    return found[::-1]


def changed_words(
    before: DefinitionVersion | None, version: DefinitionVersion, seen: Collection[str]
) -> str:
    """Which defining fields differ from the version before, with both values."""
    if before is None:
        return "First definition"
    former, fields = (shown_definition(one.fields, seen) for one in (before, version))
    parts = [
        f"{words}: {field_text(former.get(name))} → {field_text(fields.get(name))}"
        for name, words in FIELD_WORDS.items()
        if before.fields.get(name) != version.fields.get(name)
    ]
    return ", ".join(parts) or "Same fields"


def field_text(value: object) -> str:
    """A field's value as plain text; "–" where there is none."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)
