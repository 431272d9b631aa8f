"""The administrators' view of verdicts: looked at, not changed."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from teams.admin import ReadOnlyAdmin
from verdicts.models import Verdict, VerdictChange


@admin.register(Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    """What the worker found, and what it still has to look at."""

    list_display = ["indicator", "status", "signal", "severity", "computed_at", "waiting_since"]
    list_filter = [
        "status",
        "signal",
        "needs_talk",
        ("indicator__stale_mark__since", admin.EmptyFieldListFilter),
    ]
    search_fields = ["indicator__key", "indicator__name"]
    list_select_related = ["indicator__stale_mark"]

    @admin.display(ordering="indicator__stale_mark__since")
    def waiting_since(self, verdict: Verdict) -> datetime | None:
        """Since when it waits to be judged again."""
        return verdict.indicator.stale_mark.since


@admin.register(VerdictChange)
class VerdictChangeAdmin(ReadOnlyAdmin):
    """When a word changed."""

    list_display = ["at", "indicator", "from_status", "to_status", "to_signal", "announced_at"]
    list_filter = ["to_status", "to_signal"]
    search_fields = ["indicator__key", "indicator__name"]
    list_select_related = ["indicator"]
    date_hierarchy = "at"
