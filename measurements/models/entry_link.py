"""One-time links with which an owner enters a due value without signing in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from indicators.models.indicator import Indicator
from measurements.models.measurement import Batch
from teams.models import AuditEntry, User

LIFETIME = timedelta(days=14)
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
SALT = "indicators.entry_link"


def digest(secret: str) -> str:
    """SHA-256 of the secret; it has 256 bits of its own, so no slow hash is needed."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


class EntryLinkQuerySet(models.QuerySet["EntryLink"]):
    """The vocabulary of reading links."""

    def visible_to(self, user: User) -> EntryLinkQuerySet:
        """Links into indicators for which this person may enter values."""
        return self.filter(indicator__in=Indicator.objects.enterable_by(user))

    def editable_by(self, user: User) -> EntryLinkQuerySet:
        """Links of indicators that the user may enter values for."""
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

    def unused(self) -> EntryLinkQuerySet:
        """Those that nobody used or revoked; some may have expired."""
        return self.filter(used_at=None, revoked_at=None)


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

    @classmethod
    @transaction.atomic
    def issue(
        cls,
        indicator: Indicator,
        *,
        user: User,
        period: date,
        now: datetime,
        made_by: User | None = None,
    ) -> tuple[EntryLink, str]:
        """Make a link with its secret; what the person had for the indicator before is revoked."""
        for old in cls.objects.unused().filter(indicator=indicator, user=user):
            old.revoke(now, by=made_by)
        public_id = "".join(secrets.choice(ALPHABET) for _ in range(12))
        secret = cls.secret_of(public_id)
        link = cls.objects.create(
            public_id=public_id,
            secret_hash=digest(secret),
            indicator=indicator,
            user=user,
            period=period,
            created_at=now,
            made_by=made_by,
            expires_at=now + LIFETIME,
        )
        link.record("entry_link.issued", by=made_by)
        return link, secret

    @staticmethod
    def secret_of(public_id: str) -> str:
        """The secret of a link: 256 bits that only the installation's key can compute.

        So no table holds it, not even the outbox, and a mail that is tried again says the same.
        """
        return salted_hmac(SALT, public_id, algorithm="sha256").hexdigest()

    def matches(self, secret: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.secret_hash, digest(secret))

    def mark_used(self, now: datetime, *, batch_id: int | None) -> None:
        """It took its value and takes no other."""
        self.used_at, self.batch_id = now, batch_id
        self.save(update_fields=["used_at", "batch"])
        self.record("entry_link.used", by=self.user, batch=batch_id)

    def revoke(self, now: datetime, *, by: User | None = None) -> None:
        """End it at once; a link that was used or revoked stays as it is."""
        if self.used_at is None and self.revoked_at is None:
            self.revoked_at = now
            self.save(update_fields=["revoked_at"])
            self.record("entry_link.revoked", by=by)

    def record(self, action: str, *, by: User | None, **detail: Any) -> None:
        """Say in the audit trail what became of the link; its secret is never part of it."""
        AuditEntry.record(
            action,
            actor=by,
            subject=self.indicator.key,
            team=self.indicator.team,
            link=self.public_id,
            user=self.user.email,
            period=self.period,
            **detail,
        )
