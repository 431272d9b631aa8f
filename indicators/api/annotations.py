"""The REST door of annotations: events on the time axis of an indicator or of its whole team."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from indicators import api_gate as gate
from indicators.api.shapes import people
from indicators.models import Annotation
from teams.access import Action, Scope
from web.api.fields import Flag, Named, StrictModel
from web.api.schema import LISTING, WRITING

EXAMPLE = OpenApiExample(
    "A release", request_only=True, value={"on": "2026-11-20", "text": "Order status page released"}
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
        indicator = gate.seen(request, key)
        rows = Annotation.objects.visible_to(gate.caller(request))
        shown = rows.on_charts_of(indicator.pk, team=indicator.team_id)
        page = self.paginate_queryset(shown.select_related("author"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="annotate", responses={201: AnnotationShape, **WRITING}, examples=[EXAMPLE]
    )
    def post(self, request: Request, key: str) -> Response:
        """Note an event."""
        indicator = gate.allowed(request, gate.seen(request, key), Action.ENTER)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        whole_team = given.pop("whole_team")
        made = Annotation.objects.create(
            team=indicator.team,
            indicator=None if whole_team else indicator,
            author=gate.caller(request),
            made_at=timezone.now(),
            **given,
        )
        return Response(self.get_serializer(made).data, status=201)
