"""The REST doors of review plans and reviews: list, open, read, close."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from reviews import gate, opening
from reviews.api.shapes import ClosingShape, OpeningShape, PlanShape, ReviewShape, refuse_strangers
from reviews.closing import close_review
from reviews.models import Review, ReviewPlan
from teams.access import Scope
from teams.models import Actor
from web.api.fields import StrictModel
from web.api.problems import Conflict, Unprocessable
from web.api.queries import option_text, option_word
from web.api.schema import LISTING, READING, WRITING, refusals

BY_HAND = OpenApiExample("By hand", request_only=True, value={"team": "growth"})
MONTHLY = OpenApiExample(
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


class ReviewsView(generics.GenericAPIView[Any]):
    """The scopes of every REST door here, and how rows are checked and answered."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    def page_of(self, rows: QuerySet[Any]) -> Response:
        """Answer with the asked page of some rows."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def checked(self, row: Model | None = None, *, partial: bool = False) -> dict[str, Any]:
        """The fields of the body, or 422."""
        shape = self.get_serializer(row, data=self.request.data, partial=partial)
        shape.is_valid(raise_exception=True)
        return dict(shape.validated_data)

    def shown(self, row: Model, *, status: int = 200) -> Response:
        """Answer with one row."""
        return Response(self.get_serializer(row).data, status=status)


class PlanView(ReviewsView):
    """A door of review plans."""

    serializer_class: type[StrictModel] = PlanShape

    def seen(self, request: Request, plan_id: int) -> ReviewPlan:
        """The plan, if the caller may see it."""
        rows = ReviewPlan.objects.visible_to(gate.user_of(request)).select_related("team")
        return get_object_or_404(rows, pk=plan_id)

    def save(self, request: Request, plan: ReviewPlan, given: dict[str, Any]) -> None:
        """Check a plan and save it with its attendees and its next meeting."""
        attendees = given.pop("attendees", None)
        for name, value in given.items():
            setattr(plan, name, value)
        refuse_strangers(plan.team, attendees=attendees)
        plan.full_clean()
        plan.keep(actor=Actor.of(request), attendees=attendees, now=timezone.now())


class PlanList(PlanView):
    """When teams meet."""

    parameters: ClassVar = {"GET": [OpenApiParameter("team", str, description="Slug.")]}

    @extend_schema(
        operation_id="list_review_plans", responses={200: PlanShape(many=True), **LISTING}
    )
    def get(self, request: Request) -> Response:
        """Page through them."""
        rows = ReviewPlan.objects.visible_to(gate.user_of(request))
        if asked := option_text(request, "team"):
            rows = rows.filter(team__slug=asked)
        return self.page_of(rows.select_related("team").prefetch_related("attendees"))

    @extend_schema(
        operation_id="plan_reviews", responses={201: PlanShape, **WRITING}, examples=[MONTHLY]
    )
    def post(self, request: Request) -> Response:
        """Plan the meetings of a team."""
        given = self.checked()
        gate.refuse_unless_runs(request, given["team"])
        plan = ReviewPlan(team=given["team"])
        self.save(request, plan, given)
        return self.shown(plan, status=201)


class PlanDetail(PlanView):
    """One plan."""

    pagination_class = None

    @extend_schema(operation_id="read_review_plan", responses={200: PlanShape, **READING})
    def get(self, request: Request, plan_id: int) -> Response:
        """As it stands."""
        return self.shown(self.seen(request, plan_id))

    @extend_schema(
        operation_id="change_review_plan",
        request=PlanShape(partial=True),
        responses={200: PlanShape, **WRITING},
    )
    def patch(self, request: Request, plan_id: int) -> Response:
        """Change some fields; the team stays."""
        plan = self.seen(request, plan_id)
        gate.refuse_unless_runs(request, plan.team)
        given = self.checked(plan, partial=True)
        if given.pop("team", plan.team) != plan.team:
            problem = {"index": 0, "field": "team", "code": "fixed", "detail": "The team stays."}
            raise Unprocessable([problem])
        self.save(request, plan, given)
        return self.shown(plan)


class PlanOpening(PlanView):
    """The next meeting of a plan, now."""

    serializer_class = ReviewShape

    @extend_schema(
        operation_id="open_planned_review",
        request=None,
        responses={201: ReviewShape, **refusals(403, 404, 409)},
    )
    def post(self, request: Request, plan_id: int) -> Response:
        """Open its next review before the clock does."""
        plan = self.seen(request, plan_id)
        gate.refuse_unless_runs(request, plan.team)
        review = opening.open_next(plan, by=gate.user_of(request), now=timezone.now())
        if review is None:
            raise Conflict("Somebody else has just opened it.")
        return self.shown(review, status=201)


class ReviewList(ReviewsView):
    """All reviews that the caller may see."""

    parameters: ClassVar = {
        "GET": [
            OpenApiParameter("team", str, description="Slug."),
            OpenApiParameter("state", str, enum=Review.State.values),
        ]
    }
    serializer_class = ReviewShape

    @extend_schema(operation_id="list_reviews", responses={200: ReviewShape(many=True), **LISTING})
    def get(self, request: Request) -> Response:
        """Page through them, oldest first."""
        rows = Review.objects.visible_to(gate.user_of(request))
        if asked := option_text(request, "team"):
            rows = rows.filter(team__slug=asked)
        if state := option_word(request, "state", Review.State.values):
            rows = rows.filter(state=state)
        return self.page_of(rows.select_related("team", "plan", "opened_by", "closed_by"))


class ReviewOpening(ReviewsView):
    """Open a review by hand."""

    serializer_class = ReviewShape

    @extend_schema(
        operation_id="open_review",
        request=OpeningShape,
        responses={200: ReviewShape, 201: ReviewShape, **WRITING},
        examples=[BY_HAND],
    )
    def post(self, request: Request) -> Response:
        """Open one for a team; 200 with the present one where one is open already."""
        shape = OpeningShape(data=request.data, context={"request": request})
        shape.is_valid(raise_exception=True)
        team, title = shape.validated_data["team"], shape.validated_data.get("title", "")
        gate.refuse_unless_runs(request, team)
        by, now = gate.user_of(request), timezone.now()
        review, is_new = opening.open_now(team, by=by, now=now, title=title)
        return self.shown(review, status=201 if is_new else 200)


class ReviewDetail(ReviewsView):
    """One review."""

    pagination_class = None

    serializer_class = ReviewShape

    @extend_schema(operation_id="read_review", responses={200: ReviewShape, **READING})
    def get(self, request: Request, review_id: int) -> Response:
        """As it stands."""
        return self.shown(gate.review_of(request, review_id))


class ReviewClosing(ReviewsView):
    """The end of a review."""

    serializer_class = ReviewShape

    @extend_schema(
        operation_id="close_review", request=ClosingShape, responses={200: ReviewShape, **WRITING}
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Freeze it on what is known now and send the minutes; closing again changes nothing."""
        review = gate.review_of(request, review_id)
        gate.refuse_unless_runs(request, review.team)
        shape = ClosingShape(data=request.data)
        shape.is_valid(raise_exception=True)
        summary = shape.validated_data.get("summary", "")
        with gate.closed_or_overtaken_is_409():
            close_review(review, actor=Actor.of(request), now=timezone.now(), summary=summary)
        return self.shown(gate.review_of(request, review_id))
