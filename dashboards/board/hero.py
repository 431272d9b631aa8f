"""Show the KVI of a team in large: its number, why it stands there, its target and its chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, JSONField, TextField, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast, JSONObject

from dashboards.board.tiles import Tile, judging_target_of
from dashboards.frame import file_links
from indicators.aims import aim_words, brief, short
from indicators.models import Annotation, Indicator, Milestone, Target
from verdicts.models import Analysis
from verdicts.pictures import Chart, chart_data, legend
from web import charts
from web.formats import NBSP, NumberFormat, figure, plain
from web.links import address
from web.wording import Lens, as_date

CHOICES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "day": (("30 d", 30), ("90 d", 90), ("1 y", 365)),
    "week": (("13 w", 13), ("26 w", 26), ("52 w", 52)),
    "month": (("12 m", 12), ("24 m", 24), ("60 m", 60)),
    "quarter": (("8 q", 8), ("16 q", 16)),
    "year": (),
}
ALL = 10**6  # more points than any series has
USUAL: Mapping[str, int] = {"day": 90, "week": 52, "month": 24, "quarter": 16}


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """One segment: a link that is current or not."""

    label: str
    url: str
    current: bool


def chosen_span(grain: str, asked: str) -> int | None:
    """How many periods to show: what was asked for where it is offered, else the usual.

    None is all of them.
    """
    if asked == "all":
        return None
    offered = {str(number): number for _, number in CHOICES.get(grain, ())}
    return offered.get(asked, USUAL.get(grain))


def span_segments(
    grain: str, span: int | None, length: int, *, query: str = ""
) -> list[LinkChoice]:
    """The segments for a series of this length: none where everything is shown anyway."""
    offered = [(label, number) for label, number in CHOICES.get(grain, ()) if number < length]
    if not offered:
        return []
    before = f"?{query}&" if query else "?"
    found = [
        LinkChoice(label, f"{before}span={number}", number == span) for label, number in offered
    ]
    shows_all = span is None or span >= length
    return [*found, LinkChoice("All", f"{before}span=all", shows_all)]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of figures: what, how much, and what qualifies it."""

    term: str
    figure: str
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hero:
    """A tile in large: with the why, what is aimed at, and a chart."""

    tile: Tile
    subtitle: str
    why: str
    facts: tuple[Fact, ...]
    impact: str
    business_value: str
    chart: Chart
    spans: tuple[LinkChoice, ...]


def build_hero(indicator: Indicator, tile: Tile, lens: Lens, *, span: str) -> Hero:
    """Build the hero of an indicator read by `for_tiles`, in one query."""
    target = judging_target_of(indicator)
    seen = chosen_span(indicator.period, span)
    result, length, notes = read_chart(indicator, target, seen)
    number = NumberFormat.of(indicator, locale=lens.locale)
    data = chart_data(indicator, result, lens, target=target, notes=notes, span=seen)
    better = f"per {indicator.period}, {indicator.get_direction_display().lower()}"
    return Hero(
        tile=tile,
        subtitle=" · ".join(filter(None, (tile.freshness, better))),
        why=indicator.verdict.reason,
        facts=tuple(hero_facts(target, result, number, indicator.period, lens)) if target else (),
        impact=indicator.customer_impact,
        business_value=indicator.business_value,
        chart=Chart(
            wide=charts.trend_chart(data, charts.HERO),
            narrow=charts.trend_chart(data, charts.NARROW),
            legend=legend(data),
            notes=tuple(note.text for note in data.notes),
            figure_url=address("indicator_figure", indicator.key, span=seen or "all"),
            files=file_links("indicator", indicator.key),
            name=indicator.key,
        ),
        spans=tuple(span_segments(indicator.period, seen, length)),
    )


def read_chart(
    indicator: Indicator, target: Target | None, span: int | None
) -> tuple[Mapping[str, Any], int, list[Annotation]]:
    """Read the analysis with its newest points, how many it has, and the notes on its chart.

    The target gets its milestones. The database leaves the other points out: to send and to read
    ten years of days for a chart of three months takes longer than all the rest of a board.
    """
    points = KeyTransform("points", "analysis__result")
    newest = Func(
        points,
        Value("$[last - $span + 1 to last]"),
        JSONObject(span=Cast(span or ALL, IntegerField())),  # type: ignore[arg-type]  # a placeholder
        function="jsonb_path_query_array",
        output_field=JSONField(),
    )
    shortened = Func(
        "analysis__result",
        Value("{points}"),
        newest,
        function="jsonb_set",
        output_field=Analysis._meta.get_field("result"),  # noqa: SLF001  # the documented API
    )
    noted = Annotation.objects.on_charts_of(indicator.pk, team=indicator.team_id).values(
        row=JSONObject(on="on", text="text", indicator_id="indicator_id")
    )
    steps = Milestone.objects.filter(target=target.pk if target else 0).values(
        row=JSONObject(on="on", value=Cast("value", TextField()))
    )
    result, length, notes, stepped = Indicator.objects.values_list(
        shortened,
        Func(points, function="jsonb_array_length", output_field=IntegerField()),
        ArraySubquery(noted),
        ArraySubquery(steps),
    ).get(pk=indicator.pk)
    if target:
        cache = {"milestones": [Milestone(**on_day(row), target=target) for row in stepped]}
        target._prefetched_objects_cache = cache  # type: ignore[attr-defined]  # noqa: SLF001
    return result or {}, length or 0, [Annotation(**on_day(row)) for row in notes]


def on_day(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row that came as JSON: days are texts there, and exact numbers too."""
    found = dict(row) | {"on": date.fromisoformat(row["on"])}
    return found | {"value": Decimal(row["value"])} if "value" in row else found


def hero_facts(
    target: Target, result: Mapping[str, Any], fmt: NumberFormat, grain: str, lens: Lens
) -> list[Fact]:
    """The next milestone, the target, and what is forecast for its date."""
    found = []
    milestone = next_milestone(target, lens.today)
    if milestone:
        found.append(Fact(f"Milestone, {lens.day(milestone.on)}", brief(milestone.value, fmt)))
    due = f", {lens.day(target.due_on)}" if target.due_on else ""
    found.append(Fact(f"Target{due}", aim_words(target, short(fmt), grain)))
    ahead = forecast_at(result, target.due_on)
    if ahead and target.kind != Target.Kind.ACCUMULATE:
        middle, half = rounded(ahead)
        term = f"Forecast, {lens.in_sentence(as_date(ahead['period']), grain)}"
        found.append(Fact(term, brief(middle, fmt), give_or_take(half, fmt)))
    probability = (result.get("forecast") or {}).get("probability_of_target")
    if probability is not None:
        found.append(Fact(chance_term(target, result, grain, lens), chance_text(probability)))
    return found


def chance_term(target: Target, result: Mapping[str, Any], grain: str, lens: Lens) -> str:
    """What the probability is of, and when: "Chance to hold it in December"."""
    deed = "hold" if target.kind == Target.Kind.STANDING else "reach"
    on = as_date((result.get("forecast") or {}).get("probability_on"))
    if on is None:
        return f"Chance to {deed} it"
    word = "by the end of" if target.kind == Target.Kind.ACCUMULATE else "in"
    if grain == "day":
        word = {"in": "on"}.get(word, word) if on != lens.today else ""
    return " ".join(filter(None, (f"Chance to {deed} it", word, lens.in_sentence(on, grain))))


def next_milestone(target: Target, today: date) -> Milestone | None:
    """The first milestone between today and the date of the target."""
    due = target.due_on
    ahead = (m for m in target.milestones.all() if m.on >= today and (due is None or m.on < due))
    return next(ahead, None)


def forecast_at(result: Mapping[str, Any], due: date | None) -> Mapping[str, Any] | None:
    """The step of the forecast in whose period the target is due, else the furthest with bounds."""
    steps = forecast_steps(result)
    inside = [step for step in steps if due is None or (as_date(step["period"]) or due) <= due]
    return inside[-1] if inside else None


def forecast_steps(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The steps of the forecast that have bounds."""
    return [
        step
        for step in (result.get("forecast") or {}).get("points") or []
        if step.get("mean") is not None and step.get("low80") is not None
    ]


def give_or_take(half: Decimal, fmt: NumberFormat) -> str:
    """Half the width of an interval: "± 2.6"; beside percentages in percentage points."""
    points = f"{NBSP}pp" if fmt.unit == "percent" else ""
    return f"±{NBSP}{figure(half, fmt).number}{points}"


def rounded(step: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """The middle of a forecast and half its 80 % interval, no more exact than they can be.

    >>> rounded({"mean": 492082, "low80": 476129, "high80": 508035})
    (Decimal('4.92E+5'), Decimal('1.6E+4'))
    """
    middle, low, high = (Decimal(str(step[name])) for name in ("mean", "low80", "high80"))
    half = (high - low) / 2
    if not half:
        return middle, half
    unit = Decimal(1).scaleb(half.adjusted() - 1)
    return (middle / unit).to_integral_value() * unit, (half / unit).to_integral_value() * unit


def chance_text(probability: float) -> str:
    r"""A probability in whole percent, never as certain or impossible.

    >>> chance_text(0.004), chance_text(0.62)
    ('under 1\xa0%', '62\xa0%')
    """
    if probability < 0.01:
        return f"under 1{NBSP}%"
    if probability > 0.99:
        return f"over 99{NBSP}%"
    return f"{plain(probability * 100, 0)}{NBSP}%"
