"""What administrators settle for everybody: name, calendar, currency; and the trail they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db import transaction

from analysis import periods
from indicators.models import Indicator, StaleMark
from teams.models import Actor, AuditEntry, Organisation, User
from web import wake
from web.formats import NBSP, NumberFormat, plain, written
from web.wording import Lens

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
LANGUAGES = {
    "en": "English",
    "da": "Danish",
    "nl": "Dutch",
    "fi": "Finnish",
    "fr": "French",
    "de": "German",
    "it": "Italian",
    "nb": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "es": "Spanish",
    "sv": "Swedish",
}
CALENDAR = ("timezone", "week_start", "fiscal_year_start")
PAGE = 50


class OrganisationForm(forms.ModelForm[Organisation]):
    """Name, time zone, calendar, currency and the way numbers are written."""

    timezone = forms.ChoiceField(
        label="Time zone",
        help_text="Where a day begins. Values that are stored keep their instants: set it first.",
    )
    week_start = forms.TypedChoiceField(
        coerce=int, choices=list(enumerate(WEEKDAYS, 1)), label="Week begins on"
    )
    fiscal_year_start = forms.TypedChoiceField(
        coerce=int, choices=list(enumerate(MONTHS, 1)), label="Fiscal year begins in"
    )
    locale = forms.ChoiceField(label="Numbers are written as in")

    class Meta:
        model = Organisation
        fields = [
            "name",
            "timezone",
            "week_start",
            "fiscal_year_start",
            "currency",
            "locale",
            "notice",
        ]
        help_texts = {
            "currency": "As it stands beside amounts: €, EUR or kr.",
            "notice": "Shown on every page, for example where the data is from.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found: dict[str, Any] = self.fields
        zones = sorted({*available_timezones(), self.instance.timezone})
        found["timezone"].choices = [(name, name.replace("_", " ")) for name in zones]
        found["locale"].choices = list(locales(self.instance.locale))


def locales(held: str) -> Iterator[tuple[str, str]]:
    """Each language with a number as it writes it; the one in use even where it is not listed."""
    for code, name in (LANGUAGES | {held: LANGUAGES.get(held, held)}).items():
        yield code, f"{name} ({plain(Decimal('1234.5'), 1, locale=code)})"


def example_of(organisation: Organisation, now: datetime) -> str:
    """An amount, the week, the fiscal quarter and the time as every page would write them.

    >>> from datetime import UTC
    >>> place = Organisation(currency="kr", fiscal_year_start=9)
    >>> example_of(place, datetime(2026, 11, 26, 7, 5, tzinfo=UTC)).replace(chr(160), " ")
    '480,000 kr · Week 48 · Q1 FY 2026/27 · 07:05'
    """
    lens = Lens.of(organisation, now)
    money = NumberFormat(
        unit="currency", unit_label=organisation.currency, decimals=0, locale=organisation.locale
    )
    calendar = lens.calendar
    week = periods.start_of(now, "week", calendar)
    quarter = periods.start_of(now, "fiscal_quarter", calendar)
    return f"{NBSP}· ".join(
        (
            written(Decimal(480_000), money, full=True),
            periods.label(week, "week", calendar).replace(" ", NBSP),
            periods.label(quarter, "fiscal_quarter", calendar).replace(" ", NBSP),
            f"{lens.local(now):%H:%M}",
        )
    )


@transaction.atomic
def keep(form: OrganisationForm, *, actor: Actor, now: datetime) -> bool:
    """Save it with an entry in the trail; whether the calendar changed.

    Then every indicator is judged again: its periods begin and end elsewhere.
    """
    before = {name: form.initial[name] for name in form.changed_data}
    organisation = form.save()
    actor.note("organisation.changed", subject=organisation.name, before=before)
    if not set(CALENDAR) & set(form.changed_data):
        return False
    everything = Indicator.objects.order_by("pk").values_list("pk", flat=True)
    StaleMark.objects.set_for(list(everything), now)
    wake.wake_worker_on_commit()
    return True


# --- the trail ----------------------------------------------------------------------------------


class AuditFilter(forms.Form):
    """What of the trail is asked for; what cannot be read is left out."""

    about = forms.ChoiceField(required=False)
    who = forms.CharField(required=False, max_length=80, label="Who, or about whom")
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["about"]
        field.choices = [("", "Everything"), *SUBJECTS.items()]


SUBJECTS = {
    "organisation": "Organisation",
    "team": "Teams",
    "membership": "Members",
    "person": "People",
    "token": "Tokens",
    "indicator": "Indicators",
    "target": "Targets",
    "objective": "Objectives",
    "measurement": "Measurements",
    "limits": "Limits",
    "review": "Reviews",
    "entry_link": "One-time links",
}


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, newest first, and the id below which older ones are; 0 without any."""

    entries: tuple[AuditEntry, ...]
    older: int


def audit_page(user: User, asked: AuditFilter, *, below: int = 0) -> AuditPage:
    """The entries that this person may see and asks for; `below` continues an earlier page."""
    rows = AuditEntry.objects.visible_to(user).select_related("actor", "token", "team")
    rows = rows.order_by("-pk")
    asked.is_valid()
    given = asked.cleaned_data
    if given.get("about"):
        rows = rows.filter(action__startswith=given["about"])
    if given.get("who"):
        rows = rows.of_person(given["who"])
    if given.get("since"):
        rows = rows.filter(at__date__gte=given["since"])
    if given.get("until"):
        rows = rows.filter(at__date__lte=given["until"])
    if below:
        rows = rows.filter(pk__lt=below)
    found = tuple(rows[: PAGE + 1])
    return AuditPage(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0)
