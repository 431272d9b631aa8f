"""The pages of integrations: tokens, how to send, and what came in, for all and for one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from indicators import lineage
from indicators.gate import the_indicator
from indicators.models import Indicator
from measurements import arrivals, examples
from measurements.forms.tokens import TokenForm
from measurements.models import Batch
from teams.access import Action
from teams.gate import person, sent
from teams.models import AccessToken, User

SHOWN, SHOWN_REFUSED = 20, 5


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("key")
def token_list(request: HttpRequest) -> HttpResponse:
    """Tokens, examples and deliveries; a new token is shown in the answer to its form alone."""
    user = person(request)
    form = TokenForm(sent(request), user=user)
    key, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            _, key = form.issue()
            form, status = TokenForm(user=user), 201
    context = {"form": form, "key": key, **lists_for(user), **example_for(request, user)}
    return render(request, "measurements/token_list.html", context, status=status)


@login_required
@require_POST
def token_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a token at once."""
    user = person(request)
    token = get_object_or_404(AccessToken.objects.editable_by(user), public_id=public_id)
    token.revoke(timezone.now(), by=user)
    messages.success(request, f"“{token.name}” is revoked. It no longer works.")
    return redirect("token_list")


def lists_for(user: User) -> dict[str, object]:
    """The tokens of the person, living ones first, and the last deliveries."""
    now = timezone.now()
    tokens = AccessToken.objects.visible_to(user).select_related("user").prefetch_related("teams")
    living = [token for token in tokens if token.is_alive(now)]
    deliveries = Batch.objects.visible_to(user).delivered().select_related("actor", "token")
    return {
        "living": living,
        "ended": [token for token in tokens if not token.is_alive(now)][:SHOWN],
        "deliveries": deliveries[:SHOWN],
        "sees_all": user.reach.is_administrator,
    }


def example_for(request: HttpRequest, user: User) -> dict[str, object]:
    """Examples that name an indicator of the person's own, and which others have a page of them."""
    own = Indicator.objects.enterable_by(user).taking_values()
    first = own.exclude(rollup=Indicator.RollUp.RATIO).order_by("key").first()
    key = first.key if first else "conversion"
    sample = examples.sample_of_many(key, base_of(request), timezone.localdate())
    return {"examples": examples.examples_of(sample), "example_of": first}


def base_of(request: HttpRequest) -> str:
    """The address of the installation as the person reached it."""
    return request.build_absolute_uri("/").rstrip("/")


@login_required
@require_safe
def indicator_integrate(request: HttpRequest, key: str) -> HttpResponse:
    """How to send numbers to this one indicator, and what came in for it."""
    indicator = the_indicator(request, key, Action.ENTER)
    user = person(request)
    sample = examples.sample_of(indicator, base_of(request), timezone.localdate())
    measured = indicator.source_kind == Indicator.SourceKind.MEASURED
    inputs = list(Indicator.objects.visible_to(user).filter(key__in=indicator.inputs))
    context = {
        "indicator": indicator,
        "inputs": inputs,
        "formula": lineage.shown_formula(indicator, {row.key for row in inputs}),
        "examples": examples.examples_of(sample) if measured else (),
        "reading": examples.excel_example(sample),
        "arrivals": arrivals.arrivals_of(indicator, user) if measured else (),
        "refused": arrivals.refused_of(user)[:SHOWN_REFUSED] if measured else (),
    }
    return render(request, "measurements/integrate.html", context)
