"""The REST API of definition versions: what the numbers meant from when on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from indicators import defining, lineage
from indicators.author import Author
from indicators.gate import the_indicator
from indicators.models import DefinitionVersion, Indicator
from teams.access import Action, Scope
from teams.api.teams import people
from teams.gate import or_conflict, person
from web.api.fields import Day, Flag, Named, Number, Strict, StrictModel, Text
from web.api.schema import LISTING, WRITING

EXAMPLE = OpenApiExample(
    "Another formula",
    request_only=True,
    value={
        "definition": {"formula": "paid orders / visits × 100"},
        "effective_on": "2027-01-01",
        "note": "Unpaid orders are left out.",
    },
)


class DefinitionShape(StrictModel):
    """The fields that say what the numbers mean; those left out stay as they are."""

    factor = Number(required=False, above=0)
    inputs = serializers.ListField(child=Text(max_length=80), max_length=50, required=False)

    class Meta:
        model = Indicator
        fields = list(Indicator.DEFINING)


class VersionShape(StrictModel):
    """A definition as it was agreed."""

    definition = serializers.DictField(source="fields", read_only=True)
    made_by = Named(people, "email", read_only=True, allow_null=True)

    class Meta:
        model = DefinitionVersion
        fields = [
            "number",
            "effective_on",
            "definition",
            "note",
            "made_by",
            "made_at",
            "target_confirmed_at",
        ]

    def to_representation(self, instance: DefinitionVersion) -> Any:
        """Inputs are named only to those who see them; the factor is a number, as everywhere."""
        data = super().to_representation(instance)
        shown = lineage.shown_definition(data["definition"], self.context["seen_inputs"])
        if "factor" in shown:
            shown["factor"] = Decimal(shown["factor"])
        return data | {"definition": shown}


class NewVersion(Strict):
    """A new definition version."""

    definition = DefinitionShape(required=False, partial=True)
    effective_on = Day(required=False, help_text="First day; today where it is left out.")
    note = Text(max_length=300, help_text="What changed, and why.")
    confirm_target = Flag(required=False, default=False, help_text="The target still holds.")


class DefinitionVersionList(generics.GenericAPIView[DefinitionVersion]):
    """The definitions of an indicator, oldest first."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = VersionShape

    @extend_schema(
        operation_id="list_definition_versions",
        responses={200: VersionShape(many=True), **LISTING},
    )
    def get(self, request: Request, key: str) -> Response:
        """Each with the day from which it holds."""
        rows = the_indicator(request, key).versions.select_related("made_by")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(version_documents(request, page))

    @extend_schema(
        operation_id="make_definition_version",
        request=NewVersion,
        responses={201: VersionShape, **WRITING},
        examples=[EXAMPLE],
    )
    def post(self, request: Request, key: str) -> Response:
        """Make the next version: limits restart where it takes effect."""
        indicator = the_indicator(request, key, Action.DEFINE)
        body = NewVersion(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given, now = body.validated_data, timezone.now()
        with or_conflict():
            revised = defining.revise(
                indicator,
                given.get("definition", {}),
                author=Author.of(request),
                now=now,
                effective_on=given.get("effective_on"),
                always=given["note"],
            )
        if given["confirm_target"]:
            defining.confirm_target(revised, now=now)
        made = revised.versions.select_related("made_by").get(number=revised.definition_version)
        return Response(version_documents(request, [made])[0], status=201)


def version_documents(request: Request, versions: Sequence[DefinitionVersion]) -> list[Any]:
    """The versions as the API shows them; inputs are named only to those who see them."""
    keys = (key for one in versions for key in one.fields.get("inputs") or [])
    context = {"request": request, "seen_inputs": lineage.seen_keys(keys, person(request))}
    return list(VersionShape(versions, many=True, context=context).data)
