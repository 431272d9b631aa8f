"""Who belongs where: founding teams, making people, giving and taking roles, each audited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from teams.models import Actor, Membership, Team, User
from teams.models.naming import free_slug

LAST = "At least one administrator has to remain."


def free_team_slug(name: str) -> str:
    """A slug that no team has."""
    rows = Team.objects.all()
    return free_slug(
        name,
        lambda start: rows.filter(slug__startswith=start).values_list("slug", flat=True),
        otherwise="team",
    )


@transaction.atomic
def keep_team(team: Team, *, actor: Actor) -> Team:
    """Check and save a team, a new one with a slug of its own; ValidationError names fields."""
    action = "team.changed" if team.path else "team.created"  # the path is made by saving
    team.slug = team.slug or free_team_slug(team.name)
    team.full_clean(exclude=["path"])
    team.save()
    actor.note(action, subject=team.slug, team=team, name=team.name, visibility=team.visibility)
    return team


@transaction.atomic
def make_person(email: str, *, name: str, actor: Actor, is_administrator: bool = False) -> User:
    """Make a person without a password: they set one by e-mail. ValidationError if known."""
    person = User(email=email.strip().lower(), name=name, is_administrator=is_administrator)
    person.set_unusable_password()
    person.full_clean(exclude=["password"])
    person.save()
    actor.note("person.created", subject=person.email, is_administrator=is_administrator)
    return person


@transaction.atomic
def change_person(person: User, changes: Mapping[str, Any], *, actor: Actor) -> User:
    """Change name, rights or whether somebody may sign in; one administrator always remains."""
    held = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    before = {name: getattr(held, name) for name in changes if getattr(held, name) != changes[name]}
    for name in before:
        setattr(held, name, changes[name])
    administers = held.is_active and held.is_administrator
    others = User.objects.filter(is_active=True, is_administrator=True).exclude(pk=held.pk)
    if not administers and not others.exists():
        raise ValidationError(LAST, code="last_administrator")
    held.full_clean(exclude=["password"])
    if before:
        held.save(update_fields=list(before))
        actor.note("person.changed", subject=held.email, before=before)
    return held


@transaction.atomic
def give_role(team: Team, person: User, role: str, *, actor: Actor) -> Membership:
    """Make somebody a member, or change their role; repeating it changes nothing."""
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
    """End a membership; what the person did stays."""
    actor.note(
        "membership.removed",
        subject=membership.user.email,
        team=membership.team,
        role=membership.role,
    )
    membership.delete()
