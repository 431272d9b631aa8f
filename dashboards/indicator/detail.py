"""Read the page of an indicator: facts, why, its definition, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from dashboards.board.tiles import for_tiles, judging_target_of, make_tile
from dashboards.indicator.explanation import Phrasing, sentence
from dashboards.indicator.facts import (
    definition_pairs,
    formula_of,
    indicator_facts,
    last_values,
    past_targets,
    past_versions,
    projection,
)
from indicators import lineage
from indicators.deriving import origin_of
from indicators.models import Annotation, Comment, DefinitionVersion, Indicator, Target
from indicators.models.sharing import Sharing
from indicators.smarter import check_definition
from reviews.models import Decision
from teams.access import Action
from teams.models import Organisation, User
from verdicts.models import Analysis
from web.formats import NumberFormat
from web.links import Link, address
from web.wording import Lens

MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """An indicator with what its charts are drawn from."""

    indicator: Indicator
    lens: Lens
    fmt: NumberFormat
    target: Target | None
    result: Mapping[str, Any]
    notes: tuple[Annotation, ...]
    breaks: tuple[tuple[date, str], ...]


def build_detail(indicator: Indicator, *, now: datetime, organisation: Organisation) -> Detail:
    """Read what the charts of an indicator from `with_page` need."""
    lens = Lens.of(organisation, now)
    found = Analysis.objects.filter(indicator=indicator).first()
    judging = judging_target_of(indicator)
    notes = Annotation.objects.on_charts_of(indicator.pk, team=indicator.team_id)
    return Detail(
        indicator=indicator,
        lens=lens,
        fmt=NumberFormat.of(indicator, locale=lens.locale),
        target=next((row for row in indicator.targets.all() if row == judging), None),
        result=found.result if found else {},
        notes=tuple(notes),
        breaks=tuple(
            (row.effective_on, f"Definition {row.number}")
            for row in indicator.versions.all()
            if row.effective_on
        ),
    )


def describe_indicator(detail: Detail, user: User) -> dict[str, Any]:
    """Everything around the chart of an indicator, in a constant number of queries."""
    indicator, lens, fmt, result = detail.indicator, detail.lens, detail.fmt, detail.result
    versions: list[DefinitionVersion] = list(indicator.versions.all())
    related = related_to(indicator, user)
    former = {key for one in versions for key in one.fields.get("inputs") or []}
    named = lineage.seen_keys({*indicator.inputs, *former}, user)
    values = [row["value"] for row in result.get("points") or [] if row["value"] is not None]
    knows_guard = any(row.pk == indicator.guard_id for row in related)
    phrasing = Phrasing(indicator, fmt, lens, knows_guard=knows_guard)
    steps = (result.get("verdict") or {}).get("explain") or []
    links = {row.pk: Link(row.name, address("indicator_detail", row.key)) for row in related}
    drivers = () if indicator.is_derived else indicator.inputs
    return {
        "indicator": indicator,
        "target": detail.target,
        "tile": make_tile(indicator, lens),
        "facts": list(indicator_facts(indicator, detail.target, result, fmt, lens)),
        "projection": projection(indicator, result, fmt, lens),
        "why": [sentence(step, phrasing) for step in steps],
        "computed": computed_words(indicator, lens),
        "pairs": definition_pairs(indicator, lens, seen=seen_words(indicator, user, related)),
        "formula": formula_of(indicator, named),
        "origin": origin_of(indicator, related),
        "smarter": check_definition(indicator, detail.target, values, today=lens.today),
        "drivers": [links[row.pk] for row in related if row.key in drivers],
        "successor": links.get(indicator.successor_id or 0),
        "last": list(last_values(result, fmt, indicator.period, lens)),
        "timeline": build_timeline(indicator, user, detail.notes, lens),
        "targets": list(past_targets(indicator.targets.all(), indicator, lens)),
        "versions": past_versions(versions, lens, named),
        "shared_with": shared_with(indicator, user),
    }


def with_page(*, user: User, key: str) -> QuerySet[Indicator]:
    """The indicator that this person may see, with what its page reads of rows around it."""
    targets = Target.objects.select_related("made_by").prefetch_related("milestones")
    versions = DefinitionVersion.objects.select_related("made_by").order_by("number")
    return (
        for_tiles(Indicator.objects.visible_to(user).filter(key=key))
        .defer(None)
        .select_related("objective", "perspective", "owner")
        .prefetch_related(
            Prefetch("targets", targets.order_by("-version")), Prefetch("versions", versions)
        )
    )


def related_to(indicator: Indicator, user: User) -> Sequence[Indicator]:
    """Inputs, guard and successor, as far as this person may see them."""
    ids = [pk for pk in (indicator.guard_id, indicator.successor_id) if pk]
    if not ids and not indicator.inputs:
        return ()
    seen = Indicator.objects.visible_to(user)
    return list(seen.filter(Q(pk__in=ids) | Q(key__in=indicator.inputs)).order_by("name"))


def seen_words(indicator: Indicator, user: User, related: Sequence[Indicator]) -> dict[str, str]:
    """What the definition names of other things: the guard and the objective, where visible."""
    guard = next((row.name for row in related if row.pk == indicator.guard_id), "")
    objective = indicator.objective
    may_see = objective and user.reach.may(Action.SEE, objective.team_id)
    return {"Guard": guard, "Objective": str(objective) if may_see else ""}


def computed_words(indicator: Indicator, lens: Lens) -> str:
    """When the verdict was computed and from which versions, so that it can be recomputed."""
    verdict = indicator.verdict
    if verdict.computed_at is None:
        return "Not computed yet."
    parts = [f"Computed {lens.clock(verdict.computed_at)}"]
    parts.append(f"definition version {verdict.definition_version}")
    if verdict.target_version is not None:
        parts.append(f"target version {verdict.target_version}")
    return ", ".join(parts) + "."


def shared_with(indicator: Indicator, user: User) -> list[Link]:
    """The further boards it stands on, as far as this person sees those teams."""
    rows = Sharing.objects.filter(indicator=indicator, team__in=user.reach.teams_for(Action.SEE))
    return [
        Link(
            row.team.name + (" (as KVI)" if row.as_kvi else ""),
            address("team_board", row.team.slug),
        )
        for row in rows.select_related("team").order_by("team__name")
    ]


def build_timeline(
    indicator: Indicator, user: User, notes: Sequence[Annotation], lens: Lens
) -> list[dict[str, Any]]:
    """The newest fifty entries this person may see; two queries besides the notes."""
    decisions = Decision.objects.visible_to(user).filter(item__indicator=indicator)
    comments = Comment.objects.visible_to(user).filter(indicator=indicator)
    comments = comments.select_related("author").order_by("-made_at")
    entries = [
        *of_decisions(decisions.select_related("item__review", "owner")[:MOST_ENTRIES], lens),
        *of_notes(notes, lens),
        *of_comments(comments[:MOST_ENTRIES], indicator, lens),
    ]
    return sorted(entries, key=itemgetter("day"), reverse=True)[:MOST_ENTRIES]


def of_decisions(found: Iterable[Decision], lens: Lens) -> Iterable[dict[str, Any]]:
    """Decisions with the review that took them, and what became of their prediction."""
    for decision in found:
        review = decision.item.review
        day = lens.day(lens.local(decision.decided_at).date())
        is_checked = decision.outcome not in ("", Decision.Outcome.WAITING)
        outcome = f"checked: {decision.get_outcome_display().lower()}" if is_checked else ""
        when = [review.title, day, outcome]
        owner = f"Owner: {decision.owner.as_owner}" if decision.owner else ""
        yield {
            "day": decision.decided_at.date(),
            "title": decision.get_kind_display(),
            "when": " · ".join(filter(None, when)),
            "text": " ".join(filter(None, (decision.reason, decision.doing, owner))),
            "decision": True,
            "url": address("review_detail", review.pk),
        }


def of_notes(found: Iterable[Annotation], lens: Lens) -> Iterable[dict[str, Any]]:
    """Events on the time axis; those of the whole team say so."""
    for note in found:
        scope = "Note" if note.indicator_id else "Note of the team"
        when = f"{scope} · {lens.day(note.on)}"
        yield {"day": note.on, "title": note.text, "when": when, "text": ""}


def of_comments(
    found: Iterable[Comment], indicator: Indicator, lens: Lens
) -> Iterable[dict[str, Any]]:
    """Comments on the definition or on a point."""
    for comment in found:
        about = lens.in_sentence(comment.period, indicator.period) if comment.period else ""
        when = [f"on {about}" if about else "", lens.day(lens.local(comment.made_at).date())]
        name = str(comment.author) if comment.author else "Somebody"
        yield {
            "day": comment.made_at.date(),
            "title": f"{name} said",
            "when": " · ".join(filter(None, when)),
            "text": comment.text,
        }
