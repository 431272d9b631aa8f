"""The one sentence on a card: why the status is what it is, in a manager's words."""

from __future__ import annotations

from analysis import periods, words
from analysis.expected import Plan
from analysis.status import Assessment, Facts, Standing
from analysis.statuses import LOOKS
from analysis.verdict import Projection


def describe_status(
    assessment: Assessment, facts: Facts, projection: Projection | None = None
) -> str:
    """Say why the status is what it is: a sentence, and one more for each rule that added to it."""
    status, standing, plan = assessment.status, assessment.standing, assessment.plan
    if status == "no_target":
        begins = plan.target.starts_on or plan.target.baseline_on if plan else None
        return f"The target begins on {words.day_text(begins)}." if begins else "No target is set."
    if status in ("no_data", "stale"):
        return _silence(assessment, facts)
    if standing is None or plan is None:
        return _pace(facts, projection)
    if status == "achieved":
        return _achievement(standing, facts)
    return _difference(standing, plan, facts) + "".join(_further(assessment, facts))


def _further(assessment: Assessment, facts: Facts) -> list[str]:
    """Return what the rules beyond the plain comparison add, each beginning with a space."""
    rules = {step.rule for step in assessment.steps}
    added = []
    if "probability" in rules and facts.probability is not None:
        ahead = assessment.standing is not None and assessment.standing.met
        chance = words.chance_text(facts.probability)
        if ahead and assessment.status in ("at_risk", "off_track"):
            added.append(f" But the chance of reaching it is {chance}.")
        else:
            added.append(f" Chance of reaching it: {chance}.")
    if "signal" in rules and facts.adverse:
        added.append(f" An adverse signal since {words.day_text(facts.adverse)}.")
    if assessment.status == "met_at_cost" and facts.guard:
        harm = "deteriorates" if facts.guard.signal == "deteriorating" else "misses its target"
        added.append(f" Met at a cost: {facts.guard.name} {harm}.")
    return added


def _pace(facts: Facts, projection: Projection | None) -> str:
    if projection is None:
        return "No finished period to judge yet."
    definition, series = facts.definition, facts.series
    name = words.short_period(projection.period, series.grain, series.calendar)
    text = f"{name} is not over: {words.level(projection.so_far, definition)} so far"
    if projection.projected == projection.so_far:
        return text + "."
    text += f", on pace for {words.level(projection.projected, definition)}"
    if projection.low is None or projection.high is None:
        return text + "."
    low, high = (words.level(end, definition) for end in (projection.low, projection.high))
    return f"{text} ({low} to {high})."


def _silence(assessment: Assessment, facts: Facts) -> str:
    latest = facts.series.latest_at
    if latest is None or facts.series.last is None:
        return "No value yet."
    since = periods.label(facts.series.last.period, facts.series.grain, facts.series.calendar)
    if assessment.status == "no_data":
        return f"No value since that of {since}."
    text = f"The last value is that of {since}"
    if assessment.candidate == "stale":
        return f"{text}."
    return f"{text}; it was {LOOKS[assessment.candidate].word.lower()} then."


def _achievement(standing: Standing, facts: Facts) -> str:
    assert facts.target is not None
    reached = words.level(standing.actual, facts.definition)
    if facts.target.value is None or facts.target.kind == "grow":
        return f"Reached: {reached}."
    target = words.level(facts.target.value, facts.definition)
    return f"Reached: {reached}, the target was {target}."


def _difference(standing: Standing, plan: Plan, facts: Facts) -> str:
    actual, expected = standing.actual, standing.expected
    apart = words.distance_text(actual - expected, facts.definition)
    goal = _goal(standing, plan)
    if plan.target.comparator == "between" and standing.met:
        return f"{words.level(actual, facts.definition)}, inside the range."
    if actual == expected:
        return f"Exactly on {goal}."
    text = f"{apart} {'above' if actual > expected else 'below'} {goal}"
    if standing.met:
        return text + "."
    return (
        f"{text}, {'inside' if standing.in_band else 'beyond'} the {_band_words(plan, facts)} band."
    )


def _goal(standing: Standing, plan: Plan) -> str:
    kind = plan.target.kind
    if kind == "standing" and not plan.milestones:
        return "the range" if plan.target.comparator == "between" else "target"
    if standing.number in plan.milestones:
        name = words.short_period(standing.point.period, plan.grain, plan.calendar)
        return f"the {name} {'target' if kind == 'standing' else 'milestone'}"
    if plan.is_due(standing.number) or kind == "standing":
        return "target"
    return "plan" if kind == "accumulate" else "the path to target"


def _band_words(plan: Plan, facts: Facts) -> str:
    target = plan.target
    if target.tolerance_kind == "absolute":
        return words.distance_text(target.tolerance, facts.definition)
    return words.share_text(target.tolerance)
