"""How somebody new gets in: who they are, their first role, and a link to set a password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.http import HttpRequest

from teams import staffing
from teams.access import Action
from teams.forms import PersonForm
from teams.models import Actor, Membership, Team, User

SENDING = ("smtp.EmailBackend", "locmem.EmailBackend")


class NewPersonForm(PersonForm):
    """Somebody new with a role in their first team."""

    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        to_field_name="slug",
        empty_label="No team yet",
        help_text="Without a team they see nothing until somebody adds them to one.",
    )
    role = forms.ChoiceField(
        choices=Membership.RoleChoice.choices,
        initial=Membership.RoleChoice.CONTRIBUTOR,
        help_text="It holds in the teams below, too.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams: Any = self.fields["team"]
        teams.queryset = Team.objects.where_may(user, Action.MANAGE).current().order_by("path")
        self.fields["role"].required = False

    def give_role(self, person: User, *, actor: Actor) -> None:
        """Make the person a member of the team that was chosen, if one was."""
        team = self.cleaned_data["team"]
        role = self.cleaned_data["role"] or Membership.RoleChoice.CONTRIBUTOR
        if team is not None:
            staffing.give_role(team, person, role, actor=actor)


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
