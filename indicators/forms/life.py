"""Forms of an indicator's life: key or not, shared with whom, and its end."""

from __future__ import annotations

from typing import Any

from django import forms

from indicators.models import Indicator
from teams.access import Action
from teams.models import Team, User
from web.form_fields import short_text


class PromoteForm(forms.Form):
    """Which indicator steps down for this one; asked only where the budget is spent."""

    instead_of = forms.ModelChoiceField(
        Indicator.objects.none(),
        required=False,
        label="Which one does it replace?",
        empty_label=None,
    )
    reason = forms.CharField(required=False, max_length=1000, label="Why?", widget=short_text())

    def __init__(self, *args: Any, held: list[Indicator], is_full: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_full = is_full
        field: Any = self.fields["instead_of"]
        field.queryset = Indicator.objects.filter(pk__in=[other.pk for other in held])
        field.required = self.fields["reason"].required = is_full
        if not is_full:
            del self.fields["instead_of"]


class ReasonForm(forms.Form):
    """Why something steps down."""

    reason = forms.CharField(max_length=1000, label="Why?", widget=short_text())


class RetireForm(forms.Form):
    """Why it ends, what was learnt, and what follows."""

    reason = forms.CharField(
        max_length=4000, label="Why does it end, and what was learnt?", widget=short_text(4)
    )
    successor = forms.ModelChoiceField(
        Indicator.objects.none(), required=False, label="What follows it?", empty_label="Nothing"
    )

    def __init__(self, *args: Any, indicator: Indicator, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Indicator.objects.visible_to(user).exclude(pk=indicator.pk)
        field: Any = self.fields["successor"]
        field.queryset = rows.exclude(state=Indicator.State.RETIRED).order_by("name")


class ShareForm(forms.Form):
    """On which further boards it is seen, and for which teams it is the KVI."""

    shared_with = forms.ModelMultipleChoiceField(
        Team.objects.none(),
        required=False,
        label="Show it on the boards of",
        widget=forms.CheckboxSelectMultiple,
    )
    kvi_of = forms.ModelMultipleChoiceField(
        Team.objects.none(),
        required=False,
        label="Use it as the KVI of",
        widget=forms.CheckboxSelectMultiple,
        help_text="Several teams can share a KVI; each team has at most one.",
    )

    def __init__(self, *args: Any, indicator: Indicator, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.visible_to(user).exclude(pk=indicator.team_id)
        sharings = indicator.sharings.all()
        shared: Any = self.fields["shared_with"]
        shared.queryset = teams
        shared.initial = [x.team_id for x in sharings]
        kvi_of: Any = self.fields["kvi_of"]
        kvi_of.initial = [x.team_id for x in sharings if x.as_kvi]
        may_choose = Team.objects.where_may(user, Action.DEFINE)
        kvi_of.queryset = teams.filter(pk__in=may_choose) | teams.filter(pk__in=kvi_of.initial)
        if indicator.kind != Indicator.Kind.KVI:
            del self.fields["kvi_of"]

    def clean(self) -> dict[str, Any]:
        """A KVI of a team is on its board."""
        found = super().clean() or {}
        chosen = {team.pk for team in found.get("shared_with", [])}
        missing = [team.name for team in found.get("kvi_of", []) if team.pk not in chosen]
        if missing:
            self.add_error("kvi_of", f"Show it on the board of {', '.join(missing)} too.")
        return found
