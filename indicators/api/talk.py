"""The API of talk: annotations on the time axis, comments on definitions and points."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from indicators.gate import the_indicator
from indicators.models import Annotation, Comment
from teams.access import Action, Scope
from teams.api.teams import people
from teams.gate import person
from web.api.fields import Flag, Named, StrictModel
from web.api.schema import LISTING, WRITING

RELEASE = OpenApiExample(
    "A release", request_only=True, value={"on": "2026-11-20", "text": "Order status page released"}
)
QUESTION = OpenApiExample(
    "A question",
    request_only=True,
    value={"period": "2026-10-01", "text": "Was the sale counted twice in October?"},
)


class AnnotationShape(StrictModel):
    """An event."""

    whole_team = Flag(required=False, default=False, help_text="On all indicators of the team.")
    author = Named(people, "email", read_only=True, allow_null=True)

    class Meta:
        model = Annotation
        fields = ["on", "text", "whole_team", "author", "made_at"]
        read_only_fields = ["made_at"]

    def to_representation(self, instance: Annotation) -> dict[str, object]:
        instance.whole_team = instance.indicator_id is None  # type: ignore[attr-defined]
        return dict(super().to_representation(instance))


class AnnotationList(generics.GenericAPIView[Annotation]):
    """What happened, on the chart of one indicator."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = AnnotationShape

    @extend_schema(
        operation_id="list_annotations", responses={200: AnnotationShape(many=True), **LISTING}
    )
    def get(self, request: Request, key: str) -> Response:
        """Its own and those of its whole team."""
        indicator = the_indicator(request, key)
        rows = Annotation.objects.visible_to(person(request))
        shown = rows.on_charts_of(indicator.pk, team=indicator.team_id)
        page = self.paginate_queryset(shown.select_related("author"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="annotate", responses={201: AnnotationShape, **WRITING}, examples=[RELEASE]
    )
    def post(self, request: Request, key: str) -> Response:
        """Note an event."""
        indicator = the_indicator(request, key, Action.ENTER)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        whole_team = given.pop("whole_team")
        made = Annotation.objects.create(
            team=indicator.team,
            indicator=None if whole_team else indicator,
            author=person(request),
            made_at=timezone.now(),
            **given,
        )
        return Response(self.get_serializer(made).data, status=201)


class CommentShape(StrictModel):
    """A question or remark."""

    author = Named(people, "email", read_only=True, allow_null=True)

    class Meta:
        model = Comment
        fields = ["period", "text", "author", "made_at"]
        read_only_fields = ["made_at"]
        extra_kwargs = {"text": {"max_length": 4000}}


class CommentList(generics.GenericAPIView[Comment]):
    """What people asked and answered."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = CommentShape

    @extend_schema(
        operation_id="list_comments", responses={200: CommentShape(many=True), **LISTING}
    )
    def get(self, request: Request, key: str) -> Response:
        """Oldest first."""
        rows = the_indicator(request, key).comments.select_related("author")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="comment", responses={201: CommentShape, **WRITING}, examples=[QUESTION]
    )
    def post(self, request: Request, key: str) -> Response:
        """Ask or remark."""
        indicator = the_indicator(request, key, Action.ENTER)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        made = indicator.comments.create(
            author=person(request), made_at=timezone.now(), **shape.validated_data
        )
        return Response(self.get_serializer(made).data, status=201)
