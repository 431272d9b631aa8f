"""Search: a fragment for the command palette, and a page for everyone without scripts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.searching import MORE, MOST, create_address, find_anything
from teams.models import User

LONGEST = 80


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What is called like the question, among what this person may see."""
    assert isinstance(request.user, User)
    question = request.GET.get("q", "").strip()[:LONGEST]
    is_palette = request.headers.get("HX-Request") == "true"
    results = find_anything(request.user, question, most=MOST if is_palette else MORE)
    create_url = "" if results else create_address(request.user, question)
    context = {"query": question, "results": results, "create_url": create_url}
    part = "components/search_results.html" if is_palette else "dashboards/search.html"
    return render(request, part, context)
