"""Objectives and the perspectives of the scorecard."""

from __future__ import annotations

from typing import Any

from django import forms

from indicators.forms.definition import people_of
from indicators.models import Objective, Perspective
from teams.models import Team, User
from web.form_fields import day_input, short_text
from web.slugs import free_slug


class ObjectiveForm(forms.ModelForm[Objective]):
    """What a team wants to reach, and why."""

    class Meta:
        model = Objective
        fields = ["statement", "why", "owner", "perspective", "parent", "starts_on", "ends_on"]
        labels = {
            "statement": "What do you want to reach?",
            "why": "Why?",
            "parent": "Serves",
            "starts_on": "From",
            "ends_on": "Until",
        }
        widgets = {"why": short_text(3), "starts_on": day_input(), "ends_on": day_input()}

    def __init__(self, *args: Any, team: Team, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.team = team
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = people_of(team)
        others = Objective.objects.visible_to(user).exclude(pk=self.instance.pk)
        fields["parent"].queryset = others

    def _post_clean(self) -> None:
        """Nothing: the objective is checked where it is saved."""

    def filled(self) -> Objective:
        """The objective with these answers, not saved."""
        for name in self.Meta.fields:
            setattr(self.instance, name, self.cleaned_data[name])
        return self.instance


class PerspectiveForm(forms.ModelForm[Perspective]):
    """A view of the scorecard."""

    class Meta:
        model = Perspective
        fields = ["name", "position"]

    def save(self, commit: bool = True) -> Perspective:  # noqa: FBT001, FBT002  # Django's signature
        """Save; the slug comes from the first name and stays."""
        found = super().save(commit=False)
        rows = Perspective.objects.all()
        found.slug = found.slug or free_slug(
            found.name,
            lambda start: rows.filter(slug__startswith=start).values_list("slug", flat=True),
            longest=40,
            otherwise="perspective",
        )
        if commit:
            found.save()
        return found
