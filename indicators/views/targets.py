"""Targets: set the next one with its milestones, split a total, stop aiming."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from analysis.milestones import as_milestones
from indicators import defining, smarter
from indicators.author import Author
from indicators.forms.targets import (
    KINDS,
    BaseMilestones,
    Milestones,
    PartRow,
    SplitForm,
    TargetForm,
    part_rows,
)
from indicators.gate import done, the_indicator
from indicators.models import Indicator, Target
from teams.access import Action
from teams.forms import problems_shown
from teams.gate import person, sent


@login_required
@require_http_methods(["GET", "POST"])
def target_edit(request: HttpRequest, key: str) -> HttpResponse:
    """Set the next target; the one before stays in the history."""
    indicator = the_indicator(request, key, Action.DEFINE)
    current = indicator.targets.judging().prefetch_related("milestones").first()
    spans = span_label(indicator)
    start = first_answers(indicator, current)
    form = TargetForm(sent(request), instance=current, initial=start, span_label=spans)
    steps = posted_steps(request, current, spans)
    split, parts = SplitForm(sent(request)), list[PartRow]()
    if "plan" in request.POST:
        steps, parts = split_total(form, split, steps, indicator)
    elif "more" in request.POST:
        steps.is_valid()
        steps = steps_with(steps.steps(), spans)
    elif request.method == "POST" and keep_target(request, indicator, form, steps):
        return done(request, indicator, "Target set. The status follows in a moment.")
    context = {
        "indicator": indicator,
        "current": current,
        "targets": indicator.targets.current(),
        "target_form": form,
        "target_kinds": KINDS,
        "milestones": steps,
        "split": split,
        "parts": parts,
        "recent": smarter.tile_history(indicator)[-3:],
    }
    if "plan" in request.POST and getattr(request, "htmx", False):
        return render(request, "indicators/steps.html", context)
    rejected = request.method == "POST" and not {"plan", "more"} & set(request.POST)
    return render(request, "indicators/target_form.html", context, status=422 if rejected else 200)


@login_required
@require_POST
def target_end(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """Aim at it no longer."""
    indicator = the_indicator(request, key, Action.DEFINE)
    rows = Target.objects.editable_by(person(request)).current()
    target = get_object_or_404(rows, indicator=indicator, version=version)
    defining.end_target(target, author=Author.of(request), now=timezone.now())
    return done(request, indicator, "Target ended. It stays in the history.")


def first_answers(indicator: Indicator, current: Target | None) -> dict[str, Any]:
    """Start a first target with the good direction, and the last value as baseline."""
    if current is not None:
        return {}
    towards = {"up": "gte", "down": "lte", "range": "between"}
    return {
        "comparator": towards[indicator.direction],
        "baseline": indicator.verdict.value,
        "baseline_on": indicator.verdict.period,
    }


def span_label(indicator: Indicator) -> str | None:
    """Return the unit of durations; None where values are none."""
    return indicator.unit_label if indicator.unit == Indicator.Unit.DURATION else None


def posted_steps(request: HttpRequest, current: Target | None, spans: str | None) -> BaseMilestones:
    """The rows as they were sent, or those of the target that holds now."""
    if request.method == "POST":
        told = {"span_label": spans}
        return cast("BaseMilestones", Milestones(request.POST, prefix="steps", form_kwargs=told))
    held = current.milestones.all() if current else ()
    return steps_with([(step.on, step.value) for step in held], spans)


def steps_with(steps: Iterable[tuple[date, Decimal]], spans: str | None) -> BaseMilestones:
    """A formset that shows these steps and a few empty rows."""
    rows, told = [{"on": on, "value": value} for on, value in steps], {"span_label": spans}
    return cast("BaseMilestones", Milestones(initial=rows, prefix="steps", form_kwargs=told))


def split_total(
    form: TargetForm, split: SplitForm, steps: BaseMilestones, indicator: Indicator
) -> tuple[BaseMilestones, list[PartRow]]:
    """The rows that the planner makes, and its parts; the rows as they are where it cannot."""
    form.is_valid()
    parts = split.parts(indicator, form.cleaned_data, now=timezone.now())
    if not parts:
        return steps, []
    made = steps_with(as_milestones(parts), span_label(indicator))
    return made, part_rows(parts, indicator)


def keep_target(
    request: HttpRequest, indicator: Indicator, form: TargetForm, steps: BaseMilestones
) -> bool:
    """Set the target; False where it cannot be, with the reasons shown."""
    if not all([form.is_valid(), steps.is_valid()]):
        return False
    author, now = Author.of(request), timezone.now()
    with problems_shown(form):
        target = Target(**{name: form.cleaned_data[name] for name in form.Meta.fields})
        defining.set_target(indicator, target, steps.steps(), author=author, now=now)
    return not form.errors
