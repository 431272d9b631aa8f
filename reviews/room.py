"""The page of a meeting: agenda, the number in the middle, and what is written about it.

An open review is drawn from a snapshot taken now, a closed one from the snapshot that was frozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch

from indicators.models import Annotation
from reviews.invitations import attendees
from reviews.models import Decision, Review, ReviewItem
from reviews.snapshots import (
    Snapshot,
    as_number,
    changed_since,
    frozen_target,
    indicator_of,
    number_format,
    snapshots,
)
from teams.models import Organisation, User
from verdicts.pictures import Chart, chart_data, legend
from verdicts.process import headline
from web import charts
from web.formats import Figure, NumberFormat, change, distance, figure, written
from web.links import address
from web.wording import Lens, as_date, as_moment

FACES = 4
# as wide as the middle of a usual screen, so that its text stays 11 px
STAGE = charts.Size(672, 350, "wide")
SHORT_UNIT = 3


def build_room(review: Review, user: User, *, asked: str, now: datetime) -> dict[str, Any]:
    """Build the page as this person may see it; its number of queries does not grow with it."""
    organisation = Organisation.current()
    lens = Lens.of(organisation, review.closed_at or now)
    items = items_of(review, user)
    current = chosen_item(items, asked)
    people = attendees(review)
    groups = agenda_groups(items, current, organisation.locale)
    points = [point for group in groups for point in group["points"]]
    place = next((number for number, point in enumerate(points) if point["is_current"]), 0)
    talk = [item for item in items if item.group == ReviewItem.Group.TALK]
    done = sum(is_decided(item) for item in talk)
    return {
        "review": review,
        "when": lens.clock(review.scheduled_at),
        "groups": groups,
        "stage": staged(review, [current], lens, now)[0] if current else None,
        "done": done,
        "total": len(talk),
        "share": 160 * done // len(talk) if talk else 160,  # how far the bar reaches, of 160
        "faces": tuple(person.initials for person in people[:FACES]),
        "more_faces": max(0, len(people) - FACES),
        "next_url": points[place + 1]["url"] if place + 1 < len(points) else "",
        "previous_url": points[place - 1]["url"] if place else "",
    }


def items_of(review: Review, user: User) -> list[ReviewItem]:
    """Read the agenda as far as this person may see the indicators on it."""
    mine = ReviewItem.objects.visible_to(user).filter(review=review).order_by("position", "pk")
    decisions = Prefetch("decisions", Decision.objects.select_related("owner"))
    return list(mine.select_related("indicator__verdict").prefetch_related(decisions))


def is_decided(item: ReviewItem) -> bool:
    """Whether an item from `items_of` has a decision of this meeting."""
    return bool(item.decisions.all())


def chosen_item(items: Sequence[ReviewItem], asked: str) -> ReviewItem | None:
    """The item asked for; otherwise the first that needs a decision, or simply the first."""
    by_id = {str(item.pk): item for item in items}
    waiting = (i for i in items if i.group == ReviewItem.Group.TALK and not is_decided(i))
    return by_id.get(asked) or next(waiting, items[0] if items else None)


def item_url(item: ReviewItem) -> str:
    """The page with this item in the middle."""
    return address("review_detail", item.review_id, item=item.pk)


def agenda_groups(
    items: Sequence[ReviewItem], current: ReviewItem | None, locale: str
) -> list[dict[str, Any]]:
    """The three groups of the agenda; empty ones are left out."""
    groups: dict[str, list[dict[str, Any]]] = {
        "Done": [],
        **{g.label: [] for g in ReviewItem.Group},
    }
    for item in items:
        title = "Done" if is_decided(item) else item.get_group_display()
        groups[title].append(agenda_point(item, locale, is_current=item == current))
    return [
        {"title": title, "points": points, "is_done": title == "Done"}
        for title, points in groups.items()
        if points
    ]


def agenda_point(item: ReviewItem, locale: str, *, is_current: bool) -> dict[str, Any]:
    """One line: what was frozen, or what the tile shows now."""
    verdict, found, decisions = item.indicator.verdict, item.frozen, item.decisions.all()
    fmt = number_format(found) if found else NumberFormat.of(item.indicator, locale=locale)
    value = figure(as_number(found["value"]) if found else verdict.value, fmt)
    return {
        "name": found["name"] if found else item.indicator.name,
        # the first reason gave the item its place; the middle of the page says all of them
        "reason": decisions[0].get_kind_display() if decisions else item.reason.split(" · ")[0],
        "status": found["status"] if found else verdict.status,
        "value": value if len(value.unit) <= SHORT_UNIT else Figure(value.number),
        "url": item_url(item),
        "is_current": is_current,
    }


def staged(
    review: Review, items: Sequence[ReviewItem], lens: Lens, now: datetime
) -> list[dict[str, Any]]:
    """The middle of the page for each item: frozen where the review is closed, else as of now."""
    live = snapshots(review, items, now) if review.is_open else {}
    since = {} if review.is_open else changed_since(items)
    return [
        stage_of(item, live.get(item.pk) or item.frozen or {}, since.get(item.pk, []), lens)
        for item in items
    ]


def stage_of(item: ReviewItem, found: Snapshot, since: list[str], lens: Lens) -> dict[str, Any]:
    """One item from its snapshot."""
    fmt = number_format(found)
    value = as_number(found["value"])
    on = as_date(found["period"])
    before = lens.in_sentence(lens.before(on, found["grain"]), found["grain"]) if on else ""
    return {
        "pk": item.pk,
        "found": found,
        "value": figure(value, fmt),
        "change": change(
            value,
            as_number(found["previous"]),
            fmt,
            direction=found["direction"],
            noise=found["signal"] == "steady",
            compared=f"vs {before}",
        ),
        "facts": tuple(facts_of(found, lens)),
        "chart": chart_of(found, lens),
        "recall": recall_in_words(found, lens),
        "commented_at": as_moment(found["commented_at"]),
        "since": tuple(since),
        "decisions": tuple(decision_in_words(one, found, lens) for one in found["decisions"]),
    }


def decision_in_words(decision: Snapshot, found: Snapshot, lens: Lens) -> Snapshot:
    """A decision from its snapshot, its numbers and days written out."""
    effect, check = as_number(decision["expected_effect"]), as_date(decision["check_on"])
    written_out = "" if effect is None else distance(effect, number_format(found), signed=True)
    return decision | {"effect": str(written_out), "check": lens.day(check) if check else ""}


def facts_of(found: Snapshot, lens: Lens) -> list[dict[str, str]]:
    """Target, what is expected by now, and what the process says."""
    fmt, target = number_format(found), found["target"]
    facts = []
    if target:
        due = as_date(target["due_on"])
        term = f"Target, {lens.day(due)}" if due else "Target"
        facts.append({"term": term, "figure": target["words"]})
    expected = as_number(found["expected"])
    if target and target["kind"] != "standing" and expected is not None:
        facts.append({"term": "Planned by now", "figure": written(expected, fmt)})
    if found["analysis"]:
        said = headline(found["analysis"], found["grain"], lens).title
        facts.append({"term": "Signal", "figure": said})
    return facts


def chart_of(found: Snapshot, lens: Lens) -> Chart | None:
    """The process behaviour chart; None before anything was judged."""
    result = found["analysis"]
    if not result:
        return None
    indicator = indicator_of(found)
    data = chart_data(
        indicator,
        result,
        lens,
        target=frozen_target(found, indicator),
        notes=[
            Annotation(on=date.fromisoformat(note["on"]), text=note["text"])
            for note in found.get("notes") or []
        ],
        shows=frozenset({"target", "limits"}),
    )
    return Chart(
        wide=charts.xmr_chart(data, STAGE),
        narrow=charts.xmr_chart(data, charts.NARROW),
        legend=legend(data),
        notes=tuple(note.text for note in data.notes),
        name=found["key"],
    )


def recall_in_words(found: Snapshot, lens: Lens) -> dict[str, str] | None:
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
    return {
        "when": f"{last['word']} in {last['review']}",
        "decided": " ".join(filter(None, parts)),
        "happened": happened(found, last, lens),
    }


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
