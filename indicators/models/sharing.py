"""Indicators on the boards of further teams, with one home each."""

from __future__ import annotations

from django.db import models
from django.utils import timezone as clock

from teams.models import Team, User


class Sharing(models.Model):
    """An indicator seen on a further team's board without being copied."""

    indicator = models.ForeignKey("Indicator", on_delete=models.CASCADE, related_name="sharings")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="sharings")
    as_kvi = models.BooleanField(default=False, help_text="It is this team's KVI too.")
    shared_at = models.DateTimeField(default=clock.now, editable=False)
    shared_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "team"], name="sharing_once"),
            models.UniqueConstraint(
                fields=["team"],
                condition=models.Q(as_kvi=True),
                name="sharing_one_kvi",
                violation_error_message="Another shared indicator is this team's KVI already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} with {self.team}"
