"""Read the page of an indicator: facts, why, its definition, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from dashboards.board.hero import Fact
from dashboards.board.tiles import Tile, for_tiles, judging_target_of, make_tile
from dashboards.frame import board_address, indicator_address
from dashboards.indicator.definition import (
    definition_pairs,
    formula_of,
    past_targets,
    past_versions,
)
from dashboards.indicator.explanation import Phrasing, sentence
from dashboards.indicator.facts import indicator_facts, last_values, projection
from indicators import lineage
from indicators.coaching import draft_with
from indicators.deriving.telling import Origin, origin_of
from indicators.models import Annotation, Comment, DefinitionVersion, Indicator, Target
from indicators.models.sharing import Sharing
from indicators.smarter import Check, check
from reviews.models import Decision
from teams.access import Action
from teams.models import Organisation, User
from verdicts.models import Analysis
from web.formats import NumberFormat
from web.links import Link, address
from web.wording import Lens

MOST_ENTRIES = 50
OUTCOMES: Mapping[str, str] = {
    Decision.Outcome.MOVED: "checked: moved beyond limits",
    Decision.Outcome.NOTHING: "checked: no detectable effect",
    Decision.Outcome.OPPOSITE: "checked: moved the other way",
    Decision.Outcome.EARLY: "checked: too early to say",
}


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
    pairs: tuple[tuple[str, str], ...]
    formula: str
    origin: Origin | None
    smarter: Check
    drivers: tuple[Link, ...]
    successor: Link | None
    last: tuple[dict[str, str], ...]
    timeline: tuple[TimelineEntry, ...]
    targets: tuple[dict[str, Any], ...]
    versions: tuple[dict[str, Any], ...]
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
    target = next((row for row in targets if row == judging_target_of(indicator)), None)
    versions: list[DefinitionVersion] = list(indicator.versions.all())
    notes = tuple(Annotation.objects.on_charts_of(indicator.pk, team=indicator.team_id))
    related = related_to(indicator, user)
    former = {key for one in versions for key in one.fields.get("inputs") or []}
    named = lineage.seen_keys({*indicator.inputs, *former}, user)
    values = [row["value"] for row in result.get("points") or [] if row["value"] is not None]
    knows_guard = any(row.pk == indicator.guard_id for row in related)
    phrasing = Phrasing(indicator, fmt, lens, knows_guard=knows_guard)
    steps = (result.get("verdict") or {}).get("explain") or []
    links = {row.pk: Link(row.name, indicator_address(row)) for row in related}
    drivers = () if indicator.is_derived else indicator.inputs
    return Detail(
        indicator=indicator,
        lens=lens,
        fmt=fmt,
        tile=make_tile(indicator, lens),
        target=target,
        result=result,
        notes=notes,
        breaks=tuple(
            (row.effective_on, f"Definition {row.number}") for row in versions if row.effective_on
        ),
        facts=tuple(indicator_facts(indicator, target, result, fmt, lens)),
        projection=projection(indicator, result, fmt, lens),
        why=tuple(sentence(step, phrasing) for step in steps),
        computed=computed_words(indicator, lens),
        pairs=tuple(definition_pairs(indicator, lens, seen=seen_words(indicator, user, related))),
        formula=formula_of(indicator, named),
        origin=origin_of(indicator, related),
        smarter=check(draft_with(indicator, target, values), today=lens.today),
        drivers=tuple(links[row.pk] for row in related if row.key in drivers),
        successor=links.get(indicator.successor_id or 0),
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
        Link(row.team.name + (" (as KVI)" if row.as_kvi else ""), board_address(row.team))
        for row in rows.select_related("team").order_by("team__name")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened, as the timeline component shows it."""

    at: datetime | date
    title: str
    when: str
    text: str
    decision: bool = False
    url: str = ""

    @property
    def day(self) -> date:
        """What it is sorted by."""
        return self.at.date() if isinstance(self.at, datetime) else self.at


def build_timeline(
    indicator: Indicator, user: User, notes: Sequence[Annotation], lens: Lens
) -> list[TimelineEntry]:
    """The newest fifty entries this person may see; two queries besides the notes."""
    decisions = Decision.objects.visible_to(user).filter(item__indicator=indicator)
    comments = Comment.objects.visible_to(user).filter(indicator=indicator)
    comments = comments.select_related("author").order_by("-made_at")
    entries = [
        *of_decisions(decisions.select_related("item__review", "owner")[:MOST_ENTRIES], lens),
        *of_notes(notes, lens),
        *of_comments(comments[:MOST_ENTRIES], indicator, lens),
    ]
    return sorted(entries, key=lambda entry: entry.day, reverse=True)[:MOST_ENTRIES]


def of_decisions(found: Iterable[Decision], lens: Lens) -> Iterable[TimelineEntry]:
    """Decisions with the review that took them, and what became of their prediction."""
    for decision in found:
        review = decision.item.review
        day = lens.day(lens.local(decision.decided_at).date())
        when = [review.title, day, OUTCOMES.get(decision.outcome, "")]
        owner = f"Owner: {decision.owner.as_owner}" if decision.owner else ""
        yield TimelineEntry(
            at=decision.decided_at,
            title=decision.get_kind_display(),
            when=" · ".join(filter(None, when)),
            text=" ".join(filter(None, (decision.reason, decision.doing, owner))),
            decision=True,
            url=address("review_detail", review.pk),
        )


def of_notes(found: Iterable[Annotation], lens: Lens) -> Iterable[TimelineEntry]:
    """Events on the time axis; those of the whole team say so."""
    for note in found:
        scope = "Note" if note.indicator_id else "Note of the team"
        yield TimelineEntry(
            at=note.on, title=note.text, when=f"{scope} · {lens.day(note.on)}", text=""
        )


def of_comments(
    found: Iterable[Comment], indicator: Indicator, lens: Lens
) -> Iterable[TimelineEntry]:
    """Comments on the definition or on a point."""
    for comment in found:
        about = lens.in_sentence(comment.period, indicator.period) if comment.period else ""
        when = [f"on {about}" if about else "", lens.day(lens.local(comment.made_at).date())]
        name = str(comment.author) if comment.author else "Somebody"
        yield TimelineEntry(
            at=comment.made_at,
            title=f"{name} said",
            when=" · ".join(filter(None, when)),
            text=comment.text,
        )
