"""From stored rows to what the charts draw: small lines, bars, and the data of large charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from analysis import periods
from analysis.expected import Plan
from analysis.statuses import look_of
from analysis.values import Calendar, Grain
from indicators.aims import Way
from indicators.models import Annotation, Indicator, Target
from web import charts
from web.charts.series import Variation
from web.charts.svg import Markup
from web.formats import NumberFormat
from web.links import Link
from web.wording import Lens, as_date

MOST_NOTES = 9
FRAME = 12  # periods of the empty frame that shows a target before any value
Points = Sequence[Mapping[str, Any]]
DRIFT: Mapping[str, Variation] = {
    "improvement": "improvement",
    "concern": "concern",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A large chart in its two widths, with what stands around it."""

    wide: Markup
    narrow: Markup
    legend: tuple[str, ...]
    notes: tuple[str, ...] = ()
    figure_url: str = ""
    files: tuple[Link, ...] = ()
    name: str = ""
    below: Markup | None = None
    below_title: str = ""


def spark(indicator: Indicator, target: Target | None) -> Markup:
    """The small line of a tile with the level of its target."""
    verdict = indicator.verdict
    return charts.sparkline(
        verdict.spark_values,
        label=f"{indicator.name}: the last {len(verdict.spark_values)} {indicator.period}s",
        target=_level(target, verdict.expected),
        direction=indicator.direction,
        tone=look_of(verdict.status).tone,
        provisional=verdict.spark_provisional,
    )


def way_bar(way: Way, status: str) -> Markup:
    """The bar of a way to a target."""
    return charts.bullet(way.position, way.planned, tone=look_of(status).tone, label=way.label)


def chart_data(
    indicator: Indicator,
    result: Mapping[str, Any],
    lens: Lens,
    *,
    target: Target | None = None,
    notes: Iterable[Annotation] = (),
    breaks: Iterable[tuple[date, str]] = (),
    span: int | None = None,
    shows: frozenset[str] = frozenset({"target", "forecast"}),
) -> charts.ChartData:
    """What a large chart of an analysis shows; `span` keeps the newest so many periods.

    `shows` names the layers: target, forecast, limits, trend.
    """
    points = result.get("points", [])[-(span or 10**6) :]
    first = as_date(points[0]["period"]) if points else None
    ahead = _forecast(result, len(points)) if "forecast" in shows else ()
    path = PATH
    if target and "target" in shows:
        until = ahead[-1].on if ahead else None
        path = target_path(indicator, target, points, lens, until=until)
    return charts.ChartData(
        name=indicator.name,
        points=tuple(map(_point, points)),
        period=indicator.period,
        direction=cast(Literal["up", "down", "range"], indicator.direction),
        number=NumberFormat.of(indicator, locale=lens.locale),
        target=path.low or path.high,
        target_upper=path.high if path.low and path.high else (),
        target_shape=path.shape,
        target_label="Plan" if target and target.kind == Target.Kind.ACCUMULATE else "Target",
        limits=_limits(result, first) if "limits" in shows else (),
        trend=_trend(result, first) if "trend" in shows else None,
        forecast=ahead,
        notes=_notes(notes, first, lens),
        breaks=tuple(charts.Break(on, text) for on, text in breaks if first and on > first),
        until=path.until,
        locale=lens.locale,
    )


def legend(found: charts.ChartData) -> tuple[str, ...]:
    """The keys of what a chart shows, in the order of weight."""
    shown = {
        "measured": bool(found.measured),
        "target": bool(found.target),
        "forecast": bool(found.forecast),
        "limits": bool(found.limits),
        "trend": found.trend is not None,
        "signals": bool(found.limits) and any(p.variation for p in found.points),
        "provisional": any(p.provisional and p.value is not None for p in found.points),
    }
    return tuple(key for key, is_shown in shown.items() if is_shown)


@dataclass(frozen=True, slots=True)
class TargetPath:
    """The lower and the upper bound over the plot; equal bounds are one line."""

    low: tuple[charts.Step, ...] = ()
    high: tuple[charts.Step, ...] = ()
    shape: Literal["step", "linear"] = "linear"
    until: date | None = None


PATH = TargetPath()


def target_path(
    indicator: Indicator, target: Target, points: Points, lens: Lens, *, until: date | None = None
) -> TargetPath:
    """What the target expects in each period in view, and a little further where it is due.

    `until` is the last day of the forecast, which is in view too.
    """
    grain = cast(Grain, indicator.period)
    calendar = Calendar(
        indicator.timezone or lens.calendar.timezone,
        lens.calendar.week_start,
        lens.calendar.fiscal_year_start,
    )
    plan = Plan.of(target.as_value(), grain, calendar)
    first = as_date(points[0]["period"]) if points else target.starts_on or lens.today
    assert first is not None
    last = as_date(points[-1]["period"]) if points else periods.step(first, FRAME, grain, calendar)
    assert last is not None
    end = max(_end_of_view(first, last, target.due_on), until or last)
    is_ahead = target.due_on is not None and target.due_on > last
    low, high = [], []
    stop = min(end, target.due_on or end) if target.kind == Target.Kind.ACCUMULATE else end
    for day in periods.grid(first, stop, grain, calendar):
        bounds = _bounds(plan, day, grain, calendar, is_total=target.kind == Target.Kind.ACCUMULATE)
        if bounds[0] is not None:
            low.append(charts.Step(day, float(bounds[0])))
        if bounds[1] is not None:
            high.append(charts.Step(day, float(bounds[1])))
    is_stepped = target.path == Target.Path.STEP or target.kind == Target.Kind.STANDING
    shape: Literal["step", "linear"] = "step" if is_stepped else "linear"
    view = end if is_ahead or not points else None
    return TargetPath(tuple(low), () if low == high else tuple(high), shape, view)


def _bounds(
    plan: Plan, day: date, grain: Grain, calendar: Calendar, *, is_total: bool
) -> tuple[Decimal | None, Decimal | None]:
    """Lower and upper bound of a period; of a running total the part of this period."""
    here = plan.on(day)
    if here is None:
        return None, None
    if not is_total:
        return here.low, here.high
    before = plan.on(periods.step(day, -1, grain, calendar))
    return (
        None if here.low is None else here.low - (before.low or 0 if before else 0),
        None if here.high is None else here.high - (before.high or 0 if before else 0),
    )


def _end_of_view(first: date, last: date, due: date | None) -> date:
    """The due day where it is not further away than a third of what is in view."""
    if due is None or due <= last:
        return last
    return min(due, last + (last - first) // 3) if last > first else due


def _level(target: Target | None, expected: Decimal | None) -> float | None:
    """Where the small line draws the target: its value, or what is expected now."""
    if target is None:
        return None
    level = target.value if target.kind in (Target.Kind.STANDING, Target.Kind.REACH) else None
    if target.kind == Target.Kind.GROW:
        level = expected
    return None if level is None else float(level)


def _point(found: Mapping[str, Any]) -> charts.Point:
    on = as_date(found["period"])
    assert on is not None
    return charts.Point(
        on,
        found.get("value"),
        provisional=bool(found.get("provisional")),
        variation=DRIFT.get(found.get("point_type") or "", ""),
    )


def _limits(result: Mapping[str, Any], first: date | None) -> tuple[charts.Limits, ...]:
    found = []
    for row in result.get("limits") or []:
        since, until = as_date(row["from"]), as_date(row["to"])
        if since is None or first is None or (until and until < first) or row["lower"] is None:
            continue
        found.append(
            charts.Limits(
                max(since, first), until, row["centre"], row["lower"], row["upper"],
                row.get("near_lower"), row.get("near_upper"),
            )
        )  # fmt: skip
    if found:
        last = found[-1]
        found[-1] = charts.Limits(
            last.since, None, last.centre, last.lower, last.upper, last.near_lower, last.near_upper
        )
    return tuple(found)


def _trend(result: Mapping[str, Any], first: date | None) -> charts.TrendLine | None:
    rows = (result.get("trend") or {}).get("line") or []
    days = ((as_date(row["period"]), row["value"]) for row in rows)
    seen = [charts.Step(on, y) for on, y in days if on and first and on >= first and y is not None]
    return charts.TrendLine(seen[0], seen[-1]) if len(seen) > 1 else None


def _forecast(result: Mapping[str, Any], shown: int) -> tuple[charts.ForecastStep, ...]:
    """At most a third as far ahead as is shown behind; steps without an interval are left out."""
    rows = (result.get("forecast") or {}).get("points") or []
    steps = []
    for row in rows[: max(3, shown // 3)]:
        on = as_date(row["period"])
        bounds = [row.get(name) for name in ("low80", "high80", "low95", "high95")]
        if on is None or row.get("mean") is None or None in bounds:
            break
        low, high, lowest, highest = map(float, bounds)
        steps.append(charts.ForecastStep(on, row["mean"], (low, high), (lowest, highest)))
    return tuple(steps)


def _notes(found: Iterable[Annotation], first: date | None, lens: Lens) -> tuple[charts.Note, ...]:
    inside = [note for note in found if first and note.on >= first]
    return tuple(
        charts.Note(note.on, f"{note.text}, {lens.day(note.on)}") for note in inside[-MOST_NOTES:]
    )
