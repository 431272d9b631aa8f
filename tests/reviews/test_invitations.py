"""Invitations, requests for commentary and reminders of actions: who gets them, each once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from indicators.models import Indicator, Sharing
from notifications.models import Notification
from reviews.invitations import attendees, invite_attendees, remind_attendees, remind_of_actions
from reviews.models import Action, Review, ReviewItem, ReviewPlan
from reviews.tasks import remind
from teams.models import Team, User
from tests.factories import make_indicator, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(red_team: Team, now: datetime) -> Review:
    plan = ReviewPlan.objects.create(team=red_team)
    return Review.objects.create(
        plan=plan, team=red_team, title="November review", opened_at=now,
        scheduled_at=now + timedelta(days=2),
    )  # fmt: skip


def item(review: Review, key: str, owner: User | None, group: str = "talk") -> ReviewItem:
    indicator = make_indicator(review.team, key, owner=owner)
    return ReviewItem.objects.create(
        review=review, indicator=indicator, group=group, reason="Off track"
    )


def test_each_owner_is_asked_once_for_all_of_theirs(
    review: Review, alice: User, carl: User, now: datetime
) -> None:
    first, _ = item(review, "one", alice), item(review, "two", alice)
    item(review, "three", carl)
    item(review, "nobodys", None)

    assert [remind_attendees(now), remind_attendees(now), remind()] == [2, 0, 0]
    asked = Notification.objects.get(recipient=alice)
    assert asked.kind == "reminder_review"
    assert [point["name"] for point in asked.context["points"]] == ["One", "Two"]
    assert asked.context["path"] == f"/reviews/{review.pk}/?item={first.pk}"


def test_who_commented_already_or_has_nothing_to_say_is_left_alone(
    review: Review, alice: User, carl: User, bob: User, now: datetime
) -> None:
    item(review, "said", alice).comment("Rain.", by=alice, seen=None, now=now)
    item(review, "routine", carl, group="inform")
    item(review, "viewers", bob)  # a viewer cannot comment

    assert remind_attendees(now) == 0


def test_nobody_is_asked_once_the_meeting_began_or_is_over(
    review: Review, alice: User, now: datetime
) -> None:
    item(review, "one", alice)

    assert remind_attendees(review.scheduled_at) == 0
    Review.objects.update(state="closed", closed_at=now)
    assert remind_attendees(now) == 0


def test_the_owner_of_a_shared_indicator_is_asked_if_the_meeting_may_be_seen(
    review: Review, now: datetime
) -> None:
    blue = make_team("Blue team")
    owner = make_user("olga", contributor=blue)
    indicator = make_indicator(blue, "shared", owner=owner)
    Sharing.objects.create(indicator=indicator, team=review.team)
    ReviewItem.objects.create(review=review, indicator=indicator, group="talk")

    assert remind_attendees(now) == 0  # the red team is for members only
    Team.objects.filter(pk=review.team_id).update(visibility="organisation")
    assert remind_attendees(now) == 1


def test_the_invitation(review: Review, alice: User, bob: User, now: datetime) -> None:
    item(review, "one", alice)
    item(review, "routine", alice, group="inform")

    assert [invite_attendees(review, now), invite_attendees(review, now)] == [2, 0]
    context = Notification.objects.get(recipient=bob).context
    assert (context["title"], context["inform"], context["minutes"]) == ("November review", 1, 45)
    assert [point["name"] for point in context["points"]] == ["One"]


def test_who_comes(review: Review, alice: User, bob: User, carl: User, charlie: User) -> None:
    assert review.plan is not None
    assert set(attendees(review)) == {alice, bob, carl}  # nobody is named: the members
    review.plan.attendees.set([bob, charlie])
    assert attendees(review) == [bob]  # charlie does not see the team
    bob.is_active = False
    bob.save()
    assert bob not in attendees(review)


def test_an_action_is_recalled_before_it_is_due_and_when_it_is_late(
    review: Review, alice: User, now: datetime
) -> None:
    today = now.date()
    Action.objects.create(review=review, text="Call", owner=alice, due_on=today + timedelta(2))
    Action.objects.create(review=review, text="Done", owner=alice, due_on=today, done_at=now)
    Action.objects.create(review=review, text="Nobody's", due_on=today)
    Action.objects.create(review=review, text="Some day", owner=alice)

    assert remind_of_actions(now) == 0
    found = [remind_of_actions(now + timedelta(days=day)) for day in range(1, 12)]
    assert found == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert Notification.objects.first().context["text"] == "Call"  # type: ignore[union-attr]


def test_nobody_is_reminded_of_what_they_may_not_see(
    review: Review, charlie: User, now: datetime
) -> None:
    Action.objects.create(review=review, text="Call", owner=charlie, due_on=now.date())

    assert remind_of_actions(now) == 0


def test_mails_about_a_persons_own_indicator_are_never_made(
    review: Review, alice: User, now: datetime
) -> None:
    """It never comes on the agenda, and is left out of commentary even if it was made private."""
    private = item(review, "own", alice)
    Indicator.objects.filter(pk=private.indicator_id).update(level="individual")
    carol = make_user("carol", contributor=review.team)
    Indicator.objects.filter(pk=private.indicator_id).update(owner=carol)

    assert remind_attendees(now) == 1
    assert Notification.objects.get().recipient == carol
