"""Review plans, reviews with their items, decisions, and actions."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone

from indicators.models import Indicator
from teams.access import Action as Act
from teams.models import Actor, Organisation, Team, User
from verdicts.models import Verdict
from web.decimals import ExactDecimalField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ReviewPlanQuerySet(models.QuerySet["ReviewPlan"]):
    """The vocabulary of reading plans."""

    def visible_to(self, user: User | AnonymousUser) -> ReviewPlanQuerySet:
        """Plans of teams that this person may see."""
        return self.filter(team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ReviewPlanQuerySet:
        """Plans of teams whose reviews this person runs."""
        return self.filter(team__in=Team.objects.where_may(user, Act.REVIEW))

    def due(self, now: datetime) -> ReviewPlanQuerySet:
        """Active plans whose next review is to be opened: `remind_days` before the meeting.

        It opens before people meet, so that owners can write their commentary into it.
        """
        ahead = models.ExpressionWrapper(
            models.F("remind_days") * models.Value(timedelta(days=1)),
            output_field=models.DurationField(),
        )
        opens_at = models.ExpressionWrapper(
            models.F("next_at") - ahead, output_field=models.DateTimeField()
        )
        active = self.filter(is_active=True, next_at__isnull=False, team__archived_at=None)
        return active.alias(opens_at=opens_at).filter(opens_at__lte=now)


class ReviewPlan(models.Model):
    """A cadence; `next_at` is the next meeting without a review, moved when that is opened."""

    class Cadence(models.TextChoices):
        """How often the team meets."""

        WEEKLY = "weekly", "Every week"
        MONTHLY = "monthly", "Every month"
        QUARTERLY = "quarterly", "Every quarter"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="review_plans")
    name = models.CharField(max_length=80, default="Monthly review")
    cadence = models.CharField(max_length=10, choices=Cadence, default=Cadence.MONTHLY)
    weekday = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(7)],
        help_text="1 is Monday.",
    )
    nth = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="Which such weekday of the month, 1 to 4; 5 is the last.",
    )
    meets_at = models.TimeField(default=time(10, 0))
    minutes = models.PositiveSmallIntegerField(
        default=45, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    remind_days = models.PositiveSmallIntegerField(
        default=2,
        validators=[MaxValueValidator(6)],
        help_text="The review opens this many days before, for commentary.",
    )
    attendees = models.ManyToManyField(User, blank=True, related_name="review_plans")
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewPlanQuerySet.as_manager()

    class Meta:
        ordering = ["team", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__range=(1, 7)), name="review_plan_weekday"
            ),
            models.CheckConstraint(condition=models.Q(nth__range=(1, 5)), name="review_plan_nth"),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new plan gets its next meeting."""
        if self._state.adding and self.next_at is None:
            self.next_at = self.occurrence_after(timezone.now())
        super().save(*args, **kwargs)

    @transaction.atomic
    def keep(self, *, actor: Actor, attendees: Iterable[User] | None = None, now: datetime) -> None:
        """Save it with its next meeting and who comes (None: as before), as somebody's act."""
        is_new = self.pk is None
        if not is_new:
            self.reschedule(now)
        self.save()
        if attendees is not None:
            self.attendees.set(attendees)
        actor.note(
            "review_plan.created" if is_new else "review_plan.changed",
            subject=self.name,
            team=self.team,
            cadence=self.cadence,
        )

    def reschedule(self, now: datetime) -> None:
        """Set the next meeting after the cadence was changed; one that has its review stays."""
        last = self.reviews.aggregate(at=models.Max("scheduled_at"))["at"]
        after = max(now, last + timedelta(days=1)) if last else now
        self.next_at = self.occurrence_after(after)

    def slots_until(self, now: datetime) -> list[datetime]:
        """The meetings from `next_at` on whose review should be open at `now`, oldest first."""
        found: list[datetime] = []
        slot = self.next_at
        while slot is not None and slot - timedelta(days=self.remind_days) <= now:
            found.append(slot)
            slot = self.occurrence_after(slot)
        return found

    def occurrence_after(self, moment: datetime, zone: str | None = None) -> datetime:
        """The first meeting strictly after `moment`, as an aware UTC instant."""
        local = ZoneInfo(zone or Organisation.current().timezone)
        day = moment.astimezone(local).date()
        for on in self._candidates(day):
            at = datetime.combine(on, self.meets_at, local)
            if at > moment:
                return at.astimezone(ZoneInfo("UTC"))
        raise AssertionError("a cadence always has a next meeting")

    def _candidates(self, day: date) -> list[date]:
        if self.cadence == self.Cadence.WEEKLY:
            first = day + timedelta(days=(self.weekday - day.isoweekday()) % 7)
            return [first, first + timedelta(days=7)]
        step = 1 if self.cadence == self.Cadence.MONTHLY else 3
        months = [day.year * 12 + day.month - 1 + k for k in range(7)]
        starts = [m for m in months if m % step == 0]
        return [nth_weekday(m // 12, m % 12 + 1, self.weekday, self.nth) for m in starts]


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; 5 is the last one.

    >>> nth_weekday(2026, 12, 2, 2)
    datetime.date(2026, 12, 8)
    >>> nth_weekday(2026, 12, 2, 5)
    datetime.date(2026, 12, 29)
    """
    first, days = calendar.monthrange(year, month)
    found = list(range((weekday - 1 - first) % 7 + 1, days + 1, 7))
    return date(year, month, found[-1] if nth == 5 else found[nth - 1])


class ReviewClosed(Exception):
    """Somebody wanted to write into a review that is closed."""


class ReviewQuerySet(models.QuerySet["Review"]):
    """The vocabulary of reading reviews."""

    def visible_to(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Reviews of teams that this person may see."""
        return self.filter(team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Reviews that this person runs."""
        return self.filter(team__in=Team.objects.where_may(user, Act.REVIEW))

    def open(self) -> ReviewQuerySet:
        """Not closed yet."""
        return self.filter(state=Review.State.OPEN)


class Review(models.Model):
    """One meeting; once closed it shows what was known at `closed_at` for ever."""

    class State(models.TextChoices):
        """The life of a meeting."""

        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    plan = models.ForeignKey(
        ReviewPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="reviews"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reviews")
    title = models.CharField(max_length=120)
    scheduled_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    agenda_at = models.DateTimeField(
        null=True, editable=False, help_text="When the agenda was built last."
    )
    opened_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    summary = models.TextField(blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-scheduled_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "scheduled_at"], name="review_once_a_slot"),
            models.CheckConstraint(
                condition=models.Q(state="open", closed_at=None)
                | models.Q(state="closed", closed_at__isnull=False),
                name="review_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.title}"

    @property
    def is_open(self) -> bool:
        """Whether things may still be written into it."""
        return self.state == self.State.OPEN

    def hold(self) -> Review:
        """Lock it until the transaction ends and read it anew, so that what is written is in time.

        Raises ReviewClosed where nothing may be written any more. Closing holds it too, so
        whatever was accepted before is frozen with it.
        """
        held = type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
        if not held.is_open:
            raise ReviewClosed
        return held


class ReviewItemQuerySet(models.QuerySet["ReviewItem"]):
    """The vocabulary of reading agenda items."""

    def visible_to(self, user: User | AnonymousUser) -> ReviewItemQuerySet:
        """Items of visible reviews about visible indicators."""
        return self.filter(
            review__in=Review.objects.visible_to(user),
            indicator__in=Indicator.objects.visible_to(user),
        )

    def editable_by(self, user: User | AnonymousUser) -> ReviewItemQuerySet:
        """Items of reviews that this person runs."""
        return self.visible_to(user).filter(review__in=Review.objects.editable_by(user))

    def commentable_by(self, user: User | AnonymousUser) -> ReviewItemQuerySet:
        """Items on which this person may comment.

        All of a review of a team in which they enter things, and those about indicators that they
        own and enter: the owner of a shared one may be of another team.
        """
        enters = Team.objects.where_may(user, Act.ENTER)
        own = Indicator.objects.enterable_by(user).filter(owner_id=user.pk)
        return self.visible_to(user).filter(
            models.Q(review__team__in=enters) | models.Q(indicator__in=own)
        )


class ReviewItem(models.Model):
    """An indicator on the agenda, with what was known of it and what was said."""

    class Group(models.TextChoices):
        """Where it stands on the agenda."""

        TALK = "talk", "Needs a decision"
        INFORM = "inform", "For information"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="items")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="review_items")
    position = models.PositiveSmallIntegerField(default=0)
    group = models.CharField(max_length=8, choices=Group, default=Group.INFORM)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it needs talk.")
    commentary = models.TextField(blank=True)
    commented_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    commented_at = models.DateTimeField(null=True, blank=True)
    # filled at closing, and then the only source of the page: what was known then
    status = models.CharField(max_length=12, choices=Verdict.Status, blank=True)
    signal = models.CharField(max_length=14, choices=Verdict.Signal, blank=True)
    frozen = models.JSONField(null=True, blank=True)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        ordering = ["review", "position"]
        constraints = [
            models.UniqueConstraint(fields=["review", "indicator"], name="review_item_once")
        ]

    def __str__(self) -> str:
        return f"{self.review}: {self.indicator}"

    @transaction.atomic
    def comment(self, text: str, *, by: User, seen: datetime | None, now: datetime) -> bool:
        """Write the commentary if it still is the one that the writer saw, of the time `seen`.

        False when somebody else wrote meanwhile: nothing is written, and this object then holds
        their text. Raises ReviewClosed.
        """
        self.review.hold()
        unchanged = type(self).objects.filter(pk=self.pk, commented_at=seen)
        done = unchanged.update(commentary=text, commented_by=by, commented_at=now)
        self.refresh_from_db(fields=["commentary", "commented_by", "commented_at"])
        return bool(done)


class DecisionQuerySet(models.QuerySet["Decision"]):
    """The vocabulary of reading decisions."""

    def visible_to(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """Decisions on visible indicators in visible teams."""
        return self.filter(item__in=ReviewItem.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """Decisions of open reviews that this person runs."""
        runs = Review.objects.editable_by(user).open()
        return self.visible_to(user).filter(item__review__in=runs)

    def predicting(self) -> DecisionQuerySet:
        """With an expected effect that nobody has found out about for good."""
        open_ended = ["", Decision.Outcome.WAITING, Decision.Outcome.EARLY]
        return self.exclude(expected_effect=None).filter(outcome__in=open_ended)


class Decision(models.Model):
    """Keep, act, change the target or the definition, or retire; with the reason."""

    class Kind(models.TextChoices):
        """What may be decided."""

        KEEP = "keep", "Keep"
        ACT = "act", "Act"
        CHANGE_TARGET = "change_target", "Change target"
        CHANGE_DEFINITION = "change_definition", "Change definition"
        RETIRE = "retire", "Retire"

    class Outcome(models.TextChoices):
        """What the clock found of a prediction."""

        WAITING = "waiting", "Waiting for its date"
        MOVED = "moved", "Moved beyond limits"
        NOTHING = "nothing", "No detectable effect"
        OPPOSITE = "opposite", "Moved the other way"
        EARLY = "early", "Too early to say"

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=18, choices=Kind)
    reason = models.TextField(help_text="What do we see, and why?")
    doing = models.TextField(blank=True, help_text="What will we do?")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    expected_effect = ExactDecimalField(null=True, blank=True, help_text="Change of the value.")
    check_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    outcome_detail = models.JSONField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expected_effect=None) | models.Q(check_on__isnull=False),
                name="decision_prediction_has_date",
                violation_error_message="A prediction needs a date on which it is checked.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason[:60]}"


class ActionQuerySet(models.QuerySet["Action"]):
    """The vocabulary of reading actions."""

    def visible_to(self, user: User | AnonymousUser) -> ActionQuerySet:
        """Actions of visible reviews."""
        return self.filter(review__team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ActionQuerySet:
        """One's own, and those of reviews that this person runs."""
        runs = Team.objects.where_may(user, Act.REVIEW)
        return self.visible_to(user).filter(
            models.Q(owner_id=user.pk) | models.Q(review__team__in=runs)
        )

    def open(self) -> ActionQuerySet:
        """Not done yet."""
        return self.filter(done_at=None)


class Action(models.Model):
    """A promise with an owner and a due date."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="actions")
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["done_at", "due_on", "id"]

    def __str__(self) -> str:
        return self.text

    def mark(self, *, done: bool, now: datetime) -> None:
        """Tick it off or take that back, after the closing too; a repeat keeps the first time."""
        if done != (self.done_at is not None):
            self.done_at = now if done else None
            self.save(update_fields=["done_at"])
