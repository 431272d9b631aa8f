"""Addresses of pages, those of other apps too: an empty text where no such page is installed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from indicators.models import Indicator
from teams.models import Team


def address(name: str, /, *args: object, **query: object) -> str:
    """The address of a named page with its query, or "" where nobody serves it."""
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    wanted = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{found}?{urlencode(wanted)}" if wanted else found


def indicator_address(indicator: Indicator) -> str:
    """The page of an indicator."""
    return reverse("indicator_detail", args=[indicator.key])


def board_address(team: Team) -> str:
    """The board of a team."""
    return reverse("team_board", args=[team.slug])
