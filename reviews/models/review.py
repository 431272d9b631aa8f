"""Reviews: a meeting over a team's indicators, frozen when closed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models, transaction

from indicators.models import Indicator
from reviews.models.plan import ReviewPlan
from teams.access import Action
from teams.models import Team, User
from verdicts.models import Verdict

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ReviewClosed(Exception):
    """Somebody wanted to write into a review that is closed."""


class ReviewQuerySet(models.QuerySet["Review"]):
    """The vocabulary of reading reviews."""

    def visible_to(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Reviews of teams that this person may see."""
        return self.filter(team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Reviews that this person runs."""
        return self.filter(team__in=Team.objects.where_may(user, Action.REVIEW))

    def commentable_by(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Reviews in which this person may write commentary."""
        return self.filter(team__in=Team.objects.where_may(user, Action.ENTER))

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
        own = Indicator.objects.enterable_by(user).filter(owner_id=user.pk)
        return self.visible_to(user).filter(
            models.Q(review__in=Review.objects.commentable_by(user)) | models.Q(indicator__in=own)
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
