"""The target form: four kinds, milestones row by row, and the planner that splits a total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django import forms

from analysis import periods
from analysis.milestones import Part, Unplannable
from analysis.values import Grain
from analysis.words import decimal_text
from indicators import planning
from indicators.models import Indicator, Target
from teams.forms import CheckedLaterForm
from teams.models import Organisation
from web.form_fields import (
    NumberField,
    PercentField,
    SpanField,
    day_input,
    read_number,
    short_text,
)

MOST_MILESTONES = 120
KINDS = [
    ("standing", "Every period", "At or beyond a value in every period"),
    ("reach", "Reach by a date", "From a baseline to a value"),
    ("accumulate", "Total by a date", "A sum over a span of time"),
    ("grow", "Growth rate", "A percentage more each period"),
]
HAND = "hand-"
MOST_PARTS = 121  # as many steps as the form holds, and the target itself
SPLITS = [
    ("equal", "Equal parts"),
    ("calendar_days", "By calendar days"),
    ("working_days", "By working days"),
    ("last_year", "Like last year"),
]
NEEDS = "Fill in the target, its start and its due date first."


def take_spans(form: forms.BaseForm, unit_label: str | None, *names: str) -> None:
    """Let these fields take spans of time, where values are durations; None where they are not."""
    if unit_label is None:
        return
    for name in names:
        label = form.fields[name].label
        form.fields[name] = SpanField(unit_label=unit_label, required=False, label=label)


class TargetForm(CheckedLaterForm[Target]):
    """What is aimed at; shares are typed in percent."""

    value = NumberField(required=False, label="Target")
    upper = NumberField(required=False, label="Upper end", help_text="Only for “between”.")
    baseline = NumberField(required=False, label="Starting from")
    growth = PercentField(required=False, label="Growth per period")
    tolerance = NumberField(
        required=False, label="Tolerance", help_text="How far off still counts as “at risk”."
    )

    class Meta:
        model = Target
        fields = Target.ANSWERS
        labels = {
            "comparator": "Met when the value is",
            "strict": "Strictly better than (not equal)",
            "baseline_on": "Baseline on",
            "starts_on": "From",
            "due_on": "Reached by",
            "tolerance_kind": "Tolerance is",
            "path": "Path to the target",
            "rationale": "Why this number?",
            "gives_status": "The status comes from this target",
        }
        help_texts = {"strict": "", "gives_status": "Others are drawn beside it."}
        widgets = {
            "kind": forms.RadioSelect,
            "baseline_on": day_input(),
            "starts_on": day_input(),
            "due_on": day_input(),
            "rationale": short_text(),
        }

    def __init__(self, *args: Any, span_label: str | None = None, **kwargs: Any) -> None:
        given = kwargs.get("instance")
        start = dict(kwargs.pop("initial", None) or {})
        if given and given.pk and given.tolerance_kind == Target.ToleranceKind.RELATIVE:
            start["tolerance"] = given.tolerance * 100
        start.setdefault("tolerance", Decimal(10))
        super().__init__(*args, **(kwargs | {"initial": start}))
        take_spans(self, span_label, "value", "upper", "baseline")
        choices = [("relative", "percent of the expected value"), ("absolute", "in its own unit")]
        cast("Any", self.fields["tolerance_kind"]).choices = choices

    def clean(self) -> dict[str, Any]:
        """The tolerance as a share where it is one."""
        found = super().clean() or {}
        tolerance = found.get("tolerance")
        if tolerance is None and "tolerance" not in self.errors:
            tolerance, found["tolerance_kind"] = Decimal(10), "relative"
        if tolerance is not None:
            share = found.get("tolerance_kind") == Target.ToleranceKind.RELATIVE
            found["tolerance"] = tolerance / 100 if share else tolerance
        return found

    @property
    def is_given(self) -> bool:
        """Whether a target was typed at all; the definition form asks for one but needs none."""
        return any(self.data.get(self.add_prefix(name), "").strip() for name in ("value", "growth"))

    def typed(self) -> Target | None:
        """The target as typed so far, not saved; None where none was typed."""
        if not self.is_given:
            return None
        self.is_valid()
        given = self.cleaned_data
        return Target(**{name: given[name] for name in self.Meta.fields if name in given})


class MilestoneForm(forms.Form):
    """An interim aim."""

    on = forms.DateField(required=False, widget=day_input(), label="Date")
    value = NumberField(required=False, label="Value")

    def __init__(self, *args: Any, span_label: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        take_spans(self, span_label, "value")

    def clean(self) -> dict[str, Any]:
        """Both or neither."""
        found = super().clean() or {}
        for name, other in (("on", "value"), ("value", "on")):
            if found.get(name) is not None and other in found and found[other] is None:
                self.add_error(other, "A step has a date and a value.")
        return found


class BaseMilestones(forms.BaseFormSet[MilestoneForm]):
    """The steps on the way; empty rows are left out."""

    def steps(self) -> list[tuple[date, Decimal]]:
        """Dates and values of the rows that were filled in."""
        rows = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        return [(r["on"], r["value"]) for r in rows if r.get("on") and r.get("value") is not None]


Milestones = forms.formset_factory(
    MilestoneForm,
    formset=BaseMilestones,
    extra=3,
    max_num=MOST_MILESTONES,
    absolute_max=MOST_MILESTONES + 10,
    validate_max=True,
)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part as the form shows it; `typed` is what was set by hand, else empty."""

    name: str
    label: str
    amount: str
    typed: str


class SplitForm(forms.Form):
    """How the planner splits a total over the periods; amounts set by hand stay."""

    by = forms.ChoiceField(choices=SPLITS, required=False, label="Split the total")

    def clean(self) -> dict[str, Any]:
        """With the amounts set by hand, by the first day of their period."""
        found = super().clean() or {}
        found["by_hand"] = dict(self._typed())
        return found

    def _typed(self) -> Iterable[tuple[date, Decimal]]:
        for name, text in cast("Mapping[str, str]", self.data).items():
            if not name.startswith(HAND) or not text.strip():
                continue
            try:
                yield date.fromisoformat(name.removeprefix(HAND)), read_number(text)
            except forms.ValidationError as problem:
                self.add_error(None, problem)
            except ValueError:
                continue

    def parts(
        self, indicator: Indicator, given: Mapping[str, Any], *, now: datetime
    ) -> tuple[Part, ...]:
        """The parts of the total in `given`; none, with the reason as an error, where that fails.

        What was set by hand for periods that are no longer in the plan is left out.
        """
        total, first, last = (given.get(name) for name in ("value", "starts_on", "due_on"))
        if not self.is_valid():
            return ()
        if total is None or first is None or last is None:
            self.add_error(None, NEEDS)
            return ()
        by_hand = {
            on: amount
            for on, amount in self.cleaned_data["by_hand"].items()
            if first <= last and _lies_within(on, first, last, indicator)
        }
        try:
            found = planning.plan_parts(
                indicator,
                total,
                first,
                last,
                by=self.cleaned_data["by"] or "equal",
                by_hand=by_hand,
                now=now,
            )
        except Unplannable as problem:
            self.add_error(None, str(problem))
            return ()
        if len(found) > MOST_PARTS:
            self.add_error(None, f"The form holds at most {MOST_PARTS} parts.")
            return ()
        return found


def _lies_within(on: date, first: date, last: date, indicator: Indicator) -> bool:
    calendar = indicator.calendar(Organisation.current())
    grain = cast(Grain, indicator.period)
    begin, end = (periods.start_of(day, grain, calendar) for day in (first, last))
    return begin <= periods.start_of(on, grain, calendar) <= end


def part_rows(parts: Iterable[Part], indicator: Indicator) -> list[PartRow]:
    """The parts as the form shows them."""
    calendar = indicator.calendar(Organisation.current())
    grain = cast(Grain, indicator.period)
    return [
        PartRow(
            name=f"{HAND}{part.period.isoformat()}",
            label=periods.label(part.period, grain, calendar),
            amount=decimal_text(part.amount),
            typed=decimal_text(part.amount) if part.by_hand else "",
        )
        for part in parts
    ]
