"""Fills an empty installation with the demo: people, teams, indicators, figures, reviews."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from analysis.values import Calendar
from indicators.models import (
    Annotation,
    Indicator,
    Objective,
    Perspective,
    Sharing,
    StaleMark,
    Target,
)
from kpitrack.demo import aims, meetings, nhs, people, synthetic
from measurements.delivery import deliver
from measurements.models import Batch
from measurements.row import Row, Sender
from teams.models import Organisation, Team, User
from verdicts import judging

SHOP = Path(__file__).parent / "shop.toml"
PERSPECTIVES = (
    ("financial", "Financial"),
    ("customer", "Customer"),
    ("process", "Internal process"),
    ("learning", "Learning and growth"),
)
DELIVERY = 40_000


class NotEmpty(Exception):
    """There are people or teams already; the demo is for an empty installation."""


@transaction.atomic
def load(*, password: str, now: datetime) -> None:
    """Load all of it, or nothing. Raises `NotEmpty`."""
    if User.objects.exists() or Team.objects.exists():
        raise NotEmpty("The demo is loaded into an empty installation only.")
    organisation = people.make_organisation()
    today = now.astimezone(ZoneInfo(organisation.timezone)).date()
    for position, (slug, name) in enumerate(PERSPECTIVES):
        Perspective.objects.create(slug=slug, name=name, position=position)
    teams = people.make_shop_teams() | make_nhs_teams(today)
    who = people.make_people(teams, password)
    given = read_shop()
    measured = [
        *load_nhs(teams, who["nell"], today),
        *load_shop(given, teams, who, organisation, today),
    ]
    tell(measured, given, teams, who, now)


def tell(
    measured: list[Row],
    given: Mapping[str, Any],
    teams: Mapping[str, Team],
    who: Mapping[str, User],
    now: datetime,
) -> None:
    """Deliver the figures as they became known: those of before last month's reviews first."""
    shops = [team for team in teams.values() if team.notice == people.SYNTHETIC]
    plans = meetings.plan_reviews([*shops, teams[people.NHS]])
    then = meetings.last_meeting(now)
    corrections = {one["indicator"]: one["first_told"] for one in given["corrections"]}
    deliver_figures(meetings.known_at(measured, then, corrections), by=who["asta"], now=then)
    judge_all(then)
    meetings.hold_last_reviews(plans, given["talks"], who, then)
    deliver_figures(measured, by=who["asta"], now=now)
    meetings.look_ahead(plans, now)


def judge_all(now: datetime) -> None:
    """Judge what is stale or has aged, and then what is guarded by it."""
    StaleMark.objects.set_due(now)
    while judging.judge_stale(now):
        pass


def deliver_figures(rows: Iterable[Row], *, by: User, now: datetime) -> None:
    """Deliver the figures like those of every other sender."""
    sender = Sender(actor=by, door=Batch.Door.DEMO, label="Demo data")
    waiting = [msgspec.structs.replace(row, index=place) for place, row in enumerate(rows)]
    for first in range(0, len(waiting), DELIVERY):
        deliver(waiting[first : first + DELIVERY], sender, now=now)


def make_nhs_teams(today: date) -> dict[str, Team]:
    """England, its regions, and a team for each provider."""
    notice = nhs.notice(nhs.months_to_move(today))
    england = Team.objects.create(
        slug=people.NHS,
        name="A&E in England",
        purpose="Everybody who comes to A&E is seen within four hours.",
        notice=notice,
        position=1,
    )
    teams = {england.slug: england}
    for slug, name in nhs.REGIONS.items():
        teams[slug] = Team.objects.create(slug=slug, name=name, parent=england, notice=notice)
    for code, (region, name) in nhs.PROVIDERS.items():
        slug = code.lower()
        teams[slug] = Team.objects.create(slug=slug, name=name, parent=teams[region], notice=notice)
    return teams


# --- A&E -------------------------------------------------------------------------------------


def load_nhs(teams: dict[str, Team], owner: User, today: date) -> Iterator[Row]:
    """Indicators of every provider and of all together; yields the measurements."""
    months = nhs.months_to_move(today)
    objective = Objective.objects.create(
        slug="four-hours",
        statement="Nobody waits longer than four hours in A&E",
        team=teams[people.NHS],
        owner=owner,
        perspective=Perspective.objects.get(slug="customer"),
    )
    totals: dict[date, list[int]] = {}
    for code, found in nhs.figures().items():
        team = teams[code.lower()]
        make_four_hours(team, code.lower(), owner, objective)
        make_counts(team, code.lower(), owner)
        for month in found:
            on = nhs.moved(month.on, months).isoformat()
            seen, all_ = month.within_four_hours, month.attendances
            yield ratio_row(f"ae-4h-{team.slug}", on, seen, all_)
            yield value_row(f"ae-attendances-{team.slug}", on, all_)
            yield value_row(f"ae-admissions-{team.slug}", on, month.admissions)
            total = totals.setdefault(month.on, [0, 0])
            total[0], total[1] = total[0] + seen, total[1] + all_
    together = make_four_hours(teams[people.NHS], "england", owner, objective, level="company")
    for region in nhs.REGIONS:
        Sharing.objects.create(indicator=together, team=teams[region], as_kvi=True)
    for month_on, (seen, all_) in totals.items():
        yield ratio_row(together.key, nhs.moved(month_on, months).isoformat(), seen, all_)


def make_four_hours(
    team: Team, suffix: str, owner: User, objective: Objective, *, level: str = "team"
) -> Indicator:
    """The KVI of A&E, with the national standard as its target."""
    indicator = Indicator.objects.create(
        key=f"ae-4h-{suffix}",
        name="A&E patients seen within four hours",
        description="Patients admitted, transferred or discharged within four hours of arrival.",
        kind=Indicator.Kind.KVI,
        level=level,
        state=Indicator.State.ACTIVE,
        team=team,
        owner=owner,
        objective=objective,
        perspective=objective.perspective,
        unit=Indicator.Unit.PERCENT,
        factor=Decimal(100),
        rollup=Indicator.RollUp.RATIO,
        period=Indicator.Period.MONTH,
        formula="(attendances − breaches) / attendances × 100, all department types",
        source="NHS England A&E attendances",
        customer_impact="Patients in need are seen before it gets worse",
        business_value="Beds and staff are free for those who come next",
        specific="Patients of all A&E departments are seen within four hours of arrival.",
        measurable="Share of attendances without a four-hour breach, each month.",
        relevant="The national standard since 2004.",
    )
    Target(
        indicator=indicator,
        kind=Target.Kind.STANDING,
        comparator=Target.Comparator.GTE,
        value=Decimal(nhs.STANDARD),
        rationale="The national standard.",
    ).start(indicator)
    return indicator


def make_counts(team: Team, suffix: str, owner: User) -> None:
    """Demand beside it: watched, not steered on."""
    for name, description in (
        ("attendances", "People who came to A&E."),
        ("admissions", "Emergency admissions through A&E."),
    ):
        Indicator.objects.create(
            key=f"ae-{name}-{suffix}",
            name=f"A&E {name}",
            description=description,
            kind=Indicator.Kind.PERFORMANCE,
            state=Indicator.State.ACTIVE,
            direction=Indicator.Direction.RANGE,
            team=team,
            owner=owner,
            unit_label="patients",
            decimals=0,
            rollup=Indicator.RollUp.SUM,
            period=Indicator.Period.MONTH,
            source="NHS England A&E attendances",
        )


# --- the shop --------------------------------------------------------------------------------


def read_shop() -> dict[str, Any]:
    """What `shop.toml` says."""
    with SHOP.open("rb") as file:
        return tomllib.load(file)


def load_shop(
    given: Mapping[str, Any],
    teams: dict[str, Team],
    who: dict[str, User],
    organisation: Organisation,
    today: date,
) -> Iterator[Row]:
    """Objectives and indicators of the shop; yields the measurements."""
    for one in given["objectives"]:
        perspective = Perspective.objects.get(slug=one.pop("perspective"))
        team = teams[one.pop("team")]
        Objective.objects.create(**one, team=team, owner=who["ingrid"], perspective=perspective)
    calendar = Calendar(timezone=organisation.timezone, week_start=organisation.week_start)
    guards = {}
    for one in given["indicators"]:
        guards[one["key"]] = one.pop("guard", None)
        yield from load_indicator(one, teams, who, calendar, today)
    for key, guard in guards.items():
        if guard:
            paired = Indicator.objects.get(key=guard)
            Indicator.objects.filter(key=key).update(guard=paired)


def load_indicator(
    one: dict[str, Any],
    teams: dict[str, Team],
    who: dict[str, User],
    calendar: Calendar,
    today: date,
) -> Iterator[Row]:
    """One indicator of `shop.toml` with its target and annotations; yields its measurements."""
    recipe, target = one.pop("series", None), one.pop("target", None)
    notes = one.pop("annotations", [])
    indicator = make_indicator(one, teams, who)
    made: list[synthetic.Made] = []
    if recipe:
        made = list(
            synthetic.make(
                indicator.key,
                synthetic.Recipe.read(recipe),
                decimals=indicator.decimals,
                factor=indicator.factor,
                today=today,
                calendar=calendar,
            )
        )
    if target:
        aims.set_target(indicator, target, made, today)
    for weeks, text in notes:
        on = today + timedelta(weeks=weeks)
        Annotation.objects.create(
            team=indicator.team, indicator=indicator, on=on, text=text, author=indicator.owner
        )
    for found in made:
        yield Row(
            index=0,
            indicator=indicator.key,
            at=found.on.isoformat(),
            value=found.value,
            numerator=found.numerator,
            denominator=found.denominator,
        )


def make_indicator(
    one: Mapping[str, Any], teams: dict[str, Team], who: dict[str, User]
) -> Indicator:
    """The row of an indicator, active and marked synthetic."""
    fields = dict(one)
    objective = Objective.objects.filter(slug=fields.pop("objective", "")).first()
    for name in ("factor", "minimum", "maximum"):
        if name in fields:
            fields[name] = Decimal(fields[name])
    return Indicator.objects.create(
        **fields | {"team": teams[fields["team"]], "owner": who[fields["owner"]]},
        objective=objective,
        perspective=objective.perspective if objective else None,
        state=Indicator.State.ACTIVE,
        source="Made up for the demo",
        synthetic=True,
    )


def value_row(key: str, at: str, value: int) -> Row:
    """A plain measurement."""
    return Row(index=0, indicator=key, at=at, value=Decimal(value))


def ratio_row(key: str, at: str, numerator: int, denominator: int) -> Row:
    """A measurement of two parts."""
    return Row(
        index=0,
        indicator=key,
        at=at,
        numerator=Decimal(numerator),
        denominator=Decimal(denominator),
    )
