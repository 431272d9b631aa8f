"""Settings: a team and its members, the people of the organisation, one's own account."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPException
from urllib.parse import urlencode

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from teams import staffing
from teams.access import Action
from teams.forms import (
    AccountForm,
    MemberForm,
    NewPersonForm,
    PersonForm,
    RoleForm,
    TeamForm,
    problems_shown,
)
from teams.gate import form_page, person, refuse_unless_administrator, sent, the_team
from teams.models import Actor, Membership, Team, User

logger = logging.getLogger(__name__)
PAGE = 100


@login_required
@require_http_methods(["GET", "POST"])
def team_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The team and its members, for its managers."""
    team = the_team(request, slug, Action.MANAGE)
    form = TeamForm(sent(request), instance=team, user=person(request))
    if request.method == "POST" and form.is_valid() and save_team(request, form):
        messages.success(request, "Changes saved.")
        return redirect("team_settings", form.instance.slug)
    return settings_page(request, team, form, MemberForm(initial={"role": "viewer"}))


@login_required
@require_http_methods(["GET", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    """Create a team: below a team for its managers, at the top for administrators."""
    user = person(request)
    if not user.reach.teams_for(Action.MANAGE) and not user.reach.is_administrator:
        raise PermissionDenied
    above = Team.objects.editable_by(user).filter(slug=request.GET.get("parent", "")).first()
    form = TeamForm(sent(request), user=user, initial={"parent": above})
    if request.method == "POST" and form.is_valid() and save_team(request, form):
        messages.success(request, f"{form.instance.name} is created. Follow its first steps.")
        return redirect("team_board", form.instance.slug)
    return form_page(request, "teams/team_new.html", {"form": form})


@login_required
@require_POST
def team_archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Close the team: everything stays readable, nothing changes any more."""
    team = the_team(request, slug, Action.MANAGE)
    with refusal_shown(request):
        staffing.archive_team(team, actor=Actor.of(request), now=timezone.now())
        messages.success(request, f"{team} is archived. Everything stays readable.")
    return redirect("team_settings", slug)


@login_required
@require_POST
def team_restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Open an archived team again."""
    team = the_team(request, slug, Action.MANAGE)
    with refusal_shown(request):
        staffing.restore_team(team, actor=Actor.of(request))
        messages.success(request, f"{team} is open again.")
    return redirect("team_settings", slug)


@login_required
@require_POST
def member_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Give somebody a role; administrators can name somebody new."""
    team = the_team(request, slug, Action.MANAGE)
    form = MemberForm(request.POST)
    if form.is_valid():
        found = known_or_new(request, form)
        if found is not None:
            role = form.cleaned_data["role"]
            staffing.give_role(team, found, role, actor=Actor.of(request))
            messages.success(request, f"{found} added to {team}.")
            return redirect("team_settings", slug)
    return settings_page(request, team, TeamForm(instance=team, user=person(request)), form)


@login_required
@require_POST
def member_change(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Change the role of a member."""
    membership = membership_of(the_team(request, slug, Action.MANAGE), membership_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        staffing.give_role(membership.team, membership.user, role, actor=Actor.of(request))
        messages.success(request, f"{membership.user}: role changed.")
    else:
        messages.error(request, "Choose one of the roles.")
    return redirect("team_settings", slug)


@login_required
@require_POST
def member_remove(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """End a membership; people who remove themselves are sent to the start page."""
    membership = membership_of(the_team(request, slug, Action.MANAGE), membership_id)
    staffing.take_role(membership, actor=Actor.of(request))
    messages.success(request, f"{membership.user} removed from {membership.team}.")
    if membership.user == request.user and not person(request).is_administrator:
        return redirect("home")
    return redirect("team_settings", slug)


@login_required
@require_GET
def person_list(request: HttpRequest) -> HttpResponse:
    """List people, for administrators; `?q=` finds part of a name or address."""
    refuse_unless_administrator(request)
    asked = request.GET.get("q", "").strip()[:80]
    rows = User.objects.prefetch_related("memberships__team").order_by("name", "email")
    if asked:
        rows = rows.filter(Q(name__icontains=asked) | Q(email__icontains=asked))
    context = {
        "people": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "asked": asked,
        "query": urlencode({"q": asked}) if asked else "",
        "page": "people",
    }
    return render(request, "teams/person_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    """Create a person; they get an e-mail to set a password, or a link to pass on is shown."""
    refuse_unless_administrator(request)
    start = {"team": request.GET.get("team", "")}
    form = NewPersonForm(sent(request), user=person(request), initial=start)
    if request.method == "POST" and form.is_valid():
        made = add_person(request, form)
        if made is not None:
            form.give_role(made, actor=Actor.of(request))
            return redirect("person_list") if staffing.mail_is_sent() else link_page(request, made)
    return person_page(request, form, None)


@login_required
@require_POST
def person_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show a link with which somebody sets a password, once."""
    refuse_unless_administrator(request)
    held = get_object_or_404(User, pk=person_id)
    if not held.is_active:
        messages.error(request, f"{held} may not sign in. Let them sign in first.")
        return redirect("person_edit", held.pk)
    return link_page(request, held)


@login_required
@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change somebody's address, name and rights."""
    refuse_unless_administrator(request)
    held = get_object_or_404(User, pk=person_id)
    start = {n: getattr(held, n) for n in ("email", "name", "is_administrator", "is_active")}
    form = PersonForm(sent(request), person=held, initial=start)
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in start}
        with problems_shown(form):
            staffing.change_person(held, changes, actor=Actor.of(request))
            messages.success(request, "Changes saved.")
            if held.is_active and not changes["is_active"]:
                return redirect("person_handover", held.pk)
            return redirect("person_list")
    return person_page(request, form, held)


@login_required
@require_http_methods(["GET", "POST"])
def account_settings(request: HttpRequest) -> HttpResponse:
    """Change one's own name, time zone and keyboard shortcuts."""
    form = AccountForm(sent(request), instance=person(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Changes saved.")
        return redirect("account_settings")
    memberships = person(request).memberships.select_related("team")
    context = {"form": form, "memberships": memberships}
    return form_page(request, "teams/account_settings.html", context)


@contextmanager
def refusal_shown(request: HttpRequest) -> Iterator[None]:
    """Show as a message why what is done here cannot be."""
    try:
        yield
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))


def membership_of(team: Team, membership_id: int) -> Membership:
    """One membership of the team."""
    rows = team.memberships.select_related("user", "team")
    return get_object_or_404(rows, pk=membership_id)


def save_team(request: HttpRequest, form: TeamForm) -> bool:
    """Save the team; False where it cannot be, with the reasons shown."""
    with problems_shown(form):
        staffing.keep_team(form.filled(), actor=Actor.of(request))
    return not form.errors


def known_or_new(request: HttpRequest, form: MemberForm) -> User | None:
    """The person with this address; made by an administrator, refused for others if unknown."""
    found = User.objects.filter(email=form.cleaned_data["email"].lower()).first()
    if found is not None and found.is_active:
        return found
    if found is None and person(request).reach.is_administrator:
        made = add_person(request, form)
        if made is not None and not staffing.mail_is_sent():
            words = "No e-mail server is set: make a sign-in link on their page under People."
            messages.warning(request, words)
        return made
    words = "Nobody has this address. Ask an administrator to add the person."
    form.add_error("email", words)
    return None


def add_person(request: HttpRequest, form: MemberForm | PersonForm) -> User | None:
    """Make a person and send the mail; None where it cannot be, with the reasons shown."""
    given = form.cleaned_data
    made = None
    with problems_shown(form):
        made = staffing.make_person(
            given["email"],
            name=given["name"],
            is_administrator=bool(given.get("is_administrator")),
            actor=Actor.of(request),
        )
    if made is not None:
        send_invitation(request, made)
    return made


def send_invitation(request: HttpRequest, invited: User) -> None:
    """Send the e-mail with which somebody sets a password; show a failure instead of raising.

    Without a mail server nothing is sent: an administrator passes a link on instead.
    """
    if not staffing.mail_is_sent():
        return
    mail = ResetPasswordForm({"email": invited.email})
    try:
        if mail.is_valid():
            mail.save(request)
        messages.success(request, f"{invited} gets an e-mail with a link to set a password.")
    except (OSError, SMTPException) as problem:
        logger.warning("the invitation of %s could not be sent: %s", invited.pk, problem)
        messages.warning(
            request,
            f"The e-mail to {invited} could not be sent. They can ask for one where they sign in.",
        )


def settings_page(
    request: HttpRequest, team: Team, form: TeamForm, member_form: MemberForm
) -> HttpResponse:
    """The page of a team's settings; 422 where something needs another look."""
    memberships = team.memberships.select_related("user").order_by("user__name", "user__email")
    context = {
        "team": team,
        "form": form,
        "member_form": member_form,
        "memberships": memberships,
        "roles": Membership.RoleChoice.choices,
        "below": Team.objects.visible_to(person(request)).filter(parent=team),
    }
    return form_page(request, "teams/team_settings.html", context)


def person_page(request: HttpRequest, form: PersonForm, held: User | None) -> HttpResponse:
    """The form of a person; 422 where something needs another look."""
    memberships = held.memberships.select_related("team") if held else ()
    context = {"form": form, "held": held, "memberships": memberships, "page": "people"}
    return form_page(request, "teams/person_form.html", context)


@sensitive_variables("link")
def link_page(request: HttpRequest, held: User) -> HttpResponse:
    """The page that shows a new link, in the answer to its form alone."""
    link = staffing.sign_in_link(request, held)
    context = {"held": held, "link": link, "page": "people"}
    return render(request, "teams/person_link.html", context, status=201)
