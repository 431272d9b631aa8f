"""The REST door of targets: read all versions, set the next one."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from indicators import api_gate as gate
from indicators import defining
from indicators.api.shapes import TargetShape
from indicators.author import Author
from indicators.models import Target
from teams.access import Action, Scope
from web.api.schema import LISTING, WRITING

EXAMPLES = [
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


class TargetList(generics.GenericAPIView[Target]):
    """The targets of an indicator, oldest version first."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = TargetShape

    @extend_schema(operation_id="list_targets", responses={200: TargetShape(many=True), **LISTING})
    def get(self, request: Request, key: str) -> Response:
        """All versions; the one that gives the status has no `ended_at`."""
        rows = gate.seen(request, key).targets.select_related("made_by")
        page = self.paginate_queryset(rows.prefetch_related("milestones"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="set_target", responses={201: TargetShape, **WRITING}, examples=EXAMPLES
    )
    def post(self, request: Request, key: str) -> Response:
        """Set the next version; it ends the one that gave the status so far."""
        indicator = gate.allowed(request, gate.seen(request, key), Action.DEFINE)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        milestones = [(row["on"], row["value"]) for row in given.pop("milestones", [])]
        with gate.or_conflict():
            target = defining.aim(
                indicator,
                Target(indicator=indicator, **given),
                milestones,
                author=Author.of(request),
                now=timezone.now(),
            )
        return Response(self.get_serializer(target).data, status=201)
