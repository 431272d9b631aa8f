"""The gate of the pages: unseen is 404, seen but not allowed 403; and where things are."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from reviews.models import ReviewItem
from teams.models import Team, User

Row = TypeVar("Row", bound=models.Model)


def user_of(request: HttpRequest) -> User:
    """Who is signed in; every view here asks for that first."""
    assert isinstance(request.user, User)
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, though it be empty; None where nothing was."""
    return request.POST if request.method == "POST" else None


def show_team(request: HttpRequest, team: Team) -> None:
    """Tell the frame of the page which team it is about."""
    request.team = team  # type: ignore[attr-defined]


def row_or_403(visible: models.QuerySet[Row], permitted: models.QuerySet[Row], pk: int) -> Row:
    """The row: 404 where it may not be seen, 403 where it may be seen but not this be done."""
    row = get_object_or_404(visible, pk=pk)
    if not permitted.filter(pk=pk).exists():
        raise PermissionDenied
    return row


def item_of(
    review_id: int,
    item_id: int,
    visible: models.QuerySet[ReviewItem],
    permitted: models.QuerySet[ReviewItem],
) -> ReviewItem:
    """An item of that very review, gated like every row."""
    item = row_or_403(visible.select_related("review__team", "indicator"), permitted, item_id)
    if item.review_id != review_id:
        raise Http404
    return item


def place_of(item: ReviewItem) -> str:
    """The item on the page of its meeting."""
    return f"{reverse('review_detail', args=[item.review_id])}?item={item.pk}"
