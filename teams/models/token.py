"""Access tokens: shown once, kept as a hash, limited by scope, team and time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils import timezone

from teams.access import Scope
from teams.models import memory
from teams.models.team import Team
from teams.models.user import User

PREFIX = "kpt"
LIFETIME = timedelta(days=90)
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def checksum(text: str) -> str:
    """Six characters that tell a mistyped or truncated token before any look-up."""
    return f"{zlib.crc32(text.encode()):08x}"[:6]


def hash_secret(secret: str) -> str:
    """SHA-256 of the secret; it has 190 bits of its own, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_key(key: str) -> tuple[str, str] | None:
    """The public id and the secret of a token as sent, or None where it cannot be one."""
    parts = key.split("_")
    if len(parts) != 3 or parts[0] != PREFIX or len(parts[2]) < 20:
        return None
    public_id, secret, check = parts[1], parts[2][:-6], parts[2][-6:]
    expected = checksum(f"{PREFIX}_{public_id}_{secret}")
    return (public_id, secret) if hmac.compare_digest(expected, check) else None


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """The vocabulary of reading tokens."""

    def visible_to(self, user: User) -> AccessTokenQuerySet:
        """A person sees their own tokens; an administrator all of them."""
        reach = user.reach
        return self if reach.is_administrator else self.filter(user_id=reach.user_id or 0)

    def editable_by(self, user: User) -> AccessTokenQuerySet:
        """Tokens that the user may revoke: all that are visible."""
        return self.visible_to(user)

    def alive(self, now: datetime) -> AccessTokenQuerySet:
        """Neither revoked nor expired, of an active person."""
        fresh = models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        return self.filter(fresh, revoked_at=None, user__is_active=True)


class AccessToken(models.Model):
    """A key with which a program acts for a person."""

    public_id = models.CharField(max_length=16, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=32), default=list)
    teams = models.ManyToManyField(Team, blank=True, related_name="tokens")
    is_limited = models.BooleanField(
        default=False, editable=False, help_text="Works in its teams alone, even when none is left."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({PREFIX}_{self.public_id}_…)"

    @classmethod
    @transaction.atomic
    def issue(
        cls,
        user: User,
        *,
        name: str,
        scopes: Collection[Scope],
        teams: Iterable[Team] = (),
        lifetime: timedelta | None = LIFETIME,
        by: User | None = None,
    ) -> tuple[AccessToken, str]:
        """Create a token and return it with its key, which cannot be shown again.

        `by` is who made it, for the audit trail; None is the command line.
        """
        public_id = "".join(secrets.choice(ALPHABET) for _ in range(10))
        secret = "".join(secrets.choice(ALPHABET) for _ in range(36))
        now, teams = timezone.now(), list(teams)
        token = cls.objects.create(
            public_id=public_id,
            secret_hash=hash_secret(secret),
            user=user,
            name=name,
            scopes=sorted(scope.value for scope in scopes),
            is_limited=bool(teams),
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        )
        token.teams.set(teams)
        token.record("token.issued", by=by, scopes=token.scopes)
        start = f"{PREFIX}_{public_id}_{secret}"
        return token, start + checksum(start)

    @property
    def has_lost_its_teams(self) -> bool:
        """Whether the token was limited to teams that no longer exist, and so works nowhere."""
        return self.is_limited and not self.teams.all()

    def matches(self, secret: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.secret_hash, hash_secret(secret))

    def is_alive(self, now: datetime) -> bool:
        """Whether it may be used at `now`."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def allows(self, scope: Scope) -> bool:
        """Whether the token carries the scope."""
        return scope.value in self.scopes

    def revoke(self, now: datetime, *, by: User | None = None) -> None:
        """End the token at once; repeating it changes nothing."""
        if self.revoked_at is None:
            self.revoked_at = now
            self.save(update_fields=["revoked_at"])
            self.record("token.revoked", by=by)
            memory.forget()

    def record(self, action: str, *, by: User | None, **detail: Any) -> None:
        """Say in the audit trail what was done to the token; its key is never part of it."""
        from teams.models.audit import AuditEntry

        whose = self.user.email
        AuditEntry.record(action, actor=by, subject=str(self), token=self, user=whose, **detail)
