"""Forms of teams, members, people and one's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models

from teams import staffing
from teams.access import Action
from teams.models import Actor, Membership, Team, User

TAKEN = "Somebody else has just done the same. Check it, then save again."


Row = TypeVar("Row", bound=models.Model)


class CheckedLaterForm(forms.ModelForm[Row]):
    """A form whose rows are checked where they are saved, so that forms and API check the same."""

    def _post_clean(self) -> None:
        """Leave the row alone: `ModelForm` would fill and check it here."""

    def filled(self) -> Row:
        """The row with these answers, not saved."""
        for name in self.fields:
            setattr(self.instance, name, self.cleaned_data[name])
        return self.instance


class TeamForm(CheckedLaterForm[Team]):
    """A node of the organisation."""

    class Meta:
        model = Team
        fields = ["name", "purpose", "lead", "parent", "visibility", "notice"]
        labels = {
            "purpose": "Purpose",
            "parent": "Team above",
            "visibility": "Visible to",
        }
        help_texts = {"notice": "Shown on its pages, for example where its data comes from."}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["lead"].queryset = User.objects.filter(is_active=True)
        fields["lead"].empty_label = "Nobody yet"
        above = Team.objects.where_may(user, Action.MANAGE).current()
        if self.instance.pk:
            above = above.exclude(path__startswith=self.instance.path)
        held = Team.objects.filter(pk=self.instance.parent_id or 0)
        fields["parent"].queryset = (above | held).order_by("path")
        fields["parent"].empty_label = "None, at the top"
        if not user.reach.is_administrator and not (self.instance.pk and not held):
            fields["parent"].required = True


class MemberForm(forms.Form):
    """Somebody by e-mail address, and their role."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(max_length=120, required=False, help_text="Only for a new person.")
    role = forms.ChoiceField(choices=Membership.RoleChoice.choices)


class RoleForm(forms.Form):
    """A role to change to."""

    role = forms.ChoiceField(choices=Membership.RoleChoice.choices)


class PersonForm(forms.Form):
    """A person as administrators create and change them; an address they set counts at once."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(max_length=120, required=False)
    is_administrator = forms.BooleanField(
        required=False, label="Administrator", help_text="Can do everything in every team."
    )
    is_active = forms.BooleanField(required=False, initial=True, label="Active: can sign in")

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is None:
            del self.fields["is_active"]


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


class AccountForm(forms.ModelForm[User]):
    """One's own name, time zone and habits."""

    timezone = forms.ChoiceField(required=False, label="Time zone")

    class Meta:
        model = User
        fields = ["name", "timezone", "keyboard_shortcuts"]
        labels = {"keyboard_shortcuts": "Use single-key shortcuts (g d, v, n, e)"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        field: Any = self.fields["timezone"]
        field.choices = [("", "Time zone of the organisation"), *zones]


class ChangeAddressForm(AddEmailForm):  # type: ignore[misc]  # untyped library
    """Another address of one's own; it counts once the code sent to it is entered."""

    def clean_email(self) -> str:
        """Refuse the address of somebody else, invited or not, before a code is sent."""
        email: str = super().clean_email()
        if User.objects.filter(email=email).exclude(pk=self.user.pk).exists():
            raise get_adapter().validation_error("email_taken")
        return email


def add_problems(form: forms.BaseForm, problem: ValidationError) -> None:
    """Show what the model refused beside its field, or above the form where it has no field."""
    if not hasattr(problem, "error_dict"):
        form.add_error(None, problem)
        return
    for name, found in problem.error_dict.items():
        form.add_error(None if name == NON_FIELD_ERRORS or name not in form.fields else name, found)


@contextmanager
def problems_shown(form: forms.BaseForm) -> Iterator[None]:
    """Show in the form why what is done here cannot be, or that somebody was faster."""
    try:
        yield
    except ValidationError as problem:
        add_problems(form, problem)
    except IntegrityError:
        form.add_error(None, TAKEN)
