"""What the frame around every page shows: the person, their teams, the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest
from django.utils import timezone

from dashboards.links import board_address
from dashboards.neighbours import Neighbour, neighbours
from teams.access import Action
from teams.models import Organisation, Team, User
from web.links import address
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


@dataclass(frozen=True, slots=True)
class FrameUser:
    """The person in front of the page."""

    name: str
    initials: str
    url: str


@dataclass(frozen=True, slots=True)
class WithoutTeam:
    """Somebody who sees no team: may they create one, and whom to ask otherwise."""

    may_create: bool
    administrators: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The context of the frame, as `base.html` names it."""

    organisation: str = ""
    team: FrameTeam | None = None
    links: tuple[FrameLink, ...] = ()
    teams: tuple[FrameTeam, ...] = ()
    foot_links: tuple[FrameLink, ...] = ()
    tabs: tuple[FrameLink, ...] = ()
    user: FrameUser | None = None
    shortcuts: Mapping[str, str] | None = None
    without_team: WithoutTeam | None = None


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of `base.html`; without a person or a database the frame is empty."""
    user = getattr(request, "user", None)
    section = section_of(request)
    if not isinstance(user, User):
        return {"frame": Frame(), "section": section}
    try:
        return {"frame": build_frame(request, user), "section": section}
    except DatabaseError:
        return {"frame": Frame(), "section": section}


def build_frame(request: HttpRequest, user: User) -> Frame:
    """The frame of a signed-in person: one query besides the organisation's."""
    organisation = organisation_of(request)
    rows = sidebar_teams(request, user, team_in_view(request))
    home = rows[0] if rows and rows[0].is_home else None
    lens = Lens.of(organisation, timezone.now())
    links = tuple(team_links(home, lens)) if home else ()
    return Frame(
        organisation=organisation.name,
        team=in_frame(home) if home else None,
        links=(*links, *company_links(user)),
        teams=tuple(in_frame(row) for row in rows if row != home),
        foot_links=tuple(foot_links(home, user)),
        tabs=tuple(tabs(links, home, user)),
        user=FrameUser(str(user), user.initials, own_page()),
        shortcuts=shortcuts(links) if user.keyboard_shortcuts else None,
        without_team=None if rows else without_team(user),
    )


def without_team(user: User) -> WithoutTeam:
    """What pages say to somebody who sees no team."""
    if user.reach.is_administrator:
        return WithoutTeam(may_create=True)
    asked = User.objects.filter(is_active=True, is_administrator=True)[:3]
    return WithoutTeam(may_create=False, administrators=tuple(asked))


def sidebar_teams(request: HttpRequest, user: User, slug: str) -> list[Neighbour]:
    """The teams of the sidebar around one, read once a request."""
    kept: tuple[str, list[Neighbour]] | None = getattr(request, "neighbours", None)
    if kept is None or kept[0] != slug:
        kept = slug, neighbours(user, slug)
        request.neighbours = kept  # type: ignore[attr-defined]
    return kept[1]


def team_or_404(request: HttpRequest, user: User, slug: str) -> Team:
    """The team with its parent, from the query of the sidebar; 404 where it may not be seen."""
    nearest = next(iter(sidebar_teams(request, user, slug)), None)
    if nearest is None or nearest.team.slug != slug:
        raise Http404
    return nearest.team


def own_page() -> str:
    """Where a person changes what is theirs."""
    return address("account_settings")


def organisation_of(request: HttpRequest) -> Organisation:
    """The organisation, read once a request."""
    found: Organisation | None = getattr(request, "organisation", None)
    if found is None:
        found = Organisation.current()
        request.organisation = found  # type: ignore[attr-defined]
    return found


def show_team(request: HttpRequest, team: Team) -> None:
    """Say which team the page is about, where its address does not."""
    request.team = team  # type: ignore[attr-defined]


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


def in_frame(row: Neighbour) -> FrameTeam:
    """A team as the sidebar names it."""
    return FrameTeam(row.team.name, board_address(row.team), row.kvi_status)


def team_links(team: Neighbour, lens: Lens) -> Iterator[FrameLink]:
    """The pages of the team in view that exist."""
    meeting = lens.day(lens.local(team.next_at).date()) if team.next_at else ""
    found = (
        FrameLink("dashboard", "board", "Dashboard", board_address(team.team)),
        FrameLink(
            "indicators",
            "trend",
            "Indicators",
            address("team_indicators", team.team.slug),
            str(team.indicators or ""),
        ),
        FrameLink(
            "reviews", "calendar", "Reviews", address("review_list", team.team.slug), meeting
        ),
    )
    return (link for link in found if link.url)


def company_links(user: User) -> Iterator[FrameLink]:
    """What belongs to no single team: the grid and *New team* for those who may somewhere."""
    if user.reach.teams_for(Action.ENTER):
        yield FrameLink("entry", "edit", "Enter values", address("entry_grid"))
    yield FrameLink("overview", "tree", "All teams", address("overview"))
    if user.reach.is_administrator or user.reach.teams_for(Action.MANAGE):
        yield FrameLink("new_team", "plus", "New team", address("team_new"))


def foot_links(team: Neighbour | None, user: User) -> Iterator[FrameLink]:
    """Integrations, settings, and for administrators people, organisation and kept mails."""
    may_manage = team is not None and user.reach.may(Action.MANAGE, team.team.pk)
    slug = team.team.slug if team else ""
    found = [FrameLink("notifications", "note", "Notifications", address("notification_list"))]
    if user.reach.teams_for(Action.ENTER):
        found.append(FrameLink("imports", "upload", "Import a file", address("import_new")))
    found.append(FrameLink("integrations", "plug", "Integrations", address("token_list")))
    if may_manage:
        found.append(FrameLink("settings", "settings", "Settings", address("team_settings", slug)))
    if user.is_administrator:
        found.append(FrameLink("people", "people", "People", address("person_list")))
        organisation = address("organisation_settings")
        found.append(FrameLink("organisation", "board", "Organisation", organisation))
    if user.is_administrator and writes_mail_to_folder():
        found.append(FrameLink("mails", "upload", "E-mails", address("mail_list")))
    found.append(FrameLink("sign_out", "leave", "Sign out", address("account_logout")))
    return (link for link in found if link.url)


def writes_mail_to_folder() -> bool:
    """Whether e-mail goes to a folder instead of out, as an embedded installation does."""
    return settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def tabs(links: tuple[FrameLink, ...], team: Neighbour | None, user: User) -> Iterator[FrameLink]:
    """The bar on small screens: the team's pages, the grid for those who enter, and one more.

    That is "New" for those who define, else all teams; the menu has everything.
    """
    yield from (link for link in links if link.section in ("dashboard", "indicators", "reviews"))
    if user.reach.teams_for(Action.ENTER):
        yield FrameLink("entry", "edit", "Enter", address("entry_grid"))
    new = address("indicator_new", team.team.slug) if team else ""
    if team and new and user.reach.may(Action.DEFINE, team.team.pk):
        yield FrameLink("new", "plus", "New", new)
    else:
        yield FrameLink("overview", "tree", "Teams", address("overview"))


def shortcuts(links: tuple[FrameLink, ...]) -> Mapping[str, str]:
    """Where "g d", "g i" and "g r" go."""
    found = {link.section: link.url for link in links}
    return {
        "dashboard": found.get("dashboard") or address("home"),
        "indicators": found.get("indicators", ""),
        "reviews": found.get("reviews", ""),
    }
