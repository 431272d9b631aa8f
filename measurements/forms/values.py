"""One value entered by hand."""

from __future__ import annotations

from typing import Any

from django import forms

from indicators.models import Indicator
from measurements.files import dates
from measurements.row import Row
from teams.models import Organisation
from web.form_fields import NumberField, SpanField
from web.formats import part_names
from web.numbers import Unacceptable

PARTS = ("numerator", "denominator")
WHEN = "A day 2026-11-20, a week 2026-W47, a month 2026-11, a quarter 2026-Q4 or a year."


def name_parts(form: forms.Form, indicator: Indicator) -> None:
    """Label the two numbers of a ratio as its formula names them: "Orders (numerator)"."""
    for part, name in zip(PARTS, part_names(indicator.formula), strict=True):
        if part in form.fields and name != part:
            form.fields[part].label = f"{name[:1].upper()}{name[1:]} ({part})"


class ValueForm(forms.Form):
    """When, how much, and a remark; a ratio has two parts."""

    at = forms.CharField(max_length=40, label="When", help_text=WHEN)
    value = NumberField(label="Value")
    numerator = NumberField(label="Numerator")
    denominator = NumberField(label="Denominator")
    note = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, indicator: Indicator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        unused = ["value"] if indicator.rollup == "ratio" else ["numerator", "denominator"]
        for name in unused:
            del self.fields[name]
        name_parts(self, indicator)
        if indicator.unit == Indicator.Unit.DURATION:
            name = "numerator" if "numerator" in self.fields else "value"
            label = self.fields[name].label
            self.fields[name] = SpanField(label=label, unit_label=indicator.unit_label)

    def clean_at(self) -> str:
        """A day or period however people write it, as far as it can mean one thing alone."""
        given: str = self.cleaned_data["at"].strip()
        text = dates.read_date(given, "") or given
        zone = self.indicator.timezone or Organisation.current().timezone
        try:
            return dates.with_offset(text, zone) if dates.is_local(text) else text
        except Unacceptable as problem:
            raise forms.ValidationError(str(problem)) from problem

    def row(self) -> Row:
        """The measurement as the ingestion core takes it."""
        given = self.cleaned_data
        return Row(
            index=0,
            indicator=self.indicator.key,
            at=given["at"],
            value=given.get("value"),
            numerator=given.get("numerator"),
            denominator=given.get("denominator"),
            note=given["note"],
        )
