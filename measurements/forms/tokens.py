"""Access tokens for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from teams.access import Scope
from teams.models import AccessToken, Team, User

SCOPES = [
    (Scope.MEASUREMENTS_WRITE.value, "Send measurements"),
    (Scope.MEASUREMENTS_READ.value, "Read measurements and analysis"),
    (Scope.INDICATORS_READ.value, "Read definitions"),
    (Scope.INDICATORS_WRITE.value, "Change definitions and targets"),
    (Scope.REVIEWS_READ.value, "Read reviews"),
    (Scope.REVIEWS_WRITE.value, "Run reviews"),
]
LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), ("0", "Until revoked")]


class TokenForm(forms.Form):
    """What a new token is for, and how far it reaches."""

    name = forms.CharField(max_length=80, label="Purpose", help_text="For example, nightly export.")
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        initial=[Scope.MEASUREMENTS_WRITE.value],
        label="Scopes",
        widget=forms.CheckboxSelectMultiple,
    )
    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(),
        required=False,
        label="Only for the teams",
        help_text="Includes the teams below. Leave it empty for all of your teams.",
    )
    days = forms.ChoiceField(choices=LIFETIMES, initial="90", label="Expires after")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        teams: Any = self.fields["teams"]
        teams.queryset = Team.objects.visible_to(user)

    def clean_name(self) -> str:
        """A name that no living token of the person has: a page that is loaded again makes none."""
        name: str = self.cleaned_data["name"]
        living = AccessToken.objects.visible_to(self.user).alive(timezone.now())
        if living.filter(user=self.user, name__iexact=name).exists():
            raise forms.ValidationError(
                "You have a token of this name. Revoke it first, or choose another name."
            )
        return name

    def issue(self) -> tuple[AccessToken, str]:
        """The token that was asked for, and its key."""
        days = int(self.cleaned_data["days"])
        return AccessToken.issue(
            self.user,
            name=self.cleaned_data["name"],
            scopes=[Scope(word) for word in self.cleaned_data["scopes"]],
            teams=self.cleaned_data["teams"],
            lifetime=timedelta(days=days) if days else None,
            by=self.user,
        )
