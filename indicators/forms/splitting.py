"""The planner on the target form: how a total is split, and the parts that are set by hand."""

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
from indicators.definition import calendar_of
from indicators.models import Indicator
from teams.models import Organisation
from web.form_fields import read_number

HAND = "hand-"
MOST_PARTS = 121  # as many steps as the form holds, and the target itself
SPLITS = [
    ("equal", "Equal parts"),
    ("calendar_days", "By calendar days"),
    ("working_days", "By working days"),
    ("last_year", "Like last year"),
]
NEEDS = "Fill in the target, its start and its due date first."


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
            found = planning.split(
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
    calendar = calendar_of(indicator, Organisation.current())
    grain = cast(Grain, indicator.period)
    begin, end = (periods.start_of(day, grain, calendar) for day in (first, last))
    return begin <= periods.start_of(on, grain, calendar) <= end


def rows(parts: Iterable[Part], indicator: Indicator) -> list[PartRow]:
    """The parts as the form shows them."""
    calendar = calendar_of(indicator, Organisation.current())
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
