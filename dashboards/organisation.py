"""Settle what holds for everybody, show the audit trail, and hand over what somebody owns."""

from __future__ import annotations

import logging
from calendar import day_name, month_name
from datetime import datetime
from decimal import Decimal
from smtplib import SMTPException
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from analysis import periods
from dashboards.board.first_steps import UNNAMED
from dashboards.frame import number_asked, organisation_of
from indicators import defining
from indicators.author import Author
from indicators.models import Indicator, Objective, StaleMark
from notifications.mails import mail_folder
from reviews.models import Action
from teams import staffing
from teams.models import Actor, AuditEntry, Organisation, Team, User
from web import wake
from web.form_fields import day_input
from web.formats import NBSP, NumberFormat, plain, written
from web.links import address
from web.wording import Lens

logger = logging.getLogger(__name__)

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
CALENDAR = ("timezone", "week_start", "fiscal_year_start")
AUDIT_PAGE = 50


class OrganisationForm(forms.ModelForm[Organisation]):
    """Name, time zone, calendar, currency and the way numbers are written."""

    timezone = forms.ChoiceField(
        label="Time zone",
        help_text="Where a day begins. Values that are stored keep their instants: set it first.",
    )
    week_start = forms.TypedChoiceField(
        coerce=int, choices=list(enumerate(day_name, 1)), label="Week begins on"
    )
    fiscal_year_start = forms.TypedChoiceField(
        coerce=int, choices=list(enumerate(month_name))[1:], label="Fiscal year begins in"
    )
    locale = forms.ChoiceField(label="Numbers are written as in")

    class Meta:
        model = Organisation
        fields = [
            "name", "timezone", "week_start", "fiscal_year_start", "currency", "locale", "notice"
        ]  # fmt: skip
        help_texts = {
            "currency": "As it stands beside amounts: €, EUR or kr.",
            "notice": "Shown on every page, for example where the data is from.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found: dict[str, Any] = self.fields
        zones = sorted({*available_timezones(), self.instance.timezone})
        found["timezone"].choices = [(name, name.replace("_", " ")) for name in zones]
        held = self.instance.locale  # the one in use is offered even where it is not listed
        found["locale"].choices = [
            (code, f"{name} ({plain(Decimal('1234.5'), 1, locale=code)})")
            for code, name in (LANGUAGES | {held: LANGUAGES.get(held, held)}).items()
        ]


def format_example(organisation: Organisation, now: datetime) -> str:
    """An amount, the week, the fiscal quarter and the time as every page would write them.

    >>> from datetime import UTC
    >>> place = Organisation(currency="kr", fiscal_year_start=9)
    >>> format_example(place, datetime(2026, 11, 26, 7, 5, tzinfo=UTC)).replace(chr(160), " ")
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
def save_organisation(form: OrganisationForm, *, actor: Actor, now: datetime) -> bool:
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


class AuditFilter(forms.Form):
    """What of the trail is asked for; what cannot be read is left out."""

    about = forms.ChoiceField(required=False, choices=[("", "Everything"), *SUBJECTS.items()])
    who = forms.CharField(required=False, max_length=80, label="Who, or about whom")
    since = forms.DateField(required=False, label="From", widget=day_input())
    until = forms.DateField(required=False, label="To", widget=day_input())


def audit_page(user: User, asked: AuditFilter, *, below: int = 0) -> dict[str, Any]:
    """The entries that this person may see and asks for, newest first.

    `below` continues an earlier page; `older` is where the next one goes on, 0 without any.
    """
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
    found = list(rows[: AUDIT_PAGE + 1])
    older = found[AUDIT_PAGE - 1].pk if len(found) > AUDIT_PAGE else 0
    return {"entries": found[:AUDIT_PAGE], "older": older}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_settings(request: HttpRequest) -> HttpResponse:
    """Name, calendar, currency; asked by htmx only the line that shows what they do.

    Who names it for the first time is led back to the first steps.
    """
    require_administrator(request)
    if request.headers.get("HX-Request") == "true" and request.method == "GET":
        return organisation_example(request)
    sent = request.POST if request.method == "POST" else None
    form = OrganisationForm(sent, instance=Organisation.current())
    if request.method == "POST" and form.is_valid():
        again = save_organisation(form, actor=Actor.of(request), now=timezone.now())
        words = "Saved. Every indicator is judged again by the new calendar." if again else "Saved."
        messages.success(request, words)
        is_first = form.initial["name"] == UNNAMED
        return redirect("overview" if is_first else "organisation_settings")
    context = {
        "form": form,
        "page": "general",
        "example": format_example(organisation_of(request), timezone.now()),
        "admin_url": address("admin:index"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dashboards/organisation_settings.html", context, status=status)


def organisation_example(request: HttpRequest) -> HttpResponse:
    """The example line for what is typed; saves nothing."""
    form = OrganisationForm(request.GET, instance=Organisation.current())
    shown = format_example(form.instance, timezone.now()) if form.is_valid() else ""
    return render(request, "dashboards/organisation_example.html", {"example": shown})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_email(request: HttpRequest) -> HttpResponse:
    """Where e-mail goes, and a test to oneself."""
    user = require_administrator(request)
    if request.method == "POST":
        send_test(request, user)
        return redirect("organisation_email")
    context = {
        "page": "email",
        "to_folder": mail_folder() is not None,
        "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "sender": settings.DEFAULT_FROM_EMAIL,
        "base_url": settings.BASE_URL,
    }
    return render(request, "dashboards/organisation_email.html", context)


def send_test(request: HttpRequest, user: User) -> None:
    """Send a message now, and show what the e-mail server answered."""
    body = f"E-mail from {settings.BASE_URL} works: {user} asked for this test.\n"
    try:
        send_mail("A test from KPItrack", body, None, [user.email])
    except (OSError, SMTPException) as problem:
        logger.warning("the test e-mail could not be sent: %s", problem)
        messages.error(request, f"The e-mail server refused it: {problem}"[:300])
        return
    if mail_folder():
        messages.success(request, "Written to the folder: read it under E-mails.")
    else:
        words = f"Sent to {user.email}. Nothing there in a few minutes? Check the spam folder."
        messages.success(request, words)


@login_required
@require_safe
def organisation_audit(request: HttpRequest) -> HttpResponse:
    """Who did what and when, newest first."""
    user = require_administrator(request)
    form = AuditFilter(request.GET)
    query = request.GET.copy()
    query.pop("below", None)
    context = {
        "page": "audit",
        "form": form,
        "found": audit_page(user, form, below=number_asked(request, "below")),
        "query": query.urlencode(),
        "is_filtered": any(query.values()),
    }
    return render(request, "dashboards/organisation_audit.html", context)


def require_administrator(request: HttpRequest) -> User:
    """The person; 403 for everybody but administrators."""
    assert isinstance(request.user, User)
    if not request.user.reach.is_administrator:
        raise PermissionDenied
    return request.user


def owned_by(person: User) -> dict[str, QuerySet[Any]]:
    """Return what waits for somebody else, by kind: nothing retired, done or closed."""
    living = Indicator.objects.exclude(state=Indicator.State.RETIRED)
    return {
        "indicators": living.filter(owner=person).select_related("team").order_by("name"),
        "objectives": Objective.objects.filter(owner=person).select_related("team"),
        "actions": Action.objects.open().filter(owner=person).select_related("review__team"),
        "teams": Team.objects.filter(lead=person).select_related("parent").order_by("name"),
    }


@transaction.atomic
def hand_over(person: User, kind: str, to: User, *, author: Author, now: datetime) -> int:
    """Give somebody all open things of one kind that a person owns; returns how many.

    Raises ValidationError where one of them cannot be saved, and then nothing has changed.
    """
    rows: list[Model] = list(owned_by(person)[kind])
    for row in rows:
        match row:
            case Indicator():
                defining.revise(row, {"owner": to}, author=author, now=now)
            case Objective():
                row.owner = to
                defining.save_objective(row, author=author)
            case Action():
                row.owner = to
                row.save(update_fields=["owner"])
                author.note(
                    "action.handed_over", subject=row.text, team=row.review.team, to=to.email
                )
            case Team():
                row.lead = to
                staffing.keep_team(row, actor=author)
    if rows:
        author.note("person.handed_over", subject=person.email, kind=kind, to=to.email, n=len(rows))
    return len(rows)


class HandoverForm(forms.Form):
    """Who takes the things of each kind; left empty, they stay for now."""

    def __init__(
        self, *args: Any, person: User, owned: dict[str, QuerySet[Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(pk=person.pk)
        for kind, rows in owned.items():
            if rows.exists():
                self.fields[kind] = forms.ModelChoiceField(
                    people, required=False, label="New owner", empty_label="Leave for now"
                )


@login_required
@require_http_methods(["GET", "POST"])
def person_handover(request: HttpRequest, person_id: int) -> HttpResponse:
    """List what somebody owns, and hand it over by kind."""
    assert isinstance(request.user, User)
    if not request.user.is_administrator:
        raise PermissionDenied
    person = get_object_or_404(User, pk=person_id)
    owned = owned_by(person)
    sent = request.POST if request.method == "POST" else None
    form = HandoverForm(sent, person=person, owned=owned)
    if request.method == "POST" and form.is_valid() and handed_over(request, form, person):
        return redirect("person_handover", person_id)
    groups = [
        {"title": kind.capitalize(), "rows": owned[kind], "field": form[kind]}
        for kind in form.fields
    ]
    context = {"person": person, "groups": groups, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "dashboards/person_handover.html", context, status=status)


def handed_over(request: HttpRequest, form: HandoverForm, person: User) -> bool:
    """Hand over what has a new owner; False where something could not be saved."""
    author = Author.of(request)
    for kind, to in form.cleaned_data.items():
        if to is None:
            continue
        try:
            count = hand_over(person, kind, to, author=author, now=timezone.now())
        except ValidationError as problem:
            form.add_error(kind, problem.messages)
        else:
            messages.success(request, f"{to} now owns {count} {kind} of {person}.")
    return not form.errors
