"""Frame every page: the person, their teams, the organisation, and where boards and files are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError
from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.utils import timezone

from indicators.models import Indicator
from indicators.models.sharing import Sharing
from measurements.exports import Format
from notifications.mails import mail_folder
from reviews.models import ReviewPlan
from teams.access import Action
from teams.models import Membership, Organisation, Team, User
from web.links import Link, address
from web.wording import Lens

# which link of the sidebar a page belongs to, by the beginning of its name
SECTIONS: Mapping[str, str] = {
    "home": "dashboard",
    "team_board": "dashboard",
    "team_indicators": "indicators",
    "team_settings": "settings",
    "overview": "overview",
    "scorecard": "overview",
    "entry": "entry",
    "indicator": "indicators",
    "target": "indicators",
    "annotation": "indicators",
    "value": "indicators",
    "review": "reviews",
    "action": "reviews",
    "token": "integrations",
    "webhook": "integrations",
    "import": "imports",
    "account": "account",
    "mail": "mails",
    "notification": "notifications",
    "preference": "account",
    "objective": "overview",
    "perspective": "overview",
    "organisation": "organisation",
    "person": "people",
    "team_new": "new_team",
}
MOST_TEAMS_SHOWN = 9
IN_VIEW, OWN, BELOW, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class FrameLink:
    """One link of the sidebar or of the bar on small screens."""

    section: str
    icon: str
    label: str
    url: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class FrameTeam:
    """A team in the sidebar with the status of its KVI; "" without one."""

    name: str
    url: str
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The context of the frame, as `base.html` names it."""

    organisation: str = ""
    team: FrameTeam | None = None
    links: tuple[FrameLink, ...] = ()
    teams: tuple[FrameTeam, ...] = ()
    foot_links: tuple[FrameLink, ...] = ()
    tabs: tuple[FrameLink, ...] = ()
    user: User | None = None
    shortcuts: Mapping[str, str] | None = None
    without_team: Mapping[str, Any] | None = None


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of `base.html`; without a person or a database the frame is empty."""
    user, shown = getattr(request, "user", None), Frame()
    if isinstance(user, User):
        with suppress(DatabaseError):
            shown = build_frame(request, user)
    return {"frame": shown, "section": section_of(request)}


def build_frame(request: HttpRequest, user: User) -> Frame:
    """The frame of a signed-in person: one query besides the organisation's."""
    organisation = organisation_of(request)
    rows = sidebar_teams(request, user, team_in_view(request))
    home = rows[0] if rows and rows[0].distance <= OWN else None
    lens = Lens.of(organisation, timezone.now())
    links = tuple(team_links(home, lens)) if home else ()
    return Frame(
        organisation=organisation.name,
        team=in_frame(home) if home else None,
        links=(*links, *company_links(user)),
        teams=tuple(in_frame(row) for row in rows if row != home),
        foot_links=tuple(foot_links(home, user)),
        tabs=tuple(tabs(links, home, user)),
        user=user,
        shortcuts=shortcuts(links) if user.keyboard_shortcuts else None,
        without_team=None if rows else ask_for_team(user),
    )


def ask_for_team(user: User) -> Mapping[str, Any]:
    """Say to somebody who sees no team whether they may create one, or whom to ask."""
    asked = User.objects.filter(is_active=True, is_administrator=True)[:3]
    may_create = user.reach.is_administrator
    return {"may_create": may_create, "administrators": () if may_create else tuple(asked)}


def sidebar_teams(request: HttpRequest, user: User, slug: str) -> list[Any]:
    """The teams of the sidebar around one, read once a request."""
    kept: tuple[str, list[Any]] | None = getattr(request, "neighbours", None)
    if kept is None or kept[0] != slug:
        kept = slug, neighbours(user, slug)
        request.neighbours = kept  # type: ignore[attr-defined]
    return kept[1]


def team_or_404(request: HttpRequest, user: User, slug: str) -> Team:
    """The team with its parent, from the query of the sidebar; 404 where it may not be seen."""
    nearest: Team | None = next(iter(sidebar_teams(request, user, slug)), None)
    if nearest is None or nearest.slug != slug:
        raise Http404
    return nearest


def organisation_of(request: HttpRequest) -> Organisation:
    """The organisation, read once a request."""
    found: Organisation | None = getattr(request, "organisation", None)
    if found is None:
        found = Organisation.current()
        request.organisation = found  # type: ignore[attr-defined]
    return found


def section_of(request: HttpRequest) -> str:
    """The link of the sidebar that the page belongs to."""
    match = request.resolver_match
    name = (match.url_name or "") if match else ""
    fitting = [start for start in SECTIONS if name.startswith(start)]
    return SECTIONS[max(fitting, key=len)] if fitting else ""


def team_in_view(request: HttpRequest) -> str:
    """The slug of the team the page is about: said by the view, else by the address, else ""."""
    said = getattr(request, "team", None)
    if isinstance(said, Team):
        return said.slug
    match = request.resolver_match
    is_of_team = match is not None and request.path_info.startswith("/teams/")
    return str(match.kwargs.get("slug", "")) if match and is_of_team else ""


def in_frame(row: Any) -> FrameTeam:
    """A team as the sidebar names it."""
    return FrameTeam(row.name, address("team_board", row.slug), row.kvi_status)


def team_links(team: Any, lens: Lens) -> Iterator[FrameLink]:
    """Link the pages of the team in view."""
    slug, number = team.slug, str(team.number or "")
    meeting = lens.day(lens.local(team.next_at).date()) if team.next_at else ""
    yield FrameLink("dashboard", "board", "Dashboard", address("team_board", team.slug))
    yield FrameLink("indicators", "trend", "Indicators", address("team_indicators", slug), number)
    yield FrameLink("reviews", "calendar", "Reviews", address("review_list", slug), meeting)


def company_links(user: User) -> Iterator[FrameLink]:
    """What belongs to no single team: the grid and *New team* for those who may somewhere."""
    if user.reach.teams_for(Action.ENTER):
        yield FrameLink("entry", "edit", "Enter values", address("entry_grid"))
    yield FrameLink("overview", "tree", "All teams", address("overview"))
    if user.reach.is_administrator or user.reach.teams_for(Action.MANAGE):
        yield FrameLink("new_team", "plus", "New team", address("team_new"))


def foot_links(team: Any, user: User) -> Iterator[FrameLink]:
    """Integrations, settings, and for administrators people, organisation and kept mails."""
    yield FrameLink("notifications", "note", "Notifications", address("notification_list"))
    if user.reach.teams_for(Action.ENTER):
        yield FrameLink("imports", "upload", "Import a file", address("import_new"))
    yield FrameLink("integrations", "plug", "Integrations", address("token_list"))
    if team is not None and user.reach.may(Action.MANAGE, team.pk):
        settings_url = address("team_settings", team.slug)
        yield FrameLink("settings", "settings", "Settings", settings_url)
    if user.is_administrator:
        yield FrameLink("people", "people", "People", address("person_list"))
        yield FrameLink("organisation", "board", "Organisation", address("organisation_settings"))
        if mail_folder() is not None:
            yield FrameLink("mails", "upload", "E-mails", address("mail_list"))
    yield FrameLink("sign_out", "leave", "Sign out", address("account_logout"))


def tabs(links: tuple[FrameLink, ...], team: Any, user: User) -> Iterator[FrameLink]:
    """The bar on small screens: the team's pages, the grid for those who enter, and one more.

    That is "New" for those who define, else all teams; the menu has everything.
    """
    yield from (link for link in links if link.section in ("dashboard", "indicators", "reviews"))
    if user.reach.teams_for(Action.ENTER):
        yield FrameLink("entry", "edit", "Enter", address("entry_grid"))
    if team and user.reach.may(Action.DEFINE, team.pk):
        yield FrameLink("new", "plus", "New", address("indicator_new", team.slug))
    else:
        yield FrameLink("overview", "tree", "Teams", address("overview"))


def shortcuts(links: tuple[FrameLink, ...]) -> Mapping[str, str]:
    """Say where "g d", "g i" and "g r" go."""
    none = {"dashboard": address("home"), "indicators": "", "reviews": ""}
    return none | {link.section: link.url for link in links}


def neighbours(user: User, slug: str) -> list[Any]:
    """Read at most nine teams this person may see: the one in view, their own, then others."""
    mine = Membership.objects.filter(user=user.reach.user_id, team=OuterRef("pk"))
    near = Case(
        When(slug=slug, then=Value(IN_VIEW)),
        When(Exists(mine), then=Value(OWN)),
        When(pk__in=user.reach.roles, then=Value(BELOW)),
        default=Value(OTHER),
        output_field=IntegerField(),
    )
    visible = Indicator.objects.visible_to(user).active()
    own = visible.filter(team=OuterRef("pk"))
    shared = Sharing.objects.filter(
        team=OuterRef("pk"), as_kvi=True, indicator__in=visible.values("pk")
    )
    plans = ReviewPlan.objects.filter(team=OuterRef("pk"), is_active=True, next_at__isnull=False)
    teams = Team.objects.visible_to(user).filter(Q(archived_at=None) | Q(slug=slug))
    rows: QuerySet[Any] = teams.select_related("parent").annotate(
        kvi_status=Coalesce(
            Subquery(own.filter(kind=Indicator.Kind.KVI).values("verdict__status")[:1]),
            Subquery(shared.values("indicator__verdict__status")[:1]),
            Value(""),
        ),
        number=Subquery(own.order_by().values("team").annotate(n=Count("pk")).values("n")),
        next_at=Subquery(plans.order_by("next_at").values("next_at")[:1]),
        distance=near,
    )
    return list(rows.order_by("distance", "position", "name")[:MOST_TEAMS_SHOWN])


def file_links(kind: str, name: str) -> tuple[Link, ...]:
    """The measurements of an indicator, or of all that a team has, as a file in each format."""
    return tuple(Link(form.upper(), address(f"{kind}_{form}", name)) for form in Format)


def number_asked(request: HttpRequest, name: str, *, digits: int = 18) -> int:
    """The whole number that a query holds; 0 for none, and for what is none or too long."""
    asked = request.GET.get(name, "")
    return int(asked) if asked.isdecimal() and len(asked) <= digits else 0
