"""What people fill in: plans, commentary, decisions, actions, the summary at the end."""

from __future__ import annotations

from calendar import day_name
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from reviews.models import Action, Decision, ReviewPlan
from teams.models import Team, User
from web.form_fields import day_input

WEEKDAYS = list(enumerate(day_name, 1))
NTH = [(1, "first"), (2, "second"), (3, "third"), (4, "fourth"), (5, "last")]

OUT_OF_DATE = "This page is out of date. Reload it."
# what may be decided: word of the database, word on the tile, what it means
CHOICES = [
    (Decision.Kind.KEEP.value, "Keep", "Stay the course"),
    (Decision.Kind.ACT.value, "Act", "Same target, do something"),
    (Decision.Kind.CHANGE_TARGET.value, "Change target", "New level or date"),
    (Decision.Kind.CHANGE_DEFINITION.value, "Change definition", "Measure it differently"),
    (Decision.Kind.RETIRE.value, "Retire", "No longer useful"),
]


def namable_people(team: Team) -> QuerySet[User]:
    """Who may be named in a team's review: its members and those of the teams above it."""
    teams = [*team.ancestor_ids, team.pk]
    members = User.objects.filter(is_active=True, memberships__team__in=teams)
    return members.distinct().order_by("name", "email")


class ReviewPlanForm(forms.ModelForm[ReviewPlan]):
    """When a team meets, for how long, and who comes."""

    weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int, initial=2)
    nth = forms.TypedChoiceField(
        label="Week of the month",
        choices=NTH,
        coerce=int,
        initial=2,
        required=False,
        empty_value="2",
        help_text="Only for monthly and quarterly meetings.",
    )

    class Meta:
        model = ReviewPlan
        fields = [
            "name", "cadence", "nth", "weekday", "meets_at", "minutes", "remind_days", "attendees",
            "is_active",
        ]  # fmt: skip
        labels = {
            "cadence": "How often",
            "meets_at": "At",
            "minutes": "Minutes",
            "remind_days": "Opens, days before",
            "attendees": "Who comes",
            "is_active": "Open automatically",
        }
        help_texts = {"attendees": "Leave it empty to invite all members of the team."}
        widgets = {
            "meets_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "attendees": forms.CheckboxSelectMultiple(),
        }

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.team = team
        self.fields["attendees"].queryset = namable_people(team)  # type: ignore[attr-defined]


class SeenField(forms.CharField):
    """When what the writer started from was written, in a hidden field; None for nothing."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> datetime | None:
        """Read the aware instant that a page wrote; refuse every other text."""
        text = super().clean(value)
        try:
            found = datetime.fromisoformat(text) if text else None
        except ValueError as problem:
            raise ValidationError(OUT_OF_DATE) from problem
        if found is not None and found.tzinfo is None:
            raise ValidationError(OUT_OF_DATE)
        return found


class CommentaryForm(forms.Form):
    """What somebody sees in an item."""

    commentary = forms.CharField(
        label="Commentary",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    seen = SeenField(required=False)


class DecisionForm(forms.ModelForm[Decision]):
    """What is resolved about an indicator, and perhaps what it is expected to do."""

    seen = SeenField(required=False)

    class Meta:
        model = Decision
        fields = ["kind", "reason", "doing", "owner", "check_on", "expected_effect"]
        labels = {
            "kind": "Type of decision",
            "reason": "What do we see, and why?",
            "doing": "What will we do?",
            "check_on": "Check effect on",
        }
        help_texts = {"reason": "", "doing": "", "expected_effect": "Change of the value."}
        widgets = {
            "kind": forms.RadioSelect(),
            "reason": forms.Textarea(attrs={"rows": 3}),
            "doing": forms.Textarea(attrs={"rows": 2}),
            "check_on": day_input(),
            "expected_effect": forms.TextInput(attrs={"inputmode": "decimal"}),
        }

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = namable_people(team)  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "Nobody yet"  # type: ignore[attr-defined]
        self.fields["kind"].choices = Decision.Kind.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """An effect needs a day on which it is looked at."""
        found = super().clean() or {}
        if found.get("expected_effect") is not None and not found.get("check_on"):
            self.add_error("check_on", "An expected effect needs a day on which it is checked.")
        return found


class ActionForm(forms.ModelForm[Action]):
    """What somebody will do until when."""

    class Meta:
        model = Action
        fields = ["text", "owner", "due_on"]
        labels = {"text": "Action", "due_on": "By"}
        widgets = {"due_on": day_input()}

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = namable_people(team)  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "Nobody yet"  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """The last words of a meeting."""

    summary = forms.CharField(
        label="Summary",
        required=False,
        max_length=5000,
        help_text="Stands at the top of the minutes.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
