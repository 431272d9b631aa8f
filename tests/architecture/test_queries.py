"""No page and no list asks the database more often because there are more rows or more people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import Annotation, Comment, DefinitionVersion, Indicator, Sharing
from measurements.models import Batch, Measurement, Superseded
from notifications.models import Notification
from reviews.models import Action, Decision, Review, ReviewItem, ReviewPlan
from reviews.snapshots import snapshots
from teams.access import Scope
from teams.models import AccessToken, Membership, Organisation, Team, User
from tests import factories
from tests.architecture.access import ROWS, Row
from tests.architecture.test_access import Stage, make_stage, told
from tests.judged import judge_now

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MANY = 50
ROLES = ("alice", "carl", "dora")
PAGES = [
    (row, next(role for role in ROLES if row.answers[role] == "200"))
    for row in ROWS
    if row.method == "GET" and "200" in (row.answers[role] for role in ROLES)
    # one-time links and mails tell of one thing, and these ask no rows at all
    if not row.path.startswith(("/enter/", "/mails/", "/accounts/", "/healthz", "/api/v1/docs/"))
]


def queries_of(stage: Stage, row: Row, role: str) -> int:
    """How often a page asks the database, when it was asked for before."""
    assert told(stage.send(row, role)) == "200", row
    with CaptureQueriesContext(connection) as found:
        stage.send(row, role)
    return len(found)


def grow(stage: Stage, count: int) -> None:
    """More people in the red team, each with something of every kind."""
    red, green = (Team.objects.get(slug=stage.places[name]) for name in ("teams", "green"))
    for _ in range(count):
        person = factories.make_user(manager=red)
        Membership.objects.create(user=person, team=green, role="viewer")
        found = make_owned(red, person)
        Sharing.objects.create(indicator=found, team=green, shared_by=person, shared_at=NOW)
        talk_about(Indicator.objects.get(key="wait"), red, person)
        for review in (stage.places["reviews"], stage.places["closed"]):
            discuss(Review.objects.get(pk=review), found, person)
        other = factories.make_team(parent=red, lead=person)
        plan = ReviewPlan.objects.create(team=red, next_at=NOW + timedelta(days=9))
        plan.attendees.set(User.objects.filter(memberships__team=red))
        ReviewPlan.objects.get(pk=stage.places["review-plans"]).attendees.add(person)
        Review.objects.create(
            team=red, plan=plan, title="Past", scheduled_at=NOW, opened_at=NOW, opened_by=person,
            closed_by=person, state="closed", closed_at=NOW,
        )  # fmt: skip
        for who in ("alice", "carl", "dora"):
            belong_to(stage.people[who], red, other, found)


def make_owned(team: Team, person: User) -> Indicator:
    """A judged indicator with an owner, a target, an objective, a guard, and one made of it."""
    objective = factories.make_objective(team, owner=person)
    found = factories.make_indicator(team, owner=person, objective=objective)
    factories.make_target(found)
    factories.make_measurements(found, [90, 95], first=date(2026, 9, 1))
    made = factories.make_indicator(
        team, owner=person, source_kind="formula", formula=f"{{{found.key}}} * 2",
        inputs=[found.key], guard=found,
    )  # fmt: skip
    found.stakeholders.add(person)
    judge_now([found.pk, made.pk], now=NOW)
    return found


def talk_about(indicator: Indicator, team: Team, person: User) -> None:
    """What people write at one indicator."""
    number = DefinitionVersion.objects.filter(indicator=indicator).count()
    on = date(2020, 1, 1) + timedelta(days=number)
    for where in (indicator, None):
        Annotation.objects.create(team=team, indicator=where, on=on, text="x", author=person)
    Comment.objects.create(indicator=indicator, author=person, text="x", made_at=NOW)
    indicator.rebases.create(on=on, note="x", made_by=person)
    indicator.stakeholders.add(person)
    DefinitionVersion.objects.create(
        indicator=indicator, number=number + 1, made_by=person, made_at=NOW, effective_on=on,
        fields=indicator.defining_fields(), note="x",
    )  # fmt: skip
    token = AccessToken.issue(person, name="x", scopes=[Scope.INDICATORS_READ])[0]
    batch = Batch.objects.create(actor=person, token=token, door="api", indicator_ids=[])
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)
    fields = {"indicator": indicator, "at": at, "value": 1, "recorded_at": NOW, "batch": batch}
    Measurement.objects.create(**fields)
    Superseded.objects.create(**fields, superseded_at=NOW, superseded_by=batch)


def discuss(review: Review, indicator: Indicator, person: User) -> None:
    """An item with its commentary, a decision and a promise."""
    item = ReviewItem.objects.create(
        review=review, indicator=indicator, commentary="x", commented_by=person, commented_at=NOW
    )
    decision = Decision.objects.create(
        item=item, kind="act", reason="x", owner=person, decided_by=person, decided_at=NOW
    )
    Action.objects.create(review=review, decision=decision, text="x", owner=person)
    if not review.is_open:
        item.frozen = snapshots(review, [item], NOW)[item.pk]
        item.save()


def belong_to(person: User | None, team: Team, other: Team, indicator: Indicator) -> None:
    """What only one person sees."""
    assert person is not None
    token, _ = AccessToken.issue(person, name="x", scopes=[Scope.INDICATORS_READ], teams=[other])
    Batch.objects.create(actor=person, token=token, door="file", indicator_ids=[indicator.pk])
    Notification.objects.create(
        kind="alert_status", occasion=indicator.key, recipient=person, team=team
    )
    Membership.objects.get_or_create(user=person, team=other, defaults={"role": "viewer"})


def test_more_rows_and_people_take_no_more_queries(organisation: Organisation) -> None:
    stage = make_stage(NOW)
    grow(stage, 1)
    few = [queries_of(stage, *page) for page in PAGES]
    grow(stage, MANY)
    many = [queries_of(stage, *page) for page in PAGES]

    assert not {
        f"{row} as {role}": f"{before} to {after}"
        for (row, role), before, after in zip(PAGES, few, many, strict=True)
        if after > before
    }
