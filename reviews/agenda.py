"""The agenda: what a team should talk about, in order, with the reason in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from indicators.models import Indicator
from reviews.models import Action, Decision, Review, ReviewItem
from teams.models import Organisation
from verdicts.models import Verdict, VerdictChange
from web.wording import counted

Status, Signal, Group = Verdict.Status, Verdict.Signal, ReviewItem.Group

# How bad; what is missing here says nothing about how it stands.
RANK: Mapping[str, int] = {
    Status.ACHIEVED: 0,
    Status.ON_TRACK: 0,
    Status.MET_AT_COST: 1,
    Status.AT_RISK: 2,
    Status.OFF_TRACK: 3,
}
SILENT = (Status.STALE, Status.NO_DATA)
LONGEST = 300


class Turn(IntEnum):
    """Why something is talked about; the lowest comes first."""

    SIGNAL = 1
    CHANGED = 2
    MISS = 3
    SILENT = 4
    REEVALUATE = 5
    CHECK = 6
    ACTIONS = 7
    ROUTINE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaFacts:
    """What is known of an indicator when the agenda is built.

    `before` is its status at the last review, "" where that is unknown. `check` is what was found
    of the decision whose effect is to be looked at now, "" where nobody knows, None without one.
    `actions` counts promises that are open, `overdue` those too late.
    """

    indicator_id: int
    name: str
    status: str
    signal: str
    severity: int = 0
    reason: str = ""
    before: str = ""
    reevaluate_on: date | None = None
    check: str | None = None
    actions: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One place on the agenda."""

    indicator_id: int
    turn: Turn
    group: str
    reason: str
    order: tuple[int, int, int, str]


def arranged(facts: Iterable[AgendaFacts], today: date) -> list[AgendaEntry]:
    """The agenda in order: what needs talk first, routine variation last."""
    return sorted((entry_of(one, today) for one in facts), key=lambda entry: entry.order)


def entry_of(facts: AgendaFacts, today: date) -> AgendaEntry:
    """Where one indicator stands; its first reason gives the place, all of them are said."""
    # each reason with its urgency within the turn, 0 first
    reasons = [*signal_of(facts), *standing_of(facts), *obligations_of(facts, today)]
    if not reasons:
        routine = facts.reason or Status(facts.status).label
        reasons = [(Turn.ROUTINE, RANK.get(facts.status, 4), routine)]
    turn, urgency, _ = reasons[0]
    group = Group.INFORM if turn is Turn.ROUTINE else Group.TALK
    words = " · ".join(said.rstrip(".") for _, _, said in reasons if said)
    order = (int(turn), urgency, -facts.severity, facts.name.lower())
    return AgendaEntry(facts.indicator_id, turn, group.value, words[:LONGEST], order)


def signal_of(facts: AgendaFacts) -> Iterable[tuple[Turn, int, str]]:
    """What the process-behaviour rules found."""
    if facts.signal == Signal.DETERIORATING:
        yield Turn.SIGNAL, 0, "Getting worse"
    elif facts.signal == Signal.IMPROVING:
        yield Turn.SIGNAL, 1, "Getting better"


def standing_of(facts: AgendaFacts) -> Iterable[tuple[Turn, int, str]]:
    """How it stands against its target, and what that was last time."""
    now, then = RANK.get(facts.status), RANK.get(facts.before)
    word = Status(facts.status).label
    if facts.status in SILENT:
        yield Turn.SILENT, SILENT.index(Status(facts.status)), facts.reason or word
    elif now is not None and then is not None and now != then:
        was = Status(facts.before).label.lower()
        yield Turn.CHANGED, int(now < then), f"{word}, was {was}"
    elif now:
        yield Turn.MISS, -now, facts.reason or word


def obligations_of(facts: AgendaFacts, today: date) -> Iterable[tuple[Turn, int, str]]:
    """What was promised: to think again, to look at an effect, to have done something."""
    if facts.reevaluate_on is not None and facts.reevaluate_on <= today:
        on = facts.reevaluate_on
        yield Turn.REEVALUATE, 0, f"Re-evaluation due since {on.day} {on:%B}"
    if facts.check is not None:
        yield Turn.CHECK, 0, f"Effect of the last decision: {facts.check or 'to be looked at'}"
    if facts.actions:
        late = f", {facts.overdue} overdue" if facts.overdue else ""
        yield Turn.ACTIONS, int(not facts.overdue), counted(facts.actions, "open action") + late


def build_agenda(review: Review, now: datetime) -> list[AgendaEntry]:
    """The agenda of a review's team as things stand at `now`, in a constant number of queries.

    An individual's indicator stays between few people.
    """
    today = now.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    board = Indicator.objects.on_board_of(review.team).exclude(level=Indicator.Level.INDIVIDUAL)
    indicators = list(board.select_related("verdict"))
    ids = [indicator.pk for indicator in indicators]
    before = statuses_before(review, ids)
    checks = due_checks(ids, today)
    opened = Action.objects.open().filter(decision__item__indicator__in=ids)
    actions: dict[int, list[date | None]] = defaultdict(list)  # when those of each are due
    for indicator_id, due_on in opened.values_list("decision__item__indicator_id", "due_on"):
        actions[indicator_id].append(due_on)
    facts = [
        AgendaFacts(
            indicator_id=one.pk,
            name=one.name,
            status=one.verdict.status,
            signal=one.verdict.signal,
            severity=one.verdict.severity,
            reason=one.verdict.reason,
            before=before.get(one.pk, ""),
            reevaluate_on=one.reevaluate_on,
            check=checks.get(one.pk),
            actions=len(actions[one.pk]),
            overdue=sum(due is not None and due < today for due in actions[one.pk]),
        )
        for one in indicators
    ]
    return arranged(facts, today)


def statuses_before(review: Review, indicator_ids: list[int]) -> dict[int, str]:
    """The status that each had at the last review; what was not there then is left out."""
    earlier = Review.objects.filter(team_id=review.team_id, scheduled_at__lt=review.scheduled_at)
    last = earlier.exclude(pk=review.pk).order_by("-scheduled_at", "-pk").first()
    if last is None:
        return {}
    frozen = dict(last.items.exclude(status="").values_list("indicator_id", "status"))
    if last.closed_at is not None:
        return frozen
    current = Verdict.objects.filter(pk__in=indicator_ids).values_list("pk", "status")
    changes = VerdictChange.objects.filter(indicator__in=indicator_ids, at__gt=last.scheduled_at)
    newest_first = changes.order_by("-at", "-pk").values_list("indicator_id", "from_status")
    return {**dict(current), **dict(newest_first)}  # the oldest change is written last


def due_checks(indicator_ids: list[int], today: date) -> dict[int, str]:
    """What the clock found (or "") of each newest decision whose day of looking has come."""
    newer = Decision.objects.filter(
        item__indicator=OuterRef("item__indicator"), decided_at__gt=OuterRef("decided_at")
    )
    due = Decision.objects.filter(item__indicator__in=indicator_ids, check_on__lte=today)
    found = due.exclude(Exists(newer)).select_related("item")
    return {one.item.indicator_id: one.get_outcome_display().lower() for one in found}
