"""When a team meets: nth weekdays, quarters, daylight saving, what is due and what was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from reviews.models import Review, ReviewPlan, nth_weekday
from teams.models import Organisation, Team
from tests import clock


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# year, month, weekday, nth, day
NTH = [
    (2026, 12, 2, 2, 8),  # second Tuesday
    (2026, 12, 2, 1, 1),  # the first day of the month
    (2026, 12, 2, 5, 29),  # the last of five
    (2026, 2, 7, 4, 22),
    (2026, 2, 7, 5, 22),  # the last of four is the fourth
    (2028, 2, 2, 5, 29),  # a leap day
    (2026, 11, 1, 1, 2),
]


@pytest.mark.parametrize(("year", "month", "weekday", "nth", "day"), NTH)
def test_nth_weekday(year: int, month: int, weekday: int, nth: int, day: int) -> None:
    assert nth_weekday(year, month, weekday, nth) == date(year, month, day)


# cadence, weekday, nth, zone, after, next
NEXT = [
    ("monthly", 2, 2, "UTC", "2026-11-21T12:00", "2026-12-08T10:00"),
    ("monthly", 2, 2, "UTC", "2026-12-08T09:59", "2026-12-08T10:00"),
    ("monthly", 2, 2, "UTC", "2026-12-08T10:00", "2027-01-12T10:00"),  # strictly after
    ("monthly", 5, 5, "UTC", "2026-12-31T00:00", "2027-01-29T10:00"),
    ("weekly", 6, 1, "UTC", "2026-11-21T09:00", "2026-11-21T10:00"),  # later today
    ("weekly", 6, 1, "UTC", "2026-11-21T12:00", "2026-11-28T10:00"),
    ("weekly", 1, 1, "UTC", "2026-12-29T12:00", "2027-01-04T10:00"),
    ("quarterly", 2, 2, "UTC", "2026-11-21T12:00", "2027-01-12T10:00"),
    ("quarterly", 2, 2, "UTC", "2027-01-12T10:00", "2027-04-13T10:00"),
    ("quarterly", 4, 5, "UTC", "2026-10-01T00:00", "2026-10-29T10:00"),
    # ten o'clock stays ten o'clock on both sides of the changes of March and October
    ("weekly", 1, 1, "Europe/Stockholm", "2026-10-20T00:00", "2026-10-26T09:00"),
    ("weekly", 1, 1, "Europe/Stockholm", "2026-10-13T00:00", "2026-10-19T08:00"),
    ("weekly", 1, 1, "Europe/Stockholm", "2026-03-24T00:00", "2026-03-30T08:00"),
    # the local day decides: it is Tuesday already in Auckland
    ("weekly", 2, 1, "Pacific/Auckland", "2026-11-23T12:00", "2026-11-23T21:00"),
]


@pytest.mark.parametrize(("cadence", "weekday", "nth", "zone", "after", "expected"), NEXT)
def test_next_meeting(
    cadence: str, weekday: int, nth: int, zone: str, after: str, expected: str
) -> None:
    plan = ReviewPlan(cadence=cadence, weekday=weekday, nth=nth)
    found = plan.occurrence_after(at(after), zone)

    assert found == at(expected)
    assert found.tzinfo is not None and found.utcoffset() == timedelta(0)


def test_a_time_that_the_clocks_skip_is_still_a_meeting() -> None:
    plan = ReviewPlan(cadence="weekly", weekday=7, meets_at=time(2, 30))
    found = plan.occurrence_after(at("2026-03-28T00:00"), "Europe/Stockholm")

    assert at("2026-03-29T00:00") < found < at("2026-03-29T03:00")


def test_a_year_of_meetings_has_no_gap_and_no_repeat() -> None:
    for cadence, number in (("weekly", 52), ("monthly", 12), ("quarterly", 4)):
        plan, moment, found = ReviewPlan(cadence=cadence), at("2026-01-01T00:00"), []
        while (moment := plan.occurrence_after(moment, "America/Sao_Paulo")) < at(
            "2027-01-01T00:00"
        ):
            found.append(moment)
        assert len(found) == number == len(set(found))


@pytest.mark.django_db
def test_a_new_plan_knows_its_next_meeting(red_team: Team) -> None:
    plan = ReviewPlan.objects.create(team=red_team)
    assert plan.next_at is not None and plan.next_at > clock.now()


@pytest.mark.django_db
def test_a_review_is_due_before_the_meeting(red_team: Team, now: datetime) -> None:
    plan = ReviewPlan.objects.create(team=red_team, next_at=now + timedelta(days=3), remind_days=3)

    assert list(ReviewPlan.objects.due(now)) == [plan]
    assert not ReviewPlan.objects.due(now - timedelta(seconds=1))
    ReviewPlan.objects.update(is_active=False)
    assert not ReviewPlan.objects.due(now)


@pytest.mark.django_db
def test_missed_slots(red_team: Team) -> None:
    plan = ReviewPlan(cadence="weekly", weekday=2, remind_days=2, team=red_team)
    plan.next_at = at("2026-11-03T10:00")

    assert [slot.day for slot in plan.slots_until(at("2026-11-15T10:00"))] == [3, 10, 17]
    assert plan.slots_until(at("2026-11-01T09:59")) == []


@pytest.mark.django_db
def test_a_new_time_does_not_bring_a_second_review_of_the_same_day(red_team: Team) -> None:
    plan = ReviewPlan.objects.create(team=red_team, cadence="weekly", weekday=2)
    slot = at("2026-11-24T10:00")
    Review.objects.create(plan=plan, team=red_team, title="x", scheduled_at=slot, opened_at=slot)
    plan.meets_at = time(15, 0)
    plan.reschedule(at("2026-11-22T12:00"))

    assert plan.next_at == at("2026-12-01T15:00")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"), [("weekday", 0), ("weekday", 8), ("nth", 0), ("nth", 6), ("remind_days", 7)]
)
def test_impossible_plans_are_refused(red_team: Team, field: str, value: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        ReviewPlan(team=red_team, **{field: value}).full_clean()

    assert field in refusal.value.message_dict


@pytest.mark.django_db
def test_one_review_a_slot(red_team: Team, now: datetime) -> None:
    plan = ReviewPlan.objects.create(team=red_team)
    fields = {"plan": plan, "team": red_team, "scheduled_at": now, "opened_at": now}
    Review.objects.create(**fields)

    with pytest.raises(IntegrityError):
        Review.objects.create(**fields)


@pytest.mark.django_db
def test_the_zone_is_that_of_the_organisation(organisation: Organisation) -> None:
    organisation.timezone = "Asia/Tokyo"
    organisation.save()

    plan = ReviewPlan(cadence="weekly", weekday=2)
    assert plan.occurrence_after(at("2026-11-21T12:00")) == at("2026-11-24T01:00")
