"""Looking ahead for a verdict: forecast, chance of the target, pace of an unfinished period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import isfinite, sqrt

import numpy as np

from analysis import periods
from analysis.arrays import Floats
from analysis.bearing import Bearing
from analysis.expected import Plan
from analysis.spc import Limits
from analysis.values import Definition, Grain, Series
from analysis.verdict import Outlook, OutlookPoint, Projection
from analysis.watch import Watched

HORIZON: dict[Grain, int] = {
    "day": 28,
    "week": 12,
    "month": 6,
    "quarter": 4,
    "fiscal_quarter": 4,
    "year": 2,
    "fiscal_year": 2,
}
FURTHEST = 4  # horizons a due date may lie ahead and still be drawn to
TOLD_WITHIN = (
    1500  # periods; nothing is known of what lies further ahead, and it costs their square
)
SURE = 0.003  # nothing is ever shown as certain
MOVING_RANGE = 1.128  # mean moving range of two, in standard deviations
EIGHTY = 1.2816  # standard deviations either side that hold 80 %
QUIET = 8  # points after which an adverse signal no longer counts


def look_ahead(
    series: Series,
    values: Floats,
    definition: Definition,
    plan: Plan | None,
    *,
    season: int,
) -> Outlook:
    """Forecast the coming periods and the chance of the target.

    ``series`` holds the finished periods, ``values`` the newest of them, as far as the current
    definition goes. Declines in words where there is nothing to learn from.
    """
    from analysis import forecast

    if not np.isfinite(values).any():
        changed = values.size < len(series) and np.isfinite(series.floats()).any()
        return Outlook("none", "no value since the definition changed" if changed else "no values")
    last = series.points[-1].period
    due = _until_due(last, plan)
    usual = HORIZON[series.grain]
    horizon = due if usual < due <= FURTHEST * usual else usual
    low = None if definition.minimum is None else float(definition.minimum)
    high = None if definition.maximum is None else float(definition.maximum)
    found = forecast.predict(values, horizon, season=season, floor=low, ceiling=high)
    points = tuple(
        OutlookPoint(
            periods.step(last, h + 1, series.grain, series.calendar),
            float(found.mean[h]),
            _known(found.lower[0, h]),
            _known(found.upper[0, h]),
            _known(found.lower[1, h]),
            _known(found.upper[1, h]),
        )
        for h in range(horizon)
        if isfinite(found.mean[h])
    )
    chance = _probability(series, values, plan, due, season=season) if plan else None
    return Outlook(
        method=found.method,
        reason=found.reason,
        points=points,
        probability_of_target=chance,
        probability_on=None if chance is None else _spoken_of(series, plan, due),
        expected_on=_expected_on(series, points, plan),
    )


def _until_due(last: date, plan: Plan | None) -> int:
    """Count the periods from the newest finished one to that of the due date, 0 without one."""
    if plan is None or plan.due is None:
        return 0
    return plan.due - periods.index(last, plan.grain, plan.calendar)


def _spoken_of(series: Series, plan: Plan | None, due: int) -> date:
    """Return the period in which the target is to be met: at its date or, without one, next."""
    ahead = due if plan and plan.due is not None else 1
    return periods.step(series.points[-1].period, ahead, series.grain, series.calendar)


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _probability(
    series: Series, values: Floats, plan: Plan, due: int, *, season: int
) -> float | None:
    """Return the chance that the target is met at its date, or next period where it has none."""
    from analysis import forecast

    goal = plan.final() or plan.at(_number(series, plan) + 1)
    if plan.target.comparator == "eq" or goal is None:
        return None
    if plan.target.kind == "accumulate":
        return _of_total(series, values, plan, due, season=season)
    horizon = due if plan.target.due_on else 1
    if not 1 <= horizon <= TOLD_WITHIN:
        return None

    def at_least(level: Decimal | None) -> float:
        if level is None:
            return 1.0
        return forecast.probability(values, horizon, float(level), season=season)

    above = 0.0 if goal.high is None else at_least(goal.high)
    return _bounded(at_least(goal.low) - above)


def _of_total(series: Series, values: Floats, plan: Plan, due: int, *, season: int) -> float | None:
    """Return the chance that what is still missing comes in within the periods that are left."""
    from analysis import forecast
    from analysis.status import running_totals

    goal = plan.final()
    if not 1 <= due <= TOLD_WITHIN or goal is None:
        return None
    totals = running_totals(plan, series)
    begun = plan.first is not None and _number(series, plan) + 1 >= plan.first
    if not begun:
        return None
    so_far = list(totals.values())[-1] if totals else Decimal(0)

    def at_least(level: Decimal | None) -> float:
        if level is None:
            return 1.0
        return forecast.probability_of_total(values, due, float(level - so_far), season=season)

    above = 0.0 if goal.high is None else at_least(goal.high)
    return _bounded(at_least(goal.low) - above)


def _number(series: Series, plan: Plan) -> int:
    return periods.index(series.points[-1].period, plan.grain, plan.calendar)


def _bounded(probability: float) -> float | None:
    return min(max(probability, SURE), 1 - SURE) if isfinite(probability) else None


def _expected_on(
    series: Series, points: tuple[OutlookPoint, ...], plan: Plan | None
) -> date | None:
    """Return the first coming period whose forecast meets the target."""
    if plan is None or plan.target.kind == "accumulate":
        return None
    goal = plan.final() or (plan.at(_number(series, plan)) if series.points else None)
    if goal is None:
        return None
    return next((p.period for p in points if goal.gap(Decimal(repr(p.mean))) >= 0), None)


def adverse_since(series: Series, watched: Watched, bearing: Bearing) -> date | None:
    """Return the period of a confirmed adverse signal since the last milestone that still holds.

    Confirmed: raised by the calibrated set within the last 8 points, and the newest value is
    still worse than the process was.
    """
    values, told, plan = watched.values, watched.sides, bearing.plan
    if plan is None or not told.any() or not np.isfinite(values[-1]):
        return None
    before = len(series) - values.size

    def is_worse(k: int) -> bool:
        point = series.points[before + k]
        value = point.value
        return value is not None and bearing.compare(value, watched.usual, point.period) < 0

    since = max(values.size - QUIET, _last_milestone(series, plan) - before + 1, 0)
    where = (since + np.flatnonzero(told[since:])).tolist()
    bad = [k for k in where if is_worse(k)] if is_worse(values.size - 1) else []
    return series.points[before + bad[0]].period if bad else None


def _last_milestone(series: Series, plan: Plan) -> int:
    """Return the index in ``series`` of the newest milestone passed, or of the target's start."""
    first = periods.index(series.points[0].period, plan.grain, plan.calendar)
    newest = _number(series, plan)
    begun = [] if plan.first is None else [plan.first - 1]
    passed = [number for number in (*plan.milestones, *begun) if number <= newest]
    return max(passed, default=first - 1) - first


def project(series: Series, definition: Definition, usual: Limits) -> Projection | None:
    """Extend an unfinished period at its pace, with an 80 % range from the usual variation.

    A sum grows with the share of its entries that came; other roll-ups stay where they are. With
    variance v a whole period and the share f seen, what is projected varies by v * (1 - f) / f.
    """
    point = series.provisional
    if point is None or point.value is None:
        return None
    seen = point.coverage
    additive = definition.rollup == "sum"
    projected = point.value / Decimal(repr(seen)) if additive and 0 < seen < 1 else point.value
    low = high = None
    if 0 < seen < 1 and usual.n >= 6 and isfinite(usual.mr_bar):
        reach = EIGHTY * usual.mr_bar / MOVING_RANGE * sqrt((1 - seen) / seen)
        room = Decimal(repr(reach))
        low, high = projected - room, projected + room
        if additive and point.value >= 0:
            low = max(low, point.value)
    return Projection(point.period, point.value, projected, low, high, seen)
