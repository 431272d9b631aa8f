"""The administrators' view of people, teams, tokens and the trail; nothing here skips a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from teams.models import AccessToken, AuditEntry, Membership, Organisation, Team, User

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyAdmin, AnyInline = admin.ModelAdmin, admin.TabularInline

# Signing in happens at one door, with its throttle; the admin has no second one.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "KPItrack administration"
admin.site.index_title = "What is stored"
if admin.site.is_registered(Group):  # roles are memberships here
    admin.site.unregister(Group)


class ReadOnly:
    """Looked at, never changed here: the product's pages keep the rules and the trail."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, AnyAdmin):
    """Rows to look at."""

    list_per_page = 50
    show_full_result_count = False


class ReadOnlyInline(ReadOnly, AnyInline):
    """Rows that belong to another, to look at."""

    extra = 0


class AuditedAdmin(AnyAdmin):
    """Changed here, with an entry in the trail; never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._note(request, obj, "created", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._note(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def _note(self, request: HttpRequest, obj: models.Model, act: str, message: Any) -> None:
        assert isinstance(request.user, User)
        AuditEntry.record(
            f"{self.opts.model_name}.{act}",
            actor=request.user,
            subject=str(obj),
            request_id=getattr(request, "request_id", ""),
            message=message,
        )


@admin.register(Organisation)
class OrganisationAdmin(AuditedAdmin):
    """The one organisation: calendar, currency, locale."""

    list_display = ["name", "timezone", "week_start", "fiscal_year_start", "currency", "locale"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class MembershipInline(ReadOnlyInline):
    """Who belongs to it, or where somebody belongs."""

    model = Membership


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    """The tree of teams."""

    list_display = ["name", "slug", "parent", "lead", "visibility"]
    list_filter = ["visibility"]
    search_fields = ["name", "slug", "purpose"]
    list_select_related = ["parent", "lead"]
    ordering = ["path"]
    inlines = [MembershipInline]


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """The people."""

    list_display = ["email", "name", "is_administrator", "is_active", "last_login", "joined_at"]
    list_filter = ["is_administrator", "is_active"]
    search_fields = ["email", "name"]
    exclude = ["password"]
    inlines = [MembershipInline]


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    """Tokens: who has which, when it was last used; they can be revoked."""

    list_display = [
        "name",
        "public_id",
        "user",
        "scopes",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    search_fields = ["name", "public_id", "user__email"]
    list_select_related = ["user"]
    exclude = ["secret_hash"]
    actions = ["revoke"]

    @admin.action(description="Revoke at once")
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> None:
        """End the chosen tokens."""
        assert isinstance(request.user, User)
        now = timezone.now()
        for token in queryset.filter(revoked_at=None):
            token.revoke(now, by=request.user)
        self.message_user(request, "They are revoked.")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Audit entries, to read only."""

    list_display = ["at", "actor", "action", "subject", "team"]
    list_filter = ["action"]
    search_fields = ["subject", "action", "request_id", "actor__email"]
    list_select_related = ["actor", "team"]
    date_hierarchy = "at"
