"""The definition form: seven questions, with the SMARTER fields behind them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError

from indicators import library, lineage, smarter
from indicators.deriving import checking
from indicators.models import Indicator, Objective
from teams.models import Team, User
from web.form_fields import NumberField, day_input, short_text

LONGEST = 10_000
KINDS = [
    ("kvi", "KVI", "The one number for value"),
    ("kpi", "KPI", "Steers a business goal"),
    ("kri", "KRI", "Warns of a risk"),
    ("performance", "Supporting", "Watched, explains a KPI"),
]


def people_of(team: Team) -> Any:
    """Who may be named: members of the team and of those above it, and administrators."""
    teams = [*team.ancestor_ids, team.pk]
    people = User.objects.filter(is_active=True)
    found = people.filter(memberships__team__in=teams) | people.filter(is_administrator=True)
    return found.distinct().order_by("name", "email")


class IndicatorForm(forms.ModelForm[Indicator]):
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
        fields = [
            "name",
            "kind",
            "description",
            "specific",
            "level",
            "customer_impact",
            "business_value",
            "objective",
            "perspective",
            "relevant",
            "formula",
            "measurable",
            "unit",
            "unit_label",
            "factor",
            "decimals",
            "display_scale",
            "direction",
            "rollup",
            "period",
            "entry_period",
            "source",
            "minimum",
            "maximum",
            "meaningful_change",
            "timezone",
            "source_kind",
            "inputs",
            "influence",
            "guard",
            "owner",
            "stakeholders",
            "tags",
            "achievable",
            "time_bound",
            "evaluate_every",
            "evaluate_on",
            "review_cadence",
            "reevaluate_on",
        ]
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
            "description": "",
            "objective": "An indicator without an objective is only a number.",
            "guard": "The indicator that would show the harm if this target is reached badly.",
            "timezone": "Leave it empty for the time zone of the organisation.",
            "customer_impact": "A key value indicator states it.",
            "business_value": "A key value indicator states it.",
            "relevant": "",
            "specific": "",
            "measurable": "",
            "achievable": "Where do you start from, in numbers, and why can it be done?",
            "time_bound": "",
            "influence": "",
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
            **{
                name: short_text()
                for name in (
                    "description",
                    "specific",
                    "customer_impact",
                    "business_value",
                    "relevant",
                    "formula",
                    "measurable",
                    "influence",
                    "achievable",
                    "time_bound",
                )
            },
        }

    def __init__(self, *args: Any, team: Team, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.team = team
        fields: dict[str, Any] = self.fields
        others = Indicator.objects.visible_to(user).exclude(state="retired")
        fields["guard"].queryset = others.exclude(pk=self.instance.pk).order_by("name")
        fields["objective"].queryset = Objective.objects.visible_to(user)
        fields["owner"].queryset = fields["stakeholders"].queryset = people_of(team)
        for name in ("objective", "owner"):
            fields[name].empty_label = "Not yet"
        for name in ("guard", "perspective"):
            fields[name].empty_label = "None"
        self.others = others.exclude(pk=self.instance.pk)
        for field in fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.max_length = LONGEST
        if self.instance.inputs:
            shown = lineage.shown_definition(
                self.instance.defining_fields(), lineage.seen_inputs([self.instance], user)
            )
            self.initial.update({name: shown[name] for name in ("formula", "inputs")})

    def _post_clean(self) -> None:
        """Nothing: the model is checked where it is saved, so that every door checks the same."""

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

    def fresh(self) -> tuple[Indicator, list[User]]:
        """A new indicator of these answers, not saved, and its stakeholders."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        stakeholders = list(given.pop("stakeholders"))
        return Indicator(team=self.instance.team, **given), stakeholders


def derivation_problems(form: IndicatorForm, user: User) -> list[str]:
    """What keeps values from being computed as it is typed so far, in sentences."""
    form.is_valid()
    held = form.instance
    given = {n: form.cleaned_data[n] for n in form.Meta.fields if n in form.cleaned_data}
    given.pop("stakeholders", None)
    # As a draft, what is still missing is no problem.
    typed = Indicator(pk=held.pk, key=held.key, team=held.team, state="draft", **given)
    try:
        checking.check(typed, user=user, changed=set(form.changed_data) if held.pk else None)
    except ValidationError as problem:
        return problem.messages
    return []


def initial_of(template: library.Template | None, **given: Any) -> dict[str, Any]:
    """What the form starts with: the template's answers, then what the address asked for."""
    found = template.initial() if template else {}
    return found | {name: value for name, value in given.items() if value}


def draft_of(form: IndicatorForm, aim: smarter.Aim | None, history: list[float]) -> smarter.Draft:
    """What was typed so far, whether or not it can be saved."""
    form.is_valid()
    fields = form.fields.items()
    untouched = {name: form.get_initial_for_field(field, name) for name, field in fields}
    given = form.cleaned_data if form.is_bound else untouched

    def text(name: str) -> str:
        return str(given.get(name) or "")

    def day(name: str) -> date | None:
        found = given.get(name)
        return found if isinstance(found, date) else None

    return smarter.Draft(
        **{name: text(name) for name in smarter.TEXTS},
        kind=text("kind") or "kpi",
        period=text("period") or "month",
        source_kind=text("source_kind") or "measured",
        has_objective=bool(given.get("objective")),
        has_guard=bool(given.get("guard")),
        evaluate_on=day("evaluate_on"),
        reevaluate_on=day("reevaluate_on"),
        aim=aim,
        history=history,
    )
