"""New process limits: accept a shift with a note, take that back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from indicators.author import Author
from indicators.gate import the_indicator
from indicators.models import Indicator
from teams.access import Action
from teams.forms import add_problems
from teams.gate import sent
from verdicts import rebasing
from web.form_fields import day_input, short_text


class RebaseForm(forms.Form):
    """A shift that is understood."""

    on = forms.DateField(widget=day_input(), label="From")
    note = forms.CharField(max_length=300, label="What has changed?", widget=short_text())


@login_required
@require_http_methods(["GET", "POST"])
def rebase_new(request: HttpRequest, key: str) -> HttpResponse:
    """Start the limits anew from a period on (`?on=` names a day of it)."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = RebaseForm(sent(request), initial={"on": request.GET.get("on", "")})
    if request.method == "POST" and accept_shift(request, indicator, form):
        return back_to_process(
            request, indicator, "New limits start there. The chart follows in a moment."
        )
    context = {"indicator": indicator, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "verdicts/rebase_form.html", context, status=status)


@login_required
@require_POST
def rebase_withdraw(request: HttpRequest, key: str, on: str) -> HttpResponse:
    """Take new limits back."""
    indicator = the_indicator(request, key, Action.DEFINE)
    rebase = rebasing.find_rebase(indicator, on)
    rebasing.withdraw_rebase(rebase, author=Author.of(request), now=timezone.now())
    return back_to_process(
        request, indicator, "New limits deleted. The earlier limits apply again."
    )


def accept_shift(request: HttpRequest, indicator: Indicator, form: RebaseForm) -> bool:
    """Accept the new limits; False where that cannot be, with the reasons shown."""
    if not form.is_valid():
        return False
    given = form.cleaned_data
    try:
        rebasing.accept_rebase(
            indicator, given["on"], given["note"], author=Author.of(request), now=timezone.now()
        )
    except ValidationError as problem:
        add_problems(form, problem)
        return False
    return True


def back_to_process(request: HttpRequest, indicator: Indicator, words: str) -> HttpResponse:
    """To the process of the indicator, saying what happened."""
    messages.success(request, words)
    return redirect(reverse("indicator_detail", args=[indicator.key]) + "?tab=process")
