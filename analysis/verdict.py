"""What comes out of a judgement: the verdict with its points, limits, outlook and explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from analysis.spc import Assurance, Limits, PointType, Variation
from analysis.trend import CONFIDENCE, Trend, Word
from analysis.values import Grain, Signal, Status

Plain = dict[str, Any]
EXACT = 2**53  # integers up to here survive a JSON number


def plain(value: Any) -> Any:
    """Return ``value`` as JSON data: the one place where numbers lose their type.

    Decimals become integers or the nearest double, days ISO text, unknown and infinite None.

    >>> plain({"a": Decimal("91.20"), "b": date(2026, 11, 1), "c": None, "d": (Decimal(3),)})
    {'a': 91.2, 'b': '2026-11-01', 'c': None, 'd': [3]}
    """
    if isinstance(value, Decimal | float):
        return _number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _known(value: Decimal | None) -> int | float | None:
    """What ``plain`` makes of a decimal or nothing, without asking what it is: points are many."""
    if value is None:
        return None
    number = float(value)
    if not number.is_integer():
        return number if isfinite(number) else None
    whole = int(number)
    return whole if abs(whole) <= EXACT and value == whole else number


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

    def as_dict(self) -> Plain:
        return {"rule": self.rule, "inputs": plain(self.inputs), "outcome": self.outcome}


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

    def as_dict(self) -> Plain:
        return {
            "period": self.period.isoformat(),
            "value": _known(self.value),
            "expected": _known(self.expected),
            "expected_upper": _known(self.expected_upper),
            "status": self.status,
            "point_type": self.point_type,
            "signals": list(self.signals),
            "provisional": self.provisional,
            "coverage": self.coverage,
            "total": _known(self.total),
            "expected_total": _known(self.expected_total),
        }


@dataclass(frozen=True, slots=True)
class JudgedLimits:
    """Process limits with the first day of the first and of the last period they hold for."""

    first: date
    last: date
    limits: Limits
    frozen: bool = False

    def as_dict(self) -> Plain:
        found = self.limits
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "centre": plain(found.centre),
            "lower": plain(found.lower),
            "upper": plain(found.upper),
            "near_lower": plain(found.near_lower),
            "near_upper": plain(found.near_upper),
            "n": found.n,
            "frozen": self.frozen,
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """A period that the calibrated set tells: the first of an excursion, and of which kind."""

    period: date
    kind: PointType

    def as_dict(self) -> Plain:
        return {"period": self.period.isoformat(), "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A first period of new limits that a person may accept, and why."""

    first: date
    reason: str

    def as_dict(self) -> Plain:
        return {"from": self.first.isoformat(), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class JudgedTrend:
    """A trend line on its periods; ``good`` is None where the direction says nothing or is flat."""

    trend: Trend
    word: Word
    good: bool | None
    line: tuple[tuple[date, float], ...]

    def as_dict(self) -> Plain:
        found = self.trend
        return {
            "slope": plain(found.slope),
            "slope_low": plain(found.slope_low),
            "slope_high": plain(found.slope_high),
            "confidence": CONFIDENCE,
            "direction": self.word,
            "good": self.good,
            "p": plain(found.p),
            "n": found.n,
            "method": found.method,
            "reason": found.reason,
            "line": [
                {"period": day.isoformat(), "value": y if isfinite(y) else None}
                for day, y in self.line
            ],
        }


@dataclass(frozen=True, slots=True)
class OutlookPoint:
    """What a coming period will probably be, with 80 % and 95 % intervals (None: unknown)."""

    period: date
    mean: float
    low80: float | None
    high80: float | None
    low95: float | None
    high95: float | None

    def as_dict(self) -> Plain:
        return {
            "period": self.period.isoformat(),
            "mean": plain(self.mean),
            "low80": self.low80,
            "high80": self.high80,
            "low95": self.low95,
            "high95": self.high95,
        }


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast, how likely the target is met and when, and when the mean first meets it.

    ``probability_on`` is the first day of the period that ``probability`` speaks of: that of the
    due date or, without one, the next. ``expected_on`` is that of the first period to meet it.
    """

    method: str
    reason: str
    points: tuple[OutlookPoint, ...] = ()
    probability: float | None = None
    probability_on: date | None = None
    expected_on: date | None = None

    def as_dict(self) -> Plain:
        return {
            "method": self.method,
            "reason": self.reason,
            "points": [point.as_dict() for point in self.points],
            "probability_of_target": self.probability,
            "probability_on": plain(self.probability_on),
            "expected_on": plain(self.expected_on),
        }


@dataclass(frozen=True, slots=True)
class Projection:
    """Where an unfinished period is heading at its pace; low and high bound 80 %."""

    period: date
    so_far: Decimal
    projected: Decimal
    low: Decimal | None
    high: Decimal | None
    coverage: float

    def as_dict(self) -> Plain:
        return {
            "period": self.period.isoformat(),
            "so_far": plain(self.so_far),
            "projected": plain(self.projected),
            "low": plain(self.low),
            "high": plain(self.high),
            "coverage": self.coverage,
        }


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

    def summary(self) -> Plain:
        """Return the ``verdict`` part of an answer, without the time it was computed."""
        return {
            "status": self.status,
            "signal": self.signal,
            "needs_talk": self.needs_talk,
            "reason": self.reason,
            "question": self.question,
            "explain": [step.as_dict() for step in self.explain],
            "definition_version": self.definition_version,
            "target_version": self.target_version,
            "measured_through": plain(self.measured_through),
            "period": plain(self.period),
            "value": plain(self.value),
            "previous": plain(self.previous),
            "change": plain(self.change),
            "expected": plain(self.expected),
            "expected_now": plain(self.expected_now),
            "gap": plain(self.gap),
            "band": plain(self.band),
            "candidate": self.candidate,
        }

    def as_dict(self) -> Plain:
        """Return the analysis answer: plain data, unknown None, never 0."""
        return {
            "period": self.grain,
            "through": plain(self.through),
            "n": self.n,
            "points": [point.as_dict() for point in self.points],
            "limits": [segment.as_dict() for segment in self.limits],
            "alerts": [alert.as_dict() for alert in self.alerts],
            "proposed_rebase": self.proposed_rebase.as_dict() if self.proposed_rebase else None,
            "variation": self.variation,
            "assurance": self.assurance,
            "trend": self.trend.as_dict() if self.trend else None,
            "forecast": self.forecast.as_dict() if self.forecast else None,
            "projection": self.projection.as_dict() if self.projection else None,
            "verdict": self.summary(),
        }
