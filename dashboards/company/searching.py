"""Search: indicators, teams, reviews and pages by the words of their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from analysis.statuses import look_of
from indicators.models import Indicator
from teams.access import Action
from teams.models import Team, User
from web.links import address

Rows = TypeVar("Rows", bound=QuerySet[Any])
MOST = 8
MORE = 50
PAGES: tuple[tuple[str, str, str, str], ...] = (
    ("All teams", "overview", "tree", "overview company"),
    ("Scorecard", "scorecard", "target", "objectives perspectives"),
    ("Objectives", "objective_list", "target", "goals strategy"),
    ("My reviews", "review_list", "calendar", "meetings"),
    ("Notifications", "notification_list", "note", "e-mails alerts reminders"),
    ("Integrations", "token_list", "plug", "tokens api"),
    ("My settings", "account_settings", "settings", "account profile password"),
)
FOR_MANAGERS = (("New team", "team_new", "plus", "create add department"),)
FOR_ADMINISTRATORS = (
    ("People", "person_list", "people", "members users roles accounts"),
    ("Add a person", "person_new", "plus", "new user invite"),
    ("Organisation", "organisation_settings", "board", "settings calendar currency time zone"),
    ("E-mail", "organisation_email", "note", "e-mail server test smtp"),
    ("Audit", "organisation_audit", "clock", "trail log history"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found, as components/search_results.html shows it."""

    icon: str
    name: str
    detail: str
    url: str


def find_anything(user: User, question: str, *, most: int = MOST) -> list[Result]:
    """The best fitting things this person may see; without a question their own pages."""
    words = question.split()[:6]
    results = [
        *found_indicators(user, words, most),
        *found_teams(user, words, most),
        *found_pages(user, words),
    ]
    return results[:most]


def found_indicators(user: User, words: list[str], most: int) -> Iterable[Result]:
    """Indicators by name, key or tag; active ones and beginnings first."""
    if not words:
        return
    seen = Indicator.objects.visible_to(user).select_related("team", "verdict")
    named = matching(seen, words, "name", "key").annotate(
        fit=Case(
            When(state="active", name__istartswith=words[0], then=Value(0)),
            When(state="active", then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    )
    for row in named.order_by("fit", "name")[:most]:
        state = look_of(row.verdict.status).word if row.is_active else row.get_state_display()
        yield Result(
            "trend", row.name, f"{row.team.name} · {state}", address("indicator_detail", row.key)
        )


def found_teams(user: User, words: list[str], most: int) -> Iterable[Result]:
    """Teams by name; without a question the person's own."""
    seen = Team.objects.visible_to(user)
    own = seen.filter(memberships__user=user)
    found = matching(seen, words, "name", "slug") if words else own
    for row in found.order_by("position", "name")[:most]:
        yield Result("people", row.name, "Team", address("team_board", row.slug))


def found_pages(user: User, words: list[str]) -> Iterable[Result]:
    """Pages that this person may open, whose name or hint holds every word."""
    offered = PAGES
    if user.reach.is_administrator or user.reach.teams_for(Action.MANAGE):
        offered += FOR_MANAGERS
    if user.reach.is_administrator:
        offered += FOR_ADMINISTRATORS
    for name, view, icon, hint in offered:
        if all(word.lower() in f"{name} {hint}".lower() for word in words):
            yield Result(icon, name, "Page", address(view))


def matching(rows: Rows, words: list[str], *fields: str) -> Rows:
    """The rows that hold every word in one of the fields."""
    for word in words:
        either = Q()
        for field in fields:
            either |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(either)
    return rows


def create_address(user: User, question: str) -> str:
    """Where an indicator of this name would be made, for those who define in some team."""
    team = Team.objects.where_may(user, Action.DEFINE).order_by("pk").first()
    return address("indicator_new", team.slug, name=question) if team and question else ""
