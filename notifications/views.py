"""Show what was told to whom, send again, ask preferences, and unsubscribe from a mail."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from indicators.models import Indicator
from notifications import mails
from notifications.channels.email import read_unsubscribe
from notifications.models import Notification, Preference, Topic
from notifications.reminders import ask_owner
from teams.access import Action
from teams.models import User

PAGE = 50
PreferenceForm = forms.modelform_factory(Preference, fields=["reminders", "alerts", "reviews"])


@login_required
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """The outbox: everything for an administrator, one's own for everybody else."""
    assert isinstance(request.user, User)
    rows = Notification.objects.visible_to(request.user).select_related("recipient", "team")
    state = request.GET.get("state", "")
    if state in Notification.State.values:
        rows = rows.filter(state=state)
    return render(
        request,
        "notifications/notification_list.html",
        {
            "section": "notifications",
            "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
            "states": Notification.State.choices,
            "state": state,
            "may_send_again": request.user.reach.is_administrator,
            "form": PreferenceForm(instance=Preference.objects.visible_to(request.user).first()),
        },
    )


@login_required
@require_POST
def notification_send_again(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Start over with a message that failed; administrators only."""
    assert isinstance(request.user, User)
    row = get_object_or_404(Notification.objects.visible_to(request.user), pk=notification_id)
    if not Notification.objects.editable_by(request.user).filter(pk=row.pk).exists():
        raise PermissionDenied
    if row.send_again(timezone.now()):
        messages.success(request, f"It goes to {row.recipient} again within a minute.")
    else:
        messages.warning(request, "Only messages that failed or were given up are sent again.")
    return redirect("notification_list")


@login_required
@require_POST
def preference_edit(request: HttpRequest) -> HttpResponse:
    """Keep which topics the person wants to hear of."""
    assert isinstance(request.user, User)
    form = PreferenceForm(
        request.POST,
        instance=Preference.objects.visible_to(request.user).first()
        or Preference(user=request.user),
    )
    form.save()
    messages.success(request, "Preferences saved. They apply to new messages.")
    return redirect("notification_list")


@login_required
@require_POST
def value_ask(request: HttpRequest, key: str) -> HttpResponse:
    """Send the owner a one-time link for the newest value; for those who define the indicator."""
    assert isinstance(request.user, User)
    rows = Indicator.objects.visible_to(request.user).select_related("team", "owner")
    indicator = get_object_or_404(rows, key=key)
    if not request.user.reach.may(Action.DEFINE, indicator.team_id):
        raise PermissionDenied
    if ask_owner(indicator, by=request.user, now=timezone.now()):
        messages.success(request, f"A link goes to {indicator.owner} within a minute.")
    else:
        messages.warning(
            request, "Nobody to send it to: the owner may not enter values or wants no reminders."
        )
    return redirect("value_new", indicator.key)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def notification_unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """From a mail, without signing in: a question on GET, the deed on POST (RFC 8058).

    The address itself is the proof, which is why no CSRF token is asked for.
    """
    found = read_unsubscribe(signed)
    if found is None or not User.objects.filter(pk=found[0], is_active=True).exists():
        raise Http404
    person_id, topic = found
    if request.method == "POST":
        Preference.decline(person_id, topic)
    return render(
        request,
        "notifications/notification_unsubscribe.html",
        {"topic": Topic(topic).label, "is_done": request.method == "POST"},
    )


@login_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest mails first."""
    found = mails.recent_mails(allowed_folder(request))
    return render(request, "notifications/mail_list.html", {"mails": found})


@login_required
@require_safe
def mail_detail(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """One mail as plain text."""
    mail = mails.find_mail(allowed_folder(request), file, number)
    if mail is None:
        raise Http404
    return render(request, "notifications/mail_detail.html", {"mail": mail})


def allowed_folder(request: HttpRequest) -> Path:
    """Where the mails are; 403 for others than administrators, 404 where mails are sent."""
    assert isinstance(request.user, User)
    if not request.user.is_administrator:
        raise PermissionDenied
    where = mails.mail_folder()
    if where is None:
        raise Http404
    return where
