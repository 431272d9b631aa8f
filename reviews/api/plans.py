"""The REST doors of review plans."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews import opening
from reviews.api import gate
from reviews.api.shapes import PlanShape, ReviewShape, refuse_strangers
from reviews.models import ReviewPlan
from teams.access import Scope
from teams.models import Actor, Team
from web.api.problems import Conflict, Unprocessable
from web.api.queries import option_text
from web.api.schema import LISTING, READING, WRITING, refusals

EXAMPLE = OpenApiExample(
    "Second Tuesday of the month",
    request_only=True,
    value={
        "team": "growth",
        "name": "Monthly review",
        "cadence": "monthly",
        "weekday": 2,
        "nth": 2,
        "meets_at": "10:00",
        "minutes": 45,
        "remind_days": 2,
        "attendees": ["ingrid@example.org"],
    },
)


def kept(request: Request, plan: ReviewPlan, given: dict[str, Any]) -> ReviewPlan:
    """Check a plan and save it with its attendees and its next meeting."""
    attendees = given.pop("attendees", None)
    for name, value in given.items():
        setattr(plan, name, value)
    refuse_strangers(plan.team, {"attendees": attendees or []})
    plan.full_clean()
    plan.keep(actor=Actor.of(request), attendees=attendees, now=timezone.now())
    return plan


class PlanList(generics.GenericAPIView[ReviewPlan]):
    """When teams meet."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE
    parameters: ClassVar = {"GET": [OpenApiParameter("team", str, description="Slug.")]}
    serializer_class = PlanShape

    @extend_schema(
        operation_id="list_review_plans",
        responses={200: PlanShape(many=True), **LISTING},
    )
    def get(self, request: Request) -> Response:
        """Page through them."""
        rows = ReviewPlan.objects.visible_to(gate.caller(request))
        if asked := option_text(request, "team"):
            rows = rows.filter(team__slug=asked)
        rows = rows.select_related("team").prefetch_related("attendees")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="plan_reviews", responses={201: PlanShape, **WRITING}, examples=[EXAMPLE]
    )
    def post(self, request: Request) -> Response:
        """Plan the meetings of a team."""
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        team: Team = shape.validated_data["team"]
        gate.refuse_unless_runs(request, team)
        plan = kept(request, ReviewPlan(team=team), dict(shape.validated_data))
        return Response(self.get_serializer(plan).data, status=201)


class PlanDetail(APIView):
    """One plan."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(operation_id="read_review_plan", responses={200: PlanShape, **READING})
    def get(self, request: Request, plan_id: int) -> Response:
        """As it stands."""
        return Response(PlanShape(self.seen(request, plan_id), context={"request": request}).data)

    @extend_schema(
        operation_id="change_review_plan",
        request=PlanShape(partial=True),
        responses={200: PlanShape, **WRITING},
    )
    def patch(self, request: Request, plan_id: int) -> Response:
        """Change some fields; the team stays."""
        plan, context = self.seen(request, plan_id), {"request": request}
        gate.refuse_unless_runs(request, plan.team)
        shape = PlanShape(plan, data=request.data, partial=True, context=context)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        if given.pop("team", plan.team) != plan.team:
            problem = {"index": 0, "field": "team", "code": "fixed", "detail": "The team stays."}
            raise Unprocessable([problem])
        return Response(PlanShape(kept(request, plan, given), context=context).data)

    def seen(self, request: Request, plan_id: int) -> ReviewPlan:
        """The plan, if the caller may see it."""
        rows = ReviewPlan.objects.visible_to(gate.caller(request)).select_related("team")
        return gate.seen(rows, plan_id)


class PlanOpening(APIView):
    """The next meeting of a plan, now."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(
        operation_id="open_planned_review",
        request=None,
        responses={201: ReviewShape, **refusals(403, 404, 409)},
    )
    def post(self, request: Request, plan_id: int) -> Response:
        """Open its next review before the clock does."""
        rows = ReviewPlan.objects.visible_to(gate.caller(request)).select_related("team")
        plan = gate.seen(rows, plan_id)
        gate.refuse_unless_runs(request, plan.team)
        review = opening.open_next(plan, by=gate.caller(request), now=timezone.now())
        if review is None:
            raise Conflict("Somebody else has just opened it.")
        return Response(ReviewShape(review, context={"request": request}).data, status=201)
