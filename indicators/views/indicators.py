"""Making and changing an indicator: the form, the library that fills it, the live check."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators import defining, library, smarter
from indicators.author import Author
from indicators.forms.definition import KINDS, IndicatorForm
from indicators.forms.targets import KINDS as TARGET_KINDS
from indicators.forms.targets import BaseMilestones, Milestones, TargetForm
from indicators.gate import done, the_indicator
from indicators.models import Indicator
from teams.access import Action
from teams.forms import TAKEN, add_problems, problems_shown
from teams.gate import form_page, person, sent, the_team
from teams.models import Organisation, Team


@login_required
@require_GET
def indicator_library(request: HttpRequest, slug: str) -> HttpResponse:
    """Templates to begin with, by area."""
    team = the_team(request, slug, Action.DEFINE)
    kind = request.GET.get("kind", "")
    context = {"team": team, "areas": areas_for(kind), "kind": kind}
    return render(request, "indicators/indicator_library.html", context)


def areas_for(kind: str) -> list[tuple[str, list[library.Template]]]:
    """Templates by area; for a KVI first those that say what customers and the company get."""
    areas = library.areas()
    if kind != Indicator.Kind.KVI:
        return areas
    fit = [one for _, templates in areas for one in templates if one.customer_impact]
    return [("the one number", fit), *areas]


@login_required
@require_http_methods(["GET", "POST"])
def indicator_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Define an indicator of the team, and perhaps its first target."""
    team = the_team(request, slug, Action.DEFINE)
    template = library.find_template(request.GET.get("template", ""))
    form, target, steps = new_forms(request, team, template)
    if request.method == "POST" and all_valid(form, target, steps):
        made = keep_new(request, form, target, steps)
        if made is not None:
            words = "Measuring starts now." if made.is_active else "Saved as a draft."
            warn_of_output(request, made)
            return done(request, made, f"{made.name} is defined. {words}")
    context = {
        "team": team,
        "template": template,
        "target_form": target,
        "milestones": steps,
        "target_kinds": TARGET_KINDS,
        "check": smarter.check_definition(form.typed(), target.typed(), today=today()),
    }
    return definition_page(request, form, context)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change what defines an indicator."""
    indicator = the_indicator(request, key, Action.DEFINE)
    if indicator.state == Indicator.State.RETIRED:
        return done(request, indicator, "It is retired and can no longer be changed.")
    form = IndicatorForm(
        sent(request), instance=indicator, team=indicator.team, user=person(request)
    )
    if request.method == "POST" and form.is_valid() and keep_changes(request, form, indicator):
        warn_of_output(request, indicator)
        return done(request, indicator, "Saved.")
    context = {"team": indicator.team, "indicator": indicator, "check": check_of(form, indicator)}
    return definition_page(request, form, context)


@login_required
@require_POST
def smarter_check(request: HttpRequest, slug: str) -> HttpResponse:
    """The panel beside the form, from what is typed so far; saves nothing."""
    team = the_team(request, slug, Action.DEFINE)
    user = person(request)
    held = Indicator.objects.visible_to(user).filter(key=request.POST.get("of", ""))
    indicator = held.select_related("verdict").prefetch_related("targets").first()
    form = IndicatorForm(request.POST, instance=indicator, team=team, user=user)
    if indicator is not None:
        found = check_of(form, indicator)
    else:
        target = TargetForm(request.POST, prefix="target", span_label=posted_span(request))
        found = smarter.check_definition(form.typed(), target.typed(), today=today())
    context = {"check": found, "problems": form.derivation_problems(user)}
    return render(request, "indicators/smarter_panel.html", context)


def new_forms(
    request: HttpRequest, team: Team, template: library.Template | None
) -> tuple[IndicatorForm, TargetForm, BaseMilestones]:
    """The three parts of the page, bound where they were sent."""
    data = sent(request)
    asked: dict[str, Any] = {
        "name": request.GET.get("name", "")[:120],
        "kind": request.GET.get("kind", ""),
    }
    user = person(request)
    if template and template.unit == Indicator.Unit.CURRENCY and not template.unit_label:
        asked["unit_label"] = Organisation.current().currency
    asked["owner"] = user.pk if data is None else None
    initial = (template.initial() if template else {}) | {k: v for k, v in asked.items() if v}
    form = IndicatorForm(data, instance=None, team=team, user=user, initial=initial)
    told = {"span_label": posted_span(request)}
    target = TargetForm(data, prefix="target", initial=example_target(template), **told)
    steps = cast("BaseMilestones", Milestones(data, prefix="steps", form_kwargs=told))
    return form, target, steps


def posted_span(request: HttpRequest) -> str | None:
    """Return the unit of posted durations; None where values are plain numbers."""
    is_span = request.POST.get("unit") == Indicator.Unit.DURATION
    return request.POST.get("unit_label", "") if is_span else None


def example_target(template: library.Template | None) -> dict[str, Any]:
    """The kind and direction of the template's example; its number is for people to choose."""
    if template is None:
        return {}
    example = template.target
    return {"kind": example.kind, "comparator": example.comparator, "strict": example.strict}


def all_valid(form: IndicatorForm, target: TargetForm, steps: BaseMilestones) -> bool:
    """Whether all parts can be read; a target that was not typed is not asked."""
    parts = [form.is_valid()]
    if target.is_given:
        parts += [target.is_valid(), steps.is_valid()]
    return all(parts)


def keep_new(
    request: HttpRequest, form: IndicatorForm, target: TargetForm, steps: BaseMilestones
) -> Indicator | None:
    """Save indicator and target together; None where the model refuses, with the reasons shown."""
    author, now = Author.of(request), timezone.now()
    asked: BaseForm = form
    made, aimed = form.typed(), target.typed()
    if request.POST.get("state") != Indicator.State.DRAFT:
        made.state = Indicator.State.ACTIVE
    stakeholders = form.cleaned_data["stakeholders"]
    try:
        with transaction.atomic():
            defining.create(made, author=author, now=now, stakeholders=stakeholders)
            if aimed is not None:
                asked = target
                defining.set_target(made, aimed, steps.steps(), author=author, now=now)
    except ValidationError as problem:
        add_problems(asked, problem)
        return None
    except IntegrityError:
        form.add_error(None, TAKEN)
        return None
    return made


def keep_changes(request: HttpRequest, form: IndicatorForm, indicator: Indicator) -> bool:
    """Save what was changed; False where the model refuses, with the reasons shown."""
    given = form.cleaned_data
    with problems_shown(form):
        defining.revise(
            indicator,
            form.changes(),
            author=Author.of(request),
            now=timezone.now(),
            effective_on=given["effective_on"],
            note=given["version_note"],
        )
    return not form.errors


def check_of(form: IndicatorForm, indicator: Indicator) -> smarter.Check:
    """The SMARTER check of a saved indicator with what is typed now."""
    typed = form.typed() if form.is_bound else indicator
    target, history = smarter.judging_target(indicator), smarter.tile_history(indicator)
    return smarter.check_definition(typed, target, history, today=today())


def warn_of_output(request: HttpRequest, indicator: Indicator) -> None:
    """Ask again where a key value indicator counts what is produced."""
    output = smarter.output_measure(indicator.name, indicator.formula)
    if indicator.kind == Indicator.Kind.KVI and output:
        messages.warning(
            request,
            f"It counts what you produce ({output}), not what customers get. "
            "Is there a number that shows the outcome?",
        )


def definition_page(
    request: HttpRequest, form: IndicatorForm, context: dict[str, Any]
) -> HttpResponse:
    """The form in the order of the seven questions; 422 where something needs another look."""
    found = {"form": form, "kinds": KINDS, **context}
    return form_page(request, "indicators/indicator_form.html", found)


def today() -> date:
    """The day on which checks count."""
    return timezone.now().date()
