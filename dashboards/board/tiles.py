"""One indicator as a tile: a card on the board, a row in a list, a small card of the overview."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import CharField, FilteredRelation, Q, Value
from django.db.models.functions import Coalesce, NullIf

from analysis.statuses import look_of
from indicators.aims import Way, aim_words, short, way_to
from indicators.models import Indicator, Target
from indicators.models.indicator import IndicatorQuerySet
from verdicts import pictures
from verdicts.models import Verdict
from web.charts.svg import Markup
from web.formats import NBSP, Change, Figure, NumberFormat, change, figure
from web.links import Link, address
from web.wording import CADENCE, Lens, counted

# texts that no tile shows
LONG = (
    "description", "specific", "measurable", "achievable", "relevant", "time_bound", "influence",
    "retired_reason", "judging_target__rationale",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """What one indicator shows in small. `state` is "", "empty" or "stale"."""

    key: str
    name: str
    url: str
    kind: str
    is_key: bool
    is_omtm: bool
    status: str
    status_label: str
    state: str
    severity: int
    needs_talk: bool
    reason: str
    value: Figure
    small: str
    change: Change | None
    spark: Markup
    bullet: Markup | None
    target: str
    way: Way | None
    freshness: str
    expected: str
    source: str
    team: str
    home: str
    owner: str
    is_fresh: bool
    synthetic: bool
    actions: tuple[Link, ...]

    @property
    def action(self) -> Link | None:
        """The first thing to do, where there is something to do."""
        return self.actions[0] if self.actions else None


def for_tiles(indicators: IndicatorQuerySet) -> IndicatorQuerySet:
    """Bring verdict, home team, the target that gives the status and the owner in one query."""
    judging = Q(targets__ended_at=None, targets__gives_status=True)
    named = Coalesce(
        NullIf("owner__name", Value("")), "owner__email", Value(""), output_field=CharField()
    )
    return (
        indicators.annotate(
            judging_target=FilteredRelation("targets", condition=judging), owner_name=named
        )
        .select_related("verdict", "stale_mark", "team", "judging_target")  # type: ignore[misc]
        .defer(*LONG)
    )


def judging_target_of(indicator: Indicator) -> Target | None:
    """The target that gives the status, as `for_tiles` brought it."""
    found: Target | None = getattr(indicator, "judging_target", None)
    return found


def make_tile(indicator: Indicator, lens: Lens, *, home: str = "", may_enter: bool = False) -> Tile:
    """The tile of an indicator read by `for_tiles`; `home` names the owning team where another."""
    verdict, target = indicator.verdict, judging_target_of(indicator)
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    state = tile_state(verdict)
    way = way_to(target, verdict.value, verdict.expected) if target else None
    cadence = CADENCE[indicator.entry_period or indicator.period]
    source = f", source: {indicator.source}" if indicator.source else ""
    return Tile(
        key=indicator.key,
        name=indicator.name,
        url=address("indicator_detail", indicator.key),
        kind=indicator.kind,
        is_key=indicator.is_key,
        is_omtm=indicator.is_omtm,
        status=shown_status(indicator),
        status_label=status_label(indicator, lens),
        state=state,
        severity=verdict.severity,
        needs_talk=verdict.needs_talk,
        reason=verdict.reason,
        value=figure(verdict.value, fmt),
        small=small_unit(indicator, fmt),
        change=tile_change(indicator, fmt, lens),
        spark=pictures.spark(indicator, target),
        bullet=pictures.way_bar(way, shown_status(indicator)) if way else None,
        target=aim_words(target, short(fmt), indicator.period) if target else "",
        way=way,
        freshness=freshness(indicator, lens),
        expected=f"Expected {cadence}{source}",
        source=" · ".join(filter(None, (home or indicator.source, CADENCE[indicator.period]))),
        team=indicator.team.name,
        home=home,
        owner=indicator.owner_name,  # type: ignore[attr-defined]  # by for_tiles
        is_fresh=verdict.is_fresh,
        synthetic=indicator.synthetic,
        actions=actions_for(indicator, state) if may_enter else (),
    )


def tile_state(verdict: Verdict) -> str:
    """Which form the tile has: "empty" without any value, "stale" where the value is too old."""
    if verdict.value is None:
        return "empty"
    return "stale" if verdict.status in (Verdict.Status.STALE, Verdict.Status.NO_DATA) else ""


def shown_status(indicator: Indicator) -> str:
    """The word on the pill: that of the life cycle where it is not active, else the verdict's."""
    return indicator.verdict.status if indicator.is_active else indicator.state


def status_label(indicator: Indicator, lens: Lens) -> str:
    """What replaces the word of the pill: how old a stale value is."""
    verdict = indicator.verdict
    if shown_status(indicator) != Verdict.Status.STALE or verdict.measured_through is None:
        return ""
    days = lens.days_since(verdict.measured_through)
    if verdict.period is not None:
        days = min(days, (lens.today - lens.last_day(verdict.period, indicator.period)).days)
    return f"{look_of('stale').word}, {counted(days, 'day')}" if days > 0 else ""


def tile_change(indicator: Indicator, fmt: NumberFormat, lens: Lens) -> Change | None:
    """The difference to the period before; grey while the process is steady."""
    verdict = indicator.verdict
    if verdict.period is None or tile_state(verdict):
        return None
    before = lens.before(verdict.period, indicator.period)
    value, previous = compared_values(indicator)
    return change(
        value,
        previous,
        fmt,
        direction=indicator.direction,
        noise=verdict.signal == Verdict.Signal.STEADY,
        compared=f"vs {lens.in_sentence(before, indicator.period)}",
    )


def compared_values(indicator: Indicator) -> tuple[Decimal | float | None, Decimal | float | None]:
    """The newest finished value and the one before; of a running total what was added to it."""
    verdict = indicator.verdict
    if not accumulates(indicator):
        return verdict.value, verdict.previous
    added = verdict.spark_values[:-1] if verdict.spark_provisional else verdict.spark_values
    known = [value for value in added if value is not None][-2:]
    return (known[1], known[0]) if len(known) == 2 else (None, None)


def accumulates(indicator: Indicator) -> bool:
    """Whether the value that is judged is a running total."""
    target = judging_target_of(indicator)
    return target is not None and target.kind == Target.Kind.ACCUMULATE


def small_unit(indicator: Indicator, fmt: NumberFormat) -> str:
    """What stands small beside the number instead of its unit: flows say per what they are.

    A target that accumulates shows the total so far.
    """
    if indicator.rollup != Indicator.RollUp.SUM or indicator.unit != Indicator.Unit.NUMBER:
        return ""
    unit = figure(indicator.verdict.value or Decimal(0), fmt).unit
    if accumulates(indicator):
        return f"{unit} in total".strip()
    says_it = f" per{NBSP}" in f" {unit}" or " per " in f" {unit}"
    return "" if says_it else f"{unit} per {indicator.period}".strip()


def freshness(indicator: Indicator, lens: Lens) -> str:
    """To which period the number belongs, and whether it is still being worked on."""
    verdict = indicator.verdict
    if verdict.value is None:
        return ""
    name = lens.period(verdict.period, indicator.period)
    if verdict.status == Verdict.Status.PROVISIONAL:
        return f"{name} so far"
    if tile_state(verdict) == "stale":
        return f"Last value: {lens.in_sentence(verdict.period, indicator.period)}"
    return name


def actions_for(indicator: Indicator, state: str) -> tuple[Link, ...]:
    """What somebody who may enter values can do about a tile without a current one."""
    if not state or not indicator.is_active:
        return ()
    return (Link("Enter a value", address("value_new", indicator.key)),)
