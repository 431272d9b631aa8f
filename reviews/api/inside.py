"""The REST doors inside a review: its items, decisions and actions."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from reviews import gate
from reviews.api.reviews import ReviewsView
from reviews.api.shapes import ActionShape, DecisionShape, DoneShape, ItemShape, refuse_strangers
from reviews.deciding import decide, promise
from reviews.models import Action, Decision, ReviewItem
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


class ItemList(ReviewsView):
    """The agenda."""

    serializer_class = ItemShape

    @extend_schema(
        operation_id="list_review_items", responses={200: ItemShape(many=True), **LISTING}
    )
    def get(self, request: Request, review_id: int) -> Response:
        """What is on it; of a closed review with what was known then."""
        review = gate.review_of(request, review_id)
        rows = ReviewItem.objects.visible_to(gate.user_of(request)).filter(review=review)
        return self.page_of(rows.select_related("indicator", "commented_by"))


class ItemDetail(ReviewsView):
    """One item."""

    serializer_class = ItemShape

    @extend_schema(
        operation_id="comment_on_review_item",
        request=ItemShape(partial=True),
        responses={200: ItemShape, **WRITING},
    )
    def patch(self, request: Request, review_id: int, key: str) -> Response:
        """Write its commentary; `commented_at` says which one you had read."""
        review, user = gate.review_of(request, review_id), gate.user_of(request)
        rows = ReviewItem.objects.visible_to(user).filter(review=review)
        item = gate.row_or_403(
            rows.select_related("review", "indicator"),
            ReviewItem.objects.commentable_by(user),
            gate.NOT_ALLOWED,
            indicator__key=key,
        )
        given = self.checked(item, partial=True)
        text, seen = given.get("commentary", item.commentary), given.get("commented_at")
        with gate.closed_or_overtaken_is_409():
            if not item.comment(text, by=user, seen=seen, now=timezone.now()):
                raise Conflict("Somebody else wrote meanwhile. Read it and try again.")
        return self.shown(item)


class DecisionList(ReviewsView):
    """What was resolved."""

    serializer_class = DecisionShape

    @extend_schema(
        operation_id="list_decisions", responses={200: DecisionShape(many=True), **LISTING}
    )
    def get(self, request: Request, review_id: int) -> Response:
        """Page through them."""
        review = gate.review_of(request, review_id)
        rows = Decision.objects.visible_to(gate.user_of(request)).filter(item__review=review)
        return self.page_of(rows.select_related("item__indicator", "owner", "decided_by"))

    @extend_schema(
        operation_id="decide", responses={201: DecisionShape, **WRITING}, examples=[DECISION]
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Decide on an item; one decision an item and review, `replaces` changes it."""
        review = gate.review_of(request, review_id)
        gate.refuse_unless_runs(request, review.team)
        given = self.checked()
        refuse_strangers(review.team, owner=given.get("owner"))
        item = gate.item_named(request, review, given.pop("indicator"))
        present = item.decisions.filter(pk=given.pop("replaces", None)).first()
        seen = present.decided_at if present else None
        with gate.closed_or_overtaken_is_409():
            by, actor, now = gate.user_of(request), Actor.of(request), timezone.now()
            made = decide(item, given, by=by, seen=seen, now=now, actor=actor)
        return self.shown(made, status=201)


class ActionList(ReviewsView):
    """What was promised."""

    serializer_class = ActionShape

    @extend_schema(operation_id="list_actions", responses={200: ActionShape(many=True), **LISTING})
    def get(self, request: Request, review_id: int) -> Response:
        """Page through them."""
        review = gate.review_of(request, review_id)
        rows = Action.objects.visible_to(gate.user_of(request)).filter(review=review)
        return self.page_of(rows.select_related("owner", "decision__item__indicator"))

    @extend_schema(
        operation_id="promise_action", responses={201: ActionShape, **WRITING}, examples=[ACTION]
    )
    def post(self, request: Request, review_id: int) -> Response:
        """Add one, perhaps under the decision on an indicator."""
        review = gate.review_of(request, review_id)
        gate.refuse_unless_runs(request, review.team)
        given = self.checked()
        key = given.pop("indicator", None)
        refuse_strangers(review.team, owner=given.get("owner"))
        item = gate.item_named(request, review, key) if key else None
        with gate.closed_or_overtaken_is_409():
            made = promise(review, Action(**given), item=item)
        return self.shown(made, status=201)


class ActionDetail(ReviewsView):
    """One promise."""

    serializer_class = ActionShape

    @extend_schema(
        operation_id="finish_action", request=DoneShape, responses={200: ActionShape, **WRITING}
    )
    def patch(self, request: Request, review_id: int, action_id: int) -> Response:
        """Tick it off or take that back: its owner and managers, closed review or not."""
        review, user = gate.review_of(request, review_id), gate.user_of(request)
        rows = Action.objects.visible_to(user).filter(review=review)
        action = gate.row_or_403(
            rows.select_related("owner", "decision__item__indicator"),
            Action.objects.editable_by(user),
            "Only its owner and managers of the team may do that.",
            pk=action_id,
        )
        shape = DoneShape(data=request.data)
        shape.is_valid(raise_exception=True)
        action.mark(done=shape.validated_data["done"], now=timezone.now())
        return self.shown(action)
