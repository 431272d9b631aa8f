"""What goes into a judgement: calendar, entries, series, definition, target and guard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from analysis.arrays import Floats

Grain = Literal["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"]
Direction = Literal["up", "down", "range"]
Rule = Literal["sum", "mean", "last", "min", "max", "ratio", "none"]
TargetKind = Literal["standing", "reach", "accumulate", "grow"]
Comparator = Literal["gte", "lte", "between", "eq"]
ToleranceKind = Literal["relative", "absolute"]
Path = Literal["linear", "step", "geometric"]
Status = Literal[
    "on_track",
    "at_risk",
    "off_track",
    "achieved",
    "met_at_cost",
    "no_target",
    "no_data",
    "stale",
    "provisional",
]
Signal = Literal["improving", "deteriorating", "steady", "unknown"]
PointType = Literal["common_cause", "improvement", "concern", "neutral_high", "neutral_low"]
Variation = Literal[
    "improving", "deteriorating", "steady", "neutral_high", "neutral_low", "unknown"
]
Assurance = Literal["consistently_hits", "consistently_misses", "hit_or_miss", "none"]
RuleSet = Literal["nhs", "wheeler"]
Way = Literal["rising", "falling", "flat", "unknown"]

TEN_PERCENT = Decimal("0.10")


@lru_cache(maxsize=128)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where and how days are counted: zone, first ISO weekday of a week, first month of a year.

    >>> Calendar("Europe/Stockholm").zone.key
    'Europe/Stockholm'
    """

    timezone: str = "UTC"
    week_start: int = 1
    fiscal_year_start: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.week_start <= 7:
            raise ValueError("week_start is an ISO weekday, 1 (Monday) to 7 (Sunday)")
        if not 1 <= self.fiscal_year_start <= 12:
            raise ValueError("fiscal_year_start is a month, 1 to 12")

    @property
    def zone(self) -> ZoneInfo:
        return _zone(self.timezone)


@dataclass(frozen=True, slots=True)
class Entry:
    """One measurement as it was sent: a value, or the two parts of a ratio."""

    at: datetime
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series, named by its first day; ``value`` None means missing, never zero."""

    period: date
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    n: int = 0
    coverage: float = 1.0
    provisional: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points on a gap-free grid of periods, oldest first.

    ``latest_at`` is the time of the newest entry with a value, ``entry_grain`` what the entries
    arrive in, ``dropped`` how many were not finite.
    """

    grain: Grain
    calendar: Calendar
    points: tuple[Point, ...] = ()
    latest_at: datetime | None = None
    entry_grain: Grain | None = None
    dropped: int = 0

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points)

    @property
    def periods(self) -> tuple[date, ...]:
        return tuple(point.period for point in self.points)

    @property
    def final(self) -> Series:
        """The series that may be judged: unfinished periods at the end cut off, others emptied."""
        points = self.points
        if True not in [point.provisional for point in points]:
            return self
        while points and points[-1].provisional:
            points = points[:-1]
        kept = tuple(replace(p, value=None) if p.provisional else p for p in points)
        return replace(self, points=kept)

    @property
    def provisional(self) -> Point | None:
        """The newest unfinished period that has a value."""
        last = self.points[-1] if self.points else None
        return last if last and last.provisional and last.value is not None else None

    @property
    def last(self) -> Point | None:
        """The newest point that has a value, provisional or not."""
        return next((p for p in reversed(self.points) if p.value is not None), None)

    def floats(self) -> Floats:
        """Return the values as float64[n], NaN where a period is missing."""
        import numpy as np

        return np.array(
            [float("nan") if p.value is None else float(p.value) for p in self.points],
            dtype=np.float64,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """How an indicator is read: the version of its definition that judgement needs.

    ``effective_on`` is the first day of this version (limits restart there), ``rebase`` further
    days on which a person restarted them. ``low`` and ``high`` bound the good range of a ``range``
    that no target bounds.
    """

    direction: Direction = "up"
    period: Grain = "month"
    unit: str = "number"
    rollup: Rule = "last"
    decimals: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    factor: Decimal = Decimal(1)
    version: int = 1
    effective_on: date | None = None
    rebase: tuple[date, ...] = ()
    meaningful_change: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    unit_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is aimed at. ``growth`` and a relative ``tolerance`` are shares: 0.10 is ten percent.

    ``value`` is the level (standing, reach), the total (accumulate) or unused (grow); ``upper`` the
    other bound of ``between``. ``milestones`` are (day, level), for accumulate (day, total so far).
    ``strict`` keeps how the target was worded ("< 60 %"); equality still counts as met.
    """

    kind: TargetKind = "standing"
    comparator: Comparator = "gte"
    value: Decimal | None = None
    upper: Decimal | None = None
    baseline: Decimal | None = None
    baseline_on: date | None = None
    starts_on: date | None = None
    due_on: date | None = None
    growth: Decimal | None = None
    tolerance: Decimal = TEN_PERCENT
    tolerance_kind: ToleranceKind = "relative"
    milestones: tuple[tuple[date, Decimal], ...] = ()
    path: Path = "linear"
    strict: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Guard:
    """What the indicator paired with a target says: its own status and signal."""

    status: Status | None = None
    signal: Signal = "unknown"
    name: str = "the guard"


@dataclass(frozen=True, slots=True)
class Previous:
    """The verdict before this one, as far as it steadies the new one.

    ``candidate`` is what the rules alone said then, ``through`` the newest data it had seen.
    """

    status: Status
    candidate: Status
    through: date | None = None
