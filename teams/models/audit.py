"""The audit trail: who did what and when, never changed and never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from teams.models.team import Team
from teams.models.token import AccessToken
from teams.models.user import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """The vocabulary of reading the trail."""

    def visible_to(self, user: User) -> AuditEntryQuerySet:
        """Administrators see all of it, managers what happened in their teams."""
        from teams.access import Action

        reach = user.reach
        if reach.is_administrator:
            return self
        return self.filter(team_id__in=reach.teams_for(Action.MANAGE))

    def editable_by(self, user: User) -> AuditEntryQuerySet:
        """Nobody changes the trail."""
        return self.none()


class AuditEntry(models.Model):
    """One act. A database trigger refuses UPDATE and DELETE."""

    at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    actor = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    token = models.ForeignKey(
        AccessToken, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    team = models.ForeignKey(
        Team, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    detail = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["team", "-at"], name="audit_team_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"

    @classmethod
    def record(
        cls,
        action: str,
        *,
        actor: User | AnonymousUser | None,
        subject: str = "",
        team: Team | int | None = None,
        token: AccessToken | None = None,
        request_id: str = "",
        now: datetime | None = None,
        **detail: Any,
    ) -> AuditEntry:
        """Write one entry; `team` may be its id alone, and `detail` must be plain data."""
        return cls.objects.create(
            at=now or timezone.now(),
            action=action,
            actor_id=getattr(actor, "pk", None),
            token_id=getattr(token, "pk", None),
            subject=subject[:200],
            team_id=team.pk if isinstance(team, Team) else team,
            detail=detail,
            request_id=request_id,
        )
