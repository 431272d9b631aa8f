"""The mails of an installation without a mail server, for administrators."""

from __future__ import annotations

from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards import mails
from teams.models import User


@login_required
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest mails first."""
    found = mails.recent(allowed_folder(request))
    return render(request, "dashboards/mail_list.html", {"mails": found})


@login_required
@require_safe
def mail_detail(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """One mail as plain text."""
    mail = mails.one(allowed_folder(request), file, number)
    if mail is None:
        raise Http404
    return render(request, "dashboards/mail_detail.html", {"mail": mail})


def allowed_folder(request: HttpRequest) -> Path:
    """Where the mails are; 403 for others than administrators, 404 where mails are sent."""
    assert isinstance(request.user, User)
    if not request.user.is_administrator:
        raise PermissionDenied
    where = mails.folder()
    if where is None:
        raise Http404
    return where
