"""The life of an indicator: active, key or not, shared with whom, retired and why."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from indicators import defining, focus
from indicators.author import Author
from indicators.forms.life import PromoteForm, ReasonForm, RetireForm, ShareForm
from indicators.gate import done, the_indicator
from indicators.models.indicator import FOCUS_BUDGET
from teams.access import Action
from teams.forms import problems_shown
from teams.gate import form_page, person, sent


@login_required
@require_POST
def indicator_activate(request: HttpRequest, key: str) -> HttpResponse:
    """Make a draft active."""
    indicator = the_indicator(request, key, Action.DEFINE)
    author = Author.of(request)
    try:
        defining.revise(indicator, {"state": "active"}, author=author, now=timezone.now())
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("indicator_edit", indicator.key)
    return done(request, indicator, f"{indicator.name} is active: measuring starts now.")


@login_required
@require_http_methods(["GET", "POST"])
def indicator_promote(request: HttpRequest, key: str) -> HttpResponse:
    """Make it a key indicator; where the budget is spent, ask which one steps down."""
    indicator = the_indicator(request, key, Action.DEFINE)
    held = [one for one in focus.key_indicators(indicator.team) if one.pk != indicator.pk]
    missing, is_full = indicator.missing_for_key(), len(held) >= FOCUS_BUDGET
    form = PromoteForm(sent(request), held=held, is_full=is_full)
    if request.method == "POST" and form.is_valid():
        with problems_shown(form):
            defining.promote(
                indicator,
                author=Author.of(request),
                now=timezone.now(),
                instead_of=form.cleaned_data.get("instead_of"),
                reason=form.cleaned_data["reason"],
            )
            return done(request, indicator, f"{indicator.name} is a key indicator now.")
    context = {
        "indicator": indicator,
        "form": form,
        "missing": missing,
        "held": held,
        "budget": FOCUS_BUDGET,
    }
    return form_page(request, "indicators/indicator_promote.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_demote(request: HttpRequest, key: str) -> HttpResponse:
    """Watch it, but steer on it no longer."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = ReasonForm(sent(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        defining.demote(indicator, author=Author.of(request), now=timezone.now(), reason=reason)
        return done(request, indicator, f"{indicator.name} is no longer a key indicator.")
    context = {"indicator": indicator, "form": form}
    return form_page(request, "indicators/indicator_demote.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_share(request: HttpRequest, key: str) -> HttpResponse:
    """Show it on further boards without copying it."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = ShareForm(sent(request), indicator=indicator, user=person(request))
    if request.method == "POST" and form.is_valid():
        given, author = form.cleaned_data, Author.of(request)
        with problems_shown(form):
            kvi_of = given.get("kvi_of", [])
            defining.share_as(indicator, given["shared_with"], kvi_of=kvi_of, author=author)
            return done(request, indicator, "Sharing saved.")
    context = {"indicator": indicator, "form": form}
    return form_page(request, "indicators/indicator_share.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_retire(request: HttpRequest, key: str) -> HttpResponse:
    """End it with a reason; it stays readable and never alerts."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = RetireForm(sent(request), indicator=indicator, user=person(request))
    if request.method == "POST" and form.is_valid():
        defining.retire(
            indicator, **form.cleaned_data, author=Author.of(request), now=timezone.now()
        )
        return done(request, indicator, f"{indicator.name} is retired. Its history stays readable.")
    context = {"indicator": indicator, "form": form}
    return form_page(request, "indicators/indicator_retire.html", context)
