"""Annotations on charts, and comments on definitions and points."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from indicators.gate import done, the_indicator
from indicators.models import Annotation, Comment, Indicator
from teams.access import Action
from teams.gate import enter_team, form_page, person, sent, the_team
from teams.models import Team
from web.form_fields import day_input, short_text


class AnnotationForm(forms.ModelForm[Annotation]):
    """An event on the time axis."""

    whole_team = forms.BooleanField(
        required=False, label="On all charts of the team", help_text="An outage, a reorganisation."
    )

    class Meta:
        model = Annotation
        fields = ["on", "text"]
        labels = {"on": "When", "text": "What happened"}
        widgets = {"on": day_input()}

    def __init__(self, *args: Any, has_indicator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_indicator:
            del self.fields["whole_team"]


class CommentForm(forms.ModelForm[Comment]):
    """A question or remark."""

    text = forms.CharField(max_length=4000, label="Comment", widget=short_text(3))

    class Meta:
        model = Comment
        fields = ["text", "period"]
        labels = {"period": "Period it is about"}
        help_texts = {
            "period": "First day of the period. Leave it empty to comment on the definition."
        }
        widgets = {"period": day_input()}


@login_required
@require_http_methods(["GET", "POST"])
def annotation_new(request: HttpRequest) -> HttpResponse:
    """Note what happened, on one indicator (`?indicator=`) or on a whole team (`?team=`)."""
    team, indicator = annotated(request)
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
    return form_page(request, "indicators/annotation_form.html", context)


@login_required
@require_POST
def annotation_delete(request: HttpRequest, annotation_id: int) -> HttpResponse:
    """Take a note off the charts."""
    seen = Annotation.objects.visible_to(person(request)).select_related("team", "indicator")
    note = get_object_or_404(seen, pk=annotation_id)
    enter_team(request, note.team, Action.ENTER)
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
    return form_page(request, "indicators/comment_form.html", context)


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


def annotated(request: HttpRequest) -> tuple[Team, Indicator | None]:
    """The team, and the indicator where one is named; 404 where neither is."""
    key, slug = request.GET.get("indicator", ""), request.GET.get("team", "")
    if key:
        indicator = the_indicator(request, key, Action.ENTER)
        return indicator.team, indicator
    if slug:
        return the_team(request, slug, Action.ENTER), None
    raise Http404
