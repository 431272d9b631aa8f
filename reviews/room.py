"""The page of a meeting: agenda, the number in the middle, and what is written about it.

An open review is drawn from a snapshot taken now, a closed one from the snapshot that was frozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from reviews import frozen
from reviews.corrections import changed_since
from reviews.invitations import attendees
from reviews.models import Action, Decision, Review, ReviewItem
from reviews.snapshots import Snapshot, as_number, number_format, snapshots
from teams.models import Organisation, User
from verdicts.pictures import Chart, chart_data, legend
from verdicts.process import headline
from web import charts
from web.formats import Change, Figure, NumberFormat, change, distance, figure, written
from web.wording import Lens, as_date, as_moment

FACES = 4
# as wide as the middle of a usual screen, so that its text stays 11 px
STAGE = charts.Size(672, 350, "wide")
SHORT_UNIT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaPoint:
    """One line of the agenda."""

    pk: int
    name: str
    reason: str
    status: str
    value: Figure
    url: str
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class AgendaGroup:
    """A heading of the agenda with its lines."""

    title: str
    points: tuple[AgendaPoint, ...]
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class StageFact:
    """A figure beside the big number."""

    term: str
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the middle of the page shows of one item."""

    pk: int
    found: Snapshot
    value: Figure
    change: Change | None
    facts: tuple[StageFact, ...]
    chart: Chart | None
    recall: Recall | None
    commented_at: datetime | None
    since: tuple[str, ...]
    decisions: tuple[Resolved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A decision in words."""

    word: str
    reason: str
    doing: str
    owner: str
    by: str
    effect: str
    check: str


@dataclass(frozen=True, slots=True)
class Recall:
    """What was decided last time, and what happened since."""

    when: str
    decided: str
    happened: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The whole page."""

    review: Review
    when: str
    groups: tuple[AgendaGroup, ...]
    stage: Stage | None
    done: int
    total: int
    faces: tuple[str, ...]
    more_faces: int
    next_url: str
    previous_url: str

    @property
    def share(self) -> int:
        """How far the bar reaches, of 160."""
        return 160 * self.done // self.total if self.total else 160


def build_room(review: Review, user: User, *, asked: str, now: datetime) -> Room:
    """The page as this person may see it, in a number of queries that does not grow with it."""
    organisation = Organisation.current()
    lens = Lens.of(organisation, review.closed_at or now)
    items = items_of(review, user)
    current = chosen_item(items, asked)
    people = attendees(review)
    urls = [item_url(item) for item in in_agenda_order(items)]
    place = urls.index(item_url(current)) if current else 0
    talk = [item for item in items if item.group == ReviewItem.Group.TALK]
    return Room(
        review=review,
        when=lens.clock(review.scheduled_at),
        groups=agenda_groups(items, current, organisation.locale),
        stage=staged(review, [current], lens, now)[0] if current else None,
        done=sum(is_decided(item) for item in talk),
        total=len(talk),
        faces=tuple(person.initials for person in people[:FACES]),
        more_faces=max(0, len(people) - FACES),
        next_url=urls[place + 1] if place + 1 < len(urls) else "",
        previous_url=urls[place - 1] if place else "",
    )


def items_of(review: Review, user: User) -> list[ReviewItem]:
    """The agenda as far as this person may see the indicators on it."""
    decisions = Decision.objects.select_related("owner").order_by("-decided_at", "-pk")
    mine = ReviewItem.objects.visible_to(user).filter(review=review).order_by("position", "pk")
    return list(
        mine.select_related("indicator__verdict").prefetch_related(
            Prefetch("decisions", decisions, to_attr="decided")
        )
    )


def decisions_of(item: ReviewItem) -> Sequence[Decision]:
    """The item's decisions of this meeting, as `items_of` brought them."""
    found: Sequence[Decision] = item.decided  # type: ignore[attr-defined]
    return found


def is_decided(item: ReviewItem) -> bool:
    """Whether there is a decision."""
    return bool(decisions_of(item))


def chosen_item(items: Sequence[ReviewItem], asked: str) -> ReviewItem | None:
    """The item asked for; otherwise the first that needs a decision, or simply the first."""
    by_id = {str(item.pk): item for item in items}
    waiting = (i for i in items if i.group == ReviewItem.Group.TALK and not is_decided(i))
    return by_id.get(asked) or next(waiting, items[0] if items else None)


def in_agenda_order(items: Sequence[ReviewItem]) -> list[ReviewItem]:
    """As the agenda shows them: done, needs a decision, for information."""
    return sorted(
        items, key=lambda i: (not is_decided(i), i.group == ReviewItem.Group.INFORM, i.position)
    )


def item_url(item: ReviewItem) -> str:
    """The page with this item in the middle."""
    return f"{reverse('review_detail', args=[item.review_id])}?item={item.pk}"


def agenda_groups(
    items: Sequence[ReviewItem], current: ReviewItem | None, locale: str
) -> tuple[AgendaGroup, ...]:
    """The three groups of the agenda; empty ones are left out."""
    points = [(item, agenda_point(item, current, locale)) for item in items]
    done = tuple(p for i, p in points if is_decided(i))
    rest = [(i, p) for i, p in points if not is_decided(i)]
    talk = tuple(p for i, p in rest if i.group == ReviewItem.Group.TALK)
    inform = tuple(p for i, p in rest if i.group == ReviewItem.Group.INFORM)
    found = (
        AgendaGroup("Done", done, is_done=True),
        AgendaGroup(ReviewItem.Group.TALK.label, talk),
        AgendaGroup(ReviewItem.Group.INFORM.label, inform),
    )
    return tuple(group for group in found if group.points)


def agenda_point(item: ReviewItem, current: ReviewItem | None, locale: str) -> AgendaPoint:
    """One line: what was frozen, or what the tile shows now."""
    verdict, found = item.indicator.verdict, item.frozen
    fmt = number_format(found) if found else NumberFormat.of(item.indicator, locale=locale)
    value = as_number(found["value"]) if found else verdict.value
    decisions = decisions_of(item)
    return AgendaPoint(
        pk=item.pk,
        name=found["name"] if found else item.indicator.name,
        reason=decisions[0].get_kind_display() if decisions else first_reason(item),
        status=found["status"] if found else verdict.status,
        value=short_figure(figure(value, fmt)),
        url=item_url(item),
        is_done=bool(decisions),
        is_current=item == current,
    )


def first_reason(item: ReviewItem) -> str:
    """The reason that gave the item its place; the middle of the page says all of them."""
    return item.reason.split(" · ")[0]


def short_figure(value: Figure) -> Figure:
    """The number for a narrow column: its unit only where that is a sign or a few letters."""
    return value if len(value.unit) <= SHORT_UNIT else Figure(value.number)


def staged(review: Review, items: Sequence[ReviewItem], lens: Lens, now: datetime) -> list[Stage]:
    """The middle of the page for each item: frozen where the review is closed, else as of now."""
    live = snapshots(review, items, now) if review.is_open else {}
    since = {} if review.is_open else changed_since(items)
    return [
        stage_of(item, live.get(item.pk) or item.frozen or {}, since.get(item.pk, []), lens)
        for item in items
    ]


def stage_of(item: ReviewItem, found: Snapshot, since: list[str], lens: Lens) -> Stage:
    """One item from its snapshot."""
    fmt = number_format(found)
    value = as_number(found["value"])
    on = as_date(found["period"])
    before = lens.in_sentence(lens.before(on, found["grain"]), found["grain"]) if on else ""
    return Stage(
        pk=item.pk,
        found=found,
        value=figure(value, fmt),
        change=change(
            value,
            as_number(found["previous"]),
            fmt,
            direction=found["direction"],
            noise=found["signal"] == "steady",
            compared=f"vs {before}",
        ),
        facts=tuple(facts_of(found, lens)),
        chart=chart_of(found, lens),
        recall=recall_in_words(found, lens),
        commented_at=as_moment(found["commented_at"]),
        since=tuple(since),
        decisions=tuple(decision_in_words(one, found, lens) for one in found["decisions"]),
    )


def decision_in_words(decision: Snapshot, found: Snapshot, lens: Lens) -> Resolved:
    """A decision from its snapshot, its numbers and days written out."""
    effect, check = as_number(decision["expected_effect"]), as_date(decision["check_on"])
    return Resolved(
        word=decision["word"],
        reason=decision["reason"],
        doing=decision["doing"],
        owner=decision["owner"],
        by=decision["decided_by"],
        effect="" if effect is None else str(distance(effect, number_format(found), signed=True)),
        check=lens.day(check) if check else "",
    )


def facts_of(found: Snapshot, lens: Lens) -> list[StageFact]:
    """Target, what is expected by now, and what the process says."""
    fmt, target = number_format(found), found["target"]
    facts = []
    if target:
        due = as_date(target["due_on"])
        facts.append(StageFact(f"Target, {lens.day(due)}" if due else "Target", target["words"]))
    expected = as_number(found["expected"])
    if target and target["kind"] != "standing" and expected is not None:
        facts.append(StageFact("Planned by now", written(expected, fmt)))
    if found["analysis"]:
        facts.append(StageFact("Signal", headline(found["analysis"], found["grain"], lens).title))
    return facts


def chart_of(found: Snapshot, lens: Lens) -> Chart | None:
    """The process behaviour chart; None before anything was judged."""
    result = found["analysis"]
    if not result:
        return None
    indicator = frozen.indicator_of(found)
    data = chart_data(
        indicator,
        result,
        lens,
        target=frozen.target_of(found, indicator),
        notes=frozen.notes_of(found),
        shows=frozenset({"target", "limits"}),
    )
    return Chart(
        wide=charts.xmr_chart(data, STAGE),
        narrow=charts.xmr_chart(data, charts.NARROW),
        legend=legend(data),
        notes=tuple(note.text for note in data.notes),
        name=found["key"],
    )


def recall_in_words(found: Snapshot, lens: Lens) -> Recall | None:
    """The last decision in words, beside what came of it as far as anybody knows."""
    last = found.get("recall")
    if not last:
        return None
    fmt = number_format(found)
    effect = as_number(last["expected_effect"])
    parts = [last["reason"], last["doing"]]
    if effect is not None:
        by = as_date(last["check_on"])
        until = f" by {lens.day(by)}" if by else ""
        parts.append(f"Expected effect: {distance(effect, fmt, signed=True)}{until}.")
    return Recall(
        when=f"{last['word']} in {last['review']}",
        decided=" ".join(filter(None, parts)),
        happened=happened(found, last, lens),
    )


def happened(found: Snapshot, last: dict[str, Any], lens: Lens) -> str:
    """What the clock found, and the value then and now."""
    fmt, then, now = number_format(found), as_number(last["value_then"]), as_number(found["value"])
    parts = [f"{last['outcome_word']}." if last["outcome_word"] else ""]
    if then is not None and now is not None:
        parts.append(f"It was {written(then, fmt)} then and is {written(now, fmt)} now.")
    check = as_date(last["check_on"])
    if not last["outcome_word"] and check and check > lens.today:
        parts.append(f"The effect is checked on {lens.day(check)}.")
    return " ".join(filter(None, parts)) or "Nothing is known about its effect."


def earlier_actions(review: Review, user: User) -> list[Action]:
    """Promises of earlier meetings of the team that are still open."""
    rows = Action.objects.visible_to(user).open().filter(review__team=review.team_id)
    return list(rows.exclude(review=review).select_related("review", "owner"))
