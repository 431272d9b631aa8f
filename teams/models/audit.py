"""The audit trail: who did what and when, never changed and never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from teams.models.team import Team
from teams.models.token import AccessToken
from teams.models.user import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, perhaps through a token, in which request."""

    user: User
    token: AccessToken | None = None
    request_id: str = ""

    @classmethod
    def of(cls, request: Any) -> Self:
        """The actor of a page's or the API's request."""
        token = getattr(request, "auth", None)
        return cls(
            request.user,
            token if isinstance(token, AccessToken) else None,
            getattr(request, "request_id", ""),
        )

    def note(self, action: str, *, subject: str, team: Team | None = None, **detail: Any) -> None:
        """Write the audit entry of an act."""
        AuditEntry.record(
            action,
            actor=self.user,
            token=self.token,
            request_id=self.request_id,
            subject=subject,
            team=team,
            **detail,
        )


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """The vocabulary of reading the trail."""

    def visible_to(self, user: User) -> AuditEntryQuerySet:
        """Administrators see all of it, managers what happened in their teams."""
        from teams.access import Action

        reach = user.reach
        if reach.is_administrator:
            return self
        return self.filter(team_id__in=reach.teams_for(Action.MANAGE))

    def of_person(self, words: str) -> AuditEntryQuerySet:
        """Entries whose actor or subject holds the words."""
        by = models.Q(actor__name__icontains=words) | models.Q(actor__email__icontains=words)
        return self.filter(by | models.Q(subject__icontains=words))

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

    @property
    def words(self) -> str:
        """The action as people read it: "Membership added"."""
        return self.action.replace(".", " ").replace("_", " ").capitalize()

    @property
    def facts(self) -> list[str]:
        """What the entry says besides: "role: viewer", "before: name Our organisation"."""
        told = []
        for name, value in self.detail.items():
            pairs = value.items() if isinstance(value, dict) else ()
            text = ", ".join(f"{inner} {said}" for inner, said in pairs) or str(value)
            if value not in (None, "", [], {}):
                told.append(f"{name.replace('_', ' ')}: {text}"[:200])
        return told

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
