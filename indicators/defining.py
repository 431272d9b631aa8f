"""Defining: every act that makes or changes an indicator, its targets, sharing and objectives.

Each act is one transaction: the rows, the definition version where the meaning changed, the audit
entry, and the mark that asks for a new judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from analysis.targets import target_problems
from indicators.author import Author
from indicators.deriving import check_derivation
from indicators.focus import check_budget, check_gate, check_kvi, refuse_second_kvi
from indicators.models import (
    DefinitionVersion,
    Indicator,
    Milestone,
    Objective,
    Sharing,
    StaleMark,
    Target,
)
from teams.access import Action
from teams.models import Team, User
from web import wake
from web.slugs import free_slug

# Beside the defining fields, what a judgement or its sentence reads.
JUDGED = frozenset(Indicator.DEFINING) | {
    "decimals",
    "entry_period",
    "guard",
    "maximum",
    "meaningful_change",
    "minimum",
    "state",
    "unit_label",
}
# What people answer to define an indicator, in the order of the form.
ANSWERS = (
    "name",
    "kind",
    "description",
    "specific",
    "level",
    "customer_impact",
    "business_value",
    "objective",
    "perspective",
    "relevant",
    "formula",
    "measurable",
    "unit",
    "unit_label",
    "factor",
    "decimals",
    "display_scale",
    "direction",
    "rollup",
    "period",
    "entry_period",
    "source",
    "minimum",
    "maximum",
    "meaningful_change",
    "timezone",
    "source_kind",
    "inputs",
    "influence",
    "guard",
    "owner",
    "stakeholders",
    "tags",
    "achievable",
    "time_bound",
    "evaluate_every",
    "evaluate_on",
    "review_cadence",
    "reevaluate_on",
)
LINKED = frozenset({"shared_with", "stakeholders"})
EVERY: Mapping[str, timedelta] = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "quarterly": timedelta(days=91),
    "yearly": timedelta(days=365),
}
REEVALUATE_AFTER = timedelta(days=91)


@transaction.atomic
def create(
    indicator: Indicator,
    *,
    author: Author,
    now: datetime,
    stakeholders: Iterable[User] = (),
    shared_with: Iterable[Team] = (),
) -> Indicator:
    """Save a new indicator; without dates it is evaluated by its cadence, questioned in a quarter.

    Raises ValidationError with the fields that cannot be.
    """
    today = now.date()
    indicator.key = indicator.key or free_slug(
        indicator.name, Indicator.objects.all(), "key", otherwise="indicator"
    )
    indicator.evaluate_on = indicator.evaluate_on or today + EVERY[indicator.evaluate_every]
    indicator.reevaluate_on = indicator.reevaluate_on or today + REEVALUATE_AFTER
    if indicator.state == Indicator.State.RETIRED:
        words = "A new indicator is a draft or active."
        raise ValidationError({"state": ValidationError(words, code="state")})
    if indicator.is_key:
        check_gate(indicator)
    check_kvi(indicator)
    check_derivation(indicator, user=author.user)
    indicator.full_clean()
    indicator.save()
    _link(indicator, {"stakeholders": stakeholders, "shared_with": shared_with}, author)
    author.note_on(indicator, "indicator.created", state=indicator.state, kind=indicator.kind)
    wake.wake_worker_on_commit()
    return indicator


@transaction.atomic
def revise(
    indicator: Indicator,
    changes: Mapping[str, Any],
    *,
    author: Author,
    now: datetime,
    effective_on: date | None = None,
    note: str = "",
    always: str = "",
) -> Indicator:
    """Change some fields; a change of what the numbers mean makes the next definition version.

    `always` is a reason to make a version although no defining field changes. Returns the row as
    saved; raises ValidationError, and then nothing has changed.
    """
    held = _locked(indicator)
    before = _rewrite(held, changes, author)
    linked = _link(held, changes, author)
    redefined = bool(always) or any(name in Indicator.DEFINING for name in before)
    if redefined:
        held.record_version(
            effective_on=effective_on or now.date(), by=author.user, note=note or always
        )
    if redefined or JUDGED & before.keys():
        judge_again(held, now=now)
    if before or linked or always:
        author.note_on(
            held,
            "definition.changed" if redefined else "indicator.edited",
            before=_plain_data(before),
            after=_plain_data({name: getattr(held, name) for name in before}),
            **linked,
        )
    return held


def _locked(indicator: Indicator) -> Indicator:
    """Return the row as it is now, locked until the transaction ends."""
    rows = Indicator.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("team").get(pk=indicator.pk)


def _rewrite(held: Indicator, changes: Mapping[str, Any], author: Author) -> dict[str, Any]:
    """Set, check and save the fields that differ; returns what they were."""
    plain = {name: value for name, value in changes.items() if name not in LINKED}
    before = {name: getattr(held, name) for name in plain if getattr(held, name) != plain[name]}
    _check_life(held, changes)
    for name in before:
        setattr(held, name, plain[name])
    if held.is_key and "is_key" in before:
        check_gate(held)
    if before.keys() & {"kind", "state", "team"}:
        check_kvi(held)
    if before.keys() & {"state", "team"} and held.is_key and held.is_active:
        check_budget(held)
    inputs = held.inputs
    check_derivation(held, user=author.user, changed=before.keys())
    if held.inputs != inputs:  # taken from the formula
        before.setdefault("inputs", inputs)
    if before:
        factor = held.factor
        held.full_clean()
        if held.factor != factor:  # a percentage without a factor is given one
            before.setdefault("factor", factor)
        held.save(update_fields=[*before, "updated_at"])
    return before


@transaction.atomic
def set_target(
    indicator: Indicator,
    target: Target,
    milestones: Iterable[tuple[date, Decimal]] = (),
    *,
    author: Author,
    now: datetime,
) -> Target:
    """Set a target as the next version; one that gives the status ends the one that gave it.

    Raises ValidationError with the fields that cannot be.
    """
    held = _locked(indicator)
    if held.state == Indicator.State.RETIRED:
        raise ValidationError("It is retired and has no further targets.", code="retired")
    target.indicator, target.made_by, target.made_at = held, author.user, now
    steps = list(milestones)
    _refuse_steps(target, steps)
    old = held.targets.judging().first() if target.gives_status else None
    if old is None:
        target.start(held)
    else:
        old.replace(target, now=now)
    Milestone.objects.bulk_create(
        [Milestone(target=target, on=on, value=value) for on, value in steps]
    )
    confirm_target(held, now=now)
    judge_again(held, now=now)
    author.note_on(
        held,
        "target.changed" if old else "target.set",
        version=target.version,
        value=str(target.value if target.value is not None else target.growth),
        before=str(old.value if old.value is not None else old.growth) if old else None,
    )
    return target


def _refuse_steps(target: Target, milestones: list[tuple[date, Decimal]]) -> None:
    """Refuse milestones that do not lead to the target."""
    value = target.as_value(milestones=milestones)
    for problem in target_problems(value, target.indicator.as_definition()):
        if problem.field == "milestones":
            words = ValidationError(problem.detail, code=problem.code)
            raise ValidationError({"milestones": words})


@transaction.atomic
def end_target(target: Target, *, author: Author, now: datetime) -> None:
    """Aim at it no longer."""
    target.end(now=now)
    judge_again(target.indicator, now=now)
    author.note_on(target.indicator, "target.ended", version=target.version)


def confirm_target(indicator: Indicator, *, now: datetime) -> None:
    """Keep that the target holds for the definition as it is now."""
    current = DefinitionVersion.objects.filter(
        indicator=indicator, number=indicator.definition_version, target_confirmed_at=None
    )
    current.update(target_confirmed_at=now)


@transaction.atomic
def retire(
    indicator: Indicator,
    *,
    reason: str,
    author: Author,
    now: datetime,
    successor: Indicator | None = None,
) -> None:
    """End an indicator; repeating it changes nothing."""
    if indicator.state == Indicator.State.RETIRED:
        return
    if successor is not None and successor.pk == indicator.pk:
        raise ValidationError({"successor": "An indicator cannot succeed itself."})
    indicator.retire(reason=reason, now=now, successor=successor)
    judge_again(indicator, now=now)
    author.note_on(
        indicator,
        "indicator.retired",
        reason=reason,
        successor=successor.key if successor else None,
    )


@transaction.atomic
def promote(
    indicator: Indicator,
    *,
    author: Author,
    now: datetime,
    instead_of: Indicator | None = None,
    reason: str = "",
) -> Indicator:
    """Make it a key indicator, perhaps in the place of another of its team, with the reason."""
    indicator.team.hold()  # one at a time counts the budget
    if instead_of is not None:
        demote(instead_of, author=author, now=now, reason=reason)
    return revise(indicator, {"is_key": True}, author=author, now=now)


@transaction.atomic
def demote(indicator: Indicator, *, author: Author, now: datetime, reason: str) -> Indicator:
    """Watch it, but steer on it no longer."""
    revised = revise(indicator, {"is_key": False, "is_omtm": False}, author=author, now=now)
    author.note_on(indicator, "indicator.stepped_down", reason=reason)
    return revised


def judge_again(indicator: Indicator, *, now: datetime) -> None:
    """Ask for a new judgement of it and of what it guards, and wake the worker on commit."""
    guarded = list(Indicator.objects.filter(guard=indicator).values_list("pk", flat=True))
    StaleMark.objects.set_for([indicator.pk, *guarded], now)
    wake.wake_worker_on_commit()


@transaction.atomic
def share_as(
    indicator: Indicator, teams: Iterable[Team], *, kvi_of: Iterable[Team], author: Author
) -> None:
    """Show it on exactly these boards, as the KVI of some of their teams.

    Raises ValidationError where a team has another KVI.
    """
    changed: dict[str, Any] = _share(indicator, teams, author=author)
    wanted = {team.pk for team in kvi_of}
    manages = author.user.reach.teams_for(Action.DEFINE)
    sharings = indicator.sharings.select_related("team").filter(team_id__in=manages)
    for sharing in sharings.order_by("team_id"):
        if sharing.as_kvi is (sharing.team_id in wanted):
            continue
        sharing.as_kvi = not sharing.as_kvi
        if sharing.as_kvi:
            refuse_second_kvi(sharing)
        sharing.save(update_fields=["as_kvi"])
        changed.setdefault("kvi_of" if sharing.as_kvi else "kvi_no_more_of", []).append(
            sharing.team.slug
        )
    if changed:
        author.note_on(indicator, "indicator.shared", **changed)


@transaction.atomic
def save_objective(objective: Objective, *, author: Author) -> Objective:
    """Check and save, a new one with a slug of its own; ValidationError names the fields."""
    action = "objective.changed" if objective.pk else "objective.created"
    objective.slug = objective.slug or free_slug(
        objective.statement, Objective.objects.all(), longest=60, otherwise="objective"
    )
    objective.full_clean()
    objective.save()
    author.note(action, subject=objective.slug, team=objective.team)
    return objective


def _share(indicator: Indicator, teams: Iterable[Team], *, author: Author) -> dict[str, Any]:
    """Show it on exactly these further boards; returns the slugs shared and unshared.

    Teams that the author does not see stay as they are.
    """
    seen = author.user.reach.teams_for(Action.SEE)
    wanted = {team.pk: team for team in teams if team.pk != indicator.team_id}
    held = {x.team_id: x for x in indicator.sharings.select_related("team")}
    gone = [held[pk] for pk in (held.keys() - wanted.keys()) & seen]
    new = [wanted[pk] for pk in wanted.keys() - held.keys()]
    Sharing.objects.filter(pk__in=[x.pk for x in gone]).delete()
    Sharing.objects.bulk_create(
        [Sharing(indicator=indicator, team=team, shared_by=author.user) for team in new]
    )
    found = {"shared": [t.slug for t in new], "unshared": [x.team.slug for x in gone]}
    return {name: slugs for name, slugs in found.items() if slugs}


def _check_life(held: Indicator, changes: Mapping[str, Any]) -> None:
    state = changes.get("state", held.state)
    if held.state == Indicator.State.RETIRED:
        raise ValidationError("It is retired: it stays readable as it was.", code="retired")
    if state == Indicator.State.DRAFT != held.state:
        words = "An active indicator is not a draft again; retire it."
        raise ValidationError({"state": ValidationError(words, code="state")})
    if state == Indicator.State.RETIRED:
        words = "It is retired with a reason, by DELETE or on its page."
        raise ValidationError({"state": ValidationError(words, code="state")})


def _link(indicator: Indicator, changes: Mapping[str, Any], author: Author) -> dict[str, Any]:
    """Write stakeholders and sharings where they are given; returns what changed, as words."""
    changed: dict[str, Any] = {}
    if "stakeholders" in changes:
        indicator.stakeholders.set(changes["stakeholders"])
    if "shared_with" in changes:
        changed = _share(indicator, changes["shared_with"], author=author)
    return changed


def _plain_data(values: Mapping[str, Any]) -> dict[str, Any]:
    """Field values as plain data for the audit trail."""
    plain = (str, int, bool, list, type(None))
    return {k: v if isinstance(v, plain) else str(v) for k, v in values.items()}
