"""What happened to an indicator, newest first: decisions, notes, and what people said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from indicators.models import Annotation, Comment, Indicator
from reviews.models import Decision
from teams.models import User
from web.links import address
from web.wording import Lens

MOST_ENTRIES = 50
OUTCOMES = {
    Decision.Outcome.MOVED: "checked: moved beyond limits",
    Decision.Outcome.NOTHING: "checked: no detectable effect",
    Decision.Outcome.OPPOSITE: "checked: moved the other way",
    Decision.Outcome.EARLY: "checked: too early to say",
}


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
    entries = [
        *of_decisions(decisions_on(user=user, indicator=indicator.pk), lens),
        *of_notes(notes, lens),
        *of_comments(comments_on(user=user, indicator=indicator.pk), indicator, lens),
    ]
    return sorted(entries, key=lambda entry: entry.day, reverse=True)[:MOST_ENTRIES]


def decisions_on(*, user: User, indicator: int) -> QuerySet[Decision]:
    """What reviews decided of it, newest first."""
    seen = Decision.objects.visible_to(user).filter(item__indicator=indicator)
    return seen.select_related("item__review", "owner")[:MOST_ENTRIES]


def comments_on(*, user: User, indicator: int) -> QuerySet[Comment]:
    """What was said of it, newest first."""
    seen = Comment.objects.visible_to(user).filter(indicator=indicator)
    return seen.select_related("author").order_by("-made_at")[:MOST_ENTRIES]


def of_decisions(found: Iterable[Decision], lens: Lens) -> Iterable[TimelineEntry]:
    """Decisions with the review that took them, and what became of their prediction."""
    for decision in found:
        review = decision.item.review
        when = [review.title, lens.day(lens.local(decision.decided_at).date())]
        when.append(
            OUTCOMES.get(Decision.Outcome(decision.outcome), "") if decision.outcome else ""
        )
        text = [
            decision.reason,
            decision.doing,
            f"Owner: {decision.owner.as_owner}" if decision.owner else "",
        ]
        yield TimelineEntry(
            at=decision.decided_at,
            title=decision.get_kind_display(),
            when=" · ".join(filter(None, when)),
            text=" ".join(filter(None, text)),
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
