"""The REST door of the milestone planner: a total in, parts that add up to it out."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.milestones import Part, Unplannable, as_milestones
from indicators import api_gate as gate
from indicators import planning
from teams.access import Scope
from web.api.fields import Choice, Day, Number, Strict
from web.api.schema import WRITING

SPLITS = ("equal", "calendar_days", "working_days", "last_year", "by_hand")
EXAMPLE = OpenApiExample(
    "1,500 in the quarter, 800 of them in February",
    request_only=True,
    value={
        "total": 1500,
        "starts_on": "2027-01-01",
        "due_on": "2027-03-31",
        "split": "by_hand",
        "parts": [{"on": "2027-02-01", "value": 800}],
    },
)


class FixedShape(Strict):
    """What one period is to bring, whatever the others do."""

    on = Day(help_text="Any day of the period.")
    value = Number()


class SplitShape(Strict):
    """What is split, over which days, and how."""

    total = Number()
    starts_on = Day()
    due_on = Day()
    split = Choice(SPLITS, default="equal")
    parts = FixedShape(many=True, required=False, max_length=planning.MOST_PARTS)  # type: ignore[call-arg]


class PartShape(serializers.Serializer[Any]):
    """What one period is to bring, and the total by its last day."""

    period = serializers.DateField()
    last_day = serializers.DateField()
    value = serializers.FloatField()
    total = serializers.FloatField()
    by_hand = serializers.BooleanField()


class StepShape(serializers.Serializer[Any]):
    """A milestone as a target takes it."""

    on = serializers.DateField()
    value = serializers.FloatField()


class PlannedShape(serializers.Serializer[Any]):
    """The parts, and the milestones to set with the target."""

    total = serializers.FloatField()
    parts = PartShape(many=True)
    milestones = StepShape(many=True)


class TargetPlan(APIView):
    """The planner: it stores nothing."""

    read_scope = write_scope = Scope.INDICATORS_READ

    @extend_schema(
        operation_id="plan_target",
        request=SplitShape,
        responses={200: PlannedShape, **WRITING},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, key: str) -> Response:
        """Split a total over the indicator's periods; the parts add up to it exactly."""
        indicator = gate.seen(request, key)
        shape = SplitShape(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        try:
            parts = planning.split(
                indicator,
                given["total"],
                given["starts_on"],
                given["due_on"],
                by=given["split"],
                by_hand={part["on"]: part["value"] for part in given.get("parts", [])},
                now=timezone.now(),
            )
        except Unplannable as problem:
            raise serializers.ValidationError(str(problem), problem.code) from problem
        return Response(document(parts))


def document(parts: tuple[Part, ...]) -> dict[str, Any]:
    """The answer: parts with their totals, and milestones without the last one, the target."""
    return {
        "total": parts[-1].total,
        "parts": [
            {
                "period": part.period.isoformat(),
                "last_day": part.last_day.isoformat(),
                "value": part.amount,
                "total": part.total,
                "by_hand": part.by_hand,
            }
            for part in parts
        ],
        "milestones": [
            {"on": on.isoformat(), "value": value} for on, value in as_milestones(parts)
        ],
    }
