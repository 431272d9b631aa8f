"""The REST API of indicators: list, define, read, change, retire."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators import defining, lineage
from indicators.api import filters
from indicators.api.shapes import CurrentTarget, SmarterField, VerdictShape
from indicators.author import Author
from indicators.gate import the_indicator
from indicators.models import Indicator, Objective, Perspective
from indicators.models.indicator import KEY_FORM, LONG_TEXT, TEXTS, IndicatorQuerySet
from indicators.smarter import with_judging_target
from teams.access import Action, Scope
from teams.api.teams import people
from teams.gate import or_conflict, person, refuse_unless
from teams.models import Team
from web.api.fields import Day, Flag, Named, NamedMany, Number, StrictModel, Text
from web.api.queries import bad_option, option_text
from web.api.schema import LISTING, READING, WRITING

EXAMPLE = OpenApiExample(
    "A share of visits",
    request_only=True,
    value={
        "key": "newsletter-conversion",
        "name": "Newsletter conversion",
        "description": "Of 100 visits from the newsletter, how many become orders.",
        "team": "growth",
        "owner": "ingrid@example.org",
        "unit": "percent",
        "factor": 100,
        "direction": "up",
        "period": "week",
        "rollup": "ratio",
        "formula": "orders / visits × 100",
    },
)


def visible_indicators(user: Any) -> IndicatorQuerySet:
    """Indicators that the caller may name."""
    return Indicator.objects.visible_to(user)


class IndicatorShape(StrictModel):
    """An indicator: what defines it, and what is known of it now."""

    key = Text(required=False, max_length=80, validators=[KEY_FORM])
    team = Named(Team.objects.visible_to, "slug")
    shared_with = NamedMany(Team.objects.visible_to, "slug", required=False)
    owner = Named(people, "email", required=False, allow_null=True)
    stakeholders = NamedMany(people, "email", required=False)
    objective = Named(Objective.objects.visible_to, "slug", required=False, allow_null=True)
    perspective = Named(
        lambda _user: Perspective.objects.all(), "slug", required=False, allow_null=True
    )
    guard = Named(visible_indicators, "key", required=False, allow_null=True)
    successor = Named(visible_indicators, "key", read_only=True, allow_null=True)
    factor = Number(required=False, above=0)
    tags = serializers.ListField(child=Text(max_length=40), max_length=50, required=False)
    inputs = serializers.ListField(
        child=Text(max_length=80),
        max_length=50,
        required=False,
        help_text="Keys; of a ratio numerator and denominator; of a formula may be left out.",
    )
    is_key = Flag(required=False, help_text="Needs objective, owner, target and cadence.")
    version_note = Text(required=False, write_only=True, max_length=300)
    effective_on = Day(required=False, write_only=True, help_text="Of the definition version.")
    smarter = SmarterField(source="*", read_only=True)
    target = CurrentTarget(source="*", read_only=True, allow_null=True)
    verdict = VerdictShape(read_only=True)

    class Meta:
        model = Indicator
        fields = [
            "key",
            "team",
            "shared_with",
            *defining.ANSWERS,
            "state",
            "is_key",
            "is_omtm",
            "synthetic",
            "definition_version",
            "version_note",
            "effective_on",
            "created_at",
            "updated_at",
            "retired_at",
            "retired_reason",
            "successor",
            "smarter",
            "target",
            "verdict",
        ]
        read_only_fields = [
            "definition_version",
            "created_at",
            "updated_at",
            "retired_at",
            "retired_reason",
            "synthetic",
        ]
        extra_kwargs: ClassVar = {name: {"max_length": LONG_TEXT} for name in TEXTS}

    def to_representation(self, instance: Any) -> Any:
        """Name things of other teams only to those who see these teams."""
        data = super().to_representation(instance)
        seen = self.context["request"].user.reach.teams_for(Action.SEE)
        data["shared_with"] = sorted(t.slug for t in instance.shared_with.all() if t.pk in seen)
        for name in ("objective", "guard", "successor"):
            linked = getattr(instance, name)
            if linked is not None and linked.team_id not in seen:
                data[name] = None
        if not instance.inputs:
            return data
        awaiting = self.context.get("awaiting")
        if instance.key in (lineage.awaiting([instance]) if awaiting is None else awaiting):
            data["verdict"] = {**data["verdict"], "fresh": False}
        named = self.context.get("seen_inputs")
        if named is None:
            named = lineage.seen_inputs([instance], self.context["request"].user)
        return lineage.shown_definition(data, named)


def with_relations(rows: IndicatorQuerySet) -> IndicatorQuerySet:
    """Bring all that the shape reads, in a fixed number of queries."""
    linked = ("verdict", "stale_mark", "team", "owner", "objective", "perspective")
    rows = rows.select_related(*linked, "guard", "successor")
    rows = rows.prefetch_related("stakeholders", "shared_with")
    return with_judging_target(rows)


def document_of(request: Request, key: str) -> dict[str, Any]:
    """The indicator as the API shows it, read anew."""
    rows = with_relations(Indicator.objects.visible_to(person(request)))
    context = {"request": request, "today": timezone.now().date()}
    return dict(IndicatorShape(get_object_or_404(rows, key=key), context=context).data)


class IndicatorList(generics.GenericAPIView[Indicator]):
    """All indicators that the caller may see."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    parameters: ClassVar = {"GET": filters.PARAMETERS}
    serializer_class = IndicatorShape
    filter_backends = [filters.IndicatorOrder]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "today": timezone.now().date()}

    @extend_schema(
        operation_id="list_indicators",
        responses={200: IndicatorShape(many=True), **LISTING},
    )
    def get(self, request: Request) -> Response:
        """Page through them."""
        rows = filters.filtered(Indicator.objects.visible_to(person(request)), request)
        page = self.paginate_queryset(with_relations(rows)) or []
        named = lineage.seen_inputs(page, person(request))
        told = {"seen_inputs": named, "awaiting": lineage.awaiting(page)}
        context = {**self.get_serializer_context(), **told}
        return self.get_paginated_response(IndicatorShape(page, many=True, context=context).data)

    @extend_schema(
        operation_id="define_indicator",
        responses={201: IndicatorShape, **WRITING},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Define one; it is active at once unless `state` says draft."""
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        refuse_unless(request, Action.DEFINE, given["team"].pk)
        for name in ("version_note", "effective_on"):
            given.pop(name, None)
        links = {name: given.pop(name, []) for name in sorted(defining.LINKED)}
        made = Indicator(**{"state": Indicator.State.ACTIVE, **given})
        with or_conflict():
            defining.create(made, author=Author.of(request), now=timezone.now(), **links)
        return Response(document_of(request, made.key), status=201)


class IndicatorDetail(APIView):
    """One indicator."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    parameters: ClassVar = {
        "DELETE": [
            OpenApiParameter("reason", str, description="Why, and what was learnt."),
            OpenApiParameter("successor", str, description="Key of the indicator that follows."),
        ]
    }

    @extend_schema(operation_id="read_indicator", responses={200: IndicatorShape, **READING})
    def get(self, request: Request, key: str) -> Response:
        """With its target, its verdict and what the SMARTER check says."""
        return Response(document_of(request, key))

    @extend_schema(
        operation_id="change_indicator",
        request=IndicatorShape(partial=True),
        responses={200: IndicatorShape, **WRITING},
    )
    def patch(self, request: Request, key: str) -> Response:
        """Change some fields; a change of meaning makes a new definition version."""
        indicator = the_indicator(request, key, Action.DEFINE)
        shape = IndicatorShape(
            indicator, data=request.data, partial=True, context={"request": request}
        )
        shape.is_valid(raise_exception=True)
        changes = dict(shape.validated_data)
        if "team" in changes:
            refuse_unless(request, Action.DEFINE, changes["team"].pk)
        if changes.pop("key", key) != key:
            refused = {"key": serializers.ErrorDetail("A key never changes.", code="immutable")}
            raise serializers.ValidationError(refused)
        effective_on, note = changes.pop("effective_on", None), changes.pop("version_note", "")
        with or_conflict():
            defining.revise(
                indicator,
                changes,
                author=Author.of(request),
                now=timezone.now(),
                effective_on=effective_on,
                note=note,
            )
        return Response(document_of(request, key))

    @extend_schema(
        operation_id="retire_indicator",
        responses={204: None, **WRITING},
    )
    def delete(self, request: Request, key: str) -> Response:
        """Retire it: it stays readable and never alerts. Nothing is deleted."""
        indicator = the_indicator(request, key, Action.DEFINE)
        successor = option_text(request, "successor")
        defining.retire(
            indicator,
            reason=reason_of(request),
            successor=the_indicator(request, successor) if successor else None,
            author=Author.of(request),
            now=timezone.now(),
        )
        return Response(status=204)


def reason_of(request: Request) -> str:
    """Return why an indicator is retired; 422 for a text that is too long to keep."""
    given = option_text(request, "reason")
    if len(given) > LONG_TEXT:
        raise bad_option("reason", f"At most {LONG_TEXT} characters.", "too_long")
    return given
