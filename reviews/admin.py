"""The administrators' view of reviews, decisions and actions: looked at, not changed."""

from __future__ import annotations

from django.contrib import admin

from reviews.models import Action, Decision, Review, ReviewItem, ReviewPlan
from teams.admin import ReadOnlyAdmin, ReadOnlyInline


@admin.register(ReviewPlan)
class ReviewPlanAdmin(ReadOnlyAdmin):
    """When teams meet."""

    list_display = ["name", "team", "cadence", "meets_at", "next_at", "is_active"]
    list_filter = ["cadence", "is_active"]
    search_fields = ["name", "team__name"]
    list_select_related = ["team"]


class ReviewItemInline(ReadOnlyInline):
    """The agenda."""

    model = ReviewItem
    fields = ["position", "indicator", "group", "reason", "status", "signal", "commented_by"]


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """The meetings."""

    list_display = ["title", "team", "scheduled_at", "state", "closed_at", "closed_by"]
    list_filter = ["state"]
    search_fields = ["title", "team__name", "summary"]
    list_select_related = ["team", "closed_by"]
    date_hierarchy = "scheduled_at"
    inlines = [ReviewItemInline]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """What was decided, and whether it worked."""

    list_display = ["decided_at", "item", "kind", "decided_by", "check_on", "outcome"]
    list_filter = ["kind", "outcome"]
    search_fields = ["reason", "doing", "item__indicator__key", "item__indicator__name"]
    list_select_related = ["item__review", "item__indicator", "decided_by"]


@admin.register(Action)
class ActionAdmin(ReadOnlyAdmin):
    """Who promised what."""

    list_display = ["text", "owner", "due_on", "done_at", "review"]
    list_filter = [("done_at", admin.EmptyFieldListFilter)]
    search_fields = ["text", "owner__email", "review__title"]
    list_select_related = ["owner", "review"]
