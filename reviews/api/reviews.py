"""The REST doors of reviews: list, open, read, close."""

from __future__ import annotations

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews import opening
from reviews.api import gate
from reviews.api.shapes import ClosingShape, OpeningShape, ReviewShape
from reviews.closing import close
from reviews.models import Review
from teams.access import Scope
from teams.models import AccessToken
from web.api.queries import option_text, option_word
from web.api.schema import LISTING, READING, WRITING

EXAMPLE = OpenApiExample("By hand", request_only=True, value={"team": "growth"})


class ReviewList(generics.GenericAPIView[Review]):
    """All reviews that the caller may see."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE
    parameters: ClassVar = {
        "GET": [
            OpenApiParameter("team", str, description="Slug."),
            OpenApiParameter("state", str, enum=Review.State.values),
        ]
    }
    serializer_class = ReviewShape

    @extend_schema(
        operation_id="list_reviews",
        responses={200: ReviewShape(many=True), **LISTING},
    )
    def get(self, request: Request) -> Response:
        """Page through them, oldest first."""
        rows = Review.objects.visible_to(gate.caller(request))
        if asked := option_text(request, "team"):
            rows = rows.filter(team__slug=asked)
        if state := option_word(request, "state", Review.State.values):
            rows = rows.filter(state=state)
        rows = rows.select_related("team", "plan", "opened_by", "closed_by")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ReviewOpening(APIView):
    """Open a review by hand."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(
        operation_id="open_review",
        request=OpeningShape,
        responses={200: ReviewShape, 201: ReviewShape, **WRITING},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Open one for a team; 200 with the present one where one is open already."""
        shape = OpeningShape(data=request.data, context={"request": request})
        shape.is_valid(raise_exception=True)
        team = shape.validated_data["team"]
        gate.refuse_unless_runs(request, team)
        review, is_new = opening.open_now(
            team,
            by=gate.caller(request),
            now=timezone.now(),
            title=shape.validated_data.get("title", ""),
        )
        answer = ReviewShape(review, context={"request": request}).data
        return Response(answer, status=201 if is_new else 200)


class ReviewDetail(APIView):
    """One review."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(operation_id="read_review", responses={200: ReviewShape, **READING})
    def get(self, request: Request, review_id: int) -> Response:
        """As it stands."""
        review = gate.review_of(request, review_id)
        return Response(ReviewShape(review, context={"request": request}).data)


class ReviewClosing(APIView):
    """The end of a review."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(
        operation_id="close_review",
        request=ClosingShape,
        responses={200: ReviewShape, **WRITING},
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Freeze it on what is known now and send the minutes; closing again changes nothing."""
        review = gate.review_of(request, review_id)
        gate.refuse_unless_runs(request, review.team)
        shape = ClosingShape(data=request.data, context={"request": request})
        shape.is_valid(raise_exception=True)
        with gate.or_conflict():
            close(
                review,
                by=gate.caller(request),
                now=timezone.now(),
                summary=shape.validated_data.get("summary", ""),
                token=request.auth if isinstance(request.auth, AccessToken) else None,
                request_id=getattr(request, "request_id", ""),
            )
        closed = gate.review_of(request, review_id)
        return Response(ReviewShape(closed, context={"request": request}).data)
