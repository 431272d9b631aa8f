"""Show the tabs of an indicator, each a link: the trend, the process, the measurements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from analysis.words import decimal_text
from dashboards.board.hero import LinkChoice, chosen_span, span_segments
from dashboards.frame import file_links
from dashboards.indicator.detail import Detail
from indicators.aims import SHORT, short
from indicators.models import Indicator
from measurements.models import Batch, Measurement, Superseded
from teams.models import User
from verdicts.pictures import Chart, chart_data, legend
from verdicts.process import Headline, finished, headline, trend_headline
from web import charts
from web.formats import NBSP, NumberFormat, exactly, plain, unit_text, written
from web.links import address
from web.wording import Lens, as_date

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
PAGE_ROWS = 50


def build_tab(
    detail: Detail, user: User, *, name: str, span: str, page: int, most: int | None = MOST_PERIODS
) -> dict[str, Any]:
    """The chosen tab; an unknown name is the trend. `most` limits the periods of the table."""
    chosen_name = name if name in TABS else "trend"
    links = tuple(
        LinkChoice(label, "?" if key == "trend" else f"?tab={key}", key == chosen_name)
        for key, label in TABS.items()
    )
    if chosen_name == "measurements":
        return measurements_tab(detail, user, links, page=page, most=most)
    return chart_tab(detail, links, name=chosen_name, span=span)


def chart_tab(
    detail: Detail, links: tuple[LinkChoice, ...], *, name: str, span: str
) -> dict[str, Any]:
    """A large chart with what it says in words."""
    grain = detail.indicator.period
    seen = chosen_span(grain, span)
    data = data_of(detail, name=name, span=seen)
    if name == "process":
        said, drawn = headline(detail.result, grain, detail.lens), charts.xmr_chart
    else:
        told = trend_headline(detail.result, grain) if finished(detail.result) else ("", "")
        said, drawn = Headline(*told), charts.trend_chart
    below = charts.moving_range_chart(data) if name == "process" and data.limits else None
    shown = Chart(
        wide=drawn(data, charts.WIDE),
        narrow=drawn(data, charts.NARROW),
        legend=legend(data),
        notes=tuple(note.text for note in data.notes),
        figure_url=address("indicator_figure", detail.indicator.key, tab=name, span=seen or "all"),
        files=file_links("indicator", detail.indicator.key),
        name=detail.indicator.key,
        below=below,
        below_title=f"Moving range, {grain} to {grain}",
    )
    is_process = name == "process"
    shift_on, reason = offered_shift(detail, said) if is_process else (None, "")
    since = detail.lens.in_sentence(shift_on, grain) if shift_on else ""
    return {
        "name": name,
        "links": links,
        "spans": tuple(
            span_segments(grain, seen, len(detail.result.get("points") or ()), query=f"tab={name}")
        ),
        "chart": shown,
        "headline": said,
        "rebase_url": address("rebase_new", detail.indicator.key) if shift_on else "",
        "rebase_on": shift_on.isoformat() if shift_on else "",
        "rebase_label": f"Recalculate limits from {since}" if since else "",
        "rebase_reason": reason,
        "rebases": tuple(accepted_limits(detail)) if is_process else (),
        "alerted": alerted_period(detail) if is_process else "",
    }


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


def measurements_tab(
    detail: Detail, user: User, links: tuple[LinkChoice, ...], *, page: int, most: int | None
) -> dict[str, Any]:
    """The judged periods and every measurement with its history."""
    rows = list(reversed(detail.result.get("points") or []))
    return {
        "name": "measurements",
        "links": links,
        "periods": tuple(period_row(row, detail) for row in rows[:most]),
        "hidden_periods": len(rows[most:]) if most else 0,
        "unit": unit_text(detail.fmt) if len(unit_text(detail.fmt)) > SHORT else "",
        "page": measurement_page(detail.indicator, user, detail.lens, number=page),
        "files": file_links("indicator", detail.indicator.key),
    }


def period_row(row: Mapping[str, Any], detail: Detail) -> dict[str, str]:
    """One period with what was expected, where it stood, and what the rules found."""
    remarks = [SIGNAL_WORDS.get(signal, signal) for signal in row.get("signals") or []]
    coverage = row.get("coverage")
    if coverage is not None and coverage < 0.995:
        remarks.append(f"{coverage:.0%} of it covered")
    expected, fmt = row.get("expected"), short(detail.fmt)
    return {
        "period": detail.lens.period(as_date(row["period"]), detail.indicator.period),
        "value": written(row["value"], fmt, full=True),
        "expected": written(expected, fmt, full=True) if expected is not None else "",
        "status": row.get("status") or "",
        "remark": ", ".join(remarks),
    }


def offered_shift(detail: Detail, said: Headline) -> tuple[date | None, str]:
    """From when on new limits are offered and why: the proposal, else the run that is shown."""
    proposed = detail.result.get("proposed_rebase") or {}
    if proposed:
        return as_date(proposed["from"]), proposed["reason"]
    return as_date(said.shift_on), ""


def accepted_limits(detail: Detail) -> Iterator[dict[str, str]]:
    """All limits that people restarted, newest first: since when, why, and by whom."""
    indicator, lens = detail.indicator, detail.lens
    for row in indicator.rebases.select_related("made_by").order_by("-on"):
        day = lens.day(lens.local(row.made_at).date())
        yield {
            "since": lens.in_sentence(row.on, indicator.period),
            "note": row.note,
            "made": f"{row.made_by}, {day}" if row.made_by else day,
            "withdraw_url": address("rebase_withdraw", indicator.key, row.on.isoformat()),
        }


def alerted_period(detail: Detail) -> str:
    """The period of the newest calibrated alert, "" for none."""
    alerts = detail.result.get("alerts") or []
    on = as_date(alerts[-1]["period"]) if alerts else None
    return detail.lens.in_sentence(on, detail.indicator.period) if on else ""


def measurement_page(
    indicator: Indicator, user: User, lens: Lens, *, number: int
) -> dict[str, Any]:
    """The fifty measurements of a page with their history, in two queries."""
    start = (number - 1) * PAGE_ROWS
    rows = Measurement.objects.visible_to(user).filter(indicator=indicator).order_by("-at")
    found = list(rows.select_related("batch__actor")[start : start + PAGE_ROWS + 1])
    shown, has_next = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    past = (
        Superseded.objects.visible_to(user)
        .filter(indicator=indicator)
        .select_related("superseded_by__actor", "batch__actor")
        .order_by("-superseded_at")
    )
    if number > 1 and shown:
        past = past.filter(at__lte=shown[0].at)
    if has_next:
        past = past.filter(at__gte=shown[-1].at)
    earlier: dict[datetime, list[Superseded]] = defaultdict(list)
    for row in past if shown or number == 1 else ():
        earlier[row.at].append(row)
    return {
        "rows": list(merged(indicator, shown, earlier, lens)),
        "number": number,
        "has_next": has_next,
    }


def merged(
    indicator: Indicator,
    shown: Iterable[Measurement],
    earlier: dict[datetime, list[Superseded]],
    lens: Lens,
) -> Iterator[dict[str, Any]]:
    """Current rows and withdrawn ones together, newest first."""
    held = {row.at: row for row in shown}
    for at in sorted({*held, *earlier}, reverse=True):
        past = earlier.get(at, [])
        source = held.get(at) or past[0]
        batch = source.batch if isinstance(source, Measurement) else source.superseded_by
        moment = source.recorded_at if isinstance(source, Measurement) else source.superseded_at
        yield {
            "at": instant_text(at, indicator, lens),
            "value": value_text(source, indicator, lens),
            "parts": ratio_parts(source, lens),
            "note": source.note,
            "who": sender(batch),
            "recorded": lens.clock(moment),
            "withdrawn": at not in held,
            "earlier": [
                {
                    "value": value_text(row, indicator, lens),
                    "who": sender(row.superseded_by),
                    "until": lens.clock(row.superseded_at),
                }
                for row in past
            ],
        }


def instant_text(at: datetime, indicator: Indicator, lens: Lens) -> str:
    """When a value holds, on the clocks of the indicator; midnight is the day itself."""
    zone = ZoneInfo(indicator.timezone) if indicator.timezone else lens.calendar.zone
    local = at.astimezone(zone)
    day = lens.day(local.date())
    return day if (local.hour, local.minute) == (0, 0) else f"{day}, {local:%H:%M}"


def value_text(row: Measurement | Superseded, indicator: Indicator, lens: Lens) -> str:
    """The value with every digit it was sent with; a ratio as its quotient."""
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    if row.value is not None:
        return exactly(row.value, fmt)
    if row.numerator is None or not row.denominator:
        return "–"
    return written(row.numerator / row.denominator * indicator.factor, fmt, full=True)


def ratio_parts(row: Measurement | Superseded, lens: Lens) -> str:
    """Numerator and denominator of a ratio, with the decimals they have."""
    if row.denominator is None:
        return ""
    top, bottom = (
        "–" if part is None else plain(part, len(digits), locale=lens.locale)
        for part in (row.numerator, row.denominator)
        for digits in [decimal_text(part or Decimal(0)).partition(".")[2]]
    )
    return f"{top}{NBSP}/{NBSP}{bottom}"


def sender(batch: Batch) -> str:
    """Who sent a value, through which door."""
    who = str(batch.actor) if batch.actor else ""
    return " · ".join(filter(None, (who, batch.get_door_display())))
