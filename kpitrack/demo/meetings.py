"""The demo's past: last month's reviews on what was known then, and a correction since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from measurements.row import Row
from reviews import closing, deciding, opening
from reviews.models import Action, Review, ReviewItem, ReviewPlan
from teams.models import Actor, Team, User

BACK = timedelta(days=40)  # a monthly meeting lies in every span of 35 days
MEETING = timedelta(minutes=45)


def plan_reviews(teams: Iterable[Team]) -> dict[int, ReviewPlan]:
    """A monthly review for each of the teams, by the team's id."""
    plans = {}
    for team in teams:
        plans[team.pk] = plan = ReviewPlan.objects.create(team=team)
        plan.attendees.set(User.objects.filter(memberships__team=team))
    return plans


def last_meeting(now: datetime) -> datetime:
    """When the monthly meetings of last month were."""
    return ReviewPlan().occurrence_after(now - BACK)


def known_at(rows: list[Row], then: datetime, corrections: Mapping[str, float]) -> list[Row]:
    """What had been measured by a time; the newest values of `corrections` not yet corrected.

    A value is known when its period is over: as long after its day as the next one follows.
    """
    series: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        series[row.indicator].append(row)
    known = []
    for key, found in series.items():
        days = [date.fromisoformat(str(row.at)) for row in found]
        length = days[1] - days[0] if len(days) > 1 else timedelta(days=1)
        before = [r for r, on in zip(found, days, strict=True) if on + length <= then.date()]
        if before and key in corrections:
            before[-1] = mistold(before[-1], corrections[key])
        known += before
    return known


def mistold(row: Row, times: float) -> Row:
    """The row with the numerator that was reported at first."""
    assert isinstance(row.numerator, Decimal)
    return msgspec.structs.replace(row, numerator=round(row.numerator * Decimal(times)))


def hold_last_reviews(
    plans: Mapping[int, ReviewPlan],
    talks: Iterable[Mapping[str, Any]],
    who: Mapping[str, User],
    then: datetime,
) -> None:
    """Open the planned reviews of last month, say and decide what was said, and close them."""
    for plan in plans.values():
        plan.next_at = then
        plan.save(update_fields=["next_at"])
        opening.open_at(plan, then, by=None, now=then)
    for talk in talks:
        item = ReviewItem.objects.get(indicator__key=talk["indicator"], review__scheduled_at=then)
        speak(item, talk, who, then)
    for review in Review.objects.filter(scheduled_at=then):
        closing.close_review(review, actor=Actor(who["ingrid"]), now=then + MEETING)


def speak(
    item: ReviewItem, talk: Mapping[str, Any], who: Mapping[str, User], then: datetime
) -> None:
    """Commentary, a decision and perhaps an action on one item."""
    item.commentary, item.commented_by = talk["commentary"], who[talk["by"]]
    item.commented_at = then
    item.save(update_fields=["commentary", "commented_by", "commented_at"])
    fields = {name: talk[name] for name in ("kind", "reason", "doing")}
    fields["owner"] = who[talk["owner"]]
    if "expected_effect" in talk:
        fields["expected_effect"] = Decimal(talk["expected_effect"])
        fields["check_on"] = (then + timedelta(days=talk["check_after_days"])).date()
    deciding.decide(item, fields, by=who["ingrid"], seen=None, now=then)
    if "action" in talk:
        promise = Action(text=talk["action"], owner=who[talk["owner"]])
        promise.due_on = (then + timedelta(days=35)).date()
        deciding.promise(item.review, promise, item=item)


def look_ahead(plans: Mapping[int, ReviewPlan], now: datetime) -> None:
    """The next meetings lie in the future; the clock opens them."""
    for plan in plans.values():
        plan.next_at = plan.occurrence_after(now)
        plan.save(update_fields=["next_at"])
