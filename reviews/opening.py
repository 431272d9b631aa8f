"""Opening: the clock opens what is due, a manager opens by hand, and the agenda is filled."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from reviews import agenda
from reviews.invitations import invite_attendees
from reviews.models import Review, ReviewItem, ReviewPlan
from teams.models import AuditEntry, Organisation, Team, User
from web.loops import isolated

log = logging.getLogger(__name__)


def open_due_reviews(now: datetime) -> int:
    """Open every review whose time has come and renew agendas at the meeting; returns how many."""
    opened = 0
    for plan_id in list(ReviewPlan.objects.due(now).order_by("pk").values_list("pk", flat=True)):
        with isolated(log, "review plan %s not opened", plan_id):
            opened += open_slot(plan_id, now) is not None
    renew_agendas(now)
    return opened


@transaction.atomic
def open_slot(plan_id: int, now: datetime) -> Review | None:
    """Open the newest slot of a plan that is due; None when somebody else did.

    Slots that were missed while nothing ran are passed over.
    """
    plan = ReviewPlan.objects.due(now).filter(pk=plan_id).select_related("team").first()
    return open_at(plan, plan.slots_until(now)[-1], by=None, now=now) if plan else None


@transaction.atomic
def open_next(plan: ReviewPlan, *, by: User, now: datetime) -> Review | None:
    """Open the next meeting of a plan before its time; None when somebody else did."""
    slots = plan.slots_until(now) or [plan.next_at or plan.occurrence_after(now)]
    return open_at(plan, slots[-1], by=by, now=now)


def open_at(plan: ReviewPlan, slot: datetime, *, by: User | None, now: datetime) -> Review | None:
    """Claim a slot and open its review.

    The conditional UPDATE of `next_at` claims the slot, and the constraint on (plan, scheduled_at)
    keeps its review the only one.
    """
    claimed = ReviewPlan.objects.filter(pk=plan.pk, next_at=plan.next_at)
    if not claimed.update(next_at=plan.occurrence_after(slot)):
        return None
    review, is_new = Review.objects.get_or_create(
        plan=plan,
        scheduled_at=slot,
        defaults={
            "team": plan.team,
            "title": title_of(plan, slot),
            "opened_at": now,
            "opened_by": by,
        },
    )
    if is_new:
        start(review, by=by, now=now)
    return review if is_new else None


@transaction.atomic
def open_now(team: Team, *, by: User, now: datetime, title: str = "") -> tuple[Review, bool]:
    """Open a review by hand; where one is open already that one is given back, and False."""
    # two clicks at once make one review
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    present = Review.objects.filter(team=team).open().order_by("scheduled_at").first()
    if present is not None:
        return present, False
    day = now.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    review = Review.objects.create(
        team=team,
        title=title.strip() or f"Review of {day.day} {day:%B %Y}",
        scheduled_at=now,
        opened_at=now,
        opened_by=by,
    )
    start(review, by=by, now=now)
    return review, True


def start(review: Review, *, by: User | None, now: datetime) -> None:
    """Fill the agenda of a new review, note it, and invite."""
    fill_agenda(review, now)
    AuditEntry.record(
        "review.opened", actor=by, subject=review.title, team=review.team, review=review.pk
    )
    invite_attendees(review, now)


def title_of(plan: ReviewPlan, slot: datetime) -> str:
    """The name of the period that is looked back on: "Week 46 review", "November review".

    A meeting in the first half of a month (of a quarter) is about the one before.
    """
    local = slot.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    if plan.cadence == ReviewPlan.Cadence.WEEKLY:
        return f"Week {(local - timedelta(days=7)).isocalendar().week} review"
    if plan.cadence == ReviewPlan.Cadence.MONTHLY:
        return f"{local - timedelta(days=15):%B} review"
    about = local - timedelta(days=45)
    return f"Q{(about.month + 2) // 3} {about.year} review"


def renew_agendas(now: datetime) -> int:
    """Build the agenda again when the meeting begins: it was opened days before."""
    begun = Q(agenda_at=None) | Q(agenda_at__lt=F("scheduled_at"))
    waiting = Review.objects.open().filter(begun, scheduled_at__lte=now)
    renewed = 0
    for review in waiting.select_related("team"):
        with isolated(log, "agenda of review %s not renewed", review.pk), transaction.atomic():
            mine = Review.objects.open().filter(begun, pk=review.pk).update(agenda_at=now)
            if mine:
                fill_agenda(review, now)
                renewed += 1
    return renewed


def fill_agenda(review: Review, now: datetime) -> None:
    """Write the agenda as it stands now; commentary and decisions stay with their item.

    Items that left the board go, unless somebody wrote something about them.
    """
    review.agenda_at = now
    review.save(update_fields=["agenda_at"])
    entries = agenda.build_agenda(review, now)
    rows = [
        ReviewItem(
            review=review,
            indicator_id=entry.indicator_id,
            position=place,
            group=entry.group,
            reason=entry.reason,
        )
        for place, entry in enumerate(entries)
    ]
    ReviewItem.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["review", "indicator"],
        update_fields=["position", "group", "reason"],
    )
    gone = review.items.exclude(indicator__in=[entry.indicator_id for entry in entries])
    gone.filter(commented_at=None, decisions=None).delete()
