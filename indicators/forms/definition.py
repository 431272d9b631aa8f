"""The definition form: seven questions, with the SMARTER fields behind them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError

from indicators import defining, lineage
from indicators.deriving import check_derivation
from indicators.models import Indicator, Objective
from indicators.models.indicator import LONG_TEXT, TEXTS
from teams.forms import CheckedLaterForm
from teams.models import Team, User
from web.form_fields import NumberField, day_input, short_text

RELATED = frozenset({"guard", "objective", "owner", "perspective", "stakeholders"})
KINDS = [
    ("kvi", "KVI", "The one number for value"),
    ("kpi", "KPI", "Steers a business goal"),
    ("kri", "KRI", "Warns of a risk"),
    ("performance", "Supporting", "Watched, explains a KPI"),
]


def nameable_people(team: Team) -> Any:
    """Return people to name: members of the team and of those above it, and administrators."""
    teams = [*team.ancestor_ids, team.pk]
    people = User.objects.filter(is_active=True)
    found = people.filter(memberships__team__in=teams) | people.filter(is_administrator=True)
    return found.distinct().order_by("name", "email")


class IndicatorForm(CheckedLaterForm[Indicator]):
    """All that defines an indicator of one team."""

    factor = NumberField(
        required=False,
        help_text="A ratio is multiplied by it: 100 for percent, 1000 for per 1,000.",
    )
    minimum = NumberField(required=False, label="Smallest possible value")
    maximum = NumberField(required=False, label="Largest possible value")
    meaningful_change = NumberField(
        required=False, help_text="Smaller changes are not worth talking about."
    )
    tags = SimpleArrayField(
        forms.CharField(max_length=40), required=False, help_text="Separate tags with commas."
    )
    inputs = SimpleArrayField(
        forms.CharField(max_length=80),
        required=False,
        label="Inputs",
        help_text="Separate keys with commas; for a ratio, the numerator first. "
        "A formula names its own.",
    )
    effective_on = forms.DateField(
        required=False, widget=day_input(), label="The new meaning holds from"
    )
    version_note = forms.CharField(
        required=False, max_length=300, label="What changed in the meaning, and why"
    )

    class Meta:
        model = Indicator
        fields = defining.ANSWERS
        labels = {
            "description": "In one sentence",
            "specific": "What outcome, for whom?",
            "customer_impact": "What do customers get from it?",
            "business_value": "What does the company get from it?",
            "objective": "Business objective",
            "relevant": "Why does it matter?",
            "formula": "Formula",
            "measurable": "Details of the measurement",
            "unit_label": "Unit in words",
            "direction": "Good direction",
            "rollup": "Combine values by",
            "period": "Judged by",
            "entry_period": "Entry period",
            "source": "Where do the numbers come from?",
            "timezone": "Time zone",
            "source_kind": "Values are",
            "influence": "How can you influence it?",
            "guard": "Guard",
            "achievable": "Baseline and evidence",
            "time_bound": "How will you know, and by when?",
            "evaluate_every": "Evaluated",
            "evaluate_on": "Next evaluation on",
            "review_cadence": "Reviewed",
            "reevaluate_on": "Re-evaluated on",
        }
        help_texts = {
            **dict.fromkeys(TEXTS, ""),
            "objective": "An indicator without an objective is only a number.",
            "guard": "The indicator that would show the harm if this target is reached badly.",
            "timezone": "Leave it empty for the time zone of the organisation.",
            "customer_impact": "A key value indicator states it.",
            "business_value": "A key value indicator states it.",
            "achievable": "Where do you start from, in numbers, and why can it be done?",
            "formula": "In words. Where a formula computes the values: keys of indicators, "
            "numbers, + − × ÷, parentheses, min, max, sum, mean and abs.",
            "entry_period": "Only if values arrive more often than the indicator is judged.",
            "unit_label": "Such as kr, calls, points.",
            "source": "",
        }
        widgets = {
            "kind": forms.RadioSelect,
            "evaluate_on": day_input(),
            "reevaluate_on": day_input(),
            **{name: short_text() for name in ("formula", *TEXTS)},
        }

    def __init__(self, *args: Any, team: Team, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.team = team
        fields: dict[str, Any] = self.fields
        others = Indicator.objects.visible_to(user).exclude(state="retired")
        fields["guard"].queryset = others.exclude(pk=self.instance.pk).order_by("name")
        fields["objective"].queryset = Objective.objects.visible_to(user)
        fields["owner"].queryset = fields["stakeholders"].queryset = nameable_people(team)
        for name in ("objective", "owner"):
            fields[name].empty_label = "Not yet"
        for name in ("guard", "perspective"):
            fields[name].empty_label = "None"
        self.others = others.exclude(pk=self.instance.pk)
        for field in fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.max_length = LONG_TEXT
        if self.instance.inputs:
            shown = lineage.shown_definition(
                self.instance.defining_fields(), lineage.seen_inputs([self.instance], user)
            )
            self.initial.update({name: shown[name] for name in ("formula", "inputs")})

    def clean_factor(self) -> Any:
        """One where nothing was written; never zero or less."""
        factor = self.cleaned_data["factor"]
        if factor is None:
            return Decimal(1)
        if factor <= 0:
            raise forms.ValidationError("The factor must be above zero.")
        return factor

    @property
    def inputs_to_pick(self) -> Iterable[tuple[str, str]]:
        """Key and name of what values may be computed from."""
        return self.others.order_by("name").values_list("key", "name")

    def changes(self) -> dict[str, Any]:
        """The fields of the indicator that were changed, as `defining.revise` takes them."""
        named = set(self.Meta.fields)
        return {n: self.cleaned_data[n] for n in self.changed_data if n in named}

    def typed(self) -> Indicator:
        """The indicator as typed so far, not saved; what cannot be read has its default."""
        self.is_valid()
        known = self.cleaned_data if self.is_bound else self.initial
        left_out = {"stakeholders"} if self.is_bound else RELATED
        names = [n for n in self.Meta.fields if n in known and n not in left_out]
        held = self.instance
        return Indicator(pk=held.pk, key=held.key, team=held.team, **{n: known[n] for n in names})

    def derivation_problems(self, user: User) -> list[str]:
        """Say in sentences what keeps values from being computed as typed so far."""
        typed = self.typed()  # a draft: what is still missing is no problem
        changed = set(self.changed_data) if typed.pk else None
        try:
            check_derivation(typed, user=user, changed=changed)
        except ValidationError as problem:
            return problem.messages
        return []
