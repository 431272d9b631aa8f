"""Definition versions: what an indicator meant from when on."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from indicators.models.indicator import Indicator
from teams.models import User


class DefinitionVersion(models.Model):
    """The defining fields as they were agreed; limits restart where a version takes effect."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    effective_on = models.DateField(null=True, help_text="First day; empty: from the beginning.")
    fields = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    target_confirmed_at = models.DateTimeField(
        null=True, help_text="When somebody said that the target still holds."
    )

    class Meta:
        ordering = ["indicator", "number"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "number"], name="definition_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator}, version {self.number}"
