"""Teams, people, roles and sign-in links: each act has its audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from teams.models import Actor, Membership, Team, User
from web.slugs import free_slug

SENDING = ("smtp.EmailBackend", "locmem.EmailBackend")
LAST = "This is the last administrator. Make somebody else administrator first."
BELOW = "Archive the teams below it first, or move them elsewhere."
ABOVE = "Restore the team above it first, or move this one elsewhere."


@transaction.atomic
def keep_team(team: Team, *, actor: Actor) -> Team:
    """Check and save a team, a new one with a slug of its own; ValidationError names fields."""
    action = "team.changed" if team.path else "team.created"  # the path is made by saving
    team.slug = team.slug or free_slug(team.name, Team.objects.all(), otherwise="team")
    team.full_clean(exclude=["path"])
    team.save()
    actor.note(action, subject=team.slug, team=team, name=team.name, visibility=team.visibility)
    return team


@transaction.atomic
def archive_team(team: Team, *, actor: Actor, now: datetime) -> None:
    """Close a team: it is only read from now on. Its teams below have to be archived before."""
    held = Team.objects.select_for_update().get(pk=team.pk)
    if Team.objects.current().below(held).exclude(pk=held.pk).exists():
        raise ValidationError(BELOW, code="teams_below")
    if held.archived_at is None:
        held.archived_at = now
        held.save(update_fields=["archived_at"])
        actor.note("team.archived", subject=held.slug, team=held)


@transaction.atomic
def restore_team(team: Team, *, actor: Actor) -> None:
    """Open an archived team again; the teams above have to be open."""
    held = Team.objects.select_for_update().get(pk=team.pk)
    if Team.objects.filter(pk__in=held.ancestor_ids, archived_at__isnull=False).exists():
        raise ValidationError(ABOVE, code="team_above")
    if held.archived_at is not None:
        held.archived_at = None
        held.save(update_fields=["archived_at"])
        actor.note("team.restored", subject=held.slug, team=held)


@transaction.atomic
def make_person(email: str, *, name: str, actor: Actor, is_administrator: bool = False) -> User:
    """Create a person without a password; they set one by e-mail. ValidationError if known."""
    person = User(email=email.strip().lower(), name=name, is_administrator=is_administrator)
    person.set_unusable_password()
    person.full_clean(exclude=["password"])
    person.save()
    actor.note("person.created", subject=person.email, is_administrator=is_administrator)
    return person


@transaction.atomic
def change_person(person: User, changes: Mapping[str, Any], *, actor: Actor) -> User:
    """Change address, name, rights or whether somebody may sign in.

    One administrator always remains: the rows of all of them are locked first, so that the last two
    cannot remove each other.
    """
    list(User.objects.administrators().select_for_update(no_key=True).order_by("pk"))
    held = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    changes = dict(changes)
    if "email" in changes:
        changes["email"] = changes["email"].strip().lower()
    before = {name: getattr(held, name) for name in changes if getattr(held, name) != changes[name]}
    for name in before:
        setattr(held, name, changes[name])
    administers = held.is_active and held.is_administrator
    if not administers and not User.objects.administrators().exclude(pk=held.pk).exists():
        raise ValidationError(LAST, code="last_administrator")
    held.full_clean(exclude=["password"])
    if before:
        held.save(update_fields=list(before))
        actor.note("person.changed", subject=held.email, before=before)
    return held


@transaction.atomic
def give_role(team: Team, person: User, role: str, *, actor: Actor) -> Membership:
    """Make somebody a member, or change their role; repeating it changes nothing."""
    team.hold()
    held = Membership.objects.select_for_update().filter(team=team, user=person).first()
    if held is not None and held.role == role:
        return held
    before = held.role if held else None
    membership = held or Membership(team=team, user=person)
    membership.role = role
    membership.full_clean(validate_unique=False, validate_constraints=False)
    membership.save()
    action = "membership.changed" if before else "membership.added"
    actor.note(action, subject=person.email, team=team, role=role, before=before)
    return membership


@transaction.atomic
def take_role(membership: Membership, *, actor: Actor) -> None:
    """End a membership; what the person did stays. Repeating it changes nothing."""
    held = Membership.objects.select_for_update().filter(pk=membership.pk).first()
    if held is None:
        return
    actor.note("membership.removed", subject=held.user.email, team=membership.team, role=held.role)
    held.delete()


def mail_is_sent() -> bool:
    """Whether e-mail leaves the installation, or is only kept in a folder."""
    return settings.EMAIL_BACKEND.endswith(SENDING)


def sign_in_link(request: HttpRequest, person: User) -> str:
    """An address where the person sets a password, once; the audit trail keeps that it was made.

    It ends with the first use, and after `PASSWORD_RESET_TIMEOUT` seconds.
    """
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    Actor.of(request).note("person.link_issued", subject=person.email)
    link: str = get_adapter(request).get_reset_password_from_key_url(key)
    return link
