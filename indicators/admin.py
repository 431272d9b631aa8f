"""The administrators' view of indicators and what was computed of them: looked at, not changed."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from indicators.models import (
    Annotation,
    Comment,
    DefinitionVersion,
    Indicator,
    Milestone,
    Objective,
    Perspective,
    Sharing,
    StaleMark,
    Target,
)
from teams.admin import AuditedAdmin, ReadOnlyAdmin, ReadOnlyInline
from teams.models import User
from web import wake


class SharingInline(ReadOnlyInline):
    """The further boards that show it."""

    model = Sharing


class VersionInline(ReadOnlyInline):
    """Its definition versions."""

    model = DefinitionVersion
    fields = ["number", "effective_on", "note", "made_by", "made_at"]
    readonly_fields = ["made_at"]


@admin.register(Indicator)
class IndicatorAdmin(ReadOnlyAdmin):
    """All indicators; they can be judged again."""

    list_display = ["key", "name", "team", "kind", "state", "is_key", "owner", "status"]
    list_filter = ["state", "kind", "level", "is_key", "source_kind", "verdict__status"]
    search_fields = ["key", "name", "description", "team__name", "owner__email"]
    list_select_related = ["team", "owner", "verdict"]
    inlines = [SharingInline, VersionInline]
    actions = ["judge_again"]

    @admin.display(ordering="verdict__status")
    def status(self, indicator: Indicator) -> str:
        """Return the status in words."""
        return indicator.verdict.get_status_display()

    @admin.action(description="Judge again")
    def judge_again(self, request: HttpRequest, queryset: QuerySet[Indicator]) -> None:
        """Ask for a new judgement of the chosen ones."""
        assert isinstance(request.user, User)
        ids = list(queryset.values_list("pk", flat=True))
        marked = StaleMark.objects.visible_to(request.user).set_for(ids, timezone.now())
        wake.wake_worker_on_commit()
        self.message_user(request, f"{marked} will be judged again in a moment.")


class MilestoneInline(ReadOnlyInline):
    """The steps on the way."""

    model = Milestone


@admin.register(Target)
class TargetAdmin(ReadOnlyAdmin):
    """Every version of every target."""

    list_display = ["indicator", "version", "kind", "comparator", "value", "due_on", "ended_at"]
    list_filter = ["kind", "comparator", "gives_status"]
    search_fields = ["indicator__key", "indicator__name", "rationale"]
    list_select_related = ["indicator"]
    inlines = [MilestoneInline]


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    """Events on charts."""

    list_display = ["on", "text", "team", "indicator", "author"]
    search_fields = ["text", "indicator__key", "team__name"]
    list_select_related = ["team", "indicator", "author"]


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """Comments."""

    list_display = ["made_at", "indicator", "author", "text"]
    search_fields = ["text", "indicator__key"]
    list_select_related = ["indicator", "author"]


@admin.register(Objective)
class ObjectiveAdmin(ReadOnlyAdmin):
    """The objectives of teams."""

    list_display = ["statement", "team", "perspective", "owner", "ends_on"]
    list_filter = ["perspective"]
    search_fields = ["statement", "slug", "team__name"]
    list_select_related = ["team", "perspective", "owner"]


@admin.register(Perspective)
class PerspectiveAdmin(AuditedAdmin):
    """The views of the scorecard."""

    list_display = ["name", "slug", "position"]
    list_editable = ["position"]
    prepopulated_fields = {"slug": ["name"]}
