"""The administrators' view of deliveries and their history: looked at, not changed."""

from __future__ import annotations

from django.contrib import admin

from measurements.models import Batch, Superseded
from teams.admin import ReadOnlyAdmin


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Deliveries of measurements."""

    list_display = ["received_at", "door", "actor", "token", "received", "created", "updated"]
    list_filter = ["door"]
    search_fields = ["label", "request_id", "actor__email"]
    list_select_related = ["actor", "token"]
    date_hierarchy = "received_at"


@admin.register(Superseded)
class SupersededAdmin(ReadOnlyAdmin):
    """What was known once and is known differently now."""

    list_display = ["indicator", "at", "value", "recorded_at", "superseded_at", "withdrawn"]
    list_filter = ["withdrawn"]
    search_fields = ["indicator__key"]
    list_select_related = ["indicator"]
