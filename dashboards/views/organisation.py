"""The organisation, for administrators: calendar and currency, e-mail, and the audit trail."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from dashboards import organisation as rules
from dashboards.first_steps import UNNAMED
from dashboards.frame import organisation_of, writes_mail_to_folder
from dashboards.organisation import AuditFilter, OrganisationForm
from teams.models import Actor, Organisation, User
from web.links import address

logger = logging.getLogger(__name__)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_settings(request: HttpRequest) -> HttpResponse:
    """Name, calendar, currency; asked by htmx only the line that shows what they do.

    Who names it for the first time is led back to the first steps.
    """
    require_administrator(request)
    if request.headers.get("HX-Request") == "true" and request.method == "GET":
        return organisation_example(request)
    form = OrganisationForm(posted_data(request), instance=Organisation.current())
    if request.method == "POST" and form.is_valid():
        again = rules.save_organisation(form, actor=Actor.of(request), now=timezone.now())
        words = "Saved. Every indicator is judged again by the new calendar." if again else "Saved."
        messages.success(request, words)
        is_first = form.initial["name"] == UNNAMED
        return redirect("overview" if is_first else "organisation_settings")
    context = {
        "form": form,
        "page": "general",
        "example": rules.format_example(organisation_of(request), timezone.now()),
        "admin_url": address("admin:index"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dashboards/organisation_settings.html", context, status=status)


def organisation_example(request: HttpRequest) -> HttpResponse:
    """The example line for what is typed; saves nothing."""
    form = OrganisationForm(request.GET, instance=Organisation.current())
    shown = rules.format_example(form.instance, timezone.now()) if form.is_valid() else ""
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
        "to_folder": writes_mail_to_folder(),
        "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "sender": settings.DEFAULT_FROM_EMAIL,
        "base_url": settings.BASE_URL,
    }
    return render(request, "dashboards/organisation_email.html", context)


def send_test(request: HttpRequest, user: User) -> None:
    """Send a message now, and say what the mail server answered."""
    body = f"E-mail from {settings.BASE_URL} works: {user} asked for this test.\n"
    try:
        send_mail("A test from KPItrack", body, None, [user.email])
    except (OSError, SMTPException) as problem:
        logger.warning("the test e-mail could not be sent: %s", problem)
        messages.error(request, f"The mail server did not take it: {problem}"[:300])
        return
    if writes_mail_to_folder():
        messages.success(request, "Written to the folder: read it under Mails.")
    else:
        words = f"Sent to {user.email}. Nothing there in a few minutes? Look into the spam folder."
        messages.success(request, words)


@login_required
@require_safe
def organisation_audit(request: HttpRequest) -> HttpResponse:
    """Who did what and when, newest first."""
    user = require_administrator(request)
    form = AuditFilter(request.GET)
    below = request.GET.get("below", "")
    asked = int(below) if below.isdecimal() and len(below) < 19 else 0
    query = request.GET.copy()
    query.pop("below", None)
    context = {
        "page": "audit",
        "form": form,
        "found": rules.audit_page(user, form, below=asked),
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


def posted_data(request: HttpRequest) -> QueryDict | None:
    """What was posted, perhaps nothing at all; None where nobody posted."""
    return request.POST if request.method == "POST" else None
