"""The REST door of comments: questions on a definition or on the point of a period."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from indicators import api_gate as gate
from indicators.api.shapes import people
from indicators.models import Comment
from teams.access import Action, Scope
from web.api.fields import Named, StrictModel
from web.api.schema import LISTING, WRITING

EXAMPLE = OpenApiExample(
    "A question",
    request_only=True,
    value={"period": "2026-10-01", "text": "Was the sale counted twice in October?"},
)


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
        rows = gate.seen(request, key).comments.select_related("author")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="comment", responses={201: CommentShape, **WRITING}, examples=[EXAMPLE]
    )
    def post(self, request: Request, key: str) -> Response:
        """Ask or remark."""
        indicator = gate.allowed(request, gate.seen(request, key), Action.ENTER)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        made = indicator.comments.create(
            author=gate.caller(request), made_at=timezone.now(), **shape.validated_data
        )
        return Response(self.get_serializer(made).data, status=201)
