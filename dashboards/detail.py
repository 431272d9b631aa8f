"""The data of an indicator's page: facts, the chart of a tab, why, and all that surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from dashboards.definition import (
    Pair,
    PastTarget,
    PastVersion,
    definition_pairs,
    formula_of,
    past_targets,
    past_versions,
    smarter_of,
)
from dashboards.explanation import Reading, explained
from dashboards.facts import Last, facts, last_values, projection
from dashboards.hero import Fact
from dashboards.links import indicator_address
from dashboards.tiles import Link, Tile, for_tiles, target_of, tile
from dashboards.timeline import Entry, build_timeline
from indicators import lineage
from indicators.deriving import Origin, origin_of
from indicators.models import Annotation, DefinitionVersion, Indicator, Target
from indicators.models.sharing import Sharing
from indicators.smarter import Check
from teams.access import Action
from teams.models import Organisation, User
from verdicts.models import Analysis
from web.formats import NumberFormat
from web.links import address
from web.wording import Lens


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Everything around the chart of an indicator."""

    indicator: Indicator
    lens: Lens
    fmt: NumberFormat
    tile: Tile
    target: Target | None
    result: Mapping[str, Any]
    notes: tuple[Annotation, ...]
    breaks: tuple[tuple[date, str], ...]
    facts: tuple[Fact, ...]
    projection: str
    why: tuple[str, ...]
    computed: str
    pairs: tuple[Pair, ...]
    formula: str
    origin: Origin | None
    smarter: Check
    drivers: tuple[Link, ...]
    successor: Link | None
    last: tuple[Last, ...]
    timeline: tuple[Entry, ...]
    targets: tuple[PastTarget, ...]
    versions: tuple[PastVersion, ...]
    shared_with: tuple[Link, ...]


def build_detail(
    indicator: Indicator, user: User, *, now: datetime, organisation: Organisation
) -> Detail:
    """The page of an indicator from `with_page`; a constant number of queries."""
    lens = Lens.of(organisation, now)
    fmt = NumberFormat.of(indicator, locale=lens.locale)
    found = Analysis.objects.filter(indicator=indicator).first()
    result: Mapping[str, Any] = found.result if found else {}
    targets = list(indicator.targets.all())
    target = next((row for row in targets if row == target_of(indicator)), None)
    versions: list[DefinitionVersion] = list(indicator.versions.all())
    notes = tuple(notes_on(indicator=indicator.pk, team=indicator.team_id))
    related = related_to(indicator, user)
    named = lineage.seen_keys(former_inputs(indicator, versions), user)
    values = [row["value"] for row in result.get("points") or [] if row["value"] is not None]
    knows_guard = any(row.pk == indicator.guard_id for row in related)
    reading = Reading(indicator, fmt, lens, knows_guard=knows_guard)
    return Detail(
        indicator=indicator,
        lens=lens,
        fmt=fmt,
        tile=tile(indicator, lens),
        target=target,
        result=result,
        notes=notes,
        breaks=tuple(breaks(versions)),
        facts=tuple(facts(indicator, target, result, fmt, lens)),
        projection=projection(indicator, result, fmt, lens),
        why=tuple(explained((result.get("verdict") or {}).get("explain") or [], reading)),
        computed=computed(indicator, lens),
        pairs=tuple(definition_pairs(indicator, lens, seen=seen_words(indicator, user, related))),
        formula=formula_of(indicator, named),
        origin=origin_of(indicator, related),
        smarter=smarter_of(indicator, target, values, lens),
        drivers=tuple(drivers(indicator, related)),
        successor=next((as_link(row) for row in related if row.pk == indicator.successor_id), None),
        last=tuple(last_values(result, fmt, indicator.period, lens)),
        timeline=tuple(build_timeline(indicator, user, notes, lens)),
        targets=tuple(past_targets(targets, indicator, lens)),
        versions=tuple(past_versions(versions, lens, named)),
        shared_with=tuple(shared_with(indicator, user)),
    )


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


def notes_on(*, indicator: int, team: int) -> QuerySet[Annotation]:
    """What happened, as its chart marks it."""
    return Annotation.objects.on_charts_of(indicator, team=team)


def related_to(indicator: Indicator, user: User) -> Sequence[Indicator]:
    """Inputs, guard and successor, as far as this person may see them."""
    ids = [pk for pk in (indicator.guard_id, indicator.successor_id) if pk]
    if not ids and not indicator.inputs:
        return ()
    seen = Indicator.objects.visible_to(user)
    return list(seen.filter(Q(pk__in=ids) | Q(key__in=indicator.inputs)).order_by("name"))


def drivers(indicator: Indicator, related: Iterable[Indicator]) -> Iterator[Link]:
    """What moves it, where its values are measured; what they are computed from is told apart."""
    if not indicator.is_derived:
        yield from (as_link(row) for row in related if row.key in indicator.inputs)


def former_inputs(indicator: Indicator, versions: Sequence[DefinitionVersion]) -> set[str]:
    """The keys of all that it is, or once was, computed from."""
    return {*indicator.inputs, *(key for one in versions for key in one.fields.get("inputs") or [])}


def seen_words(indicator: Indicator, user: User, related: Sequence[Indicator]) -> dict[str, str]:
    """What the definition names of other things: the guard and the objective, where visible."""
    guard = next((row.name for row in related if row.pk == indicator.guard_id), "")
    objective = indicator.objective
    may_see = objective and user.reach.may(Action.SEE, objective.team_id)
    return {"Guard": guard, "Objective": str(objective) if may_see else ""}


def as_link(indicator: Indicator) -> Link:
    """Its name and page."""
    return Link(indicator.name, indicator_address(indicator))


def breaks(versions: Sequence[DefinitionVersion]) -> list[tuple[date, str]]:
    """From when on which definition holds, for those that took effect on a day."""
    return [(row.effective_on, f"Definition {row.number}") for row in versions if row.effective_on]


def computed(indicator: Indicator, lens: Lens) -> str:
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
    return [
        Link(
            row.team.name + (" (as KVI)" if row.as_kvi else ""),
            address("team_board", row.team.slug),
        )
        for row in sharings_of(user=user, indicator=indicator.pk)
    ]


def sharings_of(*, user: User, indicator: int) -> QuerySet[Sharing]:
    """With whom it is shared, by the names of the teams."""
    seen = Sharing.objects.filter(team__in=user.reach.teams_for(Action.SEE))
    return seen.filter(indicator=indicator).select_related("team").order_by("team__name")
