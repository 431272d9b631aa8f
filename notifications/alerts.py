"""Alerts: tells owners and stakeholders when an indicator's word changed in a way that matters."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.urls import reverse

from analysis import periods
from analysis.statuses import look_of
from analysis.values import Grain
from indicators.definition import calendar_of
from indicators.models import Indicator
from notifications.outbox import enqueue
from teams.models import Organisation, User
from verdicts.models import Verdict, VerdictChange
from web.formats import NumberFormat, written
from web.loops import isolated

log = logging.getLogger(__name__)

PASS = 500
Status = Verdict.Status

# Only these say how it stands; the others say why it cannot be said.
RANK: Mapping[str, int] = {
    Status.ACHIEVED: 0,
    Status.ON_TRACK: 0,
    Status.MET_AT_COST: 1,
    Status.AT_RISK: 1,
    Status.OFF_TRACK: 2,
}
# the sign beside a status word where no drawing can stand, by its tone
SYMBOLS: Mapping[str, str] = {"good": "✓", "warn": "▲", "bad": "✕", "none": "○"}


def announce_changes(now: datetime) -> int:
    """Tell of changes that nobody was told of yet; returns how many messages are new.

    Each change is claimed by a conditional UPDATE in the transaction that writes its messages, so
    that two workers, a repeat or a crash tell nothing twice and forget nothing.
    """
    waiting = VerdictChange.objects.unannounced().order_by("pk").values_list("pk", flat=True)
    new = 0
    for change_id in list(waiting[:PASS]):
        with isolated(log, "verdict change %s not announced", change_id):
            new += announce_one(change_id, now)
    return new


@transaction.atomic
def announce_one(change_id: int, now: datetime) -> int:
    """Claim one change and tell of it when it matters."""
    claimed = VerdictChange.objects.unannounced().filter(pk=change_id).update(announced_at=now)
    if not claimed:
        return 0
    around = ("indicator__verdict", "indicator__owner", "indicator__team")
    change = VerdictChange.objects.select_related(*around).get(pk=change_id)
    is_lively = change.indicator.is_active and change.indicator.team.archived_at is None
    news = news_of(change, last_judged(change)) if is_lively else ""
    if not news:
        return 0
    return enqueue(
        "alert_status",
        occasion=f"alert:{change.indicator.key}:{change.period or change.at.date()}",
        recipients=alert_recipients(change.indicator),
        context=alert_context(change, news),
        team=change.indicator.team,
        now=now,
    )


def last_judged(change: VerdictChange) -> str:
    """The status before, passing over times without one (stale, no data, provisional)."""
    if change.from_status in RANK:
        return change.from_status
    before = VerdictChange.objects.filter(indicator_id=change.indicator_id, pk__lt=change.pk)
    known = before.filter(to_status__in=RANK).order_by("-pk").values_list("to_status", flat=True)
    return known.first() or ""


def news_of(change: VerdictChange, before: str) -> str:
    """What is worth a message: worsened, recovered, improving, deteriorating; "" for nothing.

    Signals are told only where the calibrated rules found one (`alert`): those of the chart cry
    wolf. The first verdict ever is no news. A step from off track to at risk is not told: it has
    not recovered yet, and the page shows it.
    """
    now, then = RANK.get(change.to_status), RANK.get(before)
    if now is not None and then is not None and now > then:
        return "worsened"
    if change.from_status and change.alert:
        return change.alert
    return "recovered" if now == 0 and then else ""


def alert_recipients(indicator: Indicator) -> list[User]:
    """The owner and the stakeholders, each once, as far as they may still see it.

    Who is in charge of the team stands in for an owner who left.
    """
    people = {person.pk: person for person in indicator.stakeholders.all()}
    if indicator.owner is not None:
        here = indicator.owner.is_active
        people |= {p.pk: p for p in ([indicator.owner] if here else indicator.team.in_charge)}
    this = Indicator.objects.filter(pk=indicator.pk)
    return [person for person in people.values() if this.visible_to(person).exists()]


def alert_context(change: VerdictChange, news: str) -> dict[str, Any]:
    """What the mail says, in words."""
    indicator, verdict = change.indicator, change.indicator.verdict
    organisation = Organisation.current()
    calendar, grain = calendar_of(indicator, organisation), cast(Grain, indicator.period)
    return {
        "news": news,
        "name": indicator.name,
        "team": indicator.team.name,
        "status": change.to_status,
        "status_word": change.get_to_status_display(),
        "was": Status(change.from_status).label if change.from_status else "",
        "symbol": SYMBOLS[look_of(change.to_status).tone],
        "tone": look_of(change.to_status).tone,
        "signal_word": change.get_alert_display() or change.get_to_signal_display(),
        "reason": change.reason or verdict.reason,
        "value": written(verdict.value, NumberFormat.of(indicator, locale=organisation.locale)),
        "period": periods.label(change.period, grain, calendar) if change.period else "",
        "path": reverse("indicator_detail", args=[indicator.key]),
        "link_label": "See why",
    }
