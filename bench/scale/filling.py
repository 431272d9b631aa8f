"""An installation of 200 teams and 5,000 indicators, and measurements as collectors bring them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

import numpy as np

TEAMS = 200
INDICATORS = 5_000
SMALL, LARGE = 12, 50  # tiles of the two boards that are looked at
FIRST = 130  # points of a judged indicator at least, so that every stage shows the same pages
FIXED = (1_000, 4_000)  # points of the two indicators whose pages are looked at
AT_ONCE = 250_000  # rows of one COPY
NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
COPY = """
COPY measurements_measurement
    (indicator_id, at, value, numerator, denominator, note, recorded_at, batch_id) FROM STDIN
"""
# Indicators that nobody looks at get the verdict and the analysis of one that was judged.
LIKE_JUDGED = """
WITH judged AS (
    SELECT *, row_number() OVER (ORDER BY indicator_id) - 1 AS place
      FROM verdicts_verdict WHERE indicator_id = ANY(%(judged)s)
)
UPDATE verdicts_verdict waiting SET
    status = judged.status, signal = judged.signal, candidate = judged.candidate,
    needs_talk = judged.needs_talk, severity = judged.severity, reason = judged.reason,
    period = judged.period, value = judged.value, previous = judged.previous,
    expected = judged.expected, spark_starts = judged.spark_starts,
    spark_values = judged.spark_values, measured_through = judged.measured_through,
    definition_version = 1, target_version = judged.target_version,
    computed_at = judged.computed_at
  FROM judged
 WHERE judged.place = waiting.indicator_id %% %(number)s
   AND NOT waiting.indicator_id = ANY(%(judged)s)
"""
ANALYSES = """
WITH judged AS (
    SELECT *, row_number() OVER (ORDER BY indicator_id) - 1 AS place
      FROM verdicts_analysis WHERE indicator_id = ANY(%(judged)s)
)
INSERT INTO verdicts_analysis (indicator_id, result, steadied_by, computed_at)
SELECT indicator.id, judged.result, judged.steadied_by, judged.computed_at
  FROM indicators_indicator indicator JOIN judged ON judged.place = indicator.id %% %(number)s
 WHERE NOT indicator.id = ANY(%(judged)s)
ON CONFLICT (indicator_id) DO UPDATE SET result = excluded.result
"""


@dataclass(slots=True)
class Plant:
    """What was made: who looks, which indicators are judged, and how far each was measured."""

    user: Any
    token: str
    small: Any
    large: Any
    fixed: Sequence[Any]
    judged: Sequence[int]
    others: Sequence[int]
    batch: int
    points: dict[int, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many measurements there are."""
        return sum(self.points.values())


def plant() -> Plant:
    """Teams under ten departments; one board of twelve tiles and one of fifty."""
    from indicators.models import Indicator, StaleMark
    from measurements.models import Batch
    from teams.access import Scope
    from teams.models import AccessToken, Membership, Organisation, Team, User

    Organisation.current()
    user = User.objects.create_user("bench@example.org", name="Bench")
    heads = [Team.objects.create(name=f"Area {k}", slug=f"area-{k}") for k in range(10)]
    below = [
        Team.objects.create(name=f"Team {k}", slug=f"team-{k}", parent=heads[k % 10])
        for k in range(TEAMS - 10)
    ]
    small, large, *rest = [*below, *heads]
    Membership.objects.create(user=user, team=small, role="manager")
    Membership.objects.create(user=user, team=large, role="viewer")
    homes = [small] * SMALL + [large] * LARGE
    homes += list(islice(cycle(rest), INDICATORS - len(homes)))
    made = Indicator.objects.bulk_create(indicators(homes, user))
    StaleMark.objects.bulk_create([StaleMark(indicator=one) for one in made])
    give_targets(made)
    meet(small, user)
    shown = {one.pk for one in made if one.kind == "kvi" or one.team in (small, large)}
    fixed = [one for one in made if one.pk not in shown][: len(FIXED)]
    judged = sorted(shown | {one.pk for one in fixed})
    return Plant(
        user=user,
        token=AccessToken.issue(user, name="bench", scopes=list(Scope))[1],
        small=small,
        large=large,
        fixed=fixed,
        judged=judged,
        others=sorted({one.pk for one in made} - set(judged)),
        batch=Batch.objects.create(door=Batch.Door.API, actor=user).pk,
    )


def indicators(homes: Sequence[Any], user: Any) -> Iterator[Any]:
    """Daily ones: the first of a team is its KVI, the next five are key, the others watched."""
    from indicators.models import Indicator

    seen: dict[int, int] = {}
    for number, team in enumerate(homes):
        place = seen[team.pk] = seen.get(team.pk, -1) + 1
        yield Indicator(
            key=f"series-{number}",
            name=f"Measure {number} of {team.name}",
            team=team,
            owner=user,
            state="active",
            kind="kvi" if place == 0 else "kpi",
            is_key=0 < place <= 5,
            period="day",
            customer_impact="They wait less.",
            business_value="They stay.",
        )


def give_targets(made: Sequence[Any]) -> None:
    """A standing target for each, and the first version of its definition."""
    from indicators.models import DefinitionVersion, Target

    Target.objects.bulk_create(
        [Target(indicator=one, value=Decimal(100 + one.pk % 7), version=1) for one in made]
    )
    DefinitionVersion.objects.bulk_create(
        [DefinitionVersion(indicator=one, number=1, fields=one.defining_fields()) for one in made]
    )


def meet(team: Any, user: Any) -> None:
    """A weekly review of the small board's team."""
    from reviews.models import ReviewPlan

    plan = ReviewPlan(team=team, name="Weekly", next_at=NOW + timedelta(days=3), minutes=30)
    plan.save()
    plan.attendees.add(user)


def grow(plant: Plant, rows: int) -> None:
    """Measure on, day by day across all indicators, until there are so many rows."""
    aims = shares(plant, rows)
    days = max(aims.values())
    text: list[str] = []
    for back in range(days, 0, -1):
        text.extend(day_of(plant, aims, back))
        if len(text) >= AT_ONCE:
            copy(text)
            text.clear()
    copy(text)
    plant.points = aims
    run("VACUUM (ANALYZE) measurements_measurement")


def shares(plant: Plant, rows: int) -> dict[int, int]:
    """How many points each has: the judged ones enough to be shown, the others what remains."""
    aims = {one.pk: points for one, points in zip(plant.fixed, FIXED, strict=True)}
    even = (rows - sum(aims.values())) // (INDICATORS - len(aims))
    left = rows - sum(aims.values())
    for pk in plant.judged:
        if pk not in aims:
            aims[pk] = max(even, FIRST)
            left -= aims[pk]
    return aims | dict.fromkeys(plant.others, max(left // len(plant.others), 1))


def day_of(plant: Plant, aims: dict[int, int], back: int) -> Iterator[str]:
    """The lines of one day of the past, of those that do not have it yet."""
    at = (NOW - timedelta(days=back)).isoformat()
    tail = f"\t\\N\t\\N\t\t{NOW.isoformat()}\t{plant.batch}\n"
    rng = np.random.default_rng(back)
    values = np.round(rng.normal(100, 8, size=1024), 2).tolist()
    had = plant.points
    for pk, aim in aims.items():
        if had.get(pk, 0) < back <= aim:
            yield f"{pk}\t{at}\t{values[pk & 1023]}{tail}"


def copy(lines: Sequence[str]) -> None:
    """One COPY of so many lines, committed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.copy_expert(COPY, io.BytesIO("".join(lines).encode()))


def judge(plant: Plant) -> None:
    """Judge those that pages show; the others get verdicts and analyses like theirs."""
    from django.db import connection

    from indicators.models import StaleMark
    from verdicts import judging

    for start in range(0, len(plant.judged), 50):
        now = datetime.now(UTC)
        taken = StaleMark.objects.take(plant.judged[start : start + 50], now=now)
        judging.judge_batch(taken, now=now)
    given: dict[str, Any] = {"judged": list(plant.judged), "number": len(plant.judged)}
    with connection.cursor() as cursor:
        cursor.execute(LIKE_JUDGED, given)
        cursor.execute(ANALYSES, given)
    run("VACUUM (ANALYZE)")


def run(statement: str) -> None:
    """One statement outside a transaction."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
