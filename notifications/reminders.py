"""Reminders: which values and re-evaluations are due, and their owners told once of each."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from analysis import periods
from analysis.values import Grain
from indicators.definition import calendar_of
from indicators.models import Indicator
from measurements.entry import asked_for, issue_link
from measurements.models import EntryLink, Measurement
from notifications.outbox import enqueue, untold
from teams.models import Organisation, User
from web.loops import isolated

log = logging.getLogger(__name__)

# Days after the end of a period until its value is missed: the time that collecting it may take.
GRACE: Mapping[str, timedelta] = {
    Indicator.Period.DAY: timedelta(days=1),
    Indicator.Period.WEEK: timedelta(days=2),
    Indicator.Period.MONTH: timedelta(days=5),
    Indicator.Period.QUARTER: timedelta(days=10),
    Indicator.Period.YEAR: timedelta(days=15),
}
MORNING = time(8, 0)


@dataclass(frozen=True, slots=True)
class DueValue:
    """The newest period of an indicator for which a value should be there by now."""

    indicator: Indicator
    period: date
    begins_at: datetime
    ends_at: datetime
    label: str

    @property
    def occasion(self) -> str:
        """What makes its reminder unique."""
        return f"value-due:{self.indicator.key}:{self.period}"


def remind_owners(now: datetime) -> int:
    """Tell owners of values and re-evaluations that are due; returns how many messages are new."""
    return remind_of_values(now) + remind_of_reevaluations(now)


def remind_of_values(now: datetime) -> int:
    """One message for each indicator and period whose value is missed."""
    due = {one.occasion: one for one in without_value(due_values(now))}
    told = 0
    for occasion in sorted(untold(due)):
        with isolated(log, "%s not reminded of", occasion):
            told += tell_value(due[occasion], now)
    return told


def due_values(now: datetime) -> list[DueValue]:
    """The newest due period of every active, measured indicator that has an owner."""
    organisation = Organisation.current()
    wanted = Indicator.objects.taking_values().filter(owner__is_active=True)
    found = []
    for indicator in wanted.select_related("owner", "team"):
        with isolated(log, "indicator %s has no due value", indicator.key):
            found.append(newest_due(indicator, organisation, now))
    return [one for one in found if one is not None]


def newest_due(indicator: Indicator, organisation: Organisation, now: datetime) -> DueValue | None:
    """The newest period that ended at least the grace ago, at eight in the owner's morning.

    None when the indicator was made after that period had ended: nobody promised that value.
    """
    calendar, grain = calendar_of(indicator, organisation), cast(Grain, indicator.period)
    assert indicator.owner is not None
    zone = ZoneInfo(indicator.owner.timezone or organisation.timezone)
    start = periods.start_of(now, grain, calendar)
    for back in (-1, -2, -3):
        period = periods.step(start, back, grain, calendar)
        begins_at, ends_at = periods.bounds(period, grain, calendar)
        over_on = ends_at.astimezone(calendar.zone).date()
        if datetime.combine(over_on + GRACE[indicator.period], MORNING, zone) <= now:
            if indicator.created_at >= ends_at:
                return None
            label = periods.label(period, grain, calendar)
            return DueValue(indicator, period, begins_at, ends_at, label)
    return None


def without_value(due: Iterable[DueValue]) -> list[DueValue]:
    """Those without any measurement in their period; one query for all that share a period."""
    spans: dict[tuple[datetime, datetime], list[DueValue]] = defaultdict(list)
    for one in due:
        spans[one.begins_at, one.ends_at].append(one)
    found: list[DueValue] = []
    for (begins_at, ends_at), group in spans.items():
        ids = [one.indicator.pk for one in group]
        rows = Measurement.objects.filter(indicator_id__in=ids, at__gte=begins_at, at__lt=ends_at)
        there = set(rows.values_list("indicator_id", flat=True).distinct())
        found += [one for one in group if one.indicator.pk not in there]
    return found


def tell_value(due: DueValue, now: datetime) -> int:
    """Ask the owner for the value, with a link that takes it where one value is the whole period.

    The link is made only with its message; a message that is not new takes it back.
    """
    with transaction.atomic():
        is_whole = (due.indicator.entry_period or due.indicator.period) == due.indicator.period
        link = issue_link(due.indicator, period=due.period, now=now) if is_whole else None
        told = ask_for_value(due.indicator, due.label, link, occasion=due.occasion, now=now)
        transaction.set_rollback(not told)
    return told


def ask_owner(indicator: Indicator, *, by: User, now: datetime) -> bool:
    """Send the owner a link for the newest value that is over, asked for by a manager.

    False where no owner could use it, or the owner wants no reminders.
    """
    with transaction.atomic():
        asked = asked_for(indicator, now)
        link = issue_link(indicator, period=asked.start, now=now, made_by=by)
        if link is None:
            return False
        occasion = f"value-asked:{indicator.key}:{asked.start}:{link.public_id}"
        told = ask_for_value(indicator, asked.label, link, occasion=occasion, now=now, by=by)
        transaction.set_rollback(not told)
    return bool(told)


def ask_for_value(
    indicator: Indicator,
    label: str,
    link: EntryLink | None,
    *,
    occasion: str,
    now: datetime,
    by: User | None = None,
) -> int:
    """The message; of the link it holds the public id only, the secret is computed when it goes."""
    assert indicator.owner is not None
    context = {
        "name": indicator.name,
        "team": indicator.team.name,
        "period": label,
        "source": indicator.source,
        "path": reverse("entry_grid") + "?show=due",
        "link_label": "Enter the value",
    }
    if link is not None:
        context |= {"entry_link": link.public_id, "expires_at": link.expires_at.isoformat()}
    if by is not None:
        context["asked_by"] = str(by)
    return enqueue(
        "reminder_value_due",
        occasion=occasion,
        recipients=[indicator.owner],
        context=context,
        team=indicator.team,
        now=now,
    )


def remind_of_reevaluations(now: datetime) -> int:
    """One message for each re-evaluation whose day has come in the organisation's time zone."""
    today = now.astimezone(ZoneInfo(Organisation.current().timezone)).date()
    due = Indicator.objects.active().filter(reevaluate_on__lte=today, owner__isnull=False)
    due = due.filter(team__archived_at=None)
    by = {
        f"reevaluation-due:{i.key}:{i.reevaluate_on}": i
        for i in due.select_related("owner", "team")
    }
    told = 0
    for occasion in sorted(untold(by)):
        with isolated(log, "%s not reminded of", occasion):
            told += tell_reevaluation(by[occasion], occasion, now)
    return told


def tell_reevaluation(indicator: Indicator, occasion: str, now: datetime) -> int:
    """Ask the owner, or who stands in for one who left, whether it is still the right measure."""
    assert indicator.owner is not None
    here = indicator.owner.is_active
    assert indicator.reevaluate_on is not None
    return enqueue(
        "reminder_reevaluation",
        occasion=occasion,
        recipients=[indicator.owner] if here else indicator.team.in_charge,
        context={
            "name": indicator.name,
            "team": indicator.team.name,
            "on": f"{indicator.reevaluate_on.day} {indicator.reevaluate_on:%B %Y}",
            "path": reverse("indicator_detail", args=[indicator.key]),
            "link_label": "Look at it again",
        },
        team=indicator.team,
        now=now,
    )
