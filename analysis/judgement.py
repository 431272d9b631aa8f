"""The front door: one call that turns a series, a definition and a target into a verdict."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from analysis import outlook, periods, reason, spc, status, trend, watch
from analysis.arrays import Floats
from analysis.bearing import Bearing
from analysis.expected import MATH, Bounds, Plan
from analysis.spc import Classification
from analysis.status import Assessment, Facts
from analysis.statuses import LOOKS
from analysis.values import (
    Definition,
    Guard,
    Point,
    PointType,
    Previous,
    RuleSet,
    Series,
    Signal,
    Status,
    Target,
    Variation,
    Way,
)
from analysis.verdict import (
    JudgedLimits,
    JudgedPoint,
    JudgedTrend,
    LinePoint,
    Outlook,
    Step,
    Verdict,
)

CLAIMS = 6  # points since limits last restarted below which variation is unknown
FAR = 3  # bands beyond expected that ask whether the target was too low
BETTER: dict[int, Signal] = {1: "improving", -1: "deteriorating"}
WAYS: dict[Way, int] = {"rising": 1, "falling": -1}
LIMITS = ("centre", "lower", "upper", "near_lower", "near_upper", "n")


def judge(
    series: Series,
    definition: Definition,
    target: Target | None = None,
    *,
    now: datetime,
    guard: Guard | None = None,
    previous: Previous | None = None,
    rules: RuleSet = "nhs",
) -> Verdict:
    """Judge an indicator: status, signal, trend, limits, outlook and why, all in one value.

    Pure: the same arguments give the same verdict, and unfinished periods move nothing in it.
    ``now`` is an aware instant. ``previous`` steadies a colour that a probability would flip.
    Raises ValueError for a ``now`` without offset.

    >>> from datetime import UTC, date
    >>> from analysis.values import Calendar
    >>> points = tuple(Point(date(2026, m, 1), Decimal(v)) for m, v in ((9, 510), (10, 480)))
    >>> series = Series("month", Calendar(), points, datetime(2026, 10, 1, tzinfo=UTC))
    >>> verdict = judge(series, Definition(unit_label="kr"), Target(value=Decimal(500)),
    ...                 now=datetime(2026, 11, 5, tzinfo=UTC))
    >>> verdict.status, verdict.reason
    ('at_risk', '20 kr below target, inside the 10 % band.')
    """
    final = series.final
    values = final.floats()
    version, cuts = _breaks(final, definition)
    window, regime = _window(values, version, cuts), max([version, *cuts])
    season = periods.SEASONS[series.grain]
    plan = Plan.of(target, series.grain, series.calendar) if target else None
    bearing = Bearing(definition, plan)
    found = spc.classify(
        values, direction=definition.direction, target=_level(plan, final), rebase=cuts, rules=rules
    )
    line = trend.fit(values[window:], season=season)
    seen = outlook.look_ahead(final, values[version:], definition, plan, season=season)
    watched = watch.watch(values[regime:], season=season)
    facts = Facts(
        series,
        definition,
        target,
        now,
        guard,
        previous,
        n=int(np.isfinite(values[version:]).sum()),
        probability=seen.probability_of_target,
        adverse=outlook.adverse_since(final, watched, bearing),
    )
    return replace(
        _verdict(facts, status.assess(facts), found, line, seen),
        alerts=watch.told_alerts(final, watched, bearing),
        proposed_rebase=watch.proposal(
            final, values, line, found.limits, since=regime, offset=window
        ),
    )


def _verdict(
    facts: Facts,
    assessed: Assessment,
    found: Classification,
    line: trend.Trend,
    seen: Outlook,
) -> Verdict:
    bearing = Bearing(facts.definition, assessed.plan)
    series, definition, target = facts.series, facts.definition, facts.target
    final = series.final
    claimed = found.segments and found.segments[-1].limits.n >= CLAIMS
    variation = found.variation if claimed else "unknown"
    signal = _signal(variation, final, found.limits, bearing)
    projection = outlook.project(series, definition, found.limits)
    value, before, change = _movement(assessed, final)
    here = periods.local_day(facts.now, series.calendar)
    standing = assessed.standing
    latest = series.latest_at
    said = Step("verdict", {"signal": signal, "variation": variation}, assessed.status)
    judged = standing.point if standing else final.last
    return Verdict(
        status=assessed.status,
        candidate=assessed.candidate,
        signal=signal,
        needs_talk=LOOKS[assessed.status].needs_talk or signal == "deteriorating",
        question=_question(assessed),
        reason=reason.describe_status(assessed, facts, projection),
        explain=(*assessed.steps, said),
        grain=series.grain,
        through=series.points[-1].period if series.points else None,
        measured_through=periods.local_day(latest, series.calendar) if latest else None,
        definition_version=definition.version,
        target_version=target.version if target else None,
        n=found.n,
        value=value,
        period=judged.period if judged else None,
        previous=before,
        change=change,
        expected=standing.expected if standing else None,
        expected_now=_expected_on(assessed.plan, here),
        gap=standing.gap if standing else None,
        band=standing.band if standing else None,
        points=_points(series, definition, assessed, found),
        limits=_limits(final, found),
        variation=variation,
        assurance=found.assurance if claimed else "none",
        trend=_trend(final, bearing, line),
        forecast=seen,
        projection=projection,
    )


def _breaks(series: Series, definition: Definition) -> tuple[int, list[int]]:
    """Return where the current definition begins, and every index at which limits restart."""
    effective = definition.effective_on if definition.version > 1 else None
    starts = series.periods

    def cut(day: date) -> int:
        return bisect_left(starts, periods.start_of(day, series.grain, series.calendar))

    version = cut(effective) if effective else 0
    cuts = {version, *(cut(day) for day in definition.rebase)}
    return version, sorted(k for k in cuts if 0 < k < len(starts))


def _window(values: Floats, version: int, cuts: list[int]) -> int:
    """Return where the trend may begin: the last restart that leaves enough points."""
    enough = [k for k in cuts if np.isfinite(values[k:]).sum() >= trend.MINIMUM]
    return max([version, *enough])


def _level(plan: Plan | None, series: Series) -> float | None:
    """Return the level process limits are compared with; totals have none."""
    if plan is None or not series.points or plan.target.kind == "accumulate":
        return None
    bounds = plan.final() if plan.target.kind == "reach" else plan.on(series.points[-1].period)
    if bounds is None or plan.target.comparator not in ("gte", "lte"):
        return None
    return float(bounds.nearest(Decimal(0)))


def _signal(variation: Variation, series: Series, usual: spc.Limits, bearing: Bearing) -> Signal:
    """Say whether the process gets better; with a range, a move away from it is worse."""
    if variation in ("improving", "deteriorating", "steady"):
        return variation
    last = series.last
    if variation == "unknown" or last is None or last.value is None:
        return "unknown"
    better = bearing.compare(last.value, usual.centre, last.period)
    return BETTER.get(better, "unknown")


def _movement(
    assessed: Assessment, final: Series
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return the newest value or total, the one before it, and by how much they differ."""
    if assessed.totals:
        newest = list(assessed.totals.values())[-2:]
    else:
        newest = [point.value for point in final.points if point.value is not None][-2:]
    if len(newest) < 2:
        return newest[0] if newest else None, None, None
    before, value = newest
    return value, before, MATH.subtract(value, before)


def _expected_on(plan: Plan | None, day: date) -> Decimal | None:
    """Return what the plan expects on a day; of a range its upper end."""
    bounds = plan.on(day) if plan else None
    if bounds is None:
        return None
    return bounds.low if bounds.high is None else bounds.high


def _question(assessed: Assessment) -> str:
    """Ask about targets met by far or early, which teach nothing any more."""
    standing, plan = assessed.standing, assessed.plan
    if standing is None or plan is None or not standing.met:
        return ""
    final = plan.final()
    reaches = plan.target.kind == "reach" and plan.target.comparator in ("gte", "lte")
    dated = (reaches or plan.collects) and not plan.is_due(standing.number)
    early = dated and final is not None and final.gap(standing.actual) >= 0
    if early or (standing.band > 0 and standing.gap > FAR * standing.band):
        return "Was the target too low, or did something else change?"
    return ""


def _points(
    series: Series, definition: Definition, assessed: Assessment, found: Classification
) -> tuple[JudgedPoint, ...]:
    judged = []
    aims = _aims(series, assessed.plan)
    for k, point in enumerate(series.points):
        final = k < len(found.point_types) and not point.provisional
        kind = found.point_types[k] if final else None
        signals = found.signals[k] if final else ()
        judged.append(_point(point, definition, assessed, aims[k], kind=kind, signals=signals))
    return tuple(judged)


Aim = tuple[int, Bounds | None, Bounds | None]  # of a period: number, expected in it and before


def _aims(series: Series, plan: Plan | None) -> list[Aim]:
    """Lay the plan on the grid of the series, each period looked up once."""
    if plan is None or not series.points:
        return [(0, None, None)] * len(series)
    first = periods.index(series.points[0].period, plan.grain, plan.calendar)
    bounds = plan.over(first - 1, len(series) + 1)
    return [(first + k, bounds[k + 1], bounds[k]) for k in range(len(series))]


def _point(
    point: Point,
    definition: Definition,
    assessed: Assessment,
    aim: Aim,
    *,
    kind: PointType | None,
    signals: tuple[str, ...],
) -> JudgedPoint:
    plan = assessed.plan
    number, bounds, before = aim
    total = assessed.totals.get(number)
    said: Status | None = "provisional" if point.provisional else None
    if plan and bounds and point.value is not None and not point.provisional:
        actual = total if plan.target.kind == "accumulate" else point.value
        if actual is not None:
            said = status.plain_status(plan, definition, actual, number, bounds)
    expected = upper = whole = None
    if plan and bounds:
        expected = bounds.high if bounds.low is None else bounds.low
        upper = bounds.high if plan.target.comparator == "between" else None
        if plan.target.kind == "accumulate" and expected is not None:
            whole, expected = expected, _part(plan, number, expected, before)
    return JudgedPoint(
        point.period,
        point.value,
        expected,
        upper,
        said,
        kind,
        signals,
        point.provisional,
        point.coverage,
        total,
        whole,
    )


def _part(plan: Plan, number: int, whole: Decimal, before: Bounds | None) -> Decimal | None:
    """Return what one period is to add to the total; nothing is expected after the due date."""
    if plan.due is not None and number > plan.due:
        return None
    if before is None:
        return whole
    level = before.high if before.low is None else before.low
    return whole if level is None else MATH.subtract(whole, level)


def _limits(series: Series, found: Classification) -> tuple[JudgedLimits, ...]:
    return tuple(
        JudgedLimits(
            from_=series.points[segment.start].period,
            to=series.points[segment.stop - 1].period,
            centre=segment.limits.centre,
            lower=segment.limits.lower,
            upper=segment.limits.upper,
            near_lower=segment.limits.near_lower,
            near_upper=segment.limits.near_upper,
            n=segment.limits.n,
        )
        for segment in found.segments
    )


def _trend(series: Series, bearing: Bearing, line: trend.Trend) -> JudgedTrend | None:
    if line.n < 2:
        return None
    meaningful = bearing.definition.meaningful_change
    word = line.word(None if meaningful is None else float(meaningful))
    begin = len(series) - len(line.line)
    drawn = tuple(
        LinePoint(series.points[begin + k].period, line.line[k])
        for k in range(line.start, line.stop)
    )
    better = spc.SIGN[bearing.definition.direction] * WAYS.get(word, 0)
    if bearing.definition.direction == "range" and word in WAYS:
        day, end = drawn[-1]
        better = bearing.compare(Decimal(repr(end)), end - line.change(), day)
    return JudgedTrend(
        slope=line.slope,
        slope_low=line.slope_low,
        slope_high=line.slope_high,
        confidence=line.confidence,
        direction=word,
        good=None if better == 0 else better > 0,
        p=line.p,
        n=line.n,
        method=line.method,
        reason=line.reason,
        line=drawn,
    )
