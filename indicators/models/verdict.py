"""Verdicts: what the worker computed of an indicator, what is stale, and what changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from indicators.models.exact import ExactDecimalField
from indicators.models.indicator import Indicator
from indicators.models.quick_json import QuickJSONField
from teams.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

LEASE = timedelta(seconds=60)
# One statement, because every delivery of measurements ends with it. What is stale already and in
# nobody's hands is only locked, so that nobody takes it before the delivery is committed: writing
# these wide rows again and again would cost more than the measurements.
MARKING = """
locked AS (
    SELECT indicator_id, stale_since, claimed_at FROM indicators_verdict
     WHERE indicator_id = ANY({ids}) ORDER BY indicator_id FOR NO KEY UPDATE
), marked AS (
    UPDATE indicators_verdict verdict
       SET stale_since = coalesce(verdict.stale_since, %(now)s),
           stale_mark = verdict.stale_mark + 1, claimed_at = NULL
      FROM locked
     WHERE verdict.indicator_id = locked.indicator_id
       AND (locked.stale_since IS NULL OR locked.claimed_at IS NOT NULL)
)
"""
MARK_STALE = f"WITH {MARKING.format(ids='%(ids)s::bigint[]')} SELECT count(*) FROM locked"  # noqa: S608


class VerdictQuerySet(models.QuerySet["Verdict"]):
    """The vocabulary of reading verdicts, and of marking and claiming stale ones."""

    def visible_to(self, user: User | AnonymousUser) -> VerdictQuerySet:
        """Verdicts of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> VerdictQuerySet:
        """Nobody edits a verdict; it is computed."""
        return self.none()

    def mark_stale(self, indicator_ids: Collection[int], now: datetime) -> int:
        """Ask for these to be judged again; how many there are.

        Their rows are locked in the order of their ids until the transaction ends.
        """
        if not indicator_ids:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(MARK_STALE, {"ids": list(indicator_ids), "now": now})
            asked: int = cursor.fetchone()[0]
            return asked

    def waiting(self, now: datetime) -> VerdictQuerySet:
        """Those that are to be judged again, because something or time alone has changed them."""
        return self.filter(models.Q(stale_since__isnull=False) | models.Q(recheck_at__lte=now))

    def mark_due(self, now: datetime) -> int:
        """Ask for those to be judged again whose verdict time alone may have changed."""
        due = self.filter(recheck_at__lte=now, stale_since=None)
        return self.mark_stale(list(due.values_list("pk", flat=True)), now)

    @transaction.atomic
    def claim(self, size: int, *, now: datetime, after: int = 0) -> dict[int, int]:
        """Take up to `size` stale indicators with ids above `after`, for a minute.

        Returns the mark of each, which is compared again when the verdict is written.
        """
        free = models.Q(claimed_at=None) | models.Q(claimed_at__lt=now - LEASE)
        waiting = self.exclude(stale_since=None).filter(free, pk__gt=after).order_by("pk")
        return self._taken(waiting.select_for_update(skip_locked=True)[:size], now)

    @transaction.atomic
    def take(self, indicator_ids: Collection[int], *, now: datetime) -> dict[int, int]:
        """Take these for a minute, stale or not and whoever has them; marks as from `claim`."""
        named = self.filter(pk__in=indicator_ids).order_by("pk")
        return self._taken(named.select_for_update(), now)

    def _taken(self, rows: VerdictQuerySet, now: datetime) -> dict[int, int]:
        """Their marks; who asks for them again from now on counts the mark up."""
        marks = dict(rows.values_list("pk", "stale_mark"))
        self.filter(pk__in=marks).update(claimed_at=now)
        return marks


class Verdict(models.Model):
    """All that a tile needs of an indicator; one row an indicator, made with it."""

    class Status(models.TextChoices):
        """Where it stands against its target."""

        ON_TRACK = "on_track", "On track"
        AT_RISK = "at_risk", "At risk"
        OFF_TRACK = "off_track", "Off track"
        ACHIEVED = "achieved", "Achieved"
        MET_AT_COST = "met_at_cost", "Met at a cost"
        NO_TARGET = "no_target", "No target"
        NO_DATA = "no_data", "No data"
        STALE = "stale", "Stale"
        PROVISIONAL = "provisional", "Provisional"

    class Signal(models.TextChoices):
        """What the process-behaviour rules found."""

        IMPROVING = "improving", "Improving"
        DETERIORATING = "deteriorating", "Deteriorating"
        STEADY = "steady", "Steady"
        UNKNOWN = "unknown", "Unknown"

    indicator = models.OneToOneField(
        Indicator, primary_key=True, on_delete=models.CASCADE, related_name="verdict"
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.NO_DATA)
    signal = models.CharField(max_length=14, choices=Signal, default=Signal.UNKNOWN)
    candidate = models.CharField(
        max_length=12, blank=True, help_text="What the rules said before steadying and guard."
    )
    needs_talk = models.BooleanField(default=False)
    severity = models.SmallIntegerField(default=0, help_text="Order of talk, high first.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why, in one sentence.")
    note = models.CharField(max_length=300, blank=True)
    period = models.DateField(null=True, help_text="First day of the judged period.")
    value = ExactDecimalField(null=True)
    previous = ExactDecimalField(null=True)
    expected = ExactDecimalField(null=True)
    # the tile's small line: period values, newest last; the same length as the starts
    spark_starts = ArrayField(models.DateField(), default=list)
    spark_values = ArrayField(models.FloatField(null=True), default=list)
    spark_provisional = models.BooleanField(default=False)
    measured_through = models.DateTimeField(null=True)
    definition_version = models.PositiveIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)
    alert_on = models.DateField(
        null=True, help_text="The newest period that the calibrated alerts tell of."
    )
    computed_at = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(
        null=True, help_text="When time alone changes it: a period ends, data goes stale."
    )
    stale_since = models.DateTimeField(null=True, help_text="Judge it again: asked for at.")
    stale_mark = models.BigIntegerField(default=0, help_text="Counts what asked for it.")
    computed_mark = models.BigIntegerField(default=-1, help_text="The newest mark computed.")
    claimed_at = models.DateTimeField(null=True, help_text="A worker took it at.")

    objects = VerdictQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["indicator"],
                name="verdict_stale",
                condition=models.Q(stale_since__isnull=False),
            ),
            models.Index(fields=["recheck_at"], name="verdict_recheck"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.status}"

    @property
    def is_fresh(self) -> bool:
        """Whether nothing happened since it was computed."""
        return self.stale_since is None and self.computed_at is not None


class Analysis(models.Model):
    """The whole judgement as computed, served as it is: points, limits, trend, forecast, rules."""

    indicator = models.OneToOneField(
        Indicator, primary_key=True, on_delete=models.CASCADE, related_name="analysis"
    )
    result = QuickJSONField()
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
