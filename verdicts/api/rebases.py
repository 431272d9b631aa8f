"""The REST door of new process limits: what was accepted, accept, take back."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators.author import Author
from indicators.gate import the_indicator
from teams.access import Action, Scope
from teams.api.teams import people
from verdicts import rebasing
from verdicts.models import Rebase
from web.api.fields import Named, StrictModel
from web.api.schema import LISTING, WRITING

EXAMPLE = OpenApiExample(
    "A shift that is understood",
    request_only=True,
    value={"on": "2026-10-01", "note": "The new refund rules hold."},
)


class RebaseShape(StrictModel):
    """New limits from a period on, and why."""

    made_by = Named(people, "email", read_only=True, allow_null=True)

    class Meta:
        model = Rebase
        fields = ["on", "note", "made_by", "made_at"]
        read_only_fields = ["made_at"]


class RebaseList(generics.GenericAPIView[Rebase]):
    """Where process limits start anew."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE
    serializer_class = RebaseShape

    @extend_schema(operation_id="list_rebases", responses={200: RebaseShape(many=True), **LISTING})
    def get(self, request: Request, key: str) -> Response:
        """Oldest first."""
        page = self.paginate_queryset(the_indicator(request, key).rebases.select_related("made_by"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="rebase", responses={201: RebaseShape, **WRITING}, examples=[EXAMPLE]
    )
    def post(self, request: Request, key: str) -> Response:
        """Start the limits anew in the period that `on` lies in."""
        indicator = the_indicator(request, key, Action.DEFINE)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        made = rebasing.accept_rebase(
            indicator,
            **shape.validated_data,
            author=Author.of(request),
            now=timezone.now(),
        )
        return Response(self.get_serializer(made).data, status=201)


class RebaseDetail(APIView):
    """One restart of the limits, named by its day."""

    read_scope, write_scope = Scope.INDICATORS_READ, Scope.INDICATORS_WRITE

    @extend_schema(operation_id="withdraw_rebase", responses={204: None, **WRITING})
    def delete(self, request: Request, key: str, on: str) -> Response:
        """Take it back: the limits before hold on."""
        indicator = the_indicator(request, key, Action.DEFINE)
        found = rebasing.find_rebase(indicator, on)
        rebasing.withdraw_rebase(found, author=Author.of(request), now=timezone.now())
        return Response(status=204)
