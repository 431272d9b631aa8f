"""The life of an indicator: key or not, shared with whom, retired and why."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from indicators import defining, focus, sharing
from indicators.author import Author
from indicators.forms.life import PromoteForm, ReasonForm, RetireForm, ShareForm
from indicators.gate import done, person, sent, the_indicator
from indicators.models import Indicator
from indicators.models.indicator import FOCUS_BUDGET
from teams.access import Action
from teams.forms import add_problems


@login_required
@require_http_methods(["GET", "POST"])
def indicator_promote(request: HttpRequest, key: str) -> HttpResponse:
    """Make it a key indicator; where the budget is spent, ask which one steps down."""
    indicator = the_indicator(request, key, Action.DEFINE)
    held = [one for one in focus.key_indicators(indicator.team) if one.pk != indicator.pk]
    missing, is_full = indicator.missing_for_key(), len(held) >= FOCUS_BUDGET
    form = PromoteForm(sent(request), held=held, is_full=is_full)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            defining.promote(
                indicator,
                author=Author.of(request),
                now=timezone.now(),
                instead_of=given.get("instead_of"),
                reason=given["reason"],
            )
        except ValidationError as problem:
            add_problems(form, problem)
        else:
            return done(request, indicator, f"{indicator.name} is a key indicator now.")
    context = {"missing": missing, "held": held, "budget": FOCUS_BUDGET}
    return page(request, "promote", indicator, form, **context)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_demote(request: HttpRequest, key: str) -> HttpResponse:
    """Watch it, but steer on it no longer."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = ReasonForm(sent(request))
    if request.method == "POST" and form.is_valid():
        author = Author.of(request)
        defining.demote(
            indicator, author=author, now=timezone.now(), reason=form.cleaned_data["reason"]
        )
        return done(request, indicator, f"{indicator.name} is no longer a key indicator.")
    return page(request, "demote", indicator, form)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_share(request: HttpRequest, key: str) -> HttpResponse:
    """Show it on further boards without copying it."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = ShareForm(sent(request), indicator=indicator, user=person(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            sharing.share_as(
                indicator,
                given["shared_with"],
                kvi_of=given.get("kvi_of", []),
                author=Author.of(request),
            )
        except ValidationError as problem:
            add_problems(form, problem)
        else:
            return done(request, indicator, "Sharing saved.")
    return page(request, "share", indicator, form)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_retire(request: HttpRequest, key: str) -> HttpResponse:
    """End it with a reason; it stays readable and never alerts."""
    indicator = the_indicator(request, key, Action.DEFINE)
    form = RetireForm(sent(request), indicator=indicator, user=person(request))
    if request.method == "POST" and form.is_valid():
        defining.retire(
            indicator,
            reason=form.cleaned_data["reason"],
            successor=form.cleaned_data["successor"],
            author=Author.of(request),
            now=timezone.now(),
        )
        return done(request, indicator, f"{indicator.name} is retired. Its history stays readable.")
    return page(request, "retire", indicator, form)


def page(
    request: HttpRequest, act: str, indicator: Indicator, form: object, **more: object
) -> HttpResponse:
    """The page that asks before an act; 422 where something needs another look."""
    status = 422 if request.method == "POST" else 200
    context = {"indicator": indicator, "form": form, **more}
    return render(request, f"indicators/indicator_{act}.html", context, status=status)
