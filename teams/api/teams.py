"""The REST API of teams: the tree that a person sees, and its nodes."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from teams import staffing
from teams.access import Action, Scope
from teams.gate import or_conflict, person
from teams.models import Actor, Team, User
from web.api.fields import Named, StrictModel, Text
from web.api.schema import LISTING, READING, WRITING

SLUG_FORM = RegexValidator(
    r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z",
    "A slug has lower-case letters, digits and single hyphens between them.",
    code="slug",
)
EXAMPLE = OpenApiExample(
    "A team",
    request_only=True,
    value={"name": "Partners", "parent": "sales", "purpose": "Partners sell what we make."},
)


def people(user: Any) -> Any:
    """Everybody who can sign in may be named."""
    return User.objects.filter(is_active=True)


class TeamShape(StrictModel):
    """A node of the organisation."""

    slug = Text(required=False, max_length=80, validators=[SLUG_FORM])
    parent = Named(Team.objects.visible_to, "slug", required=False, allow_null=True)  # type: ignore[assignment]
    lead = Named(people, "email", required=False, allow_null=True)
    role = serializers.SerializerMethodField(help_text="The caller's role, or null.")

    class Meta:
        model = Team
        fields = [
            "slug",
            "name",
            "parent",
            "purpose",
            "lead",
            "visibility",
            "notice",
            "position",
            "role",
        ]

    def get_role(self, team: Team) -> str | None:
        role: str | None = self.context["request"].user.reach.role_in(team.pk)
        return role

    def to_representation(self, instance: Any) -> Any:
        """A parent that the caller does not see is not named."""
        data = super().to_representation(instance)
        if instance.parent_id not in self.context["request"].user.reach.teams_for(Action.SEE):
            data["parent"] = None
        return data


class TeamList(generics.GenericAPIView[Team]):
    """All teams that the caller may see."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = TeamShape

    @extend_schema(operation_id="list_teams", responses={200: TeamShape(many=True), **LISTING})
    def get(self, request: Request) -> Response:
        """Page through them."""
        rows = Team.objects.visible_to(request.user).select_related("parent", "lead")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="make_team", responses={201: TeamShape, **WRITING}, examples=[EXAMPLE]
    )
    def post(self, request: Request) -> Response:
        """Make one: below a team by its managers, at the root by administrators."""
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        refuse_place(request, shape.validated_data.get("parent"))
        made = Team(**shape.validated_data)
        with or_conflict():
            staffing.keep_team(made, actor=Actor.of(request))
        person(request).forget_reach()
        return Response(self.get_serializer(made).data, status=201)


class TeamDetail(APIView):
    """One team."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE

    @extend_schema(operation_id="read_team", responses={200: TeamShape, **READING})
    def get(self, request: Request, slug: str) -> Response:
        """As it stands."""
        return Response(TeamShape(self.seen(request, slug), context={"request": request}).data)

    @extend_schema(
        operation_id="change_team",
        request=TeamShape(partial=True),
        responses={200: TeamShape, **WRITING},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change some fields."""
        team = self.seen(request, slug)
        if not person(request).reach.may(Action.MANAGE, team.pk):
            raise PermissionDenied("Only managers of the team change it.")
        shape = TeamShape(team, data=request.data, partial=True, context={"request": request})
        shape.is_valid(raise_exception=True)
        if "parent" in shape.validated_data and shape.validated_data["parent"] != team.parent:
            refuse_place(request, shape.validated_data["parent"])
        for name, value in shape.validated_data.items():
            setattr(team, name, value)
        with or_conflict():
            staffing.keep_team(team, actor=Actor.of(request))
        return Response(TeamShape(team, context={"request": request}).data)

    def seen(self, request: Request, slug: str) -> Team:
        """The team, if the caller may see it."""
        rows = Team.objects.visible_to(request.user).select_related("parent", "lead")
        return get_object_or_404(rows, slug=slug)


def refuse_place(request: Request, parent: Team | None) -> None:
    """403 where the caller may not put a team below `parent` (None: at the root)."""
    reach = person(request).reach
    may = reach.may(Action.MANAGE, parent.pk) if parent else reach.is_administrator
    if not may or (parent is None and reach.limit is not None):
        raise PermissionDenied("You may not place a team there.")
