"""One-time links with which an owner enters a due value without signing in."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone

from indicators.models.indicator import Indicator
from indicators.models.measurement import Batch
from teams.models import User


class EntryLinkQuerySet(models.QuerySet["EntryLink"]):
    """The vocabulary of reading links."""

    def visible_to(self, user: User) -> EntryLinkQuerySet:
        """Links into indicators for which this person may enter values."""
        return self.filter(indicator__in=Indicator.objects.enterable_by(user))

    def editable_by(self, user: User) -> EntryLinkQuerySet:
        """Whoever may enter values may make and revoke links for it."""
        return self.visible_to(user)

    def alive(self, now: datetime) -> EntryLinkQuerySet:
        """Neither used, revoked nor expired, of an active person and an active indicator."""
        return self.filter(
            used_at=None,
            revoked_at=None,
            expires_at__gt=now,
            user__is_active=True,
            indicator__state=Indicator.State.ACTIVE,
        )


class EntryLink(models.Model):
    """A link that takes exactly one value of one indicator for one period from one person."""

    public_id = models.CharField(max_length=16, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="entry_links")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", help_text="In whose name it enters."
    )
    period = models.DateField(help_text="First day of the period whose value it takes.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: a reminder."
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = EntryLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.indicator}, {self.period}"
