"""What the API says of an indicator besides its fields: target, verdict and SMARTER check."""

from __future__ import annotations

from typing import Any, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analysis.values import Signal, Status
from indicators import smarter
from indicators.models import Indicator, Milestone, Target
from teams.api.teams import people
from web.api.fields import Named, Number, Strict, StrictModel


class MilestoneShape(StrictModel):
    """An interim aim."""

    class Meta:
        model = Milestone
        fields = ["on", "value"]


class TargetShape(StrictModel):
    """One version of a target."""

    value = Number(required=False, allow_null=True)
    upper = Number(required=False, allow_null=True)
    baseline = Number(required=False, allow_null=True)
    growth = Number(
        required=False, allow_null=True, help_text="Share a period: 0.10 is ten percent."
    )
    tolerance = Number(required=False, least=0, help_text="0.10 is ten percent when relative.")
    milestones = MilestoneShape(many=True, required=False, max_length=400)  # type: ignore[call-arg]
    made_by = Named(people, "email", read_only=True, allow_null=True)

    class Meta:
        model = Target
        fields = ["version", *Target.ANSWERS, "milestones", "made_by", "made_at", "ended_at"]
        read_only_fields = ["version", "made_at", "ended_at"]
        extra_kwargs = {"rationale": {"max_length": 4000}}


class VerdictShape(serializers.Serializer[Any]):
    """The verdict of an indicator, as the worker computed it last."""

    status = serializers.ChoiceField(get_args(Status), read_only=True)
    signal = serializers.ChoiceField(get_args(Signal), read_only=True)
    needs_talk = serializers.BooleanField(read_only=True)
    severity = serializers.IntegerField(read_only=True, help_text="Order of talk, high first.")
    value = Number(read_only=True, allow_null=True)
    previous = Number(read_only=True, allow_null=True)
    expected = Number(read_only=True, allow_null=True)
    period = serializers.DateField(
        read_only=True, allow_null=True, help_text="First day of the judged period."
    )
    reason = serializers.CharField(read_only=True, help_text="Why, in one sentence.")
    measured_through = serializers.DateTimeField(read_only=True, allow_null=True)
    definition_version = serializers.IntegerField(read_only=True, allow_null=True)
    target_version = serializers.IntegerField(read_only=True, allow_null=True)
    computed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    fresh = serializers.BooleanField(
        source="is_fresh", read_only=True, help_text="False while a new judgement is due."
    )


class SmarterShape(Strict):
    """How complete the definition is."""

    score = serializers.IntegerField(min_value=0, max_value=7)
    advice = serializers.ListField(child=serializers.CharField())


@extend_schema_field(TargetShape)
class CurrentTarget(serializers.Field[Any, Any, Any, Any]):
    """The target that gives the status, read from what was brought with the indicator."""

    def to_representation(self, value: Indicator) -> Any:
        found = smarter.judging_target(value)
        return TargetShape(found).data if found else None


@extend_schema_field(SmarterShape)
class SmarterField(serializers.Field[Any, Any, Any, Any]):
    """The SMARTER check as of `context["today"]`."""

    def to_representation(self, value: Indicator) -> dict[str, Any]:
        found = smarter.check_saved(value, today=self.context["today"])
        return {"score": found.score, "advice": found.advice}
