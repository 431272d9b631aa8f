"""The administrators' view of what was told to whom: looked at, not changed."""

from __future__ import annotations

from django.contrib import admin

from notifications.models import Notification, Preference
from teams.admin import ReadOnlyAdmin


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Every message: waiting, sent or failed, and why."""

    list_display = ["created_at", "kind", "recipient", "channel", "state", "attempts", "sent_at"]
    list_filter = ["state", "kind", "channel"]
    search_fields = ["occasion", "recipient__email", "error"]
    list_select_related = ["recipient"]
    date_hierarchy = "created_at"


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin):
    """What people want to be told."""

    list_display = ["user", "reminders", "alerts", "reviews"]
    search_fields = ["user__email"]
    list_select_related = ["user"]
