"""Addresses of boards, indicators and their files."""

from __future__ import annotations

from indicators.models import Indicator
from measurements.exports import Format
from teams.models import Team
from web.links import Link, address


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
