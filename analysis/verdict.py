"""The results of a judgement, with the fields and names that the API serves them by.

A name that Python keeps for itself ends with an underscore, which `plain` takes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from analysis.values import Assurance, Grain, PointType, Signal, Status, Variation, Way

EXACT = 2**53  # integers up to here survive a JSON number
SUMMARY = (
    *("status", "signal", "needs_talk", "reason", "question", "explain", "definition_version"),
    *("target_version", "measured_through", "period", "value", "previous", "change", "expected"),
    *("expected_now", "gap", "band", "candidate"),
)  # of a verdict: the fields that say how things stand


def plain(value: Any) -> Any:
    """Return ``value`` as JSON data: the one place where numbers lose their type.

    Decimals become integers or the nearest double, days ISO text, unknown and infinite None,
    dataclasses objects.

    >>> plain({"a": Decimal("91.20"), "b": date(2026, 11, 1), "c": None, "d": (Decimal(3),)})
    {'a': 91.2, 'b': '2026-11-01', 'c': None, 'd': [3]}
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal | float):
        return _number(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    elif hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(name).removesuffix("_"): plain(item) for name, item in value.items()}
    return [plain(item) for item in value]


def _number(value: Decimal | float) -> int | float | None:
    number = float(value)
    if not isfinite(number):
        return None
    # A double that is no integer may stand for an integer only where it is too large to be exact.
    if isinstance(value, Decimal) and number.is_integer() and abs(number) <= EXACT:
        whole = int(number)
        return whole if value == whole else number
    return number


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of a judgement: what went in, what it said."""

    rule: str
    inputs: Mapping[str, Any]
    outcome: str


class JudgedPoint(NamedTuple):
    """One period with what was expected and what the rules say of it: a tuple, being so many.

    For an accumulating target ``expected`` is the part planned for this period, ``total`` and
    ``expected_total`` the sums so far, and ``status`` is that of the total.
    """

    period: date
    value: Decimal | None
    expected: Decimal | None
    expected_upper: Decimal | None
    status: Status | None
    point_type: PointType | None
    signals: tuple[str, ...]
    provisional: bool = False
    coverage: float = 1.0
    total: Decimal | None = None
    expected_total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class JudgedLimits:
    """Process limits from the first day of the first period they hold for to that of the last."""

    from_: date
    to: date
    centre: float
    lower: float
    upper: float
    near_lower: float
    near_upper: float
    n: int
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """A period that the calibrated set tells: the first of an excursion, and of which kind."""

    period: date
    kind: PointType


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first period of new limits that a person may accept, and why."""

    from_: date
    reason: str


class LinePoint(NamedTuple):
    """A place on the trend line."""

    period: date
    value: float


@dataclass(frozen=True, slots=True)
class JudgedTrend:
    """A trend line on its periods; ``good`` is None where the direction says nothing or is flat."""

    slope: float
    slope_low: float
    slope_high: float
    confidence: float
    direction: Way
    good: bool | None
    p: float
    n: int
    method: str
    reason: str
    line: tuple[LinePoint, ...]


@dataclass(frozen=True, slots=True)
class OutlookPoint:
    """What a coming period will probably be, with 80 % and 95 % intervals (None: unknown)."""

    period: date
    mean: float
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast, how likely the target is met and when, and when the mean first meets it.

    ``probability_on`` is the first day of the period that the probability speaks of: that of the
    due date or, without one, the next. ``expected_on`` is that of the first period to meet it.
    """

    method: str
    reason: str
    points: tuple[OutlookPoint, ...] = ()
    probability_of_target: float | None = None
    probability_on: date | None = None
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """Where an unfinished period is heading at its pace; low and high bound 80 %."""

    period: date
    so_far: Decimal
    projected: Decimal
    low: Decimal | None
    high: Decimal | None
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Status x signal with everything they rest on; the same inputs always give the same verdict.

    ``value`` is the judged one (the total for an accumulating target), ``expected`` what was
    expected then, ``expected_now`` what is expected in the period of now. ``candidate`` is what
    the rules said before steadying and guard. ``reason`` is one sentence for a card.
    """

    status: Status
    candidate: Status
    signal: Signal
    needs_talk: bool
    question: str
    reason: str
    explain: tuple[Step, ...]
    grain: Grain
    through: date | None
    measured_through: date | None
    definition_version: int
    target_version: int | None
    n: int
    value: Decimal | None = None
    period: date | None = None
    previous: Decimal | None = None
    change: Decimal | None = None
    expected: Decimal | None = None
    expected_now: Decimal | None = None
    gap: Decimal | None = None
    band: Decimal | None = None
    points: tuple[JudgedPoint, ...] = ()
    limits: tuple[JudgedLimits, ...] = ()
    alerts: tuple[Alert, ...] = ()
    proposed_rebase: Proposal | None = None
    variation: Variation = "unknown"
    assurance: Assurance = "none"
    trend: JudgedTrend | None = None
    forecast: Outlook | None = None
    projection: Projection | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the analysis answer: plain data, unknown None, never 0."""
        found: dict[str, Any] = plain(self)
        return {
            "period": found.pop("grain"),
            "verdict": {name: found.pop(name) for name in SUMMARY},
            **found,
        }
