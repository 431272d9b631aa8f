"""The API of targets: read all versions, set the next one, split a total into milestones."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.milestones import Part, Unplannable, as_milestones
from indicators import defining, planning
from indicators.api.shapes import TargetShape
from indicators.author import Author
from indicators.gate import the_indicator
from indicators.models import Target
from teams.access import Action, Scope
from teams.gate import or_conflict
from web.api.fields import Choice, Day, Number, Strict
from web.api.schema import LISTING, WRITING

TARGETS = [
    OpenApiExample(
        "At least 3 % in every period",
        request_only=True,
        value={
            "kind": "standing",
            "comparator": "gte",
            "value": 3,
            "rationale": "Best of three comparable shops.",
        },
    ),
    OpenApiExample(
        "1,500 subscribers in the quarter",
        request_only=True,
        value={
            "kind": "accumulate",
            "comparator": "gte",
            "value": 1500,
            "starts_on": "2027-01-01",
            "due_on": "2027-03-31",
            "milestones": [
                {"on": "2027-01-31", "value": 500},
                {"on": "2027-02-28", "value": 1000},
            ],
        },
    ),
]
SPLITS = ("equal", "calendar_days", "working_days", "last_year", "by_hand")
PLAN = OpenApiExample(
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


class TargetList(generics.GenericAPIView[Target]):
    """The targets of an indicator, oldest version first."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = TargetShape

    @extend_schema(operation_id="list_targets", responses={200: TargetShape(many=True), **LISTING})
    def get(self, request: Request, key: str) -> Response:
        """All versions; the one that gives the status has no `ended_at`."""
        rows = the_indicator(request, key).targets.select_related("made_by")
        page = self.paginate_queryset(rows.prefetch_related("milestones"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="set_target", responses={201: TargetShape, **WRITING}, examples=TARGETS
    )
    def post(self, request: Request, key: str) -> Response:
        """Set the next version; it ends the one that gave the status so far."""
        indicator = the_indicator(request, key, Action.DEFINE)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        milestones = [(row["on"], row["value"]) for row in given.pop("milestones", [])]
        with or_conflict():
            target = defining.set_target(
                indicator,
                Target(indicator=indicator, **given),
                milestones,
                author=Author.of(request),
                now=timezone.now(),
            )
        return Response(self.get_serializer(target).data, status=201)


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
        examples=[PLAN],
    )
    def post(self, request: Request, key: str) -> Response:
        """Split a total over the indicator's periods; the parts add up to it exactly."""
        indicator = the_indicator(request, key)
        shape = SplitShape(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        try:
            parts = planning.plan_parts(
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
        return Response(plan_document(parts))


def plan_document(parts: tuple[Part, ...]) -> dict[str, Any]:
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
