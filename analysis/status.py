"""Why it is amber: the rules that turn a value, a target and a date into a status.

The rules are tried in order and the first that holds gives the status; every one that was tried
is kept as a step of the explanation. Values meet targets in Decimal, so 0.1 reaches 0.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from analysis import periods
from analysis.expected import WIDE, Bounds, Plan
from analysis.rollup import GRACE
from analysis.statuses import LOOKS
from analysis.values import Definition, Guard, Point, Previous, Series, Status, Target
from analysis.verdict import Step

STALE_AFTER = 1.5  # grains since the end of the newest value
NO_DATA_AFTER = 3.0
ENOUGH = 12  # final points a probability needs before it may move a status
UNLIKELY, LIKELY = 0.30, 0.70
CLEARLY = 0.05  # by which a probability must pass a threshold to change a colour at once
WITH_PROBABILITY = frozenset({"reach", "accumulate"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How one period stands against its plan; ``actual`` is the total for accumulating targets."""

    point: Point
    number: int
    actual: Decimal
    bounds: Bounds
    gap: Decimal
    band: Decimal

    @property
    def expected(self) -> Decimal:
        return self.bounds.nearest(self.actual)

    @property
    def met(self) -> bool:
        return self.gap >= 0

    @property
    def in_band(self) -> bool:
        return self.gap.copy_negate() <= self.band


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a status may depend on. ``probability`` and ``adverse`` are None when unknown.

    ``adverse`` is the first day of the period of a confirmed adverse signal that still holds.
    """

    series: Series
    definition: Definition
    target: Target | None
    now: datetime
    guard: Guard | None = None
    previous: Previous | None = None
    n: int = 0
    probability: float | None = None
    adverse: date | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A status, what it would be without steadying and guard, and the steps that led there."""

    status: Status
    candidate: Status
    steps: tuple[Step, ...]
    standing: Standing | None = None
    plan: Plan | None = None
    totals: dict[int, Decimal] = field(default_factory=dict)


def assess(facts: Facts) -> Assessment:
    """Judge the newest finished period, or say why it cannot be judged.

    >>> from datetime import UTC
    >>> from analysis.values import Calendar
    >>> point = Point(date(2026, 10, 1), Decimal(750))
    >>> series = Series("month", Calendar(), (point,), datetime(2026, 10, 1, tzinfo=UTC))
    >>> now = datetime(2026, 11, 5, tzinfo=UTC)
    >>> assess(Facts(series, Definition(), Target(value=Decimal(800)), now)).status
    'at_risk'
    """
    steps: list[Step] = []
    state = _freshness(facts, steps)
    plan = None
    if facts.target is not None:
        plan = Plan.of(facts.target, facts.series.grain, facts.series.calendar)
    totals = running_totals(plan, facts.series.final) if plan else {}
    standing = _judged(plan, facts, totals) if plan else None
    if state:
        # The last state stays readable as a note beside the grey.
        last = _alone(standing, plan, facts) if plan and standing else state
        return Assessment(state, last, tuple(steps), standing, plan, totals)
    if plan is None or not _begun(plan, facts, steps):
        if plan is None:
            steps.append(Step("target", {}, "no target"))
        return Assessment("no_target", "no_target", tuple(steps), plan=plan)
    if standing is None or _too_old(standing, plan, facts):
        finished = standing.point.period if standing else None
        outcome: Status = "stale" if standing and not facts.series.provisional else "provisional"
        steps.append(Step("final", {"newest_finished": finished}, outcome))
        return Assessment(outcome, outcome, tuple(steps), plan=plan, totals=totals)
    steps.append(_compared(standing, plan.target))
    candidate = _rule(standing, plan, facts, facts.probability, steps)
    steadied = _steadied(candidate, standing, plan, facts, steps)
    status = _guarded(steadied, facts.guard, steps)
    return Assessment(status, candidate, tuple(steps), standing, plan, totals)


def stand(plan: Plan, definition: Definition, point: Point, actual: Decimal) -> Standing | None:
    """Compare one period with the plan; None where the plan expects nothing of it."""
    number = periods.index(point.period, plan.grain, plan.calendar)
    bounds = plan.at(number)
    if bounds is None:
        return None
    band = _band(plan.target, definition, bounds.nearest(actual))
    return Standing(point, number, actual, bounds, bounds.gap(actual), band)


def plain_status(
    plan: Plan, definition: Definition, actual: Decimal, number: int, bounds: Bounds
) -> Status:
    """Return what the value alone says of a period, as the chart shows it for the past."""
    if (plan.due is not None and number >= plan.due) or plan.collects:
        final = plan.final()
        if final and final.gap(actual) >= 0:
            return "achieved"
    gap = bounds.gap(actual)
    if gap >= 0:
        return "on_track"
    in_band = gap.copy_negate() <= _band(plan.target, definition, bounds.nearest(actual))
    return "at_risk" if in_band else "off_track"


def running_totals(plan: Plan, series: Series) -> dict[int, Decimal]:
    """Return the total so far by period number for an accumulating target, {} for the others."""
    if plan.target.kind != "accumulate" or plan.first is None:
        return {}
    totals: dict[int, Decimal] = {}
    total = Decimal(0)
    for point in series:
        number = periods.index(point.period, plan.grain, plan.calendar)
        if number < plan.first or (plan.due is not None and number > plan.due):
            continue
        if point.value is not None:
            total = WIDE.add(total, point.value)
        totals[number] = total
    return totals


def _alone(standing: Standing, plan: Plan, facts: Facts) -> Status:
    return plain_status(plan, facts.definition, standing.actual, standing.number, standing.bounds)


def _freshness(facts: Facts, steps: list[Step]) -> Status | None:
    series = facts.series
    latest, last = series.latest_at, series.last
    if latest is None or last is None:
        steps.append(Step("data", {"dropped": series.dropped}, "no value"))
        return "no_data"
    grain = series.entry_grain or series.grain
    start = periods.start_of(latest, grain, series.calendar)
    end = periods.bounds(start, grain, series.calendar)[1]
    age = max(0.0, periods.age(end, facts.now, series.grain, series.calendar))
    state: Status | None = None
    if age > STALE_AFTER:
        state = "no_data" if age > NO_DATA_AFTER else "stale"
    inputs = {
        "latest_at": latest,
        "age": round(age, 4),
        "grain": series.grain,
        "stale_after": STALE_AFTER,
        "no_data_after": NO_DATA_AFTER,
    }
    steps.append(Step("data", inputs, state or "fresh"))
    return state


def turning_points(series: Series) -> tuple[datetime, ...]:
    """Return the instants after which the newest value and the newest period count as too old.

    A second is added, because a value may be exactly so old; what else time changes (periods end,
    targets begin and fall due) happens at midnight.
    """
    latest = series.latest_at
    if latest is None or not series.points:
        return ()
    grain, calendar = series.grain, series.calendar
    arrived = periods.start_of(latest, series.entry_grain or grain, calendar)
    ends = {
        periods.bounds(arrived, series.entry_grain or grain, calendar)[1],
        *(periods.bounds(p.period, grain, calendar)[1] for p in series.points[-3:]),
    }
    ages = (GRACE, STALE_AFTER, NO_DATA_AFTER)
    return tuple(
        periods.after(end, age, grain, calendar) + timedelta(seconds=1)
        for end in ends
        for age in ages
    )


def _begun(plan: Plan, facts: Facts, steps: list[Step]) -> bool:
    today = periods.index(periods.local_day(facts.now, plan.calendar), plan.grain, plan.calendar)
    begun = plan.at(today) is not None
    if not begun:
        target = plan.target
        starts = target.starts_on or target.baseline_on
        outcome = "not begun" if plan.first is not None else "no value"
        inputs = {"starts_on": starts, "target_version": target.version}
        steps.append(Step("target", inputs, outcome))
    return begun


def _judged(plan: Plan, facts: Facts, totals: dict[int, Decimal]) -> Standing | None:
    """Return the newest finished period with a value that the plan says something of."""
    accumulates = plan.target.kind == "accumulate"
    for point in reversed(facts.series.final.points):
        if point.value is None:
            continue
        number = periods.index(point.period, plan.grain, plan.calendar)
        actual = totals.get(number) if accumulates else point.value
        if actual is not None:
            return stand(plan, facts.definition, point, actual)
    return None


def _too_old(standing: Standing, plan: Plan, facts: Facts) -> bool:
    """Say whether only newer periods, unfinished or without value, could be judged now."""
    if plan.target.kind == "accumulate" and plan.is_due(standing.number):
        return False
    end = periods.bounds(standing.point.period, plan.grain, plan.calendar)[1]
    return periods.age(end, facts.now, plan.grain, plan.calendar) > STALE_AFTER


def _band(target: Target, definition: Definition, expected: Decimal) -> Decimal:
    """Return how far short of expected still counts as at risk."""
    if target.tolerance_kind == "absolute":
        return target.tolerance
    base = expected.copy_abs()
    if target.kind == "reach" and target.baseline is not None and target.value is not None:
        goals = [target.value] if target.upper is None else [target.value, target.upper]
        way = min(WIDE.subtract(goal, target.baseline).copy_abs() for goal in goals)
        # A goal that is the baseline leaves one displayed step as the only unit there is.
        base = way or Decimal(1).scaleb(-definition.decimals)
    return WIDE.multiply(target.tolerance, base)


def _compared(standing: Standing, target: Target) -> Step:
    inputs = {
        "period": standing.point.period,
        "kind": target.kind,
        "comparator": target.comparator,
        "actual": standing.actual,
        "expected": standing.expected,
        "gap": standing.gap,
        "band": standing.band,
        "tolerance": target.tolerance,
        "tolerance_kind": target.tolerance_kind,
        "target_version": target.version,
    }
    within = "short, inside the band" if standing.in_band else "short, beyond the band"
    return Step("value", inputs, "met" if standing.met else within)


def _rule(
    standing: Standing, plan: Plan, facts: Facts, probability: float | None, steps: list[Step]
) -> Status:
    """Return the first status whose rule holds, without steadying and guard."""
    status = _alone(standing, plan, facts)
    if status == "achieved":
        steps.append(Step("date", {"due_on": plan.target.due_on}, "achieved"))
        return status
    applies = (
        plan.target.kind in WITH_PROBABILITY
        and facts.n >= ENOUGH
        and not plan.is_due(standing.number)
    )
    if probability is not None and applies:
        ruled = _by_probability(status, probability)
        inputs = {"probability": probability, "n": facts.n, "unlikely": UNLIKELY, "likely": LIKELY}
        steps.append(Step("probability", inputs, ruled))
        status = ruled
    if status == "on_track" and facts.adverse is not None:
        steps.append(Step("signal", {"adverse_since": facts.adverse}, "at_risk"))
        return "at_risk"
    return status


def _by_probability(status: Status, probability: float) -> Status:
    if probability < UNLIKELY:
        return "off_track"
    return "at_risk" if status == "on_track" and probability < LIKELY else status


def _steadied(
    candidate: Status, standing: Standing, plan: Plan, facts: Facts, steps: list[Step]
) -> Status:
    """Keep the last colour while a probability hovers at a threshold."""
    before, probability = facts.previous, facts.probability
    if before is None or probability is None:
        return candidate
    kept: Status = "on_track" if before.status == "met_at_cost" else before.status
    if kept == candidate:
        return candidate
    neighbours = {
        _rule(standing, plan, facts, probability + shift, []) for shift in (-CLEARLY, CLEARLY)
    }
    if kept not in neighbours:
        return candidate
    through = periods.local_day(facts.series.latest_at or facts.now, plan.calendar)
    twice = before.candidate == candidate and before.through != through
    inputs = {"rules": candidate, "previous": before.status, "previous_rules": before.candidate}
    outcome = "changed: said twice" if twice else "kept: too close to call"
    steps.append(Step("steady", inputs, outcome))
    return candidate if twice else kept


def _guarded(status: Status, guard: Guard | None, steps: list[Step]) -> Status:
    if guard is None:
        return status
    harmed = guard.signal == "deteriorating" or guard.status in ("off_track", "at_risk")
    inputs = {"guard": guard.name, "status": guard.status, "signal": guard.signal}
    met_at_cost = harmed and LOOKS[status].tone == "good"
    steps.append(Step("guard", inputs, "harmed" if harmed else "no harm"))
    return "met_at_cost" if met_at_cost else status
