"""Measurements, bitemporal: when a value holds, and when it was known.

The current value of (indicator, at) is one row of `Measurement`. A correction or a withdrawal
moves what was known before to `Superseded`, so that any past state of knowledge can be read:
current rows recorded by then, and superseded rows known then.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from indicators.models.indicator import Indicator
from teams.models import AccessToken, User
from web.decimals import ExactDecimalField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class BatchQuerySet(models.QuerySet["Batch"]):
    """The vocabulary of reading deliveries."""

    def visible_to(self, user: User) -> BatchQuerySet:
        """A person sees their own deliveries; an administrator all of them."""
        reach = user.reach
        return self if reach.is_administrator else self.filter(actor_id=reach.user_id or 0)

    def editable_by(self, user: User) -> BatchQuerySet:
        """Nobody changes what came in."""
        return self.none()

    def delivered(self) -> BatchQuerySet:
        """What people and programs sent, newest first; not what was computed."""
        return self.exclude(door=Batch.Door.DERIVED).order_by("-received_at", "-pk")


class Batch(models.Model):
    """One delivery of measurements: who, through which door, with what result."""

    class Door(models.TextChoices):
        """How the numbers came in."""

        API = "api", "REST"
        FILE = "file", "File upload"
        FORM = "form", "Entered by hand"
        COMMAND = "command", "Command line"
        DEMO = "demo", "Demo data"
        DERIVED = "derived", "Computed"
        LINK = "link", "One-time link"

    received_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    token = models.ForeignKey(AccessToken, null=True, on_delete=models.SET_NULL, related_name="+")
    door = models.CharField(max_length=8, choices=Door)
    label = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    received = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    refused = models.BooleanField(default=False, help_text="Nothing of it was stored.")
    reason = models.CharField(max_length=300, blank=True, help_text="The first refusal, in words.")
    indicator_ids = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="What it changed, where it can be undone as a whole: files and the shell.",
    )
    undone_by = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="undoes"
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"{self.get_door_display()} {self.received_at:%Y-%m-%d %H:%M}"

    @property
    def is_undoable(self) -> bool:
        """Whether it came as a whole, changed something, and still stands; an undo does not."""
        return bool(self.indicator_ids) and self.undone_by_id is None


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    """The vocabulary of reading and set-wise writing of measurements."""

    def visible_to(self, user: User | AnonymousUser) -> MeasurementQuerySet:
        """Measurements of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> MeasurementQuerySet:
        """Measurements that this person may enter, correct or withdraw."""
        return self.filter(indicator__in=Indicator.objects.enterable_by(user))

    def known_at(self, as_of: datetime) -> MeasurementQuerySet:
        """Those of today's that were known then; the others of then are in the history."""
        return self.filter(recorded_at__lte=as_of)


class Measurement(models.Model):
    """What is known now of one indicator at one instant.

    There is no surrogate id and no foreign key constraint: both cost half of the writing speed, and
    indicators are never deleted (see the decision record on storage).
    """

    pk = models.CompositePrimaryKey("indicator_id", "at")
    indicator = models.ForeignKey(
        Indicator,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="measurements",
    )
    at = models.DateTimeField()
    value = ExactDecimalField(null=True)
    numerator = ExactDecimalField(null=True)
    denominator = ExactDecimalField(null=True)
    note = models.CharField(max_length=500, default="", blank=True)
    recorded_at = models.DateTimeField()
    batch = models.ForeignKey(
        Batch,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="measurements",
    )

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__isnull=False) | models.Q(denominator__isnull=False),
                name="measurement_has_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.at:%Y-%m-%d} {self.value}"


class SupersededQuerySet(models.QuerySet["Superseded"]):
    """The vocabulary of reading the history."""

    def visible_to(self, user: User | AnonymousUser) -> SupersededQuerySet:
        """History of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> SupersededQuerySet:
        """History is never changed."""
        return self.none()

    def known_at(self, as_of: datetime) -> SupersededQuerySet:
        """Those that were current then."""
        return self.filter(recorded_at__lte=as_of, superseded_at__gt=as_of)


class Superseded(models.Model):
    """What was known of one indicator at one instant from `recorded_at` until `superseded_at`.

    Each further index would cost a tenth of the speed of corrections.
    """

    indicator = models.ForeignKey(
        Indicator,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="superseded",
    )
    at = models.DateTimeField()
    value = ExactDecimalField(null=True)
    numerator = ExactDecimalField(null=True)
    denominator = ExactDecimalField(null=True)
    note = models.CharField(max_length=500, default="", blank=True)
    recorded_at = models.DateTimeField()
    batch = models.ForeignKey(
        Batch, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    superseded_at = models.DateTimeField()
    superseded_by = models.ForeignKey(
        Batch, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    withdrawn = models.BooleanField(default=False, help_text="Withdrawn, not corrected.")

    objects = SupersededQuerySet.as_manager()

    class Meta:
        ordering = ["indicator", "at", "superseded_at"]
        verbose_name_plural = "superseded"
        indexes = [models.Index(fields=["indicator", "at"], name="superseded_indicator_at")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.at:%Y-%m-%d} {self.value} until {self.superseded_at}"


class IdempotencyKey(models.Model):
    """The answer to a request that may be sent again, kept for 48 hours."""

    holder = models.CharField(max_length=40, help_text="token:<id> or user:<id>")
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.key}"
