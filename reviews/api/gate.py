"""The gate of the REST doors: unseen is 404, not allowed 403, too late or overtaken 409."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import models
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from reviews.closing import NotJudged
from reviews.deciding import DecisionOvertaken
from reviews.models import Review, ReviewClosed, ReviewItem
from teams.access import Action
from teams.models import Team, User
from web.api.problems import Conflict

Row = TypeVar("Row", bound=models.Model)


def caller(request: Request) -> User:
    """The person who calls; the policy has let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def seen(rows: models.QuerySet[Row], pk: int) -> Row:
    """The row among those that the caller may see."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def review_of(request: Request, pk: int) -> Review:
    """The review, if the caller may see it."""
    rows = Review.objects.visible_to(caller(request))
    return seen(rows.select_related("team", "plan", "opened_by", "closed_by"), pk)


def refuse_unless_runs(request: Request, team: Team) -> None:
    """403 where the caller does not run the team's reviews."""
    if not caller(request).reach.may(Action.REVIEW, team.pk):
        raise PermissionDenied("Your role in the team does not allow that.")


def item_named(request: Request, review: Review, key: str) -> ReviewItem:
    """The item about an indicator that is named in a body; 422 where it is not on the agenda."""
    rows = ReviewItem.objects.visible_to(caller(request)).filter(review=review)
    found = rows.filter(indicator__key=key).select_related("review", "indicator").first()
    if found is None:
        problem = f"“{key[:80]}” is not on the agenda."
        raise ValidationError({"indicator": [problem]}, code="unknown")
    return found


@contextmanager
def or_conflict() -> Iterator[None]:
    """A closed review stays closed, and what others wrote is not written over unseen."""
    try:
        yield
    except NotJudged as problem:
        raise Conflict(str(problem)) from problem
    except ReviewClosed as problem:
        raise Conflict("The review is closed and can no longer be changed.") from problem
    except DecisionOvertaken as problem:
        present = problem.present
        words = f"There is decision {present.pk} already; name it in `replaces`." if present else ""
        raise Conflict(
            words or "The decision named in `replaces` is not the present one."
        ) from None
