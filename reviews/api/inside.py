"""The REST doors inside a review: its items, decisions and actions."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reviews.api import gate
from reviews.api.shapes import ActionShape, DecisionShape, DoneShape, ItemShape, refuse_strangers
from reviews.deciding import decide, promise
from reviews.models import Action, Decision, ReviewItem
from teams.access import Scope
from teams.models import Actor
from web.api.problems import Conflict
from web.api.schema import LISTING, WRITING

DECISION = OpenApiExample(
    "With a prediction",
    request_only=True,
    value={
        "indicator": "manual-actions",
        "kind": "act",
        "reason": "New refund rules send every partial refund to the office.",
        "doing": "Let the portal handle partial refunds below 500 kr.",
        "owner": "jonas@example.org",
        "expected_effect": -50,
        "check_on": "2027-02-26",
    },
)
ACTION = OpenApiExample(
    "A promise",
    request_only=True,
    value={"text": "Build the form", "owner": "jonas@example.org", "due_on": "2027-01-29"},
)


class ItemList(generics.GenericAPIView[ReviewItem]):
    """The agenda."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE
    serializer_class = ItemShape

    @extend_schema(
        operation_id="list_review_items", responses={200: ItemShape(many=True), **LISTING}
    )
    def get(self, request: Request, review_id: int) -> Response:
        """What is on it; of a closed review with what was known then."""
        review = gate.review_of(request, review_id)
        rows = ReviewItem.objects.visible_to(gate.caller(request)).filter(review=review)
        page = self.paginate_queryset(rows.select_related("indicator", "commented_by"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ItemDetail(APIView):
    """One item."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(
        operation_id="comment_on_review_item",
        request=ItemShape(partial=True),
        responses={200: ItemShape, **WRITING},
    )
    def patch(self, request: Request, review_id: int, key: str) -> Response:
        """Write its commentary; `commented_at` says which one you had read."""
        review, user = gate.review_of(request, review_id), gate.caller(request)
        rows = ReviewItem.objects.visible_to(user).filter(review=review, indicator__key=key)
        item = generics.get_object_or_404(rows.select_related("review", "indicator"))
        if not ReviewItem.objects.commentable_by(user).filter(pk=item.pk).exists():
            raise PermissionDenied("Your role in the team does not allow that.")
        shape = ItemShape(item, data=request.data, partial=True, context={"request": request})
        shape.is_valid(raise_exception=True)
        text = shape.validated_data.get("commentary", item.commentary)
        seen = shape.validated_data.get("commented_at")
        with gate.or_conflict():
            if not item.comment(text, by=user, seen=seen, now=timezone.now()):
                raise Conflict("Somebody else wrote meanwhile. Read it and try again.")
        return Response(ItemShape(item, context={"request": request}).data)


class DecisionList(generics.GenericAPIView[Decision]):
    """What was resolved."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE
    serializer_class = DecisionShape

    @extend_schema(
        operation_id="list_decisions", responses={200: DecisionShape(many=True), **LISTING}
    )
    def get(self, request: Request, review_id: int) -> Response:
        """Page through them."""
        review = gate.review_of(request, review_id)
        rows = Decision.objects.visible_to(gate.caller(request)).filter(item__review=review)
        rows = rows.select_related("item__indicator", "owner", "decided_by")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="decide", responses={201: DecisionShape, **WRITING}, examples=[DECISION]
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Decide on an item; one decision an item and review, `replaces` changes it."""
        review = gate.review_of(request, review_id)
        gate.refuse_unless_runs(request, review.team)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        owner = given.get("owner")
        refuse_strangers(review.team, {"owner": [owner] if owner else []})
        item = gate.item_named(request, review, given.pop("indicator"))
        present = item.decisions.filter(pk=given.pop("replaces", None)).first()
        seen = present.decided_at if present else None
        with gate.or_conflict():
            by, actor, now = gate.caller(request), Actor.of(request), timezone.now()
            made = decide(item, given, by=by, seen=seen, now=now, actor=actor)
        return Response(self.get_serializer(made).data, status=201)


class ActionList(generics.GenericAPIView[Action]):
    """What was promised."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE
    serializer_class = ActionShape

    @extend_schema(operation_id="list_actions", responses={200: ActionShape(many=True), **LISTING})
    def get(self, request: Request, review_id: int) -> Response:
        """Page through them."""
        review = gate.review_of(request, review_id)
        rows = Action.objects.visible_to(gate.caller(request)).filter(review=review)
        rows = rows.select_related("owner", "decision__item__indicator")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="promise_action", responses={201: ActionShape, **WRITING}, examples=[ACTION]
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Add one, perhaps under the decision on an indicator."""
        review = gate.review_of(request, review_id)
        gate.refuse_unless_runs(request, review.team)
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        owner, key = given.get("owner"), given.pop("indicator", None)
        refuse_strangers(review.team, {"owner": [owner] if owner else []})
        item = gate.item_named(request, review, key) if key else None
        with gate.or_conflict():
            made = promise(review, Action(**given), item=item)
        return Response(self.get_serializer(made).data, status=201)


class ActionDetail(APIView):
    """One promise."""

    read_scope, write_scope = Scope.REVIEWS_READ, Scope.REVIEWS_WRITE

    @extend_schema(
        operation_id="finish_action", request=DoneShape, responses={200: ActionShape, **WRITING}
    )
    def patch(self, request: Request, review_id: int, action_id: int) -> Response:
        """Tick it off or take that back: its owner and managers, closed review or not."""
        review, user = gate.review_of(request, review_id), gate.caller(request)
        rows = Action.objects.visible_to(user).filter(review=review)
        action = gate.seen(rows.select_related("owner", "decision__item__indicator"), action_id)
        if not Action.objects.editable_by(user).filter(pk=action.pk).exists():
            raise PermissionDenied("Only its owner and managers of the team may do that.")
        shape = DoneShape(data=request.data, context={"request": request})
        shape.is_valid(raise_exception=True)
        if shape.validated_data["done"]:
            action.finish(timezone.now())
        else:
            action.reopen()
        return Response(ActionShape(action, context={"request": request}).data)
