"""Addresses of pages, those of other apps too: an empty text where no such page is installed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from indicators.exporting import Format
from indicators.models import Indicator
from teams.models import Team


@dataclass(frozen=True, slots=True)
class Link:
    """A word and where it leads."""

    label: str
    url: str


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


def measurement_files(indicator: Indicator) -> tuple[Link, ...]:
    """The measurements of an indicator as a file in each format."""
    return tuple(
        Link(form.upper(), reverse(f"indicator_{form}", args=[indicator.key])) for form in Format
    )


def team_files(team: Team) -> tuple[Link, ...]:
    """All measurements of a team's indicators as a file in each format."""
    return tuple(Link(form.upper(), reverse(f"team_{form}", args=[team.slug])) for form in Format)
