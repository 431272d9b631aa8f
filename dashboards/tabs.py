"""The tabs of an indicator's page, each a link: the trend, the process, the measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dashboards.detail import Detail
from dashboards.history import MeasurementPage, measurement_page
from dashboards.limits import AcceptedLimits, Shift, accepted_limits, alerted_period, offered_shift
from dashboards.links import measurement_files
from dashboards.spans import Segment, chosen_span, span_segments
from indicators.aims import SHORT, short
from teams.models import User
from verdicts.pictures import Chart, chart_data, legend
from verdicts.process import Headline, finished, headline, trend_headline
from web import charts
from web.formats import unit_text, written
from web.links import Link, address
from web.wording import as_date

TABS: Mapping[str, str] = {
    "trend": "Trend",
    "process": "Process behaviour",
    "measurements": "Measurements",
}
SIGNAL_WORDS: Mapping[str, str] = {
    "beyond_limit": "beyond limit",
    "trend": "7 in one direction",
    "two_of_three": "2 of 3 near limit",
    "run": "run on one side",
}
MOST_PERIODS = 26


@dataclass(frozen=True, slots=True)
class TabLink:
    """One tab."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """A judged period in the table."""

    period: str
    value: str
    expected: str
    status: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """What the chosen tab shows."""

    name: str
    links: tuple[TabLink, ...]
    spans: tuple[Segment, ...] = ()
    chart: Chart | None = None
    headline: Headline | None = None
    rebase_url: str = ""
    rebase_on: str = ""
    rebase_label: str = ""
    rebase_reason: str = ""
    rebases: tuple[AcceptedLimits, ...] = ()
    alerted: str = ""
    periods: tuple[PeriodRow, ...] = ()
    hidden_periods: int = 0
    unit: str = ""
    page: MeasurementPage | None = None
    files: tuple[Link, ...] = ()


def build_tab(
    detail: Detail, user: User, *, name: str, span: str, page: int, most: int | None = MOST_PERIODS
) -> Tab:
    """The chosen tab; an unknown name is the trend. `most` limits the periods of the table."""
    chosen_name = name if name in TABS else "trend"
    links = tuple(
        TabLink(label, "?" if key == "trend" else f"?tab={key}", key == chosen_name)
        for key, label in TABS.items()
    )
    if chosen_name == "measurements":
        return measurements_tab(detail, user, links, page=page, most=most)
    return chart_tab(detail, links, name=chosen_name, span=span)


def chart_tab(detail: Detail, links: tuple[TabLink, ...], *, name: str, span: str) -> Tab:
    """A large chart with what it says in words."""
    grain = detail.indicator.period
    seen = chosen_span(grain, span)
    data = data_of(detail, name=name, span=seen)
    said = headline_of(detail, name)
    drawn = charts.xmr_chart if name == "process" else charts.trend_chart
    below = charts.moving_range_chart(data) if name == "process" and data.limits else None
    shown = Chart(
        wide=drawn(data, charts.WIDE),
        narrow=drawn(data, charts.NARROW),
        legend=legend(data),
        notes=tuple(note.text for note in data.notes),
        figure_url=address("indicator_figure", detail.indicator.key, tab=name, span=seen or "all"),
        files=measurement_files(detail.indicator),
        name=detail.indicator.key,
        below=below,
        below_title=f"Moving range, {grain} to {grain}",
    )
    shift = offered_shift(detail, said) if name == "process" else Shift()
    label = (
        f"Recalculate limits from {detail.lens.in_sentence(shift.on, grain)}" if shift.on else ""
    )
    return Tab(
        name=name,
        links=links,
        spans=tuple(
            span_segments(grain, seen, len(detail.result.get("points") or ()), query=f"tab={name}")
        ),
        chart=shown,
        headline=said,
        rebase_url=address("rebase_new", detail.indicator.key) if shift.on else "",
        rebase_on=shift.on.isoformat() if shift.on else "",
        rebase_label=label,
        rebase_reason=shift.reason,
        rebases=accepted_limits(detail) if name == "process" else (),
        alerted=alerted_period(detail) if name == "process" else "",
    )


def data_of(detail: Detail, *, name: str, span: int | None) -> charts.ChartData:
    """The layers of a tab: the trend with target and forecast, or the process with its limits."""
    layers = {"limits", "target"} if name == "process" else {"target", "forecast", "trend"}
    return chart_data(
        detail.indicator,
        detail.result,
        detail.lens,
        target=detail.target,
        notes=detail.notes,
        breaks=detail.breaks,
        span=span,
        shows=frozenset(layers),
    )


def figure_of(
    detail: Detail, *, name: str, span: str, theme: Literal["light", "dark"]
) -> dict[str, Any]:
    """The chart of a tab to explore."""
    data = data_of(detail, name=name, span=chosen_span(detail.indicator.period, span))
    drawn = charts.xmr_figure if name == "process" else charts.trend_figure
    return drawn(data, theme=theme)


def headline_of(detail: Detail, name: str) -> Headline:
    """What the chart of a tab says."""
    grain = detail.indicator.period
    if name == "process":
        return headline(detail.result, grain, detail.lens)
    if not finished(detail.result):
        return Headline("", "")
    return Headline(*trend_headline(detail.result, grain))


def measurements_tab(
    detail: Detail, user: User, links: tuple[TabLink, ...], *, page: int, most: int | None
) -> Tab:
    """The judged periods and every measurement with its history."""
    rows = list(reversed(detail.result.get("points") or []))
    return Tab(
        name="measurements",
        links=links,
        periods=tuple(period_row(row, detail) for row in rows[:most]),
        hidden_periods=len(rows[most:]) if most else 0,
        unit=unit_text(detail.fmt) if len(unit_text(detail.fmt)) > SHORT else "",
        page=measurement_page(detail.indicator, user, detail.lens, number=page),
        files=measurement_files(detail.indicator),
    )


def period_row(row: Mapping[str, Any], detail: Detail) -> PeriodRow:
    """One period with what was expected, where it stood, and what the rules found."""
    remarks = [SIGNAL_WORDS.get(signal, signal) for signal in row.get("signals") or []]
    coverage = row.get("coverage")
    if coverage is not None and coverage < 0.995:
        remarks.append(f"{coverage:.0%} of it covered")
    expected, fmt = row.get("expected"), short(detail.fmt)
    return PeriodRow(
        period=detail.lens.period(as_date(row["period"]), detail.indicator.period),
        value=written(row["value"], fmt, full=True),
        expected=written(expected, fmt, full=True) if expected is not None else "",
        status=row.get("status") or "",
        remark=", ".join(remarks),
    )
