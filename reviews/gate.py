"""Guard pages and the API: unseen is 404, not allowed 403, too late or overtaken 409."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from reviews.closing import NotJudged
from reviews.deciding import DecisionOvertaken
from reviews.models import Review, ReviewClosed, ReviewItem
from teams.access import Action
from teams.models import Team, User
from web.api.problems import Conflict

Row = TypeVar("Row", bound=models.Model)
NOT_ALLOWED = "Your role in the team does not allow that."


def user_of(request: HttpRequest | Request) -> User:
    """Who is signed in or calls; every view here asks for that first."""
    assert isinstance(request.user, User)
    return request.user


def row_or_403(
    visible: models.QuerySet[Row],
    permitted: models.QuerySet[Row],
    refusal: str = "",
    **wanted: object,
) -> Row:
    """The row: 404 where it may not be seen, 403 where it may be seen but not this be done."""
    row = get_object_or_404(visible, **wanted)
    if not permitted.filter(pk=row.pk).exists():
        raise exceptions.PermissionDenied(refusal) if refusal else PermissionDenied
    return row


def review_of(request: HttpRequest | Request, review_id: int) -> Review:
    """The review, if this person may see it."""
    rows = Review.objects.visible_to(user_of(request))
    rows = rows.select_related("team", "plan", "opened_by", "closed_by")
    return get_object_or_404(rows, pk=review_id)


def refuse_unless_runs(request: Request, team: Team) -> None:
    """403 where the caller does not run the team's reviews."""
    if not user_of(request).reach.may(Action.REVIEW, team.pk):
        raise exceptions.PermissionDenied(NOT_ALLOWED)


def item_named(request: Request, review: Review, key: str) -> ReviewItem:
    """The item about an indicator that is named in a body; 422 where it is not on the agenda."""
    rows = ReviewItem.objects.visible_to(user_of(request)).filter(review=review)
    found = rows.filter(indicator__key=key).select_related("review", "indicator").first()
    if found is None:
        problem = f"“{key[:80]}” is not on the agenda."
        raise ValidationError({"indicator": [problem]}, code="unknown")
    return found


@contextmanager
def closed_or_overtaken_is_409() -> Iterator[None]:
    """A closed review stays closed, and what others wrote is not written over unseen."""
    try:
        yield
    except NotJudged as problem:
        raise Conflict(str(problem)) from problem
    except ReviewClosed as problem:
        raise Conflict("The review is closed and can no longer be changed.") from problem
    except DecisionOvertaken as problem:
        words = "The decision named in `replaces` is not the present one."
        if problem.present:
            words = f"There is decision {problem.present.pk} already; name it in `replaces`."
        raise Conflict(words) from None
