"""What the API says of plans, reviews, items, decisions and actions."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from indicators.models import Indicator
from reviews.forms import namable_people
from reviews.models import Action, Decision, Review, ReviewItem, ReviewPlan
from teams.models import Team, User
from web.api.fields import Day, Flag, Named, NamedMany, Number, Strict, StrictModel, Text

LONG_TEXT = 5000


def colleagues(user: Any) -> Any:
    """Everybody who can sign in may be named; who may be in a review is checked with its team."""
    return User.objects.filter(is_active=True)


def refuse_strangers(
    team: Team, *, owner: User | None = None, attendees: list[User] | None = None
) -> None:
    """Only people of the team are named in its reviews."""
    known = set(namable_people(team).values_list("pk", flat=True))
    problems = {
        field: serializers.ValidationError("Not of the team.", code="stranger").detail
        for field, named in (("owner", [owner] if owner else []), ("attendees", attendees or []))
        if any(person.pk not in known for person in named)
    }
    if problems:
        raise serializers.ValidationError(problems)


class PlanShape(StrictModel):
    """When a team meets, and who comes."""

    team = Named(Team.objects.visible_to, "slug")
    attendees = NamedMany(colleagues, "email", required=False)

    class Meta:
        model = ReviewPlan
        fields = [
            "id", "team", "name", "cadence", "weekday", "nth", "meets_at", "minutes",
            "remind_days", "attendees", "is_active", "next_at",
        ]  # fmt: skip
        read_only_fields = ["id", "next_at"]


class ReviewShape(StrictModel):
    """A meeting."""

    team = Named(Team.objects.visible_to, "slug", read_only=True)
    plan = serializers.PrimaryKeyRelatedField[ReviewPlan](read_only=True, allow_null=True)
    opened_by = Named(colleagues, "email", read_only=True, allow_null=True)
    closed_by = Named(colleagues, "email", read_only=True, allow_null=True)

    class Meta:
        model = Review
        fields = [
            "id", "team", "plan", "title", "state", "scheduled_at", "opened_at", "opened_by",
            "agenda_at", "closed_at", "closed_by", "summary",
        ]  # fmt: skip
        read_only_fields = fields


class OpeningShape(Strict):
    """Open a review by hand."""

    team = Named(Team.objects.visible_to, "slug")
    title = Text(required=False, max_length=120)


class ClosingShape(Strict):
    """Close a review."""

    summary = Text(required=False, allow_blank=True, max_length=LONG_TEXT)


class ItemShape(StrictModel):
    """An indicator on the agenda; `frozen` is what was known at the closing, null before it."""

    indicator = Named(Indicator.objects.visible_to, "key", read_only=True)
    name = serializers.CharField(source="indicator.name", read_only=True)
    commentary = Text(required=False, allow_blank=True, max_length=LONG_TEXT)
    commented_by = Named(colleagues, "email", read_only=True, allow_null=True)
    commented_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When writing: that of the commentary you read. A newer one is not overwritten.",
    )
    frozen = serializers.JSONField(read_only=True, allow_null=True)

    class Meta:
        model = ReviewItem
        fields = [
            "indicator", "name", "position", "group", "reason", "commentary", "commented_by",
            "commented_at", "status", "signal", "frozen",
        ]  # fmt: skip
        read_only_fields = ["position", "group", "reason", "status", "signal"]
        extra_kwargs: ClassVar = {name: {"allow_blank": True} for name in ("status", "signal")}


@extend_schema_field({"type": "string"})
class ItemKey(serializers.Field[Any, Any, str | None, Any]):
    """The key of the indicator that a decision or an action is about."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("It must be text.", code="invalid")
        return data

    def to_representation(self, value: Any) -> str | None:
        item = value.item if isinstance(value, Decision) else getattr(value.decision, "item", None)
        return item.indicator.key if item else None

    def get_attribute(self, instance: Any) -> Any:
        return instance


class DecisionShape(StrictModel):
    """What was resolved about an indicator."""

    indicator = ItemKey()
    owner = Named(colleagues, "email", required=False, allow_null=True)
    expected_effect = Number(
        required=False, allow_null=True, help_text="Change of the value; needs `check_on`."
    )
    decided_by = Named(colleagues, "email", read_only=True, allow_null=True)
    replaces = serializers.IntegerField(
        required=False,
        write_only=True,
        min_value=1,
        help_text="Id of the decision that this one takes the place of.",
    )

    class Meta:
        model = Decision
        fields = [
            "id", "indicator", "kind", "reason", "doing", "owner", "check_on", "expected_effect",
            "decided_by", "decided_at", "outcome", "outcome_detail", "checked_at", "replaces",
        ]  # fmt: skip
        read_only_fields = ["id", "decided_at", "outcome", "outcome_detail", "checked_at"]
        extra_kwargs: ClassVar = {
            "reason": {"max_length": LONG_TEXT},
            "doing": {"max_length": LONG_TEXT},
            "outcome": {"allow_blank": True},
        }


class ActionShape(StrictModel):
    """What somebody promised."""

    indicator = ItemKey(required=False, allow_null=True)
    owner = Named(colleagues, "email", required=False, allow_null=True)
    due_on = Day(required=False, allow_null=True)

    class Meta:
        model = Action
        fields = ["id", "indicator", "text", "owner", "due_on", "made_at", "done_at"]
        read_only_fields = ["id", "made_at", "done_at"]


class DoneShape(Strict):
    """Tick an action off, or take that back."""

    done = Flag()
