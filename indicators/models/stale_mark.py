"""Stale marks: which indicators wait to be judged, and which of them a worker holds.

A narrow row of its own, so that deliveries and definitions lock only this row and never the wide
verdict. Whoever locks several locks them in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, models, transaction

from indicators.models.indicator import Indicator
from teams.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

LEASE = timedelta(seconds=60)
# After this many failures in a row the wait before the next try no longer doubles.
MOST_DOUBLINGS = 11  # about a day and a half
# One statement, because every delivery of measurements ends with it. A mark that is set already and
# in nobody's hands is only locked, so that nobody takes it before the delivery is committed.
MARKING = """
locked AS (
    SELECT indicator_id, since, leased_until FROM indicators_stalemark
     WHERE indicator_id = ANY({ids}) ORDER BY indicator_id FOR NO KEY UPDATE
), marked AS (
    UPDATE indicators_stalemark mark
       SET since = coalesce(mark.since, %(now)s), number = mark.number + 1, leased_until = NULL,
           failures = 0, problem = ''
      FROM locked
     WHERE mark.indicator_id = locked.indicator_id
       AND (locked.since IS NULL OR locked.leased_until IS NOT NULL)
)
"""
SET = f"WITH {MARKING.format(ids='%(ids)s::bigint[]')} SELECT count(*) FROM locked"  # noqa: S608


class StaleMarkQuerySet(models.QuerySet["StaleMark"]):
    """The vocabulary of asking for judgements and of claiming them."""

    def visible_to(self, user: User | AnonymousUser) -> StaleMarkQuerySet:
        """Marks of indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> StaleMarkQuerySet:
        """Nobody edits a mark; what changes an indicator sets it."""
        return self.none()

    def set_for(self, indicator_ids: Collection[int], now: datetime) -> int:
        """Ask for these to be judged again; returns how many there are.

        Their rows stay locked, in the order of their ids, until the transaction ends.
        """
        if not indicator_ids:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(SET, {"ids": list(indicator_ids), "now": now})
            asked: int = cursor.fetchone()[0]
            return asked

    def set_due(self, now: datetime) -> int:
        """Ask for those to be judged again whose verdict time alone may have changed."""
        due = self.filter(recheck_at__lte=now, since=None)
        return self.set_for(list(due.values_list("pk", flat=True)), now)

    def waiting(self) -> StaleMarkQuerySet:
        """Those whose indicator is to be judged again."""
        return self.exclude(since=None)

    def stale_at(self, now: datetime) -> StaleMarkQuerySet:
        """Those to be judged again because something, or time alone, has changed them."""
        return self.filter(models.Q(since__isnull=False) | models.Q(recheck_at__lte=now))

    @transaction.atomic
    def claim(self, size: int, *, now: datetime, after: int = 0) -> dict[int, int]:
        """Lease up to `size` stale indicators with ids above `after`.

        Returns the number of each mark, which is compared again when the verdict is written.
        """
        free = models.Q(leased_until=None) | models.Q(leased_until__lt=now)
        rows = self.waiting().filter(free, pk__gt=after).order_by("pk")
        return self._leased(rows.select_for_update(skip_locked=True)[:size], now)

    @transaction.atomic
    def take(self, indicator_ids: Collection[int], *, now: datetime) -> dict[int, int]:
        """Lease these, stale or not and whoever holds them; numbers as from `claim`."""
        named = self.filter(pk__in=indicator_ids).order_by("pk")
        return self._leased(named.select_for_update(), now)

    def locked(self, indicator_ids: Collection[int]) -> dict[int, StaleMark]:
        """Lock the marks of these indicators, in the order in which everybody locks them."""
        rows = self.filter(pk__in=indicator_ids).order_by("pk").select_for_update(no_key=True)
        return {row.pk: row for row in rows}

    @transaction.atomic
    def fail(self, problems: Mapping[int, str], *, now: datetime) -> None:
        """Note why these could not be judged; each failure in a row doubles the wait."""
        rows = self.locked(problems)
        for row in rows.values():
            row.failures += 1
            row.problem = problems[row.pk][:300]
            row.leased_until = now + LEASE * 2 ** min(row.failures - 1, MOST_DOUBLINGS)
        self.bulk_update(rows.values(), ["failures", "problem", "leased_until"])

    def _leased(self, rows: StaleMarkQuerySet, now: datetime) -> dict[int, int]:
        """Their numbers; whoever sets a mark from now on counts its number up."""
        numbers = dict(rows.values_list("pk", "number"))
        self.filter(pk__in=numbers).update(leased_until=now + LEASE)
        return numbers


class StaleMark(models.Model):
    """Whether an indicator waits to be judged again; made with the indicator."""

    indicator = models.OneToOneField(
        Indicator, primary_key=True, on_delete=models.CASCADE, related_name="stale_mark"
    )
    since = models.DateTimeField(null=True, help_text="Judge it again: asked for at.")
    number = models.BigIntegerField(default=0, help_text="Counts what asked for it.")
    judged = models.BigIntegerField(default=-1, help_text="The newest number that was judged.")
    leased_until = models.DateTimeField(null=True, help_text="A worker holds it until then.")
    recheck_at = models.DateTimeField(
        null=True, help_text="When time alone changes the verdict: a period ends, data goes stale."
    )
    failures = models.PositiveIntegerField(
        default=0, help_text="How often in a row judging failed."
    )
    problem = models.CharField(max_length=300, blank=True, help_text="Why it failed last.")

    objects = StaleMarkQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["indicator"],
                name="stale_mark_waiting",
                condition=models.Q(since__isnull=False),
            ),
            models.Index(fields=["recheck_at"], name="stale_mark_recheck"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {'stale' if self.since else 'fresh'}"

    def is_stale_at(self, now: datetime) -> bool:
        """Whether something, or time alone, has changed what the verdict rests on."""
        return self.since is not None or (self.recheck_at is not None and self.recheck_at <= now)

    def settle(self, number: int, *, recheck_at: datetime) -> None:
        """Note that the judgement asked for by `number` is written; the caller saves."""
        self.judged, self.recheck_at = number, recheck_at
        self.failures, self.problem = 0, ""
        if self.number == number:
            self.since = self.leased_until = None
