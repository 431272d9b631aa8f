"""Made-up numbers and texts for the style guide: every component in every state."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from web.charts import (
    HERO,
    NARROW,
    PREVIEW,
    Break,
    ChartData,
    ForecastStep,
    Limits,
    Note,
    Point,
    Step,
    bullet,
    moving_range_chart,
    sparkline,
    trend_chart,
    xmr_chart,
)
from web.formats import Change, Figure, NumberFormat, change, figure

CALLS = NumberFormat(unit="per", unit_label="calls", factor=Decimal(1000), decimals=1)
MONDAY = date(2026, 1, 5)


def wave(count: int, start: float, end: float, swing: float) -> list[float]:
    """A wandering line without randomness: the same picture every time."""
    return [
        start
        + (end - start) * i / (count - 1)
        + swing * (math.sin(i * 1.7) + 0.6 * math.sin(i * 0.63 + 1) + 0.5 * math.sin(i * 2.9))
        for i in range(count)
    ]


def weeks(values: list[float | None], *, provisional: bool = False) -> tuple[Point, ...]:
    """Weekly points from the first Monday of the year."""
    days = [MONDAY + timedelta(weeks=i) for i in range(len(values))]
    final = [Point(day, value) for day, value in zip(days, values, strict=True)]
    if provisional:
        final[-1] = replace(final[-1], provisional=True)
    return tuple(final)


def calls() -> ChartData:
    """The KVI of the guide: falling calls with steps, fan, notes."""
    values: list[float | None] = [round(v, 1) for v in wave(47, 52.4, 34.6, 0.9)]
    for index, more in ((21, 3.2), (22, 5.6), (23, 4.1)):
        values[index] = round((values[index] or 0) + more, 1)
    last = MONDAY + timedelta(weeks=46)
    fan = [
        ForecastStep(
            last + timedelta(weeks=k),
            34.2 - 0.5 * k,
            (34.2 - 0.5 * k - 0.5 * k**0.62, 34.2 - 0.5 * k + 0.5 * k**0.62),
            (34.2 - 0.5 * k - 0.95 * k**0.62, 34.2 - 0.5 * k + 0.95 * k**0.62),
        )
        for k in range(1, 6)
    ]
    steps = [(date(2026, 1, 5), 48), (date(2026, 4, 1), 42), (date(2026, 7, 1), 36)]
    return ChartData(
        name="Calls per 1,000 customers",
        points=weeks([*values[:-1], 34.2]),
        period="week",
        direction="down",
        number=CALLS,
        target=tuple(Step(on, v) for on, v in [*steps, (date(2026, 10, 1), 30)]),
        target_shape="step",
        forecast=tuple(fan),
        notes=(
            Note(date(2026, 3, 16), "Self-service returns live"),
            Note(date(2026, 6, 8), "Invoice e-mail error"),
            Note(date(2026, 9, 21), "New order status page"),
        ),
        until=date(2026, 12, 31),
    )


def process() -> ChartData:
    """A process that has shifted, with one point beyond its limit."""
    values = [
        round(36.6 + 0.5 * math.sin(i * 1.9) + 0.45 * math.sin(i * 0.8), 1) for i in range(22)
    ]
    values += [35.3, 34.9, 35.4, 34.8, 35.9, 34.6, 35.0, 34.2]
    values[12] = 39.4
    points = list(weeks(list(values)))
    points[12] = replace(points[12], variation="concern")
    for index in range(22, 29):
        points[index] = replace(points[index], variation="improvement")
    return ChartData(
        name="Calls per 1,000 customers, process behaviour",
        points=tuple(points),
        period="week",
        direction="down",
        number=CALLS,
        target=(Step(MONDAY, 30),),
        limits=(Limits(MONDAY, None, 36.6, 34.9, 38.3),),
        notes=(Note(points[12].on, "Invoice e-mail error"), Note(points[20].on, "New status page")),
    )


def interrupted() -> ChartData:
    """Gaps, a new definition, a provisional end and a target range."""
    values: list[float | None] = [round(v, 1) for v in wave(40, 62, 71, 1.6)]
    values[9] = values[10] = values[12] = None
    return ChartData(
        name="Delivery performance",
        points=weeks(values, provisional=True),
        period="week",
        direction="range",
        number=NumberFormat(unit="percent", decimals=1),
        target=(Step(MONDAY, 66),),
        target_upper=(Step(MONDAY, 72),),
        breaks=(Break(MONDAY + timedelta(weeks=24), "Definition 2"),),
    )


def planned() -> ChartData:
    """A target before any measurement."""
    steps = ((date(2027, 1, 1), 500), (date(2027, 2, 1), 1100), (date(2027, 3, 1), 1500))
    return ChartData(
        name="New newsletter subscribers",
        points=(),
        direction="up",
        number=NumberFormat(decimals=0),
        target=tuple(Step(on, value) for on, value in steps),
        target_shape="step",
        until=date(2027, 4, 1),
    )


def picture(data: ChartData, *, legend: list[str]) -> dict[str, Any]:
    """A chart in both widths with its notes."""
    return {
        "wide": trend_chart(data, HERO),
        "narrow": trend_chart(data, NARROW),
        "legend": legend,
        "notes": [note.text for note in data.notes],
    }


def charts() -> dict[str, Any]:
    """The large charts of the guide."""
    shift = process()
    return {
        "process": {
            "wide": xmr_chart(shift),
            "narrow": xmr_chart(shift, NARROW),
            "below": moving_range_chart(shift),
            "below_title": "Moving range, week to week",
            "notes": [note.text for note in shift.notes],
        },
        "interrupted": picture(interrupted(), legend=["measured", "provisional"]),
        "planned": trend_chart(planned(), PREVIEW),
    }


def card(
    name: str,
    status: str,
    value: Figure,
    *,
    shift: Change | None,
    line: list[float],
    aim: tuple[float, str, str],
    way: tuple[float, float],
) -> dict[str, Any]:
    """A key indicator with numbers; `aim` is target, direction, text."""
    tone = {"on_track": "good", "at_risk": "warn", "off_track": "bad"}.get(status, "none")
    label = f"{name}: last {len(line)} periods"
    return {
        "name": name,
        "url": "#",
        "status": status,
        "value": value,
        "change": shift,
        "spark": sparkline(line, label=label, target=aim[0], direction=aim[1], tone=tone),
        "target": aim[2],
        "freshness": "Week 47",
        "bullet": bullet(*way, tone=tone),
    }


def cards() -> list[dict[str, Any]]:
    """The four cards of the team board."""
    number = NumberFormat(decimals=0)
    money = NumberFormat(unit="currency", unit_label="kr", decimals=0)
    percent = NumberFormat(unit="percent", decimals=1)
    since = "vs October"
    return [
        card(
            "Conversion",
            "on_track",
            figure(3.2, percent),
            shift=change(3.2, 3.0, percent, compared=since),
            line=wave(26, 2.7, 3.2, 0.05),
            aim=(3.0, "up", "≥ 3.0 %"),
            way=(1, 0.92),
        ),
        card(
            "Daily active users",
            "at_risk",
            Figure("1.84", "M"),
            shift=change(1840, 1785, number, compared=since),
            line=wave(26, 1.62, 1.84, 0.02),
            aim=(2.0, "up", "≥ 2.0 M"),
            way=(0.58, 0.86),
        ),
        card(
            "Manual actions",
            "off_track",
            Figure("412", "per week"),
            shift=change(412, 388, number, direction="down", compared=since),
            line=wave(26, 372, 412, 7),
            aim=(350, "down", "≤ 350"),
            way=(0.06, 0.72),
        ),
        card(
            "Monthly recurring revenue",
            "at_risk",
            figure(480_000, money),
            shift=change(480_000, 472_000, money, compared=since),
            line=wave(18, 404, 480, 3),
            aim=(500, "up", "≥ 500,000 kr"),
            way=(0.79, 0.9),
        ),
    ]


def card_states() -> list[dict[str, Any]]:
    """A card without data, a stale one, a failed one and one that loads."""
    stale = card(
        "Net promoter score",
        "stale",
        Figure("41"),
        shift=None,
        line=[36, 35, 38, 37, 39, 41],
        aim=(45, "up", "≥ 45"),
        way=(0.7, 0.7),
    )
    return [
        {
            "name": "First-contact resolution",
            "url": "#",
            "status": "no_data",
            "state": "empty",
            "action": {"url": "#", "label": "Enter a value"},
        },
        stale
        | {
            "state": "stale",
            "status_label": "Stale, 23 days",
            "expected": "Expected on 2 Nov from Survey import",
            "freshness": "Last value 1 Oct",
            "action": {"url": "#", "label": "Remind owner"},
        },
        {
            "name": "Daily active users",
            "url": "#",
            "status": "failed",
            "state": "failed",
            "failure": {
                "title": "The source answered 401 at 06:00",
                "text": "The token has expired. Values until yesterday are safe.",
            },
            "action": {"url": "#", "label": "Renew token"},
        },
        {"state": "loading"},
    ]


def rows() -> list[dict[str, Any]]:
    """Supporting metrics."""
    percent = NumberFormat(unit="percent", decimals=0)
    money = NumberFormat(unit="currency", unit_label="kr", decimals=0)
    aims = [(60, "down", "< 60 %"), (300, "down", "≤ 300 kr"), (800, "up", "≥ 800 kr")]
    cart = card(
        "Cart abandonment",
        "on_track",
        figure(58, percent),
        shift=change(58, 59.9, percent, direction="down"),
        line=wave(26, 66.5, 58, 0.8),
        aim=aims[0],
        way=(1, 0.9),
    )
    cost = card(
        "Customer acquisition cost",
        "at_risk",
        figure(312, money),
        shift=change(312, 327, money, direction="down"),
        line=wave(26, 351, 312, 5),
        aim=aims[1],
        way=(0.76, 0.88),
    )
    order = card(
        "Average order value",
        "at_risk",
        figure(750, money),
        shift=change(750, 753, money, noise=True),
        line=wave(26, 731, 750, 7),
        aim=aims[2],
        way=(0.28, 0.8),
    )
    sources = ("Shop · weekly", "Marketing · monthly", "Shop · weekly")
    known = [
        row | {"source": source} for row, source in zip((cart, cost, order), sources, strict=True)
    ]
    waiting = {
        "name": "First-contact resolution",
        "url": "#",
        "source": "Support · weekly",
        "status": "no_data",
        "state": "empty",
        "actions": [
            {"url": "#", "label": "Connect a source"},
            {"url": "#", "label": "enter a value"},
        ],
    }
    return [*known, waiting]


def hero() -> dict[str, Any]:
    """The KVI with everything."""
    return {
        "tile": {
            "name": "Calls per 1,000 customers",
            "url": "#",
            "status": "at_risk",
            "value": Figure("34.2"),
            "change": change(
                34.2, 36.3, CALLS, direction="down", compared="vs October average, 36.3"
            ),
        },
        "subtitle": "Per week, lower is better",
        "why": "1.2 above the November milestone. At this pace the year ends 1.7 above target.",
        "facts": [
            {"term": "Milestone, end of November", "figure": "33.0"},
            {"term": "Target, end of 2026", "figure": "30.0"},
            {"term": "Forecast, end of 2026", "figure": "31.7", "aside": "± 2.6"},
        ],
        "impact": "Fewer moments where self-service leaves people stuck",
        "business_value": "18.2 fewer calls per 1,000 saves 2.9 M kr a year",
        "chart": picture(calls(), legend=["measured", "target", "forecast"]),
    }
