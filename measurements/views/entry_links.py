"""The page behind a one-time link: one value, without signing in."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from measurements.entry.links import open_link, use_link
from measurements.entry.saving import WRITTEN, CellResult
from measurements.forms.entry import LinkForm
from teams.gate import sent


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def entry_link(request: HttpRequest, public_id: str, secret: str) -> HttpResponse:
    """Show what is asked on GET, however often; store it on POST, once.

    The address itself is the proof, whoever else is signed in here: no CSRF token is asked for, and
    none could be checked, because a page without referrer sends its forms with `Origin: null`.
    """
    if is_hasty(request):
        return kept_private(render(request, "measurements/entry_busy.html", status=429))
    opened = open_link(public_id, secret, timezone.now())
    if opened is None:
        return dead(request)
    form = LinkForm(sent(request), opened=opened)
    if request.method != "POST":
        return value_page(request, form)
    return (
        use_and_render(request, form, secret) if form.is_valid() else value_page(request, form, 422)
    )


@sensitive_variables("secret")
def use_and_render(request: HttpRequest, form: LinkForm, secret: str) -> HttpResponse:
    """Store the value and end the link, or say why not."""
    used = use_link(
        form.opened.link.public_id,
        secret,
        form.change(),
        request_id=getattr(request, "request_id", ""),
        now=timezone.now(),
    )
    if used is None:
        return dead(request)
    opened, outcome = used
    if outcome.state not in WRITTEN:
        form.refuse(outcome)
        return value_page(request, form, 409 if outcome.state == CellResult.CONFLICT else 422)
    context = {"opened": opened, "outcome": outcome}
    return kept_private(render(request, "measurements/entry_done.html", context))


def value_page(request: HttpRequest, form: LinkForm, status: int = 200) -> HttpResponse:
    """The page that asks for the value."""
    context = {"form": form, "opened": form.opened, "indicator": form.opened.indicator}
    return kept_private(render(request, "measurements/entry_link.html", context, status=status))


def is_hasty(request: HttpRequest) -> bool:
    """Whether the address opened more links a minute than people do; looking counts as well."""
    app, action = "allauth.account", "entry_link"
    return not ratelimit.consume(request, app=app, action=action, limit_get=True)


def dead(request: HttpRequest) -> HttpResponse:
    """The same page for every link that does not work, whatever the reason."""
    return kept_private(render(request, "measurements/entry_dead.html", status=404))


def kept_private(response: HttpResponse) -> HttpResponse:
    """Keep the address out of caches, referrers and search engines."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
