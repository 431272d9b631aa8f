"""Verdicts: what the worker computed of an indicator, what is stale, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from analysis.statuses import LOOKS
from indicators.models.indicator import Indicator
from teams.models import User
from web.decimals import ExactDecimalField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """The vocabulary of reading verdicts."""

    def visible_to(self, user: User | AnonymousUser) -> VerdictQuerySet:
        """Verdicts of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> VerdictQuerySet:
        """Nobody edits a verdict; it is computed."""
        return self.none()


class Verdict(models.Model):
    """All that a tile needs of an indicator; the database makes one row with each indicator."""

    class Status(models.TextChoices):
        """Where it stands against its target."""

        ON_TRACK = "on_track", LOOKS["on_track"].word
        AT_RISK = "at_risk", LOOKS["at_risk"].word
        OFF_TRACK = "off_track", LOOKS["off_track"].word
        ACHIEVED = "achieved", LOOKS["achieved"].word
        MET_AT_COST = "met_at_cost", LOOKS["met_at_cost"].word
        NO_TARGET = "no_target", LOOKS["no_target"].word
        NO_DATA = "no_data", LOOKS["no_data"].word
        STALE = "stale", LOOKS["stale"].word
        PROVISIONAL = "provisional", LOOKS["provisional"].word

    class Signal(models.TextChoices):
        """What the process-behaviour rules found."""

        IMPROVING = "improving", "Improving"
        DETERIORATING = "deteriorating", "Deteriorating"
        STEADY = "steady", "Steady"
        UNKNOWN = "unknown", "Unknown"

    indicator = models.OneToOneField(
        Indicator, primary_key=True, on_delete=models.CASCADE, related_name="verdict"
    )
    status = models.CharField(
        max_length=12, choices=Status, default=Status.NO_DATA, db_default="no_data"
    )
    signal = models.CharField(
        max_length=14, choices=Signal, default=Signal.UNKNOWN, db_default="unknown"
    )
    candidate = models.CharField(
        max_length=12,
        blank=True,
        db_default="",
        help_text="What the rules said before steadying and guard.",
    )
    needs_talk = models.BooleanField(default=False, db_default=False)
    severity = models.SmallIntegerField(
        default=0, db_default=0, help_text="Order of talk, high first."
    )
    reason = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Why, in one sentence."
    )
    note = models.CharField(max_length=300, blank=True, db_default="")
    period = models.DateField(null=True, help_text="First day of the judged period.")
    value = ExactDecimalField(null=True)
    previous = ExactDecimalField(null=True)
    expected = ExactDecimalField(null=True)
    # the tile's small line: period values, newest last; the same length as the starts
    spark_starts = ArrayField(models.DateField(), default=list, db_default=[])
    spark_values = ArrayField(models.FloatField(null=True), default=list, db_default=[])
    spark_provisional = models.BooleanField(default=False, db_default=False)
    measured_through = models.DateTimeField(null=True)
    definition_version = models.PositiveIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)
    alert_on = models.DateField(
        null=True, help_text="The newest period that the calibrated alerts tell of."
    )
    computed_at = models.DateTimeField(null=True)

    objects = VerdictQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.status}"

    @property
    def is_fresh(self) -> bool:
        """Whether nothing happened since it was computed."""
        return self.computed_at is not None and self.indicator.stale_mark.since is None


class Analysis(models.Model):
    """The whole judgement as computed, served as it is: points, limits, trend, forecast, rules."""

    indicator = models.OneToOneField(
        Indicator, primary_key=True, on_delete=models.CASCADE, related_name="analysis"
    )
    result = models.JSONField()
    steadied_by = models.JSONField(
        default=dict, help_text="The verdict before and the guard, as they were read then."
    )
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.computed_at}"


class VerdictChangeQuerySet(models.QuerySet["VerdictChange"]):
    """The vocabulary of reading changes."""

    def visible_to(self, user: User | AnonymousUser) -> VerdictChangeQuerySet:
        """Changes of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> VerdictChangeQuerySet:
        """Nobody edits what happened."""
        return self.none()

    def unannounced(self) -> VerdictChangeQuerySet:
        """Changes that nobody was told of yet."""
        return self.filter(announced_at=None)


class VerdictChange(models.Model):
    """The word changed, or an alert was raised: an event for those who tell people."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    period = models.DateField(null=True)
    from_status = models.CharField(max_length=12, choices=Verdict.Status, blank=True)
    to_status = models.CharField(max_length=12, choices=Verdict.Status)
    from_signal = models.CharField(max_length=14, choices=Verdict.Signal, blank=True)
    to_signal = models.CharField(max_length=14, choices=Verdict.Signal)
    alert = models.CharField(
        max_length=14,
        choices=Verdict.Signal,
        blank=True,
        help_text="What a calibrated alert on the newest period says; empty: none is new.",
    )
    reason = models.CharField(max_length=300, blank=True)
    announced_at = models.DateTimeField(null=True, editable=False)

    objects = VerdictChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["indicator", "-at"], name="verdict_change_indicator"),
            models.Index(
                fields=["id"],
                name="verdict_change_waiting",
                condition=models.Q(announced_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.from_status} → {self.to_status}"


class Rebase(models.Model):
    """Process limits restarted by a person, with the reason."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="rebases")
    on = models.DateField(help_text="First period of the new limits.")
    note = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["indicator", "on"]
        constraints = [models.UniqueConstraint(fields=["indicator", "on"], name="rebase_once")]

    def __str__(self) -> str:
        return f"{self.indicator} from {self.on}"
