"""Values by hand: enter one, correct one, take one back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST

from indicators.author import Author
from indicators.definition import calendar_of
from indicators.deriving import origin_of
from indicators.gate import the_indicator
from indicators.models import Indicator
from measurements.delivery import deliver, withdraw
from measurements.entry.due import period_without_value
from measurements.entry.links import takes_link
from measurements.forms.values import ValueForm
from measurements.models import Batch
from measurements.row import Sender
from teams.access import Action
from teams.gate import person, sent
from teams.models import Organisation
from web.formats import NumberFormat

SHOWN = 24


@login_required
@require_http_methods(["GET", "POST"])
def value_new(request: HttpRequest, key: str) -> HttpResponse:
    """Enter a value, or another one for the same time, which corrects it."""
    indicator = the_indicator(request, key, Action.ENTER)
    if indicator.is_derived:
        return computed_values(request, indicator)
    form = ValueForm(sent(request), indicator=indicator, initial=given_before(request, indicator))
    if request.method == "POST" and form.is_valid() and enter(request, form):
        return redirect("value_new", indicator.key)
    measurements = indicator.measurements.order_by("-at")[:SHOWN]
    context = {
        "indicator": indicator,
        "form": form,
        "measurements": measurements,
        "fmt": NumberFormat.of(indicator, locale=Organisation.current().locale),
        "may_ask": person(request).reach.may(Action.DEFINE, indicator.team_id)
        and takes_link(indicator, indicator.owner),
    }
    status = 422 if request.method == "POST" else 200
    # October begins at midnight where the indicator is counted, wherever the reader sits.
    with timezone.override(calendar_of(indicator, Organisation.current()).timezone):
        return render(request, "measurements/value_form.html", context, status=status)


@login_required
@require_POST
def value_withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Take one value back; the history keeps it."""
    indicator = the_indicator(request, key, Action.ENTER)
    if indicator.is_derived:
        return computed_values(request, indicator)
    at = aware_time(request.POST.get("at", ""))
    if at is not None and withdraw(indicator, at, sender_of(request), now=timezone.now()):
        messages.success(request, "Value withdrawn. The history keeps it.")
    else:
        messages.error(request, "There is no value at that time.")
    return redirect("value_new", indicator.key)


def computed_values(request: HttpRequest, indicator: Indicator) -> HttpResponse:
    """Nobody enters values that are computed; the page says of what."""
    seen = Indicator.objects.visible_to(person(request)).filter(key__in=indicator.inputs)
    context = {"indicator": indicator, "origin": origin_of(indicator, seen)}
    status = 422 if request.method == "POST" else 200
    return render(request, "measurements/value_computed.html", context, status=status)


def given_before(request: HttpRequest, indicator: Indicator) -> dict[str, Any]:
    """The stored value that the address names, or the newest period that has none yet."""
    text = request.GET.get("at", "")
    at = aware_time(text)
    held = indicator.measurements.filter(at=at).first() if at else None
    if held is None:
        return {"at": period_without_value(indicator, timezone.now())}
    parts = {name: getattr(held, name) for name in ("value", "numerator", "denominator", "note")}
    return {"at": text, **parts}


def sender_of(request: HttpRequest) -> Sender:
    """The person who enters or withdraws a value by this request."""
    author = Author.of(request)
    return Sender(actor=author.user, door=Batch.Door.FORM, request_id=author.request_id)


def enter(request: HttpRequest, form: ValueForm) -> bool:
    """Send the row through the one core; False where it is refused, with the reason shown."""
    report = deliver([form.row()], sender_of(request), now=timezone.now())
    for refusal in report.rejected:
        name = refusal.field if refusal.field in form.fields else None
        form.add_error(name, refusal.detail)
    if report.rejected:
        return False
    done = (
        "Saved."
        if report.created
        else "Corrected."
        if report.updated
        else "Nothing changed: it had this value already."
    )
    messages.success(request, f"{done} The status follows in a moment.")
    return True


def aware_time(text: str) -> datetime | None:
    """A date-time with an offset, in UTC, or None."""
    try:
        found = parse_datetime(text.replace(" ", "+"))
        return found.astimezone(UTC) if found is not None and timezone.is_aware(found) else None
    except (ValueError, OverflowError):  # a year that is 0 or 10000 in UTC
        return None
