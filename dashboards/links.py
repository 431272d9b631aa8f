"""Addresses of pages, those of other apps too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.urls import get_script_prefix, reverse

from indicators.exporting import Format
from indicators.models import Indicator
from teams.models import Team


@dataclass(frozen=True, slots=True)
class Link:
    """A word and where it leads."""

    label: str
    url: str


def address(name: str, /, *args: object, **query: object) -> str:
    """Return the address of a named page with its query; NoReverseMatch where there is none."""
    found = path_of(name, args, get_script_prefix())
    wanted = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{found}?{urlencode(wanted)}" if wanted else found


@lru_cache(maxsize=16_384)
def path_of(name: str, args: tuple[object, ...], prefix: str) -> str:
    """The path of a named page below a prefix, looked up once: a page has hundreds of them."""
    return reverse(name, args=args)


def indicator_address(indicator: Indicator) -> str:
    """The page of an indicator."""
    return address("indicator_detail", indicator.key)


def board_address(team: Team) -> str:
    """The board of a team."""
    return address("team_board", team.slug)


def measurement_files(indicator: Indicator) -> tuple[Link, ...]:
    """The measurements of an indicator as a file in each format."""
    return tuple(Link(form.upper(), address(f"indicator_{form}", indicator.key)) for form in Format)


def team_files(team: Team) -> tuple[Link, ...]:
    """All measurements of a team's indicators as a file in each format."""
    return tuple(Link(form.upper(), address(f"team_{form}", team.slug)) for form in Format)
