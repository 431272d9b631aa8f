"""Annotations on charts, and comments on definitions and points."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from indicators.forms.talk import AnnotationForm, CommentForm
from indicators.gate import allowed, done, person, sent, the_indicator, the_team
from indicators.models import Annotation, Comment, Indicator
from teams.access import Action
from teams.models import Team


@login_required
@require_http_methods(["GET", "POST"])
def annotation_new(request: HttpRequest) -> HttpResponse:
    """Note what happened, on one indicator (`?indicator=`) or on a whole team (`?team=`)."""
    team, indicator = place(request)
    form = AnnotationForm(sent(request), has_indicator=indicator is not None)
    if request.method == "POST" and form.is_valid():
        note = form.save(commit=False)
        note.team, note.author, note.made_at = team, person(request), timezone.now()
        note.indicator = None if form.cleaned_data.get("whole_team") else indicator
        note.save()
        messages.success(request, "Note added to the chart.")
        if indicator is None:
            return redirect("team_board", team.slug)
        return redirect("indicator_detail", indicator.key)
    mine = Annotation.objects.editable_by(person(request)).filter(team=team)
    held = mine.filter(indicator=indicator).select_related("author").order_by("-on")[:30]
    context = {"team": team, "indicator": indicator, "form": form, "annotations": held}
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/annotation_form.html", context, status=status)


@login_required
@require_POST
def annotation_delete(request: HttpRequest, annotation_id: int) -> HttpResponse:
    """Take a note off the charts."""
    seen = Annotation.objects.visible_to(person(request)).select_related("team", "indicator")
    note = get_object_or_404(seen, pk=annotation_id)
    allowed(request, note.team, Action.ENTER)
    note.delete()
    messages.success(request, "Note deleted.")
    if note.indicator is None:
        return redirect("team_board", note.team.slug)
    return redirect("indicator_detail", note.indicator.key)


@login_required
@require_http_methods(["GET", "POST"])
def comment_new(request: HttpRequest, key: str) -> HttpResponse:
    """Ask or remark; earlier ones stand above."""
    indicator = the_indicator(request, key, Action.ENTER)
    form = CommentForm(sent(request))
    if request.method == "POST" and form.is_valid():
        said = form.save(commit=False)
        said.indicator, said.author, said.made_at = indicator, person(request), timezone.now()
        said.save()
        return done(request, indicator, "Said.")
    comments = indicator.comments.select_related("author")
    context = {"indicator": indicator, "form": form, "comments": comments}
    status = 422 if request.method == "POST" else 200
    return render(request, "indicators/comment_form.html", context, status=status)


@login_required
@require_POST
def comment_delete(request: HttpRequest, comment_id: int) -> HttpResponse:
    """Take one's own words back."""
    seen = Comment.objects.visible_to(person(request)).select_related("indicator")
    said = get_object_or_404(seen, pk=comment_id)
    if not Comment.objects.editable_by(person(request)).filter(pk=said.pk).exists():
        raise PermissionDenied
    said.delete()
    return done(request, said.indicator, "Comment deleted.")


def place(request: HttpRequest) -> tuple[Team, Indicator | None]:
    """The team, and the indicator where one is named; 404 where neither is."""
    key, slug = request.GET.get("indicator", ""), request.GET.get("team", "")
    if key:
        indicator = the_indicator(request, key, Action.ENTER)
        return indicator.team, indicator
    if slug:
        return the_team(request, slug, Action.ENTER), None
    raise Http404
