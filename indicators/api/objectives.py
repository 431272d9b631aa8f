"""The REST API of objectives: what teams want to reach, and why."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators import defining
from indicators.author import Author
from indicators.models import Objective, Perspective
from indicators.models.objective import ObjectiveQuerySet
from teams.access import Action, Scope
from teams.api.teams import SLUG_FORM, people
from teams.gate import or_conflict, person, refuse_unless
from teams.models import Team
from web.api.fields import Named, StrictModel, Text
from web.api.queries import option_text
from web.api.schema import LISTING, READING, WRITING

EXAMPLE = OpenApiExample(
    "An objective",
    request_only=True,
    value={
        "statement": "Grow sales by 20 % in 2027",
        "why": "It pays for the second warehouse.",
        "team": "sales",
        "perspective": "financial",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
    },
)


class ObjectiveShape(StrictModel):
    """A business goal that indicators serve."""

    slug = Text(required=False, max_length=80, validators=[SLUG_FORM])
    team = Named(Team.objects.visible_to, "slug")
    owner = Named(people, "email", required=False, allow_null=True)
    parent = Named(Objective.objects.visible_to, "slug", required=False, allow_null=True)  # type: ignore[assignment]
    perspective = Named(
        lambda _user: Perspective.objects.all(), "slug", required=False, allow_null=True
    )

    class Meta:
        model = Objective
        fields = [
            "slug",
            "statement",
            "why",
            "team",
            "owner",
            "parent",
            "perspective",
            "starts_on",
            "ends_on",
        ]
        extra_kwargs = {"why": {"max_length": 10_000}}

    def to_representation(self, instance: Any) -> Any:
        """A parent of a team that the caller does not see is not named."""
        data = super().to_representation(instance)
        seen = self.context["request"].user.reach.teams_for(Action.SEE)
        if instance.parent is not None and instance.parent.team_id not in seen:
            data["parent"] = None
        return data


def with_relatives(rows: ObjectiveQuerySet) -> ObjectiveQuerySet:
    """Bring what the shape reads in one query."""
    return rows.select_related("team", "owner", "parent", "perspective")


class ObjectiveList(generics.GenericAPIView[Objective]):
    """All objectives that the caller may see."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    parameters: ClassVar = {
        "GET": [
            OpenApiParameter("team", str, description="Slug."),
            OpenApiParameter("perspective", str, description="Slug."),
        ]
    }
    serializer_class = ObjectiveShape

    @extend_schema(
        operation_id="list_objectives",
        responses={200: ObjectiveShape(many=True), **LISTING},
    )
    def get(self, request: Request) -> Response:
        """Page through them."""
        rows = with_relatives(Objective.objects.visible_to(person(request)))
        for name in ("team", "perspective"):
            if asked := option_text(request, name):
                rows = rows.filter(**{f"{name}__slug": asked})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="make_objective",
        responses={201: ObjectiveShape, **WRITING},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Make one; its slug is derived from the statement where it is left out."""
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        refuse_unless(request, Action.DEFINE, shape.validated_data["team"].pk)
        made = Objective(**shape.validated_data)
        with or_conflict():
            defining.save_objective(made, author=Author.of(request))
        return Response(self.get_serializer(made).data, status=201)


class ObjectiveDetail(APIView):
    """One objective."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE

    @extend_schema(operation_id="read_objective", responses={200: ObjectiveShape, **READING})
    def get(self, request: Request, slug: str) -> Response:
        """As it stands."""
        return Response(ObjectiveShape(self.seen(request, slug), context={"request": request}).data)

    @extend_schema(
        operation_id="change_objective",
        request=ObjectiveShape(partial=True),
        responses={200: ObjectiveShape, **WRITING},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change some fields."""
        objective = self.seen(request, slug)
        refuse_unless(request, Action.DEFINE, objective.team_id)
        shape = ObjectiveShape(
            objective, data=request.data, partial=True, context={"request": request}
        )
        shape.is_valid(raise_exception=True)
        for name, value in shape.validated_data.items():
            setattr(objective, name, value)
        refuse_unless(request, Action.DEFINE, objective.team.pk)
        with or_conflict():
            defining.save_objective(objective, author=Author.of(request))
        return Response(ObjectiveShape(objective, context={"request": request}).data)

    def seen(self, request: Request, slug: str) -> Objective:
        """The objective, if the caller may see it."""
        rows = Objective.objects.visible_to(person(request))
        return get_object_or_404(with_relatives(rows), slug=slug)
