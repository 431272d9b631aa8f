"""Handing over what somebody owns, for administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboards.handing_over import KINDS, Owned, hand_over, owned_by
from indicators.author import Author
from teams.models import User


class HandoverForm(forms.Form):
    """Who takes the things of each kind; left empty, they stay for now."""

    def __init__(self, *args: Any, person: User, owned: Owned, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(pk=person.pk)
        for kind in KINDS:
            if getattr(owned, kind).exists():
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
        {"title": kind.capitalize(), "rows": getattr(owned, kind), "field": form[kind]}
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
